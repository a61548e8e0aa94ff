"""Completions that outlive a process: one SQLite file, keyed by content, safe against kill -9 and a second process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lgir.core.records import Completion, Origin, Provenance, Statement
from lgir.store.database import Database

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


class CompletionStore:
    """Completions by key. What was put in comes out bit for bit; the first completion of a key stays.

    A `put` is kept from the moment it returns, even if the process is killed right after it. Several processes and
    threads may use one file at once, and several threads one store.

    Raises:
        UnreadableRun: the file is damaged, of another program, of a newer lgir, or cannot be opened.
        BackendError: another process kept the file locked, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        # moved away, not deleted: a language model may have been paid for them
        self._db = Database(
            path, _MIGRATIONS, called="completion store", content="completions", if_damaged="move it away"
        )

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The completions that are there."""
        question = "SELECT key, text, statements, provenance FROM completions WHERE key IN"
        found: dict[str, Completion] = {}
        for key, text, statements, provenance in self._db.select_in(question, keys):
            try:
                found[key] = _completion(text, statements, provenance)
            except (TypeError, KeyError, ValueError):
                raise self._db.damaged("a row cannot be read") from None
        return found

    def put(self, key: str, completion: Completion) -> None:
        """Keeps a completion, unless the key has one already."""
        made, parameters = completion.provenance, dict(completion.provenance.parameters)
        statements = [[one.text, one.origin, one.job_ids, one.weight] for one in completion.statements]
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
        return int(self._db.execute("SELECT COUNT(*) FROM completions")[0][0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def __enter__(self) -> "CompletionStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _json(value: Any) -> bytes:
    # surrogatepass: a résumé with a lone surrogate must come back as it was
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _completion(text: str, statements: str, provenance: str) -> Completion:
    made = json.loads(provenance)
    return Completion(
        text,
        tuple(
            Statement(said, Origin(origin), tuple(job_ids), weight)
            for said, origin, job_ids, weight in json.loads(statements)
        ),
        Provenance(**{**made, "job_ids": tuple(made["job_ids"])}),
    )
