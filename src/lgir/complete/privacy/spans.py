"""Places of personal data in a text."""

from collections.abc import Iterable
from typing import NamedTuple

HIDDEN = "\x00"
"""Stands for every character already found; later rules see that something personal stood there, not what."""

KINDS = ("name", "email", "phone", "url", "street", "id", "ip", "birthdate", "age", "marital", "handle")
"""What is replaced; "id" is any number of a person, "handle" an account of a messenger or network."""

# Written as pairs: what stands in a text, and how rules read it. U+0130 is the one letter that grows in lower case.
_PAIRS = (
    ("\x00\u00a0\u202f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-"),
    ("\u2018\u2019\u02bc", "'"),
    ("\u2022\u2027\u25cf\u30fb", "·"),
    ("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    ("【", "["),
    ("】", "]"),
    ("\u0130", "I"),
)
_PLAIN = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_PLAIN |= {ord(letter): plain for letters, plain in _PAIRS for letter in letters}
_ODD_ASCII = tuple(chr(code) for code in _PLAIN if code < 128)


class Span(NamedTuple):
    """Characters `start` to `end` of a text are of this kind."""

    start: int
    end: int
    kind: str


def plain(text: str) -> str:
    """The text of the same length that rules read: one form of digits, Latin letters, spaces, dashes and line ends."""
    if text.isascii() and not any(mark in text for mark in _ODD_ASCII):
        return text
    return text.translate(_PLAIN)


def hide(text: str, spans: Iterable[Span]) -> str:
    """The text of the same length with what was found hidden."""
    parts: list[str] = []
    at = 0
    for start, end, _ in sorted(spans):
        if start >= at:
            parts += (text[at:start], HIDDEN * (end - start))
            at = end
    return "".join((*parts, text[at:])) if parts else text


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The spans in order of the text; of two that overlap the one that starts first, then the longer one, stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.end > span.start and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans of several finders in order; where two overlap, both together under the first one's kind."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if kept and span.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, span.end))
        elif span.end > span.start:
            kept.append(span)
    return kept
