"""Vectors that outlive a process: one SQLite file, keyed by content, safe against kill -9 and a second process."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32

from lgir.store.database import MAX_VALUES, Database

_MIGRATIONS: Mapping[str, str] = MappingProxyType(
    {
        "m001_vectors": """
            CREATE TABLE vectors (
                key BLOB PRIMARY KEY,
                truncated INTEGER NOT NULL,
                checksum INTEGER NOT NULL,
                vector BLOB NOT NULL
            )""",
    }
)


class StoredVector(NamedTuple):
    """A vector as it was put in, and whether its text had been cut."""

    vector: Float32[np.ndarray, " d"]
    truncated: bool


class VectorStore:
    """Vectors by key (64 hex digits, see `core.fingerprint`). What was put in comes out bit for bit; the first vector
    of a key stays.

    A batch is kept from the moment `put` returns, even if the process is killed right after it. Several processes and
    threads may use one file at once, and several threads one store.

    Raises:
        UnreadableRun: the file is damaged, of another program, of a newer lgir, or cannot be opened.
        BackendError: another process kept the file locked, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _MIGRATIONS, called="vector store", content="vectors", if_damaged="delete it")

    def get(self, keys: Sequence[str]) -> dict[str, StoredVector]:
        """The vectors that are there."""
        question = "SELECT key, truncated, checksum, vector FROM vectors WHERE key IN"
        found: dict[str, StoredVector] = {}
        for key, truncated, checksum, vector in self._db.select_in(question, [bytes.fromhex(key) for key in keys]):
            if zlib.crc32(vector) != checksum:
                raise self._db.damaged("a vector does not match its checksum")
            found[key.hex()] = StoredVector(np.frombuffer(vector, dtype="<f4"), bool(truncated))
        return found

    def put(self, keys: Sequence[str], vectors: Float32[np.ndarray, "n d"], truncated: Bool[np.ndarray, " n"]) -> None:
        """Keeps one vector per key, except for keys that have one already."""
        blobs = [vector.tobytes() for vector in vectors.astype("<f4")]
        rows = [
            (bytes.fromhex(key), int(cut), zlib.crc32(blob), blob)
            for key, cut, blob in zip(keys, truncated, blobs, strict=True)
        ]
        for start in range(0, len(rows), MAX_VALUES // 4):
            batch = rows[start : start + MAX_VALUES // 4]
            marks = ",".join(["(?,?,?,?)"] * len(batch))
            self._db.execute(f"INSERT OR IGNORE INTO vectors VALUES {marks}", [value for row in batch for value in row])

    def clear(self) -> int:
        """Removes every vector, so that no trace of them is left in the file.

        Returns:
            How many there were.
        """
        count = len(self)
        self._db.execute("DELETE FROM vectors")
        self._db.purge()
        return count

    def __len__(self) -> int:
        return int(self._db.execute("SELECT COUNT(*) FROM vectors")[0][0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def __enter__(self) -> "VectorStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
