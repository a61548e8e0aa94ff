"""Files that appear whole or not at all."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """Opens a stream for a new `file`: whoever looks sees the old file or the whole new one, also after a kill -9.

    Of several writers at once the last to end wins. What a killed writer of the same file left behind is removed.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    _sweep(file)
    part, stream = _new_part(file)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _new_part(file: Path) -> tuple[Path, BinaryIO]:
    """The new file under another name, locked for as long as its writer lives: the lock is what tells a living one."""
    while True:
        part = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
        stream = part.open("xb")
        with suppress(OSError):  # a file system without locks: nobody can lock, so nobody sweeps
            fcntl.flock(stream, fcntl.LOCK_EX)
        if os.fstat(stream.fileno()).st_nlink:
            return part, stream
        stream.close()  # swept between its making and its locking


def _sweep(file: Path) -> None:
    """Removes the parts of this file that no living process writes."""
    # earlier versions put the number of their process into the name
    of_file = re.compile(rf"\.{re.escape(file.name)}\.(?:[0-9a-f]{{16}}|[0-9]{{1,10}})\.part")
    with os.scandir(file.parent) as entries:
        left = [
            entry.path for entry in entries if of_file.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    for part in left:
        with suppress(OSError), open(part, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(part)
