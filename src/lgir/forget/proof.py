"""The proof: every file under some folders read again, looking for one person.

Each file is read as bytes; what bytes hide is read too: tables of Parquet and SQLite through their own readers,
archives unpacked, JSON and logs record by record. What is found is named by its place and counted, never quoted.
"""

import gzip
import html
import json
import os
import re
import sqlite3
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lgir.forget.lines import SUFFIXES, names_user, telling_lines
from lgir.forget.stores import MAGIC, open_to_read, rows_of, table_names
from lgir.forget.traces import Traces, holds_phrase, names_id, phrases_in

ID, WORDS, UNREADABLE = "the user's id", "words of the résumé", "not readable, so nothing can be said of it"

_PIECE = 8 * 2**20
"""Bytes looked through at a time."""

_OVERLAP = 2**16
"""Bytes that a piece shares with the one before: no phrase is longer."""

Places = Counter[tuple[str, str]]
"""(place, what) → how often."""

_DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, pa.ArrowException, pl.exceptions.PolarsError),
    *(sqlite3.Error, zipfile.BadZipFile, zlib.error),
)
"""What readers raise at a file that is not what its name or its first bytes say."""

_MARKUP = re.compile(r"<[^<>]*>")


class Found(NamedTuple):
    """Something that is still there.

    Attributes:
        place: the file, and the table or member within it.
        what: what kind of thing it is; never the thing itself.
        times: in how many rows or lines, or how many different phrases.
    """

    place: str
    what: str
    times: int


@dataclass(slots=True)
class Proof:
    """What was read, and what was found.

    Attributes:
        files: read as bytes, all of them.
        tables: read through a reader of Parquet or SQLite.
        rows: of these tables.
        phrases: runs of words and contacts of the résumé that were looked for.
        found: nothing, if the person is forgotten.
    """

    files: int = 0
    tables: int = 0
    rows: int = 0
    phrases: int = 0
    found: list[Found] = field(default_factory=list)


def prove(folders: Sequence[Path], traces: Traces) -> Proof:
    """Reads everything under these folders. Links are not followed: what they lead to is not theirs."""
    proof = Proof(phrases=len(traces.phrases))
    for folder in folders:
        for file in _files(folder):
            proof.found += _search(file, traces, proof)
    return proof


def knows(folder: Path, traces: Traces) -> bool:
    """Whether anything under a folder gives the person away; it is read up to there."""
    found = (one for file in _files(folder) for one in _search(file, traces, Proof()))
    return any(one.what != UNREADABLE for one in found)


def _search(file: Path, traces: Traces, proof: Proof) -> list[Found]:
    proof.files += 1
    places: Places = Counter()
    try:
        _read(file, traces, proof, places)
    except _DAMAGED:
        places[str(file), UNREADABLE] += 1
    return [Found(place, what, times) for (place, what), times in places.items() if times]


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(where, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _read(file: Path, traces: Traces, proof: Proof, places: Places) -> None:
    with file.open("rb") as stream:
        start = stream.read(16)
        stream.seek(0)
        _bytes(str(file), stream.read, traces, places)
    if file.suffix == ".parquet":
        _parquet(file, traces, proof, places)
    elif start == MAGIC:
        _sqlite(file, traces, proof, places)
    elif start.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    _bytes(f"{file}: {name}", member.read, traces, places)
    elif start.startswith(b"\x1f\x8b"):
        with gzip.open(file) as unpacked:
            _bytes(str(file), unpacked.read, traces, places)
    elif file.suffix in SUFFIXES:
        places[str(file), f"lines with {ID} or {WORDS}"] += len(telling_lines(file, traces))
    elif traces.user_id is not None:
        places[str(file), ID] += _ids_in_records(file, traces.user_id)


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bytes(
    place: str,
    read: Callable[[int], bytes],
    traces: Traces,
    places: Places,
) -> None:
    phrases: set[str] = set()
    named = False
    before = b""
    while piece := read(_PIECE):
        piece = before + piece
        text, whole = _text(piece)
        if place.endswith((".html", ".svg")):
            text = html.unescape(_MARKUP.sub(" ", text))
        phrases |= phrases_in(pl.Series([text], dtype=pl.String), traces.phrases)
        tells = traces.id_tells if whole else traces.id_tells_among_bytes
        named = named or (tells and names_id(text, traces.user_id or ""))
        before = piece[-_OVERLAP:]
    places[place, WORDS] += len(phrases)
    places[place, ID] += int(named)


def _text(piece: bytes) -> tuple[str, bool]:
    """The bytes as text, and whether they are nothing but text; a letter may be cut in two at either end."""
    text = piece.decode("utf-8", "replace")
    return text, "\0" not in text and "\ufffd" not in text[4:-4]


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _parquet(file: Path, traces: Traces, proof: Proof, places: Places) -> None:
    proof.tables += 1
    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(20_000):
            part = pl.DataFrame(pl.from_arrow(batch))
            proof.rows += part.height
            for column in part.iter_columns():
                _column(str(file), column.name, column, traces, places)


def _sqlite(file: Path, traces: Traces, proof: Proof, places: Places) -> None:
    with closing(open_to_read(file)) as db:
        for table in table_names(db):
            proof.tables += 1
            for names, rows in rows_of(db, table):
                proof.rows += len(rows)
                for name, cells in zip(names, zip(*rows, strict=True), strict=True):
                    texts = pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.String)
                    _column(f"{file}: {table}", name, texts, traces, places)
                    subjects = int(texts.is_in(list(traces.subjects)).sum())
                    places[f"{file}: {table}", "a fingerprint of the person"] += subjects


def _column(place: str, name: str, column: pl.Series, traces: Traces, places: Places) -> None:
    if traces.user_id is not None and "user" in name.casefold():
        places[place, ID] += int((column.cast(pl.String, strict=False) == traces.user_id).sum())
        return
    if column.dtype != pl.String:
        return
    places[place, WORDS] += int(holds_phrase(column, traces.phrases).sum())
    if traces.user_id is not None and traces.id_tells:
        near = column.filter(column.str.contains(traces.user_id, literal=True))
        places[place, ID] += sum(names_id(text, traces.user_id) for text in near)


# ── records ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ids_in_records(file: Path, user_id: str) -> int:
    """How often the id stands where a user's id belongs, though it may be a number that stands for other things
    elsewhere."""
    if file.suffix == ".json":
        return int(names_user(json.loads(file.read_bytes()), user_id))
    if file.suffix == ".trec":
        # as study/trec.py writes ids
        word = re.sub(r"[\s%]", lambda found: quote(found[0]), user_id).encode("utf-8", "surrogatepass")
        with file.open("rb") as stream:
            return sum(line.split(b" ", 1)[0] == word for line in stream)
    if file.suffix in (".md", ".tex", ".html", ".txt", ".csv", ".toml"):
        spoken = r"(?i)user(?:[ _-]?id)?[\"'`]?[ :=#]{0,3}[\"'`]?" + re.escape(user_id) + r"(?![\w-]|[.,]\d)"
        return len(re.findall(spoken, file.read_text(encoding="utf-8", errors="replace")))
    return 0
