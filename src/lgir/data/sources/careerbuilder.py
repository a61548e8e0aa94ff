"""CareerBuilder (Kaggle "Job Recommendation Challenge", 2012): users.tsv, jobs.tsv or jobs1.tsv … jobs7.tsv, apps.tsv,
user_history.tsv.

An interaction is an application. A résumé is the user's past job titles, most recent first, then degree and major, then
place. A job's text is title, place, description and requirements, with HTML stripped. Of the 1.1 million jobs only
those that somebody applied to are read: the texts of the others would fill the memory. The files write tab, newline,
carriage return and backslash as \\t, \\n, \\r and \\\\.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lgir.core.run import Progress
from lgir.data.check import check_tables
from lgir.data.dataset import Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, RawTables, numbered
from lgir.data.readers.delimited import Tab, read_delimited
from lgir.data.readers.files import Files
from lgir.data.report import DataReport
from lgir.data.sources.html import text_of_html
from lgir.data.sources.matched import once
from lgir.data.sources.text import joined, listing_dates, set_aside
from lgir.data.timestamps import moments

_PLACE = ("City", "State")
_COLUMNS = {
    "apps.tsv": ("UserID", "ApplicationDate", "JobID"),
    "users.tsv": ("UserID", *_PLACE, "DegreeType", "Major"),
    "user_history.tsv": ("UserID", "Sequence", "JobTitle"),
}
_JOB_COLUMNS = ("JobID", "Title", "Description", "Requirements", *_PLACE, "StartDate", "EndDate")
_WINDOWS = tuple(f"jobs{window}.tsv" for window in range(1, 8))


def read_careerbuilder(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads the folder or archive.

    Rows that cannot be read (the original has a few) are dropped and counted, as are applications to jobs or by users
    that the files do not have.

    Raises:
        BadData: a file or column is missing, or more than 1 row in 100 is bad.
    """
    report.source = "careerbuilder"
    with Files(path) as files:
        apps, people, history = (_table(files, name, _COLUMNS[name], progress, report) for name in _COLUMNS)
        applied = apps.cells["JobID"].unique()
        names = ["jobs.tsv"] if "jobs.tsv" in files else [name for name in _WINDOWS if name in files] or ["jobs.tsv"]
        only = ("JobID", applied)
        parts = [_table(files, name, _JOB_COLUMNS, progress, report, only=only) for name in names]
    report.note("only the jobs that somebody applied to were read")
    users = once(_users(people.cells, history.cells), "user_id", people.file, report)
    jobs = once(pl.concat([_jobs(part, report) for part in parts]), "job_id", parts[0].file, report)
    events = _events(apps, users, jobs, report)
    return check_tables(RawTables(numbered("users", users), numbered("jobs", jobs), events), Problems(), report)


def _table(
    files: Files,
    name: str,
    columns: Sequence[str],
    progress: Progress,
    report: DataReport,
    *,
    only: tuple[str, pl.Series] | None = None,
) -> RawTable:
    problems = Problems()
    table = read_delimited(files, name, problems, progress, dialect=Tab, columns=columns, only=only)
    set_aside(table, columns, problems, report)
    return report.count(table)


def _users(people: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    titles = history.select(
        user_id="UserID",
        sequence=pl.col("Sequence").str.strip_chars().cast(pl.Int64, strict=False),
        title=_plain("JobTitle"),
    ).drop_nulls("title")
    # sequence 1 is the current or last position
    titles = titles.sort("sequence", nulls_last=True, maintain_order=True)
    titles = titles.group_by("user_id", maintain_order=True).agg(past=pl.col("title").str.join("\n"))
    degree = _plain("DegreeType", missing=("NA", "None"))
    known = people.select(
        user_id="UserID",
        studied=joined([degree, _plain("Major", missing=("NA", "Not Applicable"))], ", "),
        place=joined([_plain(name) for name in _PLACE], ", "),
    )
    users = known.join(titles, on="user_id", how="left", maintain_order="left")
    return users.select("user_id", resume=joined([pl.col(name) for name in ("past", "studied", "place")], "\n"))


def _jobs(table: RawTable, report: DataReport) -> pl.DataFrame:
    cells = table.cells.select("JobID", *(_plain(name) for name in _JOB_COLUMNS[1:]))
    posted, expires = listing_dates(moments(cells["StartDate"]), moments(cells["EndDate"]), table.file, report)
    place = joined([pl.col(name) for name in _PLACE], ", ")
    body = [text_of_html(cells[name]).alias(name) for name in ("Description", "Requirements")]
    return cells.with_columns(*body, posted.alias("posted_at"), expires.alias("expires_at")).select(
        "posted_at",
        "expires_at",
        job_id="JobID",
        text=joined([pl.col("Title"), place, pl.col("Description"), pl.col("Requirements")], "\n"),
        title="Title",
        location=place,
    )


def _events(apps: RawTable, users: pl.DataFrame, jobs: pl.DataFrame, report: DataReport) -> RawTable:
    known_user = apps.cells["UserID"].is_in(users["user_id"].implode())
    known_job = apps.cells["JobID"].is_in(jobs["job_id"].implode())
    report.drop(apps.file, "the user is not in users.tsv", int((~known_user).sum()))
    report.drop(apps.file, "the job is not in the job files", int((known_user & ~known_job).sum()))
    kept = known_user & known_job
    cells = apps.cells.filter(kept).select(user_id="UserID", job_id="JobID", timestamp="ApplicationDate")
    return RawTable(apps.file, cells, apps.rows.filter(kept))


def _plain(name: str, *, missing: Sequence[str] = ("NA",)) -> pl.Expr:
    """A cell with its escapes resolved; null where it is missing."""
    text = pl.col(name)
    # the readers let no NUL through, so it can stand for an escaped backslash meanwhile
    for escaped, meant in (("\\\\", "\0"), ("\\n", "\n"), ("\\r", "\n"), ("\\t", "\t"), ("\0", "\\")):
        text = text.str.replace_all(escaped, meant, literal=True)
    text = text.str.strip_chars()
    return pl.when((text != "") & ~text.is_in(list(missing))).then(text).alias(name)
