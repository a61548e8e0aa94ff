"""One source, cut into sentences that can be found by what they say."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, KeysView
from dataclasses import dataclass
from functools import cached_property

from lgir.complete.grounding.claim import companies_of
from lgir.complete.grounding.lexicon import NEGATION
from lgir.complete.grounding.reading import (
    Part,
    bigrams,
    denies,
    merge,
    name_words,
    ranks,
    read_parts,
    read_words,
)
from lgir.core.phrases import squeeze

MAX_SENTENCE_CHARS = 300
"""A longer one is cut: what stands that far apart supports nothing together."""
MAX_SENTENCES = 1000
"""Of a longer source only the beginning is searched for paraphrases."""
_DENIAL_CHARS = 60
"""How far before a phrase its denial may stand."""
_MOST_TRIED = 6
"""Sentences that share most with a claim; others are not tried."""
_WINDOW = 3
"""Neighbouring sentences that may support a claim together."""

# as core.phrases cuts, commas and dashes aside
_BREAK = re.compile(
    r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029。！？；;•▪■◆►]"
    r"|[.!?](?=[\s\"'”’)]|\Z)(?<!\b\w\.)(?<!\b\d\d\.)(?<!\b(?:st|sr|jr|mr|ms|dr|mt|ft|co|vs|sc)\.)"
    r"(?<!\b(?:mrs|inc|ltd)\.)(?<!\b(?:corp|dept|m\.ed|b\.sc|m\.sc)\.)",
    re.IGNORECASE,
)
_ROLE_AND_EMPLOYER = re.compile(r"[^,–—@\n-]{2,60}(?:,|\s[-–—@]|\sat|\sfor)\s(?:the\s)?[A-ZÀ-Þ]")
_MAY_HOLD_VALUES = re.compile(
    r"\d|[零一二两三四五六七八九十]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|t[hw]\w\w?ty|\w{3,5}teen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A run of a source that may support a claim.

    Attributes:
        says: what it says.
        size: 0 for a part of a clause, 1 for a clause, 2 for a sentence, more for several sentences.
        start: the first character of its first sentence.
        end: one behind the last character of its last sentence.
        sentences: the places of its first and its last sentence.
    """

    says: Part
    size: int
    start: int
    end: int
    sentences: tuple[int, int]


class Source:
    """A text and what each of its sentences says."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: dict[int, list[list[Part]]] = {}
        self._within: dict[int, list[Region]] = {}
        self._windows: dict[tuple[int, int], Region] = {}

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Start and end of every sentence that says something, spaces around it left out."""
        found: list[tuple[int, int]] = []
        begin = 0
        for end in (*(match.start() for match in _BREAK.finditer(self.text)), len(self.text)):
            for start in range(begin, end, MAX_SENTENCE_CHARS):
                piece = self.text[start : min(end, start + MAX_SENTENCE_CHARS)]
                if stripped := piece.strip():
                    place = start + piece.index(stripped[0])
                    found.append((place, place + len(stripped)))
            if len(found) >= MAX_SENTENCES:
                break
            begin = end + 1
        return found[:MAX_SENTENCES]

    @cached_property
    def companies(self) -> list[str]:
        """The companies that it names as a job's."""
        return companies_of(self.text)

    @cached_property
    def folded(self) -> str:
        """The text with its letter case folded and its white space squeezed."""
        return squeeze(self.text).casefold()

    def denied(self, place: int) -> bool:
        """Whether what begins at this character is denied by the words before it, as in "no driver's licence"."""
        before = self.text[max(0, place - _DENIAL_CHARS) : place].casefold()
        return NEGATION.search(before) is not None and denies(_BREAK.split(before)[-1])

    @cached_property
    def degrees(self) -> set[int]:
        """The ranks of all degrees it names."""
        return ranks(self._index)

    @cached_property
    def words(self) -> KeysView[str]:
        """All its content words, and its pairs of Chinese characters."""
        return self._index.keys()

    def sentences_with(self, word: str) -> list[int]:
        """The places of the sentences that hold a content word."""
        return self._index.get(word, [])

    def has_name(self, name: str, words: set[str]) -> bool:
        """Whether one sentence holds all content words of a name, and no synonym in place of any of its words.

        The résumé of a technician does not name "AT-Tech", and one that says "today" not "USA Today".
        """
        if not words:
            return not (spelled := name_words(name)) or spelled <= name_words(self.folded)
        holding = set.intersection(*(set(self.sentences_with(word)) for word in words))
        spelled = name_words(name)
        return any(spelled <= name_words(self.text[slice(*self.sentences[at])].casefold()) for at in holding)

    def sharing(self, wanted: frozenset[str], han: str) -> list[int]:
        """The places of the sentences that share most with a claim, those that share more first."""
        hits: dict[int, int] = defaultdict(int)
        for word in (*wanted, *bigrams(han)):
            for sentence in self._index.get(word, ()):
                hits[sentence] += 1
        return sorted(hits, key=lambda sentence: -hits[sentence])[:_MOST_TRIED]

    def windows(self, sentence: int) -> Iterator[tuple[int, int]]:
        """The runs of up to three sentences that hold this one, shortest first."""
        for length in range(2, _WINDOW + 1):
            for first in range(sentence, sentence - length, -1):
                if first >= 0 and first + length <= len(self.sentences):
                    yield first, first + length - 1

    def window(self, first: int, last: int) -> Region:
        """Neighbouring sentences as one region."""
        if (first, last) not in self._windows:
            says = merge([part for at in range(first, last + 1) for clause in self._clauses(at) for part in clause])
            start, end = self.sentences[first][0], self.sentences[last][1]
            self._windows[first, last] = Region(says, 2 + last - first, start, end, (first, last))
        return self._windows[first, last]

    def within(self, sentence: int) -> list[Region]:
        """The clauses of a sentence and their parts."""
        if sentence not in self._within:
            start, end = self.sentences[sentence]
            found: list[Region] = []
            for clause in self._clauses(sentence):
                found.extend(Region(part, 0, start, end, (sentence, sentence)) for part in clause)
                if len(clause) > 1:
                    found.append(Region(merge(clause), 1, start, end, (sentence, sentence)))
            self._within[sentence] = found
        return self._within[sentence]

    def with_values(self) -> Iterator[Region]:
        """Every sentence that could hold a value."""
        for at, (start, end) in enumerate(self.sentences):
            if _MAY_HOLD_VALUES.search(self.text, start, end):
                yield self.window(at, at)

    def sentence_at(self, place: int) -> int:
        """The place of the sentence that holds a character."""
        return max(0, bisect_right(self.sentences, (place, len(self.text) + 1)) - 1)

    def names_employer(self, sentence: int) -> bool:
        """Whether a line reads like "Dishwasher, Tony's Diner" or "waiter at Legal Sea Foods"."""
        start, end = self.sentences[sentence]
        return _ROLE_AND_EMPLOYER.match(self.text, start, end) is not None

    def _clauses(self, sentence: int) -> list[list[Part]]:
        if sentence not in self._parts:
            start, end = self.sentences[sentence]
            self._parts[sentence] = read_parts(self.text[start:end].casefold())
        return self._parts[sentence]

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        """For each content word and pair of Chinese characters the sentences that hold it, in order."""
        index: dict[str, list[int]] = defaultdict(list)
        for at, (start, end) in enumerate(self.sentences):
            words, han = read_words(self.text[start:end].casefold())
            for word in {*words, *bigrams(han)}:
                index[word].append(at)
        return index
