"""Where sources say a phrase word for word, as places in their original text."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from lgir.core.phrases import squeeze

_LEAD_WORDS = 8
"""A phrase is looked up by its first words; more of them would only make the lookup slower."""
_FEW = 32
"""So many phrases are simply searched for, which is faster than comparing runs of words."""

# Scripts that write no spaces between words: each character counts as a word.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+[+#]*")
_JOINT = re.compile(rf"[^\W_{UNSPACED}][^\W_{UNSPACED}]|(?:[^\W_{UNSPACED}]|[+#])[+#]")
_EXTRA_SPACES = re.compile(r"\A\s+|\s{2,}")
_NO_SPACES = re.compile(r"\S+")

Found = dict[int, tuple[int, int]]
"""By place of a source, where it says the phrase first: characters start to end of its original text."""


def locate(keys: Iterable[str], sources: Sequence[str]) -> list[Found]:
    """For each key of a phrase the sources that contain it as whole words, letter case and spaces aside.

    A place given reads like the key once its spaces are squeezed and its letter case is folded. Time grows with the
    length of the sources, not with their number times the number of phrases.
    """
    wanted = list(enumerate(keys))
    found: list[Found] = [{} for _ in wanted]
    with_words = [(number, key, words) for number, key in wanted if (words := tuple(WORD.findall(key)[:_LEAD_WORDS]))]
    search = _search_each if len(with_words) <= _FEW else _search_by_words
    folded = [_folded_once(source) if len(source) <= _SHARED_CHARS else FoldedText(source) for source in sources]
    for place, number, key in search(with_words, folded):
        # the words alone would let "New Jersey" stand in "something new, Jersey"
        if span := folded[place].find(key):
            found[number][place] = span
    return found


_Wanted = Sequence[tuple[int, str, tuple[str, ...]]]
"""Numbers and keys of phrases with their first words."""


def _search_each(wanted: _Wanted, sources: Sequence["FoldedText"]) -> Iterator[tuple[int, int, str]]:
    """(place of a source, number and key of a phrase) wherever the source has its characters and its first word."""
    for place, source in enumerate(sources):
        text, words = source.text, source.vocabulary
        yield from ((place, number, key) for number, key, lead in wanted if lead[0] in words and key in text)


def _search_by_words(wanted: _Wanted, sources: Sequence["FoldedText"]) -> Iterator[tuple[int, int, str]]:
    """The same wherever the source has its first words one after the other."""
    numbers: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    lengths: dict[str, set[int]] = defaultdict(set)
    for number, key, lead in wanted:
        numbers[lead].append((number, key))
        lengths[lead[0]].add(len(lead))
    for place, source in enumerate(sources):
        words = WORD.findall(source.text)
        runs = {tuple(words[at : at + n]) for at, word in enumerate(words) if word in lengths for n in lengths[word]}
        yield from ((place, *pair) for run in runs if run in numbers for pair in numbers[run])


_SHARED_CHARS = 1_500
"""Longer sources are not remembered: many of them must fit into memory."""


@lru_cache(maxsize=2048)
def _folded_once(source: str) -> "FoldedText":
    """A job is a source for many people."""
    return FoldedText(source)


def place_of(key: str, source: str) -> tuple[int, int] | None:
    """Where a source first reads like the key, though it may cut words; None where nowhere."""
    return FoldedText(source).find(key, whole_words=False)


class FoldedText:
    """A text as lookups read it, runs of white space as one space and letter case folded, with the way back."""

    def __init__(self, original: str) -> None:
        squeezed = squeeze(original)
        self.text = squeezed.casefold()
        self._original = original
        self._grew = len(self.text) > len(squeezed)
        self._same_places = len(self.text) == len(squeezed) == len(original)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words of the folded text."""
        return frozenset(WORD.findall(self.text))

    def find(self, key: str, *, whole_words: bool = True) -> tuple[int, int] | None:
        """Where the original text first reads like the key, as whole words unless said otherwise."""
        return next(self.find_all(key, whole_words=whole_words), None)

    def find_all(self, key: str, *, whole_words: bool = True) -> Iterator[tuple[int, int]]:
        """Everywhere that `find` could stop. The key has no white space at its ends."""
        for start in self._occurrences(key) if key else ():
            if not whole_words or self._is_whole(start, start + len(key)):
                # half of a character that grew when folded is no occurrence
                span = self._original_span(start, start + len(key))
                if self._same_places or squeeze(self._original[span[0] : span[1]]).casefold() == key:
                    yield span

    def _occurrences(self, key: str) -> Iterator[int]:
        at = self.text.find(key)
        while at >= 0:
            yield at
            at = self.text.find(key, at + 1)

    def _is_whole(self, start: int, end: int) -> bool:
        """True where neither end cuts a word."""
        return not (_joins(self.text, start) or _joins(self.text, end))

    def _original_span(self, start: int, end: int) -> tuple[int, int]:
        return (start, end) if self._same_places else (self._original_place(start), self._original_place(end - 1) + 1)

    def _original_place(self, place: int) -> int:
        starts, originals = self._steps
        step = bisect_right(starts, place) - 1
        return originals[step] + place - starts[step]

    @cached_property
    def _steps(self) -> tuple[list[int], list[int]]:
        """(places of the folded text, places of the original): from each pair on, both go on in step."""
        starts, originals, shift = [0], [0], 0
        if not self._grew:
            for run in _EXTRA_SPACES.finditer(self._original):
                shift += len(run.group()) - (run.start() > 0)
                starts.append(run.end() - shift)
                originals.append(run.end())
            return starts, originals
        place = 0
        for word in _NO_SPACES.finditer(self._original):
            for at, character in enumerate(word.group(), word.start()):
                for _ in character.casefold():
                    starts.append(place)
                    originals.append(at)
                    place += 1
            place += 1  # the one space between words
        return starts, originals


def _joins(text: str, place: int) -> bool:
    """True where the characters around a place belong to one word."""
    return 0 < place < len(text) and _JOINT.match(text, place - 1) is not None
