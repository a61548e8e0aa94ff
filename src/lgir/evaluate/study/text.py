"""Numbers and strangers' text as every form of a report shows them.

Names, ids, résumés and job texts are written by strangers: before any form escapes them, they lose what steers a
terminal or turns the direction of writing.
"""

from lgir.core.plain_text import clean


def plain(text: str) -> str:
    """The text without control sequences, control characters and marks of direction; line breaks stay."""
    # 0x..FFFE and 0x..FFFF are no characters, and neither LaTeX nor SVG takes them
    return "".join(letter for letter in clean(text) if ord(letter) & 0xFFFE != 0xFFFE)


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
