"""One SQLite file under a store: private to its owner, brought up to date, shared by threads and processes."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lgir.core.errors import BackendError, UnreadableRun

MAX_VALUES = 900
"""Values that a statement is given at the most: SQLite before 3.32 takes 999."""

_BUSY_TIMEOUT_S = 60.0


class Database:
    """An open file. What a statement wrote is kept from the moment `execute` returns, even if the process is killed
    right after it. Several processes and threads may use one file at once.

    Args:
        path: the file; it and its parents are made where they are missing, readable by the owner alone.
        migrations: one statement per step. Append only: a step that was ever released is never changed. Applied in
            order, each once, by name.
        called: what messages call the store, such as "vector store".
        content: what it holds, such as "vectors".
        if_damaged: what to do with a damaged file before its content is made anew, such as "delete it".

    Raises:
        UnreadableRun: the file is damaged, of another program, of a newer lgir, or cannot be opened.
        BackendError: another process kept the file locked, or the disk is full.
    """

    def __init__(
        self, path: Path, migrations: Mapping[str, str], *, called: str, content: str, if_damaged: str
    ) -> None:
        self._path, self._migrations = path, migrations
        self._called, self._content, self._if_damaged = called, content, if_damaged
        # one thread at a time: an INSERT beside another thread's open SELECT on one connection is refused as "locked"
        self._turn = threading.Lock()
        with self._sentences():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            # what was written with surrogatepass must come back as it was
            self._db.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Carries out one statement, which commits by itself, and gives its rows. Raises as the class does."""
        with self._turn, self._sentences():
            return self._db.execute(statement, values).fetchall()

    def execute_all(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Carries out several statements as one: a kill leaves all of them or none. Raises as the class does."""
        with self._turn, self._sentences():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                for statement, values in statements:
                    self._db.execute(statement, values)
            except BaseException:
                if self._db.in_transaction:  # a full disk has ended it already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def purge(self) -> None:
        """Writes the file anew, without what was deleted. Raises as the class does."""
        with self._turn, self._sentences():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def select_in(self, question: str, keys: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """The rows of a question that ends in `IN`, for any number of keys. Raises as the class does."""
        for start in range(0, len(keys), MAX_VALUES):
            batch = keys[start : start + MAX_VALUES]
            yield from self.execute(f"{question} ({','.join('?' * len(batch))})", batch)

    def damaged(self, what: object) -> UnreadableRun:
        """The error for content that nobody can have written."""
        return UnreadableRun(
            f"the {self._called} {self._path} is damaged ({what}); {self._if_damaged} and run the same command again: "
            f"{self._content} are then made anew"
        )

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._db.close()

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
            raise UnreadableRun(f"{self._path} is a database of another program; give another path for {self._content}")
        self._db.execute("CREATE TABLE IF NOT EXISTS lgir_migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)")
        applied = {name for (name,) in self._db.execute("SELECT name FROM lgir_migrations")}
        if newer := sorted(applied - set(self._migrations)):
            raise UnreadableRun(
                f"{self._path} was written by a newer lgir (it has step {newer[0]!r}; this one knows up to"
                f" {list(self._migrations)[-1]!r}); upgrade lgir, or give another path for {self._content}"
            )
        for name, statement in self._migrations.items():
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
        except sqlite3.DatabaseError as error:
            raise self.damaged(error) from None
        except UnicodeDecodeError:
            raise self.damaged("a row cannot be read") from None
        except OSError as error:
            raise UnreadableRun(f"the {self._called} {self._path} cannot be opened: {error.strerror}") from None

    def _operational(self, error: sqlite3.OperationalError) -> BackendError | UnreadableRun:
        store = f"the {self._called} {self._path}"
        if "locked" in str(error) or "busy" in str(error):
            return BackendError(
                f"{store} stayed locked for {_BUSY_TIMEOUT_S:g} s by another process; wait for it or stop it, then run"
                " the same command again"
            )
        if "full" in str(error) or "disk I/O" in str(error):
            return BackendError(f"{store} cannot be written ({error}); make room on the disk")
        return UnreadableRun(f"{store} cannot be used: {error}")
