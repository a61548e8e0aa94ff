"""Sentences that speak to a language model, found in strangers' text and taken out of it.

Job ads and résumés are full of imperatives; what is looked for is text that addresses the reader of a prompt: that what
came before does not count, what the answer shall be, what it shall give away, who shall stand first, what shall be said
of somebody, and marks that pretend to end a source or to begin another speaker. Rules know the usual wordings, in
English and Chinese and the most common ones in other languages; a linear model with learned weights knows what free
ones have in common. Text is read through spaced letters, digits for letters, misspellings, base64 and the like.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise

from lgir.core.encoded import decoded, decoded_lines, is_message, mirrored, unescaped
from lgir.core.instruction_model import learned_weights, score
from lgir.core.instruction_rules import (
    BESIDE,
    FENCE,
    KEYWORDS,
    MIRROR_KEYS,
    REACT,
    ROLE,
    STRONG,
    STRUCTURE,
    TO_PEOPLE,
    with_clauses,
)
from lgir.core.instruction_rules_more import CHINESE, CHINESE_WEAK, OTHERS, SIMPLIFIED
from lgir.core.lookalikes import SEEN_AS

VERSION = 2
"""Raised whenever some text comes out otherwise: part of the fingerprint of whatever is made from it."""

MARK = "[…]"
"""Stands for what was taken out."""

NEARBY = 3
"""So many sentences beside a strong one are looked at for what belongs to it."""

BESIDE_SCORE = -1.0
"""Beside a flagged sentence this score is enough."""

_MOST_NESTED = 3
"""So often is a text decoded out of a decoded text."""


@dataclass(frozen=True, slots=True)
class Neutralised:
    """A text without what speaks to a model.

    Attributes:
        text: each run of such sentences replaced by `MARK`.
        spans: where they stood in the given text, in order.
    """

    text: str
    spans: tuple[tuple[int, int], ...]


def neutralise(text: str) -> Neutralised:
    """Takes whole sentences and lines out of a sanitized text; one without any comes back as it is."""
    spans = tuple(_merged(text, _flagged(text, depth=0)))
    if not spans:
        return Neutralised(text, ())
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], MARK]
        at = end
    return Neutralised("".join([*parts, text[at:]]), spans)


def folded_units(text: str) -> list[str]:
    """The sentences and lines of a text as they are scored."""
    return [_folded(text[start:end]) for start, end in _units(text)]


def _merged(text: str, units: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of units with nothing but white space between them."""
    run: tuple[int, int] | None = None
    for start, end in units:
        if run is not None and not text[run[1] : start].strip():
            run = (run[0], end)
            continue
        if run is not None:
            yield run
        run = (start, end)
    if run is not None:
        yield run


def _flagged(text: str, depth: int) -> list[tuple[int, int]]:
    if not text:
        return []
    reading = _Reading(text)
    flagged = _strong(reading, depth)
    if flagged:
        flagged |= _enclosed(reading)
        flagged |= _beside(reading, flagged)
    return [reading.units[place] for place in sorted(flagged)]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_SEPARATOR = re.compile(r"(?<=[.!?…])[\"'”’)\]]*[ \t\u00a0\u3000]+|(?<=[。！？；])[”』」）】]*|[\r\n]+|[•▪●■◦‣|][ \t]+")
_LONG = 400
_HAN = re.compile("[\u3400-\u9fff]")
_NOT_CHINESE = re.compile(r"[^\w\n:：“”\"「」『』‘’]|_")
_ACCENT = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[a-z0-9]+")


def _units(text: str) -> list[tuple[int, int]]:
    """Sentences and lines; a very long one in pieces."""
    found, at = [], 0
    for gap in _SEPARATOR.finditer(text):
        found += _pieces(text, at, gap.start())
        at = gap.end()
    return found + _pieces(text, at, len(text))


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    while end - start > _LONG:
        cut = text.rfind(" ", start + _LONG // 2, start + _LONG)
        cut = cut if cut > 0 else start + _LONG
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)] if text[start:end].strip() else pieces


