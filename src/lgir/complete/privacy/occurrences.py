"""Every other place where a name that was found once stands again."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from lgir.complete.privacy.name_words import LETTER, fold, is_capital, name_words
from lgir.complete.privacy.names_chinese import continues
from lgir.complete.privacy.spans import Span

_WORD = re.compile(rf"[{LETTER}]+(?:['-][{LETTER}]+)*")
_BETWEEN = re.compile(r"[ \t.]{0,4}\Z")
_CJK = re.compile(r"[\u3400-\u9fff]")


class Occurrences:
    """Names to look for: whole names in any letter case, and given names alone. Time grows with the text only."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._given: set[str] = set()
        self._chinese: dict[str, set[str]] = defaultdict(set)
        lists = name_words()
        for name in names:
            if _CJK.match(name):
                if 2 <= len(name) <= 24:
                    self._chinese[name[:2]].add(name)
                continue
            words = tuple(fold(word) for word in _WORD.findall(name))
            if len(words) > 1:
                self._whole[words[0]].add(words)
            # an ordinary word ("Grace", "Will") or a place would be taken out wherever it stands
            if words and len(words[0]) > 2 and lists.is_given(words[0]) and words[0] not in lists.words:
                self._given.add(words[0])

    def find(self, text: str) -> list[Span]:
        """The places in a text where what was found is hidden already."""
        found = self._find_chinese(text) if self._chinese else []
        if self._whole or self._given:
            found += self._find_words(text)
        return found

    def _find_words(self, text: str) -> list[Span]:
        words = [(match.start(), match.end(), fold(match.group())) for match in _WORD.finditer(text)]
        found: list[Span] = []
        for place, (start, end, word) in enumerate(words):
            if word in self._whole:
                longest = max((len(name) for name in self._whole[word] if _stands(text, words, place, name)), default=0)
                if longest:
                    found.append(Span(start, words[place + longest - 1][1], "name"))
                    continue
            if word in self._given and is_capital(text[start:end]) and _alone(text, words, place):
                found.append(Span(start, end, "name"))
        return found

    def _find_chinese(self, text: str) -> list[Span]:
        found: list[Span] = []
        for first, names in self._chinese.items():
            at = text.find(first)
            while at >= 0:
                longest = max((len(name) for name in names if text.startswith(name, at)), default=0)
                if longest and not continues(text, at + longest):
                    found.append(Span(at, at + longest, "name"))
                at = text.find(first, at + max(1, longest))
        return found


def _stands(text: str, words: Sequence[tuple[int, int, str]], place: int, name: tuple[str, ...]) -> bool:
    if tuple(word for _, _, word in words[place : place + len(name)]) != name:
        return False
    pairs = zip(words[place : place + len(name) - 1], words[place + 1 : place + len(name)], strict=True)
    return all(_BETWEEN.match(text, a[1], b[0]) for a, b in pairs)


def _alone(text: str, words: Sequence[tuple[int, int, str]], place: int) -> bool:
    """Whether a given name is not the start or end of another name: of an employer, a street, a place."""
    start, end, _ = words[place]
    if (
        place
        and text[words[place - 1][1] : start] == " "
        and is_capital(text[words[place - 1][0]])
        and words[place - 1][2] not in name_words().words
    ):
        return False
    if place + 1 < len(words) and text[end : words[place + 1][0]] == " " and is_capital(text[words[place + 1][0]]):
        return False
    return text[end : end + 1] not in ("@", "&", "-", "_") and text[start - 1 : start] not in ("@", "&", "-", "_", "/")
