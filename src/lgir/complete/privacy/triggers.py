"""Patterns tried only where they can begin: a search at every character would take ten times as long."""

import re
from collections.abc import Iterator, Sequence

_SIZE = 3
_LOWER = r"[a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff]"
_TOKEN = re.compile(rf"({_LOWER}{{1,{_SIZE}}}){_LOWER}*|\d+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


class Places:
    """Where the words and numbers of a text begin.

    Attributes:
        digits: beginnings of runs of digits.
        words: beginnings of words by their first three letters in lower case.
        heads: those first letters.
        chinese: whether there are Chinese characters.
    """

    __slots__ = ("chinese", "digits", "heads", "words")

    def __init__(self, text: str) -> None:
        self.digits: list[int] = []
        self.words: dict[str, list[int]] = {}
        self.chinese = not text.isascii() and bool(_CHINESE.search(text))
        words, digits = self.words, self.digits
        for match in _TOKEN.finditer(text.lower()):
            head = match[1]
            if head is None:
                digits.append(match.start())
            elif head in words:
                words[head].append(match.start())
            else:
                words[head] = [match.start()]
        self.heads = frozenset(words)


class Keyed:
    """A pattern, and the beginnings that every match of it has."""

    def __init__(self, keys: str, pattern: str, *, cased: bool = False) -> None:
        """`keys`: first words, or their beginnings of three letters or more, in lower case and with "|" between.

        Chinese keys are looked for anywhere. `cased`: the pattern itself minds letter case.
        """
        plain = [key for key in keys.split("|") if key.isascii() or _TOKEN.match(key)]
        self._heads = frozenset(token[1] for key in plain if (token := _TOKEN.match(key)))
        self._other = tuple(key for key in keys.split("|") if key and key not in plain)
        self._pattern = re.compile(pattern, 0 if cased else re.IGNORECASE)

    def finditer(self, text: str, places: Places) -> Iterator[re.Match[str]]:
        """The matches in the order of the text, none within another."""
        starts = [at for head in self._heads & places.heads for at in places.words[head]]
        if self._other and places.chinese:
            starts += (at for key in self._other for at in _occurrences(text, key))
        end = 0
        for at in sorted(starts):
            # matches within one long match would take time that grows with the square of the text
            if at >= end and (match := self._pattern.match(text, at)) is not None:
                end = match.end()
                yield match


def at_places(patterns: Sequence[re.Pattern[str]], text: str, starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """The matches of each pattern that begin at one of the places."""
    for at in starts:
        for pattern in patterns:
            if (match := pattern.match(text, at)) is not None:
                yield match


def _occurrences(text: str, key: str) -> Iterator[int]:
    at = text.find(key)
    while at >= 0:
        yield at
        at = text.find(key, at + 1)
