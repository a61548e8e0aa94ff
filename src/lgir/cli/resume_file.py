"""A résumé from a file or from stdin."""

import sys
import unicodedata
from pathlib import Path

from lgir.core.errors import BadInput

MAX_BYTES = 1_000_000
"""Largest résumé file, about 400 printed pages."""

KINDS = (
    (b"%PDF", "a PDF file", "for example with: pdftotext FILE"),
    (b"PK\x03\x04", "a DOCX, ODT or other packed file", "for example with: pandoc -t plain FILE"),
    (b"\xd0\xcf\x11\xe0", "an old Word file", "for example by saving it as plain text"),
    (b"{\\rtf", "an RTF file", "for example by saving it as plain text"),
    (b"\xff\xfe", "text in UTF-16", "for example with: iconv -f utf-16 -t utf-8 FILE"),
    (b"\xfe\xff", "text in UTF-16", "for example with: iconv -f utf-16 -t utf-8 FILE"),
)
"""First bytes, what they are the beginning of, and how to convert it."""


def read_resume(name: str) -> str:
    """Reads plain text in UTF-8, in composed form (NFC) and with \\n at line ends, as datasets are read.

    Args:
        name: a path, or "-" for stdin.

    Raises:
        BadInput: it is not there, too large, empty, or not plain text in UTF-8.
    """
    shown = "the résumé on stdin" if name == "-" else f"the résumé {name!r}"
    content = _content(name, shown)
    if len(content) > MAX_BYTES:
        raise BadInput(f"{shown} is larger than {MAX_BYTES:,} bytes; give the résumé alone")
    for start, kind, how in KINDS:
        if content.startswith(start):
            raise BadInput(f"{shown} is {kind}; convert it to plain text in UTF-8, {how}")
    if b"\0" in content:
        raise BadInput(f"{shown} holds a NUL byte at {content.index(0):,}, so it is not text; convert it to plain text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown} is not UTF-8 at byte {error.start:,}; convert it, for example with iconv") from None
    if not text.strip():
        raise BadInput(f"{shown} is empty; it needs at least a few words")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _content(name: str, shown: str) -> bytes:
    """At most one byte more than allowed, whatever the file is."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"there is no file {name!r}; check the path, or give - to read stdin") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no path"
        raise BadInput(f"{shown} cannot be read ({reason}); give a text file") from None
