"""Completions that outlive a process: one SQLite file, keyed by content, safe against kill -9 and a second process."""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from lgir.core.errors import BackendError, UnreadableRun
from lgir.core.records import Completion, Origin, Provenance, Statement

_MIGRATIONS: Mapping[str, str] = MappingProxyType(
    {
        "m001_completions": """
            CREATE TABLE completions (
                key TEXT PRIMARY KEY,
                text TEXT NOT NULL,
                statements TEXT NOT NULL,
                provenance TEXT NOT NULL,
                model TEXT,
                created_at TEXT NOT NULL
            )""",
    }
)
"""Append only: a step that was ever released is never changed. Applied in order, each once, by name."""

_BUSY_TIMEOUT_S = 30.0
_BATCH = 500  # SQLite before 3.32 takes at most 999 values in one statement


class CompletionStore:
    """Completions by key. What was put in comes out bit for bit; the first completion of a key stays.

    A `put` is kept from the moment it returns, even if the process is killed right after it. Several processes and
    threads may use one file at once.

    Raises:
        UnreadableRun: the file is damaged, of another program, of a newer lgir, or cannot be opened.
        BackendError: another process kept the file locked, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._sentences():
            path.parent.mkdir(parents=True, exist_ok=True)
            # completions are personal data: only the owner may read the file
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            # surrogatepass both ways: a résumé with a lone surrogate must come back as it was
            self._db.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The completions that are there."""
        found: dict[str, Completion] = {}
        with self._sentences():
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                question = f"SELECT key, text, statements, provenance FROM completions WHERE key IN ({marks})"
                for key, text, statements, provenance in self._db.execute(question, batch):
                    found[key] = _completion(text, statements, provenance)
        return found

    def put(self, key: str, completion: Completion) -> None:
        """Keeps a completion, unless the key has one already."""
        made, parameters = completion.provenance, dict(completion.provenance.parameters)
        statements = [[one.text, one.origin, one.job_ids, one.weight] for one in completion.statements]
        with self._sentences():
            self._db.execute(
                "INSERT OR IGNORE INTO completions VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?, ?)",
                (
                    key,
                    completion.text.encode("utf-8", "surrogatepass"),
                    _json(statements),
                    _json({**{part.name: getattr(made, part.name) for part in fields(made)}, "parameters": parameters}),
                    made.model,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ),
            )

    def __len__(self) -> int:
        with self._sentences():
            return int(self._db.execute("SELECT COUNT(*) FROM completions").fetchone()[0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def __enter__(self) -> "CompletionStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        if self._db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self._db.execute("PRAGMA journal_mode=WAL")
        # a killed process loses nothing; a power cut may lose the last results, never the file
        self._db.execute("PRAGMA synchronous=NORMAL")
        # one process migrates, the others wait here and then find the work done
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._migrate()
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _migrate(self) -> None:
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "lgir_migrations" not in tables:
            raise UnreadableRun(f"{self._path} is a database of another program; give another path for completions")
        self._db.execute("CREATE TABLE IF NOT EXISTS lgir_migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)")
        applied = {name for (name,) in self._db.execute("SELECT name FROM lgir_migrations")}
        if newer := sorted(applied - set(_MIGRATIONS)):
            raise UnreadableRun(
                f"{self._path} was written by a newer lgir (it has step {newer[0]!r}; this one knows up to"
                f" {list(_MIGRATIONS)[-1]!r}); upgrade lgir, or give another path for completions"
            )
        for name, statement in _MIGRATIONS.items():
            if name not in applied:
                self._db.execute(statement)
                now = datetime.now(UTC).isoformat(timespec="seconds")
                self._db.execute("INSERT INTO lgir_migrations VALUES (?, ?)", (name, now))

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turns what SQLite and the file system say into one sentence with a remedy."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # our own mistake, such as using a closed store
        except sqlite3.OperationalError as error:
            raise self._operational(error) from None
        except (sqlite3.DatabaseError, UnicodeDecodeError, json.JSONDecodeError, _BadRow) as error:
            what = error if isinstance(error, sqlite3.DatabaseError) else "a row cannot be read"
            raise UnreadableRun(
                f"the completion store {self._path} is damaged ({what}); move it away and run the same command again:"
                " completions are then made anew"
            ) from None
        except OSError as error:
            raise UnreadableRun(f"the completion store {self._path} cannot be opened: {error.strerror}") from None

    def _operational(self, error: sqlite3.OperationalError) -> BackendError | UnreadableRun:
        if "locked" in str(error) or "busy" in str(error):
            return BackendError(
                f"the completion store {self._path} stayed locked for {_BUSY_TIMEOUT_S:g} s by another process; wait"
                " for it or stop it, then run the same command again"
            )
        if "full" in str(error) or "disk I/O" in str(error):
            return BackendError(f"the completion store {self._path} cannot be written ({error}); make room on the disk")
        return UnreadableRun(f"the completion store {self._path} cannot be used: {error}")


class _BadRow(Exception):
    """A row that no version of this file has written."""


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _completion(text: str, statements: str, provenance: str) -> Completion:
    try:
        made = json.loads(provenance)
        return Completion(
            text,
            tuple(
                Statement(said, Origin(origin), tuple(job_ids), weight)
                for said, origin, job_ids, weight in json.loads(statements)
            ),
            Provenance(**{**made, "job_ids": tuple(made["job_ids"])}),
        )
    except (TypeError, KeyError, ValueError) as error:
        raise _BadRow from error
