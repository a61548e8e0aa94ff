"""Logs, line by line: which lines tell of a person, and the file without them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from lgir.core.files import written_whole
from lgir.forget.traces import Traces, holds_phrase, names_id

SUFFIXES = (".log", ".jsonl")
"""Files that consist of records, one a line."""


def log_files(folder: Path) -> Iterator[Path]:
    """Every log under a folder, in order."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in SUFFIXES and file.is_file() and not file.is_symlink():
            yield file


def telling_lines(file: Path, traces: Traces) -> set[int]:
    """Numbers, from 0, of the lines that hold the id, a fingerprint or a fragment of the résumé."""
    lines = [line.decode("utf-8", "replace") for line in file.read_bytes().split(b"\n")]
    held = holds_phrase(pl.Series(lines, dtype=pl.String), traces.fragments)
    return {number for number, line in enumerate(lines) if held[number] or _names(line, traces)}


def remove_lines(file: Path, numbers: set[int]) -> None:
    """Writes the file anew, without these lines; whoever looks sees the old file or the whole new one."""
    lines = file.read_bytes().split(b"\n")
    with written_whole(file) as stream:
        stream.write(b"\n".join(line for number, line in enumerate(lines) if number not in numbers))
        shutil.copymode(file, stream.name)


def names_user(value: object, user_id: str) -> bool:
    """Whether JSON holds the id where a user's id belongs: under a key that speaks of users."""
    for key, held in _members(value):
        if "user" not in key.casefold():
            continue
        one_by_one = held if isinstance(held, list | dict) else [held]
        if any(one == user_id for one in one_by_one) or (_is_id(key) and str(held) == user_id):
            return True
    return False


def _names(line: str, traces: Traces) -> bool:
    if any(mark in line for mark in traces.subjects):
        return True
    if traces.user_id is None or traces.user_id not in _unescaped(line):
        return False
    if traces.id_tells:
        return names_id(_unescaped(line), traces.user_id)
    record = _record(line)
    if record is None:
        return names_id(line, traces.user_id)
    # a number of a record, such as a loss or a job's id, is not the user's
    return names_user(record, traces.user_id) or any(
        isinstance(held, str) and "job" not in key.casefold() and names_id(held, traces.user_id)
        for key, held in _members(record)
    )


def _record(line: str) -> object | None:
    """A line of JSON; None for any other."""
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _unescaped(line: str) -> str:
    """The line as its record reads it, for an id that JSON writes with escapes."""
    if "\\" not in line or (record := _record(line)) is None:
        return line
    return json.dumps(record, ensure_ascii=False)


def _is_id(key: str) -> bool:
    return key.casefold() in ("user", "user_id", "userid", "user-id")


def _members(value: object) -> Iterator[tuple[str, object]]:
    """Every (key, value) at any depth; what stands in a list counts as under the list's key."""
    under_way: list[tuple[str, object]] = [("", value)]
    while under_way:
        key, held = under_way.pop()
        yield key, held
        if isinstance(held, dict):
            under_way += [(str(name), one) for name, one in held.items()]
        elif isinstance(held, list):
            under_way += [(key, one) for one in held]
