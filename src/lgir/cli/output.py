"""What reaches the terminal: results on stdout, errors on stderr, both rid of characters that steer a terminal.

Résumés and job texts are written by strangers. Nothing they hold may move the cursor, change a colour, turn the
direction of writing, or be read as markup; so text is printed as it is, without any markup language.
"""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from typing import Literal

from lgir.core.plain_text import clean, one_line

WIDTH = 100
"""Widest paragraph, in characters."""


def paragraph(text: str, *, indent: str = "") -> list[str]:
    """The text in lines that fit the terminal, at most `WIDTH` wide."""
    width = min(shutil.get_terminal_size().columns, WIDTH)
    found = []
    for line in clean(text).split("\n"):
        found += textwrap.wrap(line, width, initial_indent=indent, subsequent_indent=indent) or [""]
    return found


def say(lines: Iterable[str]) -> None:
    """Prints result lines to stdout."""
    _write("stdout", "".join(f"{clean(line)}\n" for line in lines))


def say_heading(text: str) -> None:
    """Prints an empty line and a heading, bold on a terminal."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    _write("stdout", f"\n\x1b[1m{one_line(text)}\x1b[0m\n" if bold else f"\n{one_line(text)}\n")


def say_json(value: object) -> None:
    """Prints one JSON object to stdout; in ASCII, so that no terminal and no encoding can harm it."""
    say_text(json.dumps(value, indent=2))


def say_text(text: str) -> None:
    """Prints JSON that is already text."""
    _write("stdout", f"{text}\n")


def complain(sentence: str) -> None:
    """Prints an error or warning to stderr, where it disturbs no reader of the results."""
    try:
        _write("stderr", f"{clean(sentence)}\n")
    except OSError:
        return  # there is nowhere left to say it


def _write(where: Literal["stdout", "stderr"], text: str) -> None:
    """Writes at once. A reader who has gone away, such as `head`, is no error: the work is done."""
    stream = getattr(sys, where)
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        _close(stream.fileno())
    except OSError:
        _close(stream.fileno())
        raise


def _close(handle: int) -> None:
    # else the interpreter tries again to write the rest when it ends, and complains
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)
