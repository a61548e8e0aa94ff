"""The SQLite files of a dataset: read without leaving a mark, refused while others use them, swept of one person."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from lgir.core.errors import BackendError
from lgir.forget.traces import Traces, holds_phrase
from lgir.store.completions import CompletionStore
from lgir.store.vectors import VectorStore

MAGIC = b"SQLite format 3\0"

COMPLETIONS, VECTORS = "completions.sqlite", "vectors.sqlite"
"""In DATA/derived/."""

_WAIT_S = 5.0
"""For another process to let go of a store."""

_ROWS = 2000
"""Read at a time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the stores keep of a person.

    Attributes:
        completions: theirs, by key.
        failures: theirs.
        others: keys of completions kept for somebody else that hold phrases of this person.
        vectors: of everybody: nobody can tell whose they are.
    """

    completions: tuple[str, ...]
    failures: int
    others: tuple[str, ...]
    vectors: int


def look(derived: Path, traces: Traces) -> Kept:
    """What there is; nothing is written."""
    completions, failures = keys_of(derived, traces.subjects)
    others = tuple(key for key in _keys_holding(derived / COMPLETIONS, traces) if key not in completions)
    return Kept(completions, failures, others, _count(derived / VECTORS, "vectors"))


def keys_of(derived: Path, subjects: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Keys of the completions kept for these subjects, and the number of their failures; nothing is written."""
    file, marks = derived / COMPLETIONS, ",".join("?" * len(subjects))
    if not file.is_file():
        return (), 0
    with closing(open_to_read(file)) as db:
        if "subjects" not in table_names(db):  # of an older lgir, which knew of nobody whose they are
            return (), 0
        mine = f"IN (SELECT key FROM subjects WHERE subject IN ({marks}))"
        keys = tuple(key for (key,) in db.execute(f"SELECT key FROM completions WHERE key {mine}", subjects))
        ((failures,),) = db.execute(f"SELECT COUNT(*) FROM failures WHERE key {mine}", subjects)
    return keys, int(failures)


def refuse_if_open(derived: Path) -> None:
    """Takes each store out of write-ahead mode, which SQLite grants to the only one who has it open.

    Whoever has a store open could add to it what is being removed. Waiting processes hold no lock that a plain write
    would notice. The store goes back into that mode by itself when it is opened.

    Raises:
        BackendError: another process has a store open.
    """
    for name in (COMPLETIONS, VECTORS):
        file = derived / name
        if not file.is_file():
            continue
        try:
            with closing(sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            raise BackendError(
                f"another process uses {file}; nobody is forgotten while something else may write: wait for it or stop "
                "it, then run the same command again"
            ) from None
        except sqlite3.DatabaseError:
            continue  # damaged, or of another program: opening the store says so in words


def sweep(derived: Path, traces: Traces) -> None:
    """Removes all that the stores keep of the person, and what deleting leaves between the rows.

    **Vectors are removed whole.** A key is a fingerprint of text and encoder, so a vector does not say whose it is; nor
    can everything of one person be listed, as the reasons of a recommendation encode their texts in many variants. To
    keep the others' vectors one would have to list every text of theirs under every encoder that was ever used. Vectors
    cost time alone: they are made again as they are needed.
    """
    if (derived / COMPLETIONS).is_file():
        with CompletionStore(derived / COMPLETIONS):
            pass  # brought up to date: below, its tables are those of today
        _remove_keys(derived / COMPLETIONS, _keys_holding(derived / COMPLETIONS, traces))
        with CompletionStore(derived / COMPLETIONS) as store:
            for subject in traces.subjects:
                store.forget(subject)
    if (derived / VECTORS).is_file():
        with VectorStore(derived / VECTORS) as vectors:
            vectors.clear()


def open_to_read(file: Path) -> sqlite3.Connection:
    """A connection that changes nothing on the disk, not even the files that SQLite keeps beside its own."""
    alone = not file.with_name(f"{file.name}-wal").exists()
    mode = "immutable=1" if alone else "mode=ro"
    db = sqlite3.connect(f"{file.resolve().as_uri()}?{mode}", uri=True, timeout=_WAIT_S)
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    return db


def table_names(db: sqlite3.Connection) -> list[str]:
    """The tables of a file, in order."""
    return [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def rows_of(db: sqlite3.Connection, table: str) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
    """(names of columns, some rows) until all rows of a table are read; bytes are decoded as text."""
    quoted = table.replace('"', '""')
    found = db.execute(f'SELECT * FROM "{quoted}"')
    names = [column[0] for column in found.description]
    while rows := found.fetchmany(_ROWS):
        yield names, [tuple(c.decode("utf-8", "replace") if isinstance(c, bytes) else c for c in row) for row in rows]


def _keys_holding(file: Path, traces: Traces) -> list[str]:
    """Keys of completions in which a phrase of the person stands, whoever they are kept for: two people with one text
    share a completion, which is kept for the first of them."""
    if not file.is_file() or not traces.phrases:
        return []
    keys: list[str] = []
    with closing(open_to_read(file)) as db:
        found = db.execute("SELECT key, text || ' ' || statements FROM completions")
        while rows := found.fetchmany(_ROWS):
            texts = pl.Series([text for _, text in rows], dtype=pl.String)
            keys += [key for (key, _), held in zip(rows, holds_phrase(texts, traces.phrases), strict=True) if held]
    return keys


def _remove_keys(file: Path, keys: list[str]) -> None:
    """Removes completions with what else is kept under their keys."""
    with closing(sqlite3.connect(file, timeout=_WAIT_S)) as db, db:
        for table in ("completions", "failures", "subjects"):
            db.executemany(f"DELETE FROM {table} WHERE key = ?", [(key,) for key in keys])


def _count(file: Path, table: str) -> int:
    if not file.is_file():
        return 0
    with closing(open_to_read(file)) as db:
        ((count,),) = db.execute(f"SELECT COUNT(*) FROM {table}")
    return int(count)
