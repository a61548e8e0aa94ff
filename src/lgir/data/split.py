"""Training, validation and test part: the paper's thirds per user, or one cut in time for everybody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from jaxtyping import Int64, UInt64
from pydantic import NonNegativeInt, PositiveInt, model_validator

from lgir.core.config import Config
from lgir.core.errors import BadData, BadInput
from lgir.core.fingerprint import fingerprint
from lgir.data.dataset import Dataset
from lgir.data.npz import load_record, save_record

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

_VERSION = 2
"""Raised whenever equal data and configuration would give another split, or one with other fields."""


class SplitConfig(Config):
    """How interactions are divided."""

    rule: Literal["paper", "time"] = "paper"
    """`paper`: each user's interactions in equal thirds at random. `time`: one cut-off for all users."""
    min_interactions: PositiveInt = 1
    """Users with fewer distinct jobs are left out, and with them every job that nobody else engaged with."""
    seed: NonNegativeInt = 0
    """Which thirds; each user's are drawn from (seed, user_id). The rule `time` draws nothing."""
    train_until: datetime | float | None = None
    """Rule `time`: what happened before this moment (UTC unless it says otherwise) is training; or a share of all
    interactions, in (0, 1). Default 0.6."""
    validate_until: datetime | float | None = None
    """Rule `time`: from `train_until` to before this moment (or share) is validation, the rest is test. Default 0.8."""

    @model_validator(mode="before")
    @classmethod
    def _default_shares(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("rule") == "time":
            missing = [name for name in ("train_until", "validate_until") if values.get(name) is None]
            if len(missing) == 2:
                return {**values, "train_until": 0.6, "validate_until": 0.8}
        return values

    @model_validator(mode="after")
    def _cuts_make_sense(self) -> "SplitConfig":
        first, second = self.train_until, self.validate_until
        if self.rule == "paper":
            if first is not None or second is not None:
                raise ValueError("train_until and validate_until belong to rule 'time'; remove them or change the rule")
            return self
        if isinstance(first, datetime) and isinstance(second, datetime):
            ordered = _utc(first) < _utc(second)
        elif isinstance(first, float) and isinstance(second, float):
            ordered = 0 < first < second < 1
        else:
            raise ValueError("train_until and validate_until must be two moments or two shares; give both alike")
        if not ordered:
            raise ValueError("train_until must come before validate_until; shares lie between 0 and 1")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A dataset's interactions in three parts. Indices are places in the dataset's tables.

    Attributes:
        train: (user index, job index) pairs, ascending.
        validation: likewise.
        test: likewise.
        catalogue: jobs with an interaction, in any part, of a user who was not left out, ascending. A job that nobody
            engaged with is not in it.
        validation_catalogue: jobs ranked for the validation part, ascending: under rule `time` those of `catalogue`
            that were open at some moment of that part or have an interaction in it, else all.
        test_catalogue: likewise for the test part.
        user_keys: one number per user of the dataset, made from the id alone; seeds of draws for that user.
        fingerprint: dataset and configuration that this split came from.
    """

    train: Int64[np.ndarray, "n_train 2"]
    validation: Int64[np.ndarray, "n_validation 2"]
    test: Int64[np.ndarray, "n_test 2"]
    catalogue: Int64[np.ndarray, " m"]
    validation_catalogue: Int64[np.ndarray, " v"]
    test_catalogue: Int64[np.ndarray, " t"]
    user_keys: UInt64[np.ndarray, " u"]
    fingerprint: str

    def part(self, name: Part) -> Int64[np.ndarray, "n 2"]:
        """The pairs of one part."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    def catalogue_of(self, part: Literal["validation", "test"]) -> Int64[np.ndarray, " c"]:
        """The jobs ranked for one part."""
        return {"validation": self.validation_catalogue, "test": self.test_catalogue}[part]


def split(dataset: Dataset, config: SplitConfig) -> Split:
    """Divides a dataset's interactions; equal dataset and configuration give an equal split.

    Rule `paper`: a user with n ≥ 3 jobs gives n // 3 to training; of what does not divide by three, one more goes to
    test (remainder 1), or one to validation and one to test (remainder 2). One or two jobs cannot be divided: they go
    to training, and that user is not evaluated. A user's parts depend on the seed, the user's id and the ids of the
    user's jobs; the order of rows and the other users change nothing.

    Rule `time`: what happened before `train_until` is training, from there to before `validate_until` validation, the
    rest test; interactions of one moment stay together. Users and jobs may appear in test for the first time.

    Raises:
        BadData: rule `time`, and an interaction has no timestamp.
        BadInput: a part is empty.
    """
    table = _kept(_interactions(dataset), config)
    parts = _thirds(table, config.seed) if config.rule == "paper" else _by_time(table, config)
    pairs = table.select("user", "job").to_numpy().astype(np.int64)
    # each user's rows stand in the order of job ids, which made the draw independent of places; now order by place
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, parts = pairs[order], parts[order]
    for code, name in enumerate(PARTS):
        if not (parts == code).any():
            raise BadInput(_emptied(name, table, config))
    catalogue = np.unique(pairs[:, 1])
    # the same order as `pairs`: by user and then by job
    times = table["timestamp"].dt.epoch("us").to_numpy()[order] if config.rule == "time" else None
    of_validation, of_test = (
        catalogue if times is None else _open(dataset, catalogue, pairs[parts == part, 1], times[parts == part])
        for part in (1, 2)
    )
    return Split(
        train=pairs[parts == 0],
        validation=pairs[parts == 1],
        test=pairs[parts == 2],
        catalogue=catalogue,
        validation_catalogue=of_validation,
        test_catalogue=of_test,
        user_keys=np.array([int(fingerprint(name)[:16], 16) for name in dataset.users["user_id"]], dtype=np.uint64),
        fingerprint=split_fingerprint(dataset, config),
    )


def _open(
    dataset: Dataset, catalogue: Int64[np.ndarray, " m"], engaged: Int64[np.ndarray, " n"], times: np.ndarray
) -> Int64[np.ndarray, " c"]:
    """The jobs of the catalogue that were open at some moment between the first and the last of these times, as far as
    their dates say, and those engaged with then."""
    jobs = dataset.jobs[catalogue]
    closed = np.zeros(len(catalogue), dtype=bool)
    if "posted_at" in jobs.columns:
        closed |= (jobs["posted_at"].dt.epoch("us") > int(times.max())).fill_null(value=False).to_numpy()
    if "expires_at" in jobs.columns:
        closed |= (jobs["expires_at"].dt.epoch("us") <= int(times.min())).fill_null(value=False).to_numpy()
    return catalogue[~closed | np.isin(catalogue, engaged)]


def split_fingerprint(dataset: Dataset, config: SplitConfig) -> str:
    """The fingerprint that the split of this dataset by this configuration has."""
    return fingerprint("split", _VERSION, dataset.fingerprint, config.model_dump(mode="json"))


def save_split(file: Path, split: Split) -> None:
    """Writes a split to one npz file."""
    save_record(file, split)


def load_split(file: Path) -> Split:
    """Reads a split back.

    Raises:
        UnreadableRun: the file is missing, damaged or from a newer format.
    """
    return load_record(Split, file)


def rng_for(*purpose: str | int) -> np.random.Generator:
    """A generator that depends on these words and numbers and on nothing else."""
    return np.random.default_rng(int(fingerprint(*purpose)[:32], 16))


def _interactions(dataset: Dataset) -> pl.DataFrame:
    """user, job (places), user_id, job_id, timestamp (or null), by user and then by job id."""
    users = dataset.users.select("user_id").with_row_index("user")
    jobs = dataset.jobs.select("job_id").with_row_index("job")
    table = dataset.interactions
    if "timestamp" not in table.columns:
        table = table.with_columns(pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("timestamp"))
    table = table.select("user_id", "job_id", "timestamp")
    return table.join(users, on="user_id").join(jobs, on="job_id").sort("user", "job_id")


def _kept(table: pl.DataFrame, config: SplitConfig) -> pl.DataFrame:
    kept = table.filter(pl.len().over("user") >= config.min_interactions)
    if kept.is_empty():
        most = int(np.bincount(table["user"].to_numpy()).max(initial=0))
        raise BadInput(
            f"min_interactions={config.min_interactions} leaves no user, so the training, validation and test parts "
            f"are empty: the most jobs one user has is {most}; lower it or give more interactions"
        )
    return kept


def _thirds(table: pl.DataFrame, seed: int) -> Int64[np.ndarray, " n"]:
    """For every interaction its place in PARTS."""
    found = []
    for (name,), rows in table.group_by("user_id", maintain_order=True):
        n, rest = divmod(len(rows), 3)
        sizes = (n, n + (rest == 2), n + (rest > 0)) if n else (len(rows), 0, 0)
        parts = np.repeat(np.arange(3, dtype=np.int64), sizes)
        found.append(rng_for("split", seed, str(name)).permutation(parts))
    return np.concatenate(found)


def _by_time(table: pl.DataFrame, config: SplitConfig) -> Int64[np.ndarray, " n"]:
    missing = table["timestamp"].null_count()
    if missing:
        raise BadData(
            f"split rule 'time' needs a timestamp for every interaction, and {missing} of {len(table)} have none; "
            "add the column 'timestamp', leave those rows out, or use rule 'paper'"
        )
    times = table["timestamp"].dt.epoch("us").to_numpy()
    cuts = [_cut(times, until) for until in (config.train_until, config.validate_until) if until is not None]
    # side="right": what happened at the very moment of a cut belongs to the later part
    return np.searchsorted(np.array(cuts), times, side="right").astype(np.int64)


def _cut(times: Int64[np.ndarray, " n"], until: datetime | float) -> int:
    """The first moment of the next part, in microseconds since 1970."""
    if isinstance(until, datetime):
        return int(pl.Series([_utc(until)]).dt.epoch("us")[0])
    # the small term undoes binary rounding: 0.29 * 100 is 28.999…
    return int(np.sort(times)[int(until * len(times) + 1e-9)])


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _emptied(part: Part, table: pl.DataFrame, config: SplitConfig) -> str:
    named = {"train": "training"}.get(part, part)
    if config.rule == "paper":
        return (
            f"split rule 'paper' leaves the {named} part empty: it divides users with 3 or more jobs, and none of the "
            f"{table['user'].n_unique()} users has as many; give more interactions or use rule 'time'"
        )
    times = table["timestamp"].sort().cast(pl.String)
    return (
        f"split rule 'time' (train_until={config.train_until}, validate_until={config.validate_until}) leaves the "
        f"{named} part empty: the interactions run from {times[0]} to {times[-1]}; "
        "move the cut-offs or use rule 'paper'"
    )
