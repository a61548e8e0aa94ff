"""Texts cut into phrases: the units that completions, sources and reasons speak of."""

import re
from collections.abc import Iterator

MAX_PHRASE_CHARS = 200
"""A longer run without any mark is cut at a space: it would be unreadable as a reason."""

# Each alternative starts with the mark itself, so that the engine skips plain letters without trying them.
_CUT = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"  # line breaks, tabs, control characters
    r"|[;|•▪◦‣●■□◆►▶✓✔➢。，；、！？｜،؛؟।॥…]"
    r"|,(?:(?<!\d,)|(?!\d))"  # not within 1,000
    r"|@(?:(?<!\S@)|(?!\S))"  # not within a@b.org
    r"|[-–—·/](?=\s)(?<=\s[-–—·/])"  # only between spaces: front-end and C/C++ stay whole
    r"|[.!?](?=[\s\"'”’)]|\Z)(?<!\b\w\.)(?<!\b\d\d\.)"  # not after an initial, a letter of U.S. or a list number
    r"(?<!\b(?:st|sr|jr|mr|ms|dr|mt|ft|co|vs|sc)\.)(?<!\b(?:mrs|inc|ltd)\.)(?<!\b(?:corp|dept)\.)",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"(?:[-*+–—]+|\(?\d{1,2}[.)]|\(\w\))\s+")
_EDGES = " -–—*·:,\"'“”„‘’«»\u200b\u200c\u200d\u200e\u200f\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LETTER = re.compile(r"[^\W_]")


def phrases(text: str) -> dict[str, str]:
    """The distinct phrases of a text in order of occurrence, by the key that all spellings of a phrase share.

    Every phrase stands in the text character by character once runs of white space are read as one space. It holds at
    least one letter or digit and no control character.
    """
    found: dict[str, str] = {}
    for piece in _CUT.split(text):
        squeezed = squeeze(piece)
        for phrase in (squeezed,) if len(squeezed) <= MAX_PHRASE_CHARS else _shorten(squeezed):
            trimmed = _trim(phrase)
            if _LETTER.search(trimmed):
                found.setdefault(trimmed.casefold().rstrip(". "), trimmed)
    return found


def squeeze(text: str) -> str:
    """The text with every run of white space read as one space, none at the ends."""
    return " ".join(text.split())


def _trim(phrase: str) -> str:
    mark = _LIST_MARK.match(phrase)
    return phrase[mark.end() if mark else 0 :].strip(_EDGES)


def _shorten(phrase: str) -> Iterator[str]:
    while len(phrase) > MAX_PHRASE_CHARS:
        space = phrase.rfind(" ", 1, MAX_PHRASE_CHARS + 1)
        end = space if space > 0 else MAX_PHRASE_CHARS
        yield phrase[:end]
        phrase = phrase[end:].lstrip()
    yield phrase