def _folded(text: str) -> str:
    """The text as it is read aloud: no case, no accents, no forms of letters; runs of white space are one space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", _ACCENT.sub("", text))
    return " ".join(text.casefold().split())


class _Joined:
    """Units one per line; a place in the text leads back to its unit."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.text = "\n".join(lines)
        self._starts: list[int] = []
        at = 0
        for line in lines:
            self._starts.append(at)
            at += len(line) + 1

    def touched(self, found: re.Match[str]) -> range:
        """The units that a match covers."""
        start, end = found.span()
        while start < end and self.text[start] in " \n\x01":
            start += 1
        return range(bisect_right(self._starts, start) - 1, bisect_right(self._starts, max(start, end - 1)))


class _Reading:
    """A text in the forms that rules are read in, each made when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.units = _units(text)
        self.marked = _Joined([_folded(text[start:end]) for start, end in self.units])

    @cached_property
    def words(self) -> _Joined:
        """Lookalikes read as Latin letters, words apart."""
        lines = [line.replace("_", " ") for line in self.marked.lines]
        return _Joined(lines if self.marked.text.isascii() else [line.translate(SEEN_AS) for line in lines])

    @cached_property
    def clauses(self) -> _Joined:
        """The words, with a mark where a clause begins."""
        return _Joined(with_clauses(self.words.text).split("\n"))

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.words.text))

    @cached_property
    def chinese(self) -> _Joined:
        """Simplified, without spaces and marks."""
        return _Joined([_NOT_CHINESE.sub("", line).translate(SIMPLIFIED) for line in self.marked.lines])

    @cached_property
    def scores(self) -> list[float]:
        """How much each unit speaks to a model, as learned."""
        weights = learned_weights()
        return [score(line, weights) for line in self.marked.lines]

    def raw(self, place: int) -> str:
        start, end = self.units[place]
        return self.text[start:end]

    @cached_property
    def line_of(self) -> list[int]:
        """For each unit the number of the line it stands in."""
        numbers, line = [0], 0
        for (_, end), (start, _) in pairwise(self.units):
            line += "\n" in self.text[end:start] or "\r" in self.text[end:start]
            numbers.append(line)
        return numbers


# ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_SPACED = re.compile(r"(?:\b\w\b[\W_]{1,3}){5,}\w\b")
_GLUED = re.compile(r"\w{18,}")
_LEET = re.compile(r"[a-z][013457@$!|+]+[a-z]|\b[013457@$!|+]+[a-z]{2,}|[a-z]{2,}[013457@$]+\b")
_PLAIN_OF_LEET = tuple(str.maketrans("013457@$!|+89", f"o{one}eastas{one}ltbg") for one in "il")
_ENCODED_HINT = re.compile(
    r"[A-Za-z0-9+/_-]{16}|%[0-9A-Fa-f]{2}|\\[ux]|[01]{8}|(?:[.\-·•−–—_]{1,6}[ /|]){5}|(?:\b\d{2,3}\b[\s,;]{1,2}){8}"
    r"|(?:\b[0-9A-Fa-f]{2}\b[\s:,;]{1,2}){8}"
)
_MORSE_HINT = re.compile(r"(?:[.\-·•−–—_]{1,6}[ /|]{1,3}){12}")
_BROKEN_KEYS = ("ignore", "instruction", "disregard", "prompt", "reveal", "previous", "candidate")
_MIRRORED = tuple((key, key[::-1]) for key in MIRROR_KEYS)
_ROT13_KEYS = tuple(mirrored(key)[0] for key in MIRROR_KEYS if key.isascii())


def _strong(reading: _Reading, depth: int) -> set[int]:
    flagged = _structure(reading)
    flagged.update(_by_words(reading))
    flagged.update(place for place, found in enumerate(reading.scores) if found >= 0)
    if _HAN.search(reading.text):
        for pattern in CHINESE:
            flagged.update(
                place for found in pattern.finditer(reading.chinese.text) for place in reading.chinese.touched(found)
            )
    for hints, pattern in OTHERS:
        if any(hint in reading.marked.text for hint in hints):
            flagged.update(
                place for found in pattern.finditer(reading.marked.text) for place in reading.marked.touched(found)
            )
    flagged.update(_disguised(reading))
    if depth < _MOST_NESTED:
        flagged.update(_hidden_in_code(reading, depth))
    return flagged


def _structure(reading: _Reading) -> set[int]:
    """Lines with marks of prompts and conversations."""
    text = reading.marked
    patterns = [pattern for hints, pattern in STRUCTURE if any(hint in text.text for hint in hints)]
    found = {place for pattern in patterns for match in pattern.finditer(text.text) for place in text.touched(match)}
    for speakers, needed in ((ROLE, 2), (REACT, 2)):
        spoken = list(speakers.finditer(text.text))
        if len({match[1] for match in spoken} - {"observation"}) >= needed:
            found.update(place for match in spoken for place in text.touched(match))
    lines = {reading.line_of[place] for place in found}
    return {place for place, line in enumerate(reading.line_of) if line in lines} if found else found


def _by_words(reading: _Reading) -> Iterator[int]:
    for rule in STRONG:
        if rule.triggers.isdisjoint(reading.tokens):
            continue
        for found in rule.words.finditer(reading.clauses.text):
            places = reading.clauses.touched(found)
            if not (rule.for_people and any(TO_PEOPLE.search(reading.words.lines[place]) for place in places)):
                yield from places


def _speaks(line: str) -> bool:
    tokens, clauses = frozenset(_WORD.findall(line)), with_clauses(line)
    return any(not rule.triggers.isdisjoint(tokens) and rule.words.search(clauses) for rule in STRONG)


def _speaks_squeezed(line: str) -> bool:
    return any(rule.squeezed.search(line) for rule in STRONG if rule.squeezed is not None)


def _disguised(reading: _Reading) -> Iterator[int]:
    """Spaced, glued and broken words, digits for letters, misspellings, text backwards and in rot13."""
    words = reading.words
    for pattern in (_SPACED, _GLUED):
        for found in pattern.finditer(words.text):
            if any(_speaks_squeezed(form) for form in _unleeted(_squeezed(found[0]))):
                yield from words.touched(found)
    for place, line in enumerate(words.lines):
        if _is_disguised(line):
            yield place
    yield from _broken(words)


def _is_disguised(line: str) -> bool:
    forms: set[str] = set()
    if len(_LEET.findall(line)) >= 2:
        forms.update(_spelled(form) for form in _unleeted(line))
    forms.add(_spelled(line))
    if any(backwards in line for _, backwards in _MIRRORED):
        forms.add(line[::-1])
    if any(key in line for key in _ROT13_KEYS):
        forms.add(mirrored(line)[0])
    forms.discard(line)
    weights = learned_weights()
    return any(
        _speaks(form) or any(pattern.search(form) for pattern in CHINESE) or score(form, weights) >= 0 for form in forms
    )


def _broken(words: _Joined) -> Iterator[int]:
    """Words cut by spaces in the wrong places: "ig nore prev ious instruc tions"."""
    for place, line in enumerate(words.lines):
        tight = _squeezed(line)
        if sum(tight.count(key) > line.count(key) for key in _BROKEN_KEYS) and _speaks_squeezed(tight):
            yield place


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _unleeted(text: str) -> tuple[str, ...]:
    return (text, *(text.translate(table) for table in _PLAIN_OF_LEET))


def _hidden_in_code(reading: _Reading, depth: int) -> Iterator[int]:
    if not _ENCODED_HINT.search(reading.text):
        return
    for place in range(len(reading.units)):
        raw = reading.raw(place)
        if not _ENCODED_HINT.search(raw):
            continue
        if any(is_message(one) or _flagged(one, depth + 1) for one in decoded(raw)) or any(
            _flagged(one, depth + 1) for one in unescaped(raw)
        ):
            yield place
    yield from _coded_lines(reading)
    yield from _morse_lines(reading)


def _morse_lines(reading: _Reading) -> Iterator[int]:
    """Morse code, whose dots end no sentence."""
    if not _MORSE_HINT.search(reading.text):
        return
    for _, group in groupby(range(len(reading.units)), key=reading.line_of.__getitem__):
        places = list(group)
        line = reading.text[reading.units[places[0]][0] : reading.units[places[-1]][1]]
        if _MORSE_HINT.search(line) and any(map(is_message, decoded(line))):
            yield from places


def _coded_lines(reading: _Reading) -> Iterator[int]:
    """Base64 that was broken into lines."""
    run: list[int] = []
    for place in range(len(reading.units) + 1):
        if place < len(reading.units) and re.fullmatch(r"[A-Za-z0-9+/_\s-]{4,}={0,2}", reading.raw(place)):
            run.append(place)
            continue
        if run:
            message = decoded_lines([reading.raw(one) for one in run])
            if message is not None and is_message(message):
                yield from run
        run = []


# ── what belongs to it ──────────────────────────────────────────────────────────────────────────────────────────────


def _enclosed(reading: _Reading) -> set[int]:
    """What stands between two marks of prompts that are close to each other."""
    marks = sorted(_structure(reading))
    return {
        place for first, second in pairwise(marks) if second - first <= NEARBY + 1 for place in range(first, second)
    }


def _beside(reading: _Reading, flagged: set[int]) -> set[int]:
    """Sentences beside a strong one that go on in its voice."""
    more: set[int] = set()
    for step in (1, -1):
        for place in sorted(flagged, reverse=step < 0):
            at, reach = place + step, NEARBY
            while 0 <= at < len(reading.units) and reach and at not in flagged and at not in more:
                if _is_weak(reading, at):
                    more.add(at)
                    reach = NEARBY
                else:
                    reach -= 1
                at += step
    return more


def _is_weak(reading: _Reading, place: int) -> bool:
    if reading.scores[place] >= BESIDE_SCORE:
        return True
    line = reading.words.lines[place]
    if FENCE.match(line) or any(pattern.match(line) for pattern in BESIDE):
        return True
    return bool(CHINESE_WEAK.search(reading.chinese.lines[place]))


# ── spelling ────────────────────────────────────────────────────────────────────────────────────────────────────────

_SHORTEST_SCRAMBLED, _SHORTEST_MISSPELT = 5, 7
_TOKEN = re.compile(r"[a-z]{5,}")


def _signature(word: str) -> str:
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


def _shortened(word: str) -> set[str]:
    """The word, and the word without any one letter."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


_SCRAMBLED = {_signature(word): word for word in sorted(KEYWORDS) if len(word) >= _SHORTEST_SCRAMBLED}
_MISSPELT = {form: word for word in sorted(KEYWORDS) if len(word) >= _SHORTEST_MISSPELT for form in _shortened(word)}


def _spelled(line: str) -> str:
    """The line with scrambled and misspelt key words spelled out."""
    return _TOKEN.sub(lambda found: _keyword(found[0]), line)


@lru_cache(maxsize=65_536)
def _keyword(word: str) -> str:
    if word in KEYWORDS or word.removesuffix("s") in KEYWORDS:
        return word
    if (known := _SCRAMBLED.get(_signature(word))) is not None:
        return known
    if not _SHORTEST_MISSPELT <= len(word) <= 14:
        return word
    meant = next((_MISSPELT[form] for form in sorted(_shortened(word)) if form in _MISSPELT), word)
    return word if word.startswith(meant) else meant
