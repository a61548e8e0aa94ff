"""Completions that outlive a process: one SQLite file, keyed by content, safe against kill -9 and a second process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Origin, Provenance, Query, Span, Statement
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
        # statements have got spans and every prompt has changed, so that no row of before would be asked for again
        "m002_statements_have_spans": "DELETE FROM completions",
        "m003_failures": """
            CREATE TABLE failures (
                key TEXT PRIMARY KEY,
                reason TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                failed_at TEXT NOT NULL
            )""",
        # a completion that came about after all is no failure any more, whoever writes it
        "m004_completed_after_all": """
            CREATE TRIGGER completed_after_all AFTER INSERT ON completions
            BEGIN DELETE FROM failures WHERE key = NEW.key; END""",
        "m005_subjects": """
            CREATE TABLE subjects (
                subject TEXT NOT NULL,
                key TEXT NOT NULL,
                PRIMARY KEY (subject, key)
            ) WITHOUT ROWID""",
    }
)

# A completion and whose it is, kept by one statement, which is a transaction by itself: between two statements another
# thread may take the interpreter for milliseconds. Both are of the connection, no part of the file.
_KEPT = """
    CREATE TEMP VIEW kept AS
    SELECT key, text, statements, provenance, model, created_at, '' AS subject FROM completions"""
_KEEP = """
    CREATE TEMP TRIGGER keep INSTEAD OF INSERT ON kept BEGIN
        INSERT OR IGNORE INTO completions VALUES (
            NEW.key, CAST(NEW.text AS TEXT), CAST(NEW.statements AS TEXT), CAST(NEW.provenance AS TEXT),
            NEW.model, NEW.created_at
        );
        INSERT OR IGNORE INTO subjects VALUES (NEW.subject, NEW.key);
    END"""

_PROVENANCE = tuple(part.name for part in fields(Provenance))


def subject_of(query: Query) -> str:
    """Whose completion it is: a fingerprint of the user id or, for somebody without one, of the résumé."""
    return fingerprint("user", query.user_id) if query.user_id is not None else fingerprint("resume", query.resume)


class CompletionStore:
    """Completions and failures by key. What was put in comes out bit for bit; the first completion of a key stays, and
    only its statements may be renewed.

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
        for statement in (_KEPT, _KEEP):
            self._db.execute(statement)

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

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that have a completion; it is not read."""
        return {key for (key,) in self._db.select_in("SELECT key FROM completions WHERE key IN", keys)}

    def failures(self, keys: Sequence[str]) -> dict[str, Failure]:
        """The failures that are there: rows that were asked for in vain and never completed since."""
        question = "SELECT key, reason, attempts FROM failures WHERE key IN"
        return {key: Failure(reason, attempts) for key, reason, attempts in self._db.select_in(question, keys)}

    def put(self, key: str, completion: Completion, subject: str) -> None:
        """Keeps a completion, unless the key has one already, and whose it is."""
        values = (key, *_values(completion), completion.provenance.model, _now(), subject)
        self._db.execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def renew(self, key: str, completion: Completion) -> None:
        """Replaces the statements and provenance of a completion by those of the same text, grounded anew."""
        text, statements, provenance = _values(completion)
        self._db.execute(
            "UPDATE completions SET statements = CAST(? AS TEXT), provenance = CAST(? AS TEXT)"
            " WHERE key = ? AND text = CAST(? AS TEXT)",
            (statements, provenance, key, text),
        )

    def put_failure(self, key: str, failure: Failure, subject: str) -> None:
        """Keeps why a row failed, with all attempts so far added up; a key that has a completion has no failure."""
        self._db.execute_all(
            (
                "INSERT INTO failures SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM completions WHERE key = ?)"
                " ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at,"
                " attempts = attempts + excluded.attempts",
                (key, failure.reason, failure.attempts, _now(), key),
            ),
            ("INSERT OR IGNORE INTO subjects VALUES (?, ?)", (subject, key)),
        )

    def any_failure(self) -> bool:
        """Whether any row at all has failed and was not completed since."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM failures)")[0][0])

    def means(self, model: str, mode: str) -> tuple[float, float | None, int]:
        """(tokens of an answer, seconds of an answer, answers) of the last thousand that a language model gave in a
        mode.

        An answer that came with a batch has no seconds of its own; None where none has.
        """
        ((tokens, seconds, count),) = self._db.execute(
            "SELECT COALESCE(AVG(json_extract(provenance, '$.tokens_out')), 0),"
            " AVG(NULLIF(json_extract(provenance, '$.seconds'), 0)), COUNT(*) FROM (SELECT provenance FROM completions"
            " WHERE model = ? AND json_extract(provenance, '$.parameters.mode') = ? ORDER BY rowid DESC LIMIT 1000)",
            (model, mode),
        )
        return float(tokens), seconds, int(count)

    def keys_of(self, subject: str) -> list[str]:
        """The keys of one person's completions and failures."""
        return [key for (key,) in self._db.execute("SELECT key FROM subjects WHERE subject = ?", (subject,))]

    def forget(self, subject: str) -> int:
        """Removes one person's completions and failures, so that no trace of them is left in the file.

        Returns:
            How many completions and failures there were.
        """
        keys = self.keys_of(subject)
        # a person with the same texts loses them too: they are made anew, and nobody can be told from what is left
        for key in keys:
            self._db.execute_all(
                ("DELETE FROM completions WHERE key = ?", (key,)),
                ("DELETE FROM failures WHERE key = ?", (key,)),
                ("DELETE FROM subjects WHERE key = ?", (key,)),
            )
        self._db.purge()
        return len(keys)

    def __len__(self) -> int:
        return int(self._db.execute("SELECT COUNT(*) FROM completions")[0][0])

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def __enter__(self) -> "CompletionStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _values(completion: Completion) -> tuple[bytes, bytes, bytes]:
    """Text, statements and provenance as they are kept."""
    made, parameters = completion.provenance, dict(completion.provenance.parameters)
    return (
        completion.text.encode("utf-8", "surrogatepass"),
        _json([_statement_values(one) for one in completion.statements]),
        _json({**{name: getattr(made, name) for name in _PROVENANCE}, "parameters": parameters}),
    )


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _json(value: Any) -> bytes:
    # surrogatepass: a résumé with a lone surrogate must come back as it was
    return _JSON.encode(value).encode("utf-8", "surrogatepass")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _statement_values(one: Statement) -> list[Any]:
    spans = [[span.job_id, span.start, span.end] for span in one.spans]
    return [one.text, one.origin, spans, one.weight, one.contradicted]


def _statement(values: list[Any]) -> Statement:
    text, origin, spans, weight, contradicted = values
    return Statement(text, Origin(origin), tuple(Span(*span) for span in spans), weight, contradicted)


def _completion(text: str, statements: str, provenance: str) -> Completion:
    made = json.loads(provenance)
    return Completion(
        text,
        tuple(_statement(one) for one in json.loads(statements)),
        Provenance(**{**made, "job_ids": tuple(made["job_ids"])}),
    )
