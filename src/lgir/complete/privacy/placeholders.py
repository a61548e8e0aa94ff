"""Placeholders: how they are numbered, and how they are found again in a model's answer."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lgir.complete.privacy.spans import KINDS, Span

_KIND = "|".join(kind.upper() for kind in KINDS)
_PLACEHOLDER = re.compile(
    # as written, and as models rewrite it: other brackets, letter case, spaces; Markdown's mark before "_"
    rf"[\[［【〔]\s{{0,3}}(?:({_KIND}))\\?[\s_-]{{0,3}}([0-9]{{1,9}})(?:\\?[\s_-]{{1,3}}([0-9]{{1,9}}))?\s{{0,3}}[\]"
    rf"］】〕]"
    rf"|(?<![A-Za-z0-9_])({_KIND})\\?_([0-9]{{1,9}})(?:\\?_([0-9]{{1,9}}))?(?![A-Za-z0-9_])",
    re.ASCII | re.IGNORECASE,
)
_TAKEN = re.compile(rf"({_KIND})\\?[\s_-]{{0,3}}([0-9]{{1,9}})", re.ASCII | re.IGNORECASE)
_MARKS = re.compile(r"[\[［【〔_]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Redaction:
    """Texts with placeholders instead of personal data, and what puts the data back.

    Attributes:
        texts: as many as were given, in their order.
        originals: placeholder, such as "[EMAIL_1]" → the very characters it stands for.
        counts: replaced occurrences per kind, such as {"email": 2}; kinds that did not occur are left out.
    """

    texts: tuple[str, ...]
    originals: Mapping[str, str]
    counts: Mapping[str, int]

    def restore(self, text: str) -> str:
        """Puts every placeholder back, also where letter case, brackets or spaces of it were changed.

        A placeholder that was never given out stays as it is.
        """
        if not self.originals:
            return text
        return _PLACEHOLDER.sub(lambda match: self.originals.get(_canonical(match), match.group()), text)

    def __repr__(self) -> str:
        # a log or traceback must not show what was taken out
        return f"Redaction({len(self.texts)} texts, counts={dict(self.counts)})"


def replace(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Redaction:
    """Numbers the values of each kind by first occurrence and puts placeholders in their places.

    Equal values, letter case and spaces aside (telephone numbers by their digits), share a number; each further
    spelling gets a second one: "[NAME_1]" and "[NAME_1_2]". So every placeholder restores to the very characters it
    replaced.
    Numbers that the texts use in something like a placeholder are skipped.
    """
    numbers = _Numbers(texts)
    counts: Counter[str] = Counter()
    redacted: list[str] = []
    for text, found in zip(texts, spans, strict=True):
        parts: list[str] = []
        at = 0
        for start, end, kind in found:
            parts += (text[at:start], numbers.placeholder(kind, text[start:end]))
            counts[kind] += 1
            at = end
        parts.append(text[at:])
        redacted.append("".join(parts))
    return Redaction(tuple(redacted), numbers.originals, dict(counts))


class _Numbers:
    """The placeholders given out so far."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.originals: dict[str, str] = {}
        self._taken = _taken(texts)
        self._last: Counter[str] = Counter()
        self._spellings: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._number: dict[tuple[str, str], int] = {}

    def placeholder(self, kind: str, value: str) -> str:
        key = (kind, _value(kind, value))
        spellings = self._spellings[key]
        if value not in spellings:
            if key not in self._number:
                self._number[key] = self._next(kind)
            place = f"{kind.upper()}_{self._number[key]}" + (f"_{len(spellings) + 1}" if spellings else "")
            spellings[value] = f"[{place}]"
            self.originals[spellings[value]] = value
        return spellings[value]

    def _next(self, kind: str) -> int:
        self._last[kind] += 1
        while (kind, self._last[kind]) in self._taken:
            self._last[kind] += 1
        return self._last[kind]


def _value(kind: str, spelling: str) -> str:
    if kind == "phone":
        return "".join(letter for letter in spelling if letter.isdigit()) or spelling
    return _SPACE.sub("", spelling).casefold()


def _canonical(match: re.Match[str]) -> str:
    kind, number, spelling = match.group(1, 2, 3) if match.group(1) else match.group(4, 5, 6)
    return f"[{kind.upper()}_{int(number)}{f'_{int(spelling)}' if spelling else ''}]"


def _taken(texts: Sequence[str]) -> set[tuple[str, int]]:
    """Kinds and numbers that stand in the texts in something like a placeholder.

    Every beginning of a number counts: the rest of it may be taken out as a telephone number.
    """
    return {
        (match.group(1).lower(), int(match.group(2)[:size]))
        for text in texts
        if _MARKS.search(text)
        for match in _TAKEN.finditer(text)
        for size in range(1, len(match.group(2)) + 1)
    }
