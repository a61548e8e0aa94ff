"""The data report: what was read, what was left out and why, and how the result looks."""

from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from lgir.data.dataset import Dataset
from lgir.data.raw import RawTable

QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)


@dataclass(slots=True)
class Dropped:
    """Rows or values that were left out, and why."""

    table: str
    reason: str
    count: int


@dataclass(slots=True)
class DataReport:
    """Filled by a reader while it reads.

    Attributes:
        source: the kind of source, such as "sjr" or "csv".
        read: rows read per file, header lines not counted.
        dropped: what was left out.
        notes: choices the reader made, one sentence each.
        stats: figures of the finished dataset, from `describe`.
    """

    source: str = ""
    read: dict[str, int] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)

    def drop(self, table: str, reason: str, count: int) -> None:
        """Notes that `count` rows or values were left out; 0 is not worth a line."""
        if count:
            self.dropped.append(Dropped(table, reason, int(count)))

    def count(self, table: RawTable) -> RawTable:
        """Notes how many rows a file gave, and hands the table on."""
        self.read[table.file] = table.cells.height
        return table

    def note(self, sentence: str) -> None:
        """Notes a choice."""
        self.notes.append(sentence)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON-able values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The report as plain text, one line each."""
        found = [f"source: {self.source}"] if self.source else []
        found += [f"read     {count:>11,} rows of {name}" for name, count in self.read.items()]
        found += [f"dropped  {item.count:>11,} of {item.table}: {item.reason}" for item in self.dropped]
        found += [f"note     {sentence}" for sentence in self.notes]
        return found + [line for name, value in self.stats.items() for line in _stat_lines(name, value)]


def describe(dataset: Dataset) -> dict[str, Any]:
    """Figures of a dataset, JSON-able.

    Returns:
        counts of users, jobs and interactions; users with a résumé; interactions per user and text lengths (characters)
        as quantiles; the share of interactions with a timestamp and of jobs with each optional column.
    """
    users, jobs, interactions = dataset.users, dataset.jobs, dataset.interactions
    per_user = interactions.group_by("user_id").len()["len"]
    stamped = (
        interactions["timestamp"].drop_nulls() if "timestamp" in interactions.columns else pl.Series(dtype=pl.Int64)
    )
    return {
        "users": users.height,
        "users with a résumé": int((users["resume"] != "").sum()),
        "users with interactions": per_user.len(),
        "jobs": jobs.height,
        "jobs with interactions": interactions["job_id"].n_unique(),
        "interactions": interactions.height,
        "interactions per user": _quantiles(per_user),
        "characters per résumé": _quantiles(users.filter(pl.col("resume") != "")["resume"].str.len_chars()),
        "characters per job": _quantiles(jobs["text"].str.len_chars()),
        "share of interactions with a timestamp": round(stamped.len() / max(interactions.height, 1), 4),
        "first timestamp": str(stamped.min()) if stamped.len() else None,
        "last timestamp": str(stamped.max()) if stamped.len() else None,
        "share of jobs with": {
            name: round(1 - jobs[name].null_count() / max(jobs.height, 1), 4) for name in jobs.columns[2:]
        },
    }


def _quantiles(values: pl.Series) -> dict[str, int]:
    """Lower quantiles: each is a value that occurs."""
    if not values.len():
        return {}
    return {f"{q:.0%}": int(values.quantile(q, interpolation="lower") or 0) for q in QUANTILES}


def _stat_lines(name: str, value: Any) -> list[str]:
    if value is None or value == {}:
        return []
    if isinstance(value, dict):
        return [f"{name}: " + ", ".join(f"{key} {part:,}" for key, part in value.items())]
    return [f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value}"]
