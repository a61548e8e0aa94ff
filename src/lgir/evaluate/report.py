"""What an evaluation says: per-user values in Parquet, means in one JSON object and in plain lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float64
from polars.exceptions import PolarsError

from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.files import written_whole
from lgir.evaluate.metrics import DEFINITIONS

USER = "user_id"
SEED = "seed"


@dataclass(frozen=True, slots=True)
class Score:
    """One metric: the mean over users for each seed, and the mean of those."""

    mean: float
    per_seed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How well one model did under one protocol.

    Attributes:
        protocol: "paper" or "full".
        model: name of the model.
        n_users: users evaluated, each with at least one held-out job.
        seeds: one per run.
        metrics: by name; each `per_seed` goes with `seeds`.
        candidates: hash of the candidates of each seed; reports can be compared where these agree.
    """

    protocol: str
    model: str
    n_users: int
    seeds: tuple[int, ...]
    metrics: Mapping[str, Score]
    candidates: tuple[str, ...]

    def to_json(self) -> str:
        """One object: protocol, model, n_users, seeds, metrics → name → mean, per_seed; candidates, definitions."""
        metrics = {name: {"mean": score.mean, "per_seed": list(score.per_seed)} for name, score in self.metrics.items()}
        kinds = {name.partition("@")[0] for name in self.metrics}
        values = {
            "protocol": self.protocol,
            "model": self.model,
            "n_users": self.n_users,
            "seeds": list(self.seeds),
            "metrics": metrics,
            "candidates": list(self.candidates),
            "definitions": {name: meaning for name, meaning in DEFINITIONS.items() if name in kinds},
        }
        return json.dumps(values, indent=2, ensure_ascii=False)

    def lines(self) -> list[str]:
        """The same for people: a heading, then one line per metric with its mean and the value of every seed."""
        heading = (
            f"{self.model}, protocol {self.protocol}, {self.n_users} users, seeds {', '.join(map(str, self.seeds))}"
        )
        width = max(len(name) for name in self.metrics)
        return [heading, *(f"{name:<{width}}  {_numbers(score)}" for name, score in self.metrics.items())]


def per_user_table(user_ids: Sequence[str], seed: int, values: Mapping[str, Float64[np.ndarray, " u"]]) -> pl.DataFrame:
    """The columns user_id, seed and one per metric; rows in the order of `user_ids`. Stack seeds with `pl.concat`."""
    columns = {USER: pl.Series(user_ids, dtype=pl.String), SEED: pl.Series([seed] * len(user_ids), dtype=pl.Int64)}
    return pl.DataFrame({**columns, **{name: pl.Series(array) for name, array in values.items()}})


def metric_columns(table: pl.DataFrame) -> list[str]:
    """The names of the metrics in a per-user table."""
    return [name for name in table.columns if name not in (USER, SEED)]


def make_report(table: pl.DataFrame, *, protocol: str, model: str, candidates: Mapping[int, str]) -> Report:
    """Averages a per-user table: over the users of a seed, then over seeds.

    Args:
        table: see `per_user_table`, all seeds one below the other.
        candidates: seed → hash of the candidates ranked under it.

    Raises:
        BadInput: the table is empty, or a seed lacks users that another has.
    """
    seeds = sorted(table[SEED].unique().to_list())
    users = [frozenset(table.filter(pl.col(SEED) == seed)[USER]) for seed in seeds]
    if not seeds:
        raise BadInput("there is nothing to report: no user was evaluated; choose a split that holds out some jobs")
    if len(set(users)) > 1:
        sizes = ", ".join(f"seed {seed}: {len(some)}" for seed, some in zip(seeds, users, strict=True))
        raise BadInput(f"the seeds were evaluated on different users ({sizes}); evaluate all seeds on the same ones")
    of_seed = [table.filter(pl.col(SEED) == seed) for seed in seeds]
    # numpy, one seed at a time: the mean of a polars group is summed in no fixed order, and its last bit varies
    means = {name: [float(part[name].to_numpy().mean()) for part in of_seed] for name in metric_columns(table)}
    metrics = {name: Score(float(np.mean(values)), tuple(values)) for name, values in means.items()}
    return Report(protocol, model, len(users[0]), tuple(seeds), metrics, tuple(candidates[seed] for seed in seeds))


def save_per_user(file: Path, table: pl.DataFrame) -> None:
    """Writes a per-user table as Parquet; whoever looks sees the old file or the whole new one."""
    with written_whole(file) as stream:
        table.write_parquet(stream)


def load_per_user(file: Path) -> pl.DataFrame:
    """Reads a per-user table.

    Raises:
        UnreadableRun: the file is missing, damaged, or not a per-user table.
    """
    try:
        table = pl.read_parquet(file)
    except FileNotFoundError:
        raise UnreadableRun(f"there are no per-user values at {str(file)!r}; run 'lgir evaluate' first") from None
    except (OSError, PolarsError) as error:
        raise UnreadableRun(f"{file} is damaged ({type(error).__name__}); run 'lgir evaluate' again") from None
    if not {USER, SEED} < set(table.columns):
        raise UnreadableRun(f"{file} has the columns {table.columns}; expected user_id, seed and metrics")
    return table


def _numbers(score: Score) -> str:
    if len(score.per_seed) == 1:
        return f"{score.mean:.4f}"
    return f"{score.mean:.4f}  ({', '.join(f'{value:.4f}' for value in score.per_seed)})"
