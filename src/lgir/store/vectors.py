"""Vectors that outlive a process: one SQLite file, keyed by content, safe against kill -9 and a second process."""

import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32

from lgir.core.errors import BackendError, UnreadableRun

_APPLICATION = 0x4C474956  # "LGIV" in the file's header: says whose file it is
_FORMAT = 1
_BUSY_TIMEOUT_S = 60.0
_BATCH = 900  # SQLite before 3.32 takes at most 999 values in one statement
_TABLE = """
    CREATE TABLE vectors (
        key BLOB PRIMARY KEY,
        truncated INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        vector BLOB NOT NULL
    )"""


class StoredVector(NamedTuple):
    """A vector as it was put in, and whether its text had been cut."""

    vector: Float32[np.ndarray, " d"]
    truncated: bool


class VectorStore:
    """Vectors by key (64 hex digits, see `core.fingerprint`). What was put in comes out bit for bit; the first vector
    of a key stays.

    A batch is kept from the moment `put` returns, even if the process is killed right after it. Several processes and
    threads may use one file at once.

    Raises:
        UnreadableRun: the file is damaged, of another program, of a newer lgir, or cannot be opened.
        BackendError: another process kept the file locked, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._sentences():
            path.parent.mkdir(parents=True, exist_ok=True)
            # much of a text can be read off its vector: only the owner may read the file
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def get(self, keys: Sequence[str]) -> dict[str, StoredVector]:
        """The vectors that are there."""
        found: dict[str, StoredVector] = {}
        with self._sentences():
            for start in range(0, len(keys), _BATCH):
                batch = [bytes.fromhex(key) for key in keys[start : start + _BATCH]]
                marks = ",".join("?" * len(batch))
                rows = self._db.execute(f"SELECT * FROM vectors WHERE key IN ({marks})", batch)
                for key, truncated, checksum, vector in rows:
                    if zlib.crc32(vector) != checksum:
                        raise sqlite3.DatabaseError("a vector does not match its checksum")
                    found[key.hex()] = StoredVector(np.frombuffer(vector, dtype="<f4"), bool(truncated))
        return found

    def put(self, keys: Sequence[str], vectors: Float32[np.ndarray, "n d"], truncated: Bool[np.ndarray, " n"]) -> None:
        """Keeps one vector per key, except for keys that have one already."""
        blobs = [vector.tobytes() for vector in vectors.astype("<f4")]
        rows = [
            (bytes.fromhex(key), int(cut), zlib.crc32(blob), blob)
            for key, cut, blob in zip(keys, truncated, blobs, strict=True)
        ]
        # a statement commits by itself: no BEGIN that another thread of this connection could fall into
        with self._sentences():
            for start in range(0, len(rows), _BATCH // 4):
                batch = rows[start : start + _BATCH // 4]
                marks = ",".join(["(?,?,?,?)"] * len(batch))
                flat = [value for row in batch for value in row]
                self._db.execute(f"INSERT OR IGNORE INTO vectors VALUES {marks}", flat)

    def __len__(self) -> int:
        with self._sentences():
            return int(self._db.execute("SELECT COUNT(*) FROM vectors").fetchone()[0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def __enter__(self) -> "VectorStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self) -> None:
        if self._pragma("journal_mode") != "wal":
            self._db.execute("PRAGMA journal_mode=WAL")
        # a killed process loses nothing; a power cut may lose the last batches, never the file
        self._db.execute("PRAGMA synchronous=NORMAL")
        # one process makes the table, the others wait here and then find it
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._make_or_check()
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _make_or_check(self) -> None:
        if self._db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0:
            self._db.execute(_TABLE)
            self._db.execute(f"PRAGMA application_id={_APPLICATION}")
            self._db.execute(f"PRAGMA user_version={_FORMAT}")
        if self._pragma("application_id") != _APPLICATION:
            raise UnreadableRun(f"{self._path} is a database of another program; give another path for vectors")
        if (version := self._pragma("user_version")) != _FORMAT:
            raise UnreadableRun(
                f"{self._path} was written by another lgir (format {version}; this one knows {_FORMAT}); upgrade lgir, "
                "or give another path for vectors"
            )

    def _pragma(self, name: str) -> object:
        return self._db.execute(f"PRAGMA {name}").fetchone()[0]

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
            raise UnreadableRun(
                f"the vector store {self._path} is damaged ({error}); delete it and run the same command again: "
                "vectors are then made anew"
            ) from None
        except OSError as error:
            raise UnreadableRun(f"the vector store {self._path} cannot be opened: {error.strerror}") from None

    def _operational(self, error: sqlite3.OperationalError) -> BackendError | UnreadableRun:
        if "locked" in str(error) or "busy" in str(error):
            return BackendError(
                f"the vector store {self._path} stayed locked for {_BUSY_TIMEOUT_S:g} s by another process; wait for "
                "it or stop it, then run the same command again"
            )
        if "full" in str(error) or "disk I/O" in str(error):
            return BackendError(f"the vector store {self._path} cannot be written ({error}); make room on the disk")
        return UnreadableRun(f"the vector store {self._path} cannot be used: {error}")
