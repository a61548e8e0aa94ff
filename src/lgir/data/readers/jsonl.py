"""JSON Lines → raw tables: one JSON object per line, keys are columns."""

import json
import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from lgir.core.run import Progress
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, no_table
from lgir.data.readers.files import Files
from lgir.data.readers.lines import Lines

_NUMBERS_ALLOWED = ("user_id", "job_id", "timestamp", "posted_at", "expires_at")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_jsonl(files: Files, name: str, problems: Problems, progress: Progress, *, columns: Sequence[str]) -> RawTable:
    """Reads these keys of every object as text; other keys are ignored, bad lines go to `problems`.

    A number is taken for an id or a point in time; every other value is a string or null.

    Raises:
        BadData: the file cannot be opened or unpacked.
    """
    file = files.label(name)
    if name not in files:
        problems.add(file, None, "the file is missing", "put it there")
        return no_table(file)
    reader = _Objects(file, columns, problems)
    progress.start(f"reading {file}", files.size(name))
    with files.open(name) as stream:
        lines = Lines(stream, file, problems, progress)
        for line in lines:
            if lines.last_bad < lines.number and line.strip():
                reader.take(lines.number, line)
    progress.finish()
    if not lines.number:
        problems.add(file, None, "it is empty", "it needs one JSON object per line")
    return reader.table()


class _Objects:
    """Collects the values of JSON objects by column."""

    def __init__(self, file: str, columns: Sequence[str], problems: Problems) -> None:
        self._file, self._problems = file, problems
        self._values: dict[str, list[str | None]] = {name: [] for name in columns}
        self._rows: list[int] = []
        self._seen: set[str] = set()

    def take(self, row: int, line: str) -> None:
        """Adds the object of one line, or notes what is wrong with it."""
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
            self._problems.add(self._file, row, f"it is not valid JSON{where}", "write one JSON object per line")
            return
        if not isinstance(found, dict):
            kind = type(found).__name__
            self._problems.add(self._file, row, f"it holds a JSON {kind}, no object", "write one object per line")
            return
        if _SURROGATE.search(line) and not _is_text(found):
            self._problems.add(self._file, row, "it escapes half of a surrogate pair", "write the whole character")
            return
        wrong = [name for name in self._values if not _fits(name, found.get(name))]
        for name in wrong:
            kind = type(found[name]).__name__
            self._problems.add(self._file, row, f"{name} holds a JSON {kind}, not a string", "write it in quotes")
        if not wrong:
            self._add(row, found)

    def table(self) -> RawTable:
        """The columns that occur."""
        cells = [pl.Series(name, self._values[name], pl.String) for name in self._values if name in self._seen]
        ignored = len(self._seen - set(self._values))
        return RawTable(self._file, pl.DataFrame(cells), pl.Series("row", self._rows, pl.Int64), ignored)

    def _add(self, row: int, found: dict[str, Any]) -> None:
        self._rows.append(row)
        self._seen.update(found)
        for name, values in self._values.items():
            value = found.get(name)
            values.append(value if value is None or isinstance(value, str) else str(value))


def _fits(name: str, value: Any) -> bool:
    if value is None or isinstance(value, str):
        return True
    number = int if name.endswith("_id") else (int, float)
    return name in _NUMBERS_ALLOWED and isinstance(value, number) and not isinstance(value, bool)


def _is_text(found: dict[str, Any]) -> bool:
    """False if a key or value holds a lone surrogate, which no text file can."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
