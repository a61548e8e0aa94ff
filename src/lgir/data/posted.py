"""When jobs appeared: their posting date, or, where a dataset has none, their first training interaction."""

import numpy as np
import polars as pl
from jaxtyping import Float64, Int64

from lgir.data.dataset import Dataset

_MICROSECONDS_PER_DAY = 86_400e6


def posted_days(dataset: Dataset, train: Int64[np.ndarray, "n 2"]) -> Float64[np.ndarray, " j"] | None:
    """Days since 1970 per job of the dataset, nan where unknown; None where the dataset has no dates at all.

    A date that stands in is that of an interaction in the training part: a job without one stays undated, whatever
    happened to it later.

    Args:
        dataset: the tables.
        train: training pairs as (user index, job index).
    """
    if "posted_at" in dataset.jobs.columns and dataset.jobs["posted_at"].null_count() < dataset.jobs.height:
        return _days(dataset.jobs["posted_at"])
    events = dataset.interactions
    if "timestamp" not in events.columns or events["timestamp"].null_count() == events.height:
        return None
    pairs = pl.DataFrame(
        {
            "user_id": dataset.users["user_id"].gather(train[:, 0]),
            "job_id": dataset.jobs["job_id"].gather(train[:, 1]),
        }
    )
    first = pairs.join(events, on=["user_id", "job_id"]).group_by("job_id").agg(pl.col("timestamp").min())
    return _days(dataset.jobs.join(first, on="job_id", how="left", maintain_order="left")["timestamp"])


def _days(moments: pl.Series) -> Float64[np.ndarray, " n"]:
    days = moments.dt.epoch("us").cast(pl.Float64).fill_null(float("nan")) / _MICROSECONDS_PER_DAY
    return days.to_numpy()
