"""Public tables that nobody can mend: ids that stand twice, interactions with nobody or nothing."""

import polars as pl

from lgir.data.raw import RawTable
from lgir.data.report import DataReport


def once(table: pl.DataFrame, key: str, file: str, report: DataReport) -> pl.DataFrame:
    """The first row of every id; what is left out is counted."""
    kept = table.filter(pl.col(key).fill_null("").str.strip_chars() != "").unique(
        key, keep="first", maintain_order=True
    )
    report.drop(file, "no id, or the same one again", table.height - kept.height)
    return kept


def known(events: RawTable, users: pl.DataFrame, jobs: pl.DataFrame, report: DataReport) -> RawTable:
    """The interactions of these users with these jobs; what is left out is counted.

    Args:
        events: with user_id and job_id.
        users: with user_id.
        jobs: with job_id.
        report: gets the counts.
    """
    known_user = events.cells["user_id"].is_in(users["user_id"].implode())
    known_job = events.cells["job_id"].is_in(jobs["job_id"].implode())
    report.drop(events.file, "the user is in no table of users", int((~known_user).sum()))
    report.drop(events.file, "the job is in no table of jobs", int((known_user & ~known_job).sum()))
    return kept_rows(events, known_user & known_job)


def kept_rows(table: RawTable, kept: pl.Series) -> RawTable:
    """The rows where `kept` is True, with their line numbers."""
    return RawTable(table.file, table.cells.filter(kept), table.rows.filter(kept), table.ignored)
