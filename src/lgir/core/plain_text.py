"""Strangers' text without what steers a terminal or turns the direction of writing."""

import re
import unicodedata

ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)")
"""Terminal control sequences: CSI; OSC, DCS, SOS, PM and APC up to their end. What is left of others is harmless text
once its control characters are gone."""

INVISIBLE = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff") | {
    chr(code) for code in range(0xE0000, 0xE0080)
}
"""Marks that turn the direction of writing, and tag characters, which nobody sees. Joiners stay: scripts need them."""


def clean(text: str) -> str:
    """The text without control sequences and control characters; line breaks stay."""
    plain = ESCAPES.sub("", re.sub("\r\n?|[\x0b\x0c\u2028\u2029]", "\n", text)).replace("\t", " ")
    return "".join(letter for letter in plain if letter == "\n" or not _steers(letter))


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())


def _steers(letter: str) -> bool:
    return letter in INVISIBLE or unicodedata.category(letter) in ("Cc", "Cs")
