"""The dataset in memory: three tables that have passed the schema check."""

from dataclasses import dataclass

import polars as pl

USER_COLUMNS = ("user_id", "resume")
JOB_COLUMNS = ("job_id", "text")
JOB_OPTIONAL_COLUMNS = ("title", "company", "location", "category", "posted_at", "expires_at")
INTERACTION_COLUMNS = ("user_id", "job_id")
INTERACTION_OPTIONAL_COLUMNS = ("timestamp", "kind")

TABLES = ("users", "jobs", "interactions")
COLUMNS = {
    "users": USER_COLUMNS,
    "jobs": JOB_COLUMNS + JOB_OPTIONAL_COLUMNS,
    "interactions": INTERACTION_COLUMNS + INTERACTION_OPTIONAL_COLUMNS,
}
"""Every column of each table."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Users, jobs and what happened between them.

    Attributes:
        users: user_id, resume (strings; an empty résumé is ""), one row per user.
        jobs: job_id, text, and where the source has them title, company, location, category (strings or null),
            posted_at, expires_at (UTC datetimes or null); one row per job.
        interactions: user_id, job_id (distinct pairs, both known), and where the source has them timestamp
            (UTC datetime or null) and kind (string or null).
        fingerprint: changes when any cell changes.
    """

    users: pl.DataFrame
    jobs: pl.DataFrame
    interactions: pl.DataFrame
    fingerprint: str
