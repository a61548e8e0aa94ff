"""Numbers and strangers' text as every form of a report shows them.

Names, ids, résumés and job texts are written by strangers: before any form escapes them, they lose what steers a
terminal or turns the direction of writing.
"""

import re
import unicodedata

_ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)")
_INVISIBLE = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff") | {
    chr(code) for code in range(0xE0000, 0xE0080)
}


def plain(text: str) -> str:
    """The text without control sequences, control characters and marks of direction; line breaks stay."""
    lines = _ESCAPES.sub("", re.sub("\r\n?|[\x0b\x0c\u2028\u2029]", "\n", text)).replace("\t", " ")
    return "".join(letter for letter in lines if letter == "\n" or not _steers(letter))


def one_line(text: str) -> str:
    """The plain text with every run of white space as one space."""
    return " ".join(plain(text).split())


def decimals(value: float | None, places: int = 4) -> str:
    """Such as 0.4622; "–" where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def signed(value: float, places: int = 4) -> str:
    """Such as +0.0123 and −0.0123, with a true minus."""
    return f"{value:+.{places}f}".replace("-", "−")


def whole(value: float | int | None) -> str:
    """Such as 12,290."""
    return "–" if value is None else f"{value:,.0f}"


def p_value(value: float) -> str:
    """Such as 0.034, and 2.1e-08 for small ones; tests of differences without variance give 0."""
    return f"{value:.3f}" if value >= 0.001 or value == 0 else f"{value:.1e}"


def seconds(value: float | int | None) -> str:
    """Three digits, more only for the whole seconds."""
    if value is None:
        return "–"
    return whole(value) if value >= 100 else f"{value:.3g}"


def _steers(letter: str) -> bool:
    # 0x..FFFE and 0x..FFFF are no characters, and neither LaTeX nor SVG takes them
    return letter in _INVISIBLE or unicodedata.category(letter) in ("Cc", "Cs") or ord(letter) & 0xFFFE == 0xFFFE
