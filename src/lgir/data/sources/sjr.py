"""SJR, a US job board's log (the Kaggle "Job Recommendation" data).

An interaction is a distinct (applicant, job) pair, dated by its first view. Users are everyone who viewed a job, left
work experience or left a wish. A résumé is the applicant's experience, most recent first, then the positions of
interest. A job's text is position, company, city, state and industry; where `Combined_Jobs_Final.csv` stands in the
archive or beside it, its description too, and then all its jobs enter the dataset, viewed or not: those can be
recommended, but take no part in evaluation (see `Split.catalogue`).
"""

from pathlib import Path

import polars as pl

from lgir.core.run import Progress
from lgir.data.check import check_tables
from lgir.data.dataset import Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, RawTables, numbered
from lgir.data.readers.delimited import Comma, read_delimited
from lgir.data.readers.files import Files
from lgir.data.report import DataReport
from lgir.data.sources.html import text_of_html
from lgir.data.sources.text import cell, first_known, joined, listing_dates, need_columns, set_aside
from lgir.data.timestamps import moments

VIEWS = "Job_Views.csv"
EXPERIENCE = "Experience.csv"
WISHES = "Positions_Of_Interest.csv"
JOBS = "Combined_Jobs_Final.csv"

_PLACE = ("City", "State.Name")
_JOB = ("Job.ID", "Position", "Title", "Company", *_PLACE, "Industry")
_COLUMNS = {
    VIEWS: ("Applicant.ID", *_JOB, "View.Start"),
    EXPERIENCE: ("Applicant.ID", "Position.Name", "Employer.Name", *_PLACE, "Start.Date", "Job.Description"),
    WISHES: ("Applicant.ID", "Position.Of.Interest"),
    JOBS: (*_JOB, "Job.Description", "Requirements", "Listing.Start", "Listing.End"),
}


def read_sjr(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads the archive or folder.

    Raises:
        BadData: a file or column is missing, or rows are bad; all of them are named.
    """
    report.source = "sjr"
    problems = Problems()
    with Files(path) as files:
        views, experience, wishes = (
            _table(files, name, problems, progress, report) for name in (VIEWS, EXPERIENCE, WISHES)
        )
        problems.raise_if_any()
        listings = _listings(files, progress, report)
    users = _users(views.cells, *(_owned(table, report) for table in (experience, wishes)))
    jobs = _jobs(views.cells, listings)
    if listings is not None:
        report.note(f"every job of {JOBS} is in the dataset; those nobody viewed take no part in evaluation")
    events = views.cells.select(user_id="Applicant.ID", job_id="Job.ID", timestamp="View.Start")
    events_table = RawTable(views.file, events, views.rows)
    return check_tables(RawTables(numbered("users", users), numbered("jobs", jobs), events_table), problems, report)


def _table(files: Files, name: str, problems: Problems, progress: Progress, report: DataReport) -> RawTable:
    table = read_delimited(files, name, problems, progress, dialect=Comma, columns=_COLUMNS[name])
    need_columns(table, _COLUMNS[name], problems)
    return report.count(table)


def _owned(table: RawTable, report: DataReport) -> pl.DataFrame:
    kept = table.cells.filter(pl.col("Applicant.ID").str.strip_chars() != "")
    report.drop(table.file, "no Applicant.ID", table.cells.height - kept.height)
    return kept


# ── users ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _users(views: pl.DataFrame, experience: pl.DataFrame, wishes: pl.DataFrame) -> pl.DataFrame:
    wish = (
        wishes.select(user="Applicant.ID", wish=cell("Position.Of.Interest")).drop_nulls().unique(maintain_order=True)
    )
    wish = wish.group_by("user", maintain_order=True).agg(pl.col("wish").str.join("\n"))
    everyone = pl.concat([table["Applicant.ID"] for table in (views, experience, wishes)])
    # a view without an id is a bad row of the views, found when they are checked
    users = pl.DataFrame({"user": everyone.filter(everyone != "").unique(maintain_order=True)})
    users = users.join(_experience(experience), on="user", how="left", maintain_order="left")
    users = users.join(wish, on="user", how="left", maintain_order="left")
    return users.select(user_id="user", resume=joined([pl.col("past"), pl.col("wish")], "\n"))


def _experience(table: pl.DataFrame) -> pl.DataFrame:
    """Per applicant the past positions as text, most recent first, undated ones last."""
    head = joined([cell(name) for name in ("Position.Name", "Employer.Name", *_PLACE)], ", ")
    text = joined([head, cell("Job.Description")], "\n")
    rows = table.select(user="Applicant.ID", start=cell("Start.Date"), text=text).drop_nulls("text")
    # ISO dates sort as text
    rows = rows.sort("start", descending=True, nulls_last=True, maintain_order=True)
    return rows.group_by("user", maintain_order=True).agg(past=pl.col("text").str.join("\n"))


# ── jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _jobs(views: pl.DataFrame, listings: pl.DataFrame | None) -> pl.DataFrame:
    """Viewed jobs in order of their first row, then the other listings."""
    rows = views.select("Job.ID", *(cell(name) for name in _JOB[1:]))
    if listings is not None:
        rows = pl.concat([rows, listings], how="diagonal")
    known = (
        rows.filter(pl.col("Job.ID") != "")
        .group_by("Job.ID", maintain_order=True)
        .agg(first_known(name) for name in rows.columns[1:])
    )
    place = joined([pl.col(name) for name in _PLACE], ", ")
    title = pl.coalesce("Position", "Title")
    body = [pl.col(name) for name in ("description", "requirements") if name in known.columns]
    dates = [name for name in ("posted_at", "expires_at") if name in known.columns]
    return known.select(
        *dates,
        job_id="Job.ID",
        text=joined([title, pl.col("Company"), place, pl.col("Industry"), *body], "\n"),
        title=title,
        company="Company",
        location=place,
        category="Industry",
    )


def _listings(files: Files, progress: Progress, report: DataReport) -> pl.DataFrame | None:
    """The jobs of Combined_Jobs_Final.csv, from the archive or from beside it; None where there is no such file."""
    if JOBS in files:
        return _listing_table(files, progress, report)
    if files.packed and (files.path.parent / JOBS).is_file():
        with Files(files.path.parent) as beside:
            return _listing_table(beside, progress, report)
    return None


def _listing_table(files: Files, progress: Progress, report: DataReport) -> pl.DataFrame:
    problems = Problems()
    table = _table(files, JOBS, problems, progress, report)
    set_aside(table, _COLUMNS[JOBS], problems, report)
    found = table.cells.select(cell(name) for name in _COLUMNS[JOBS]).drop_nulls("Job.ID")
    jobs = found.unique("Job.ID", keep="first", maintain_order=True)
    report.drop(table.file, "no Job.ID, or the same one again", table.cells.height - jobs.height)
    posted, expires = listing_dates(moments(jobs["Listing.Start"]), moments(jobs["Listing.End"]), table.file, report)
    return jobs.select(
        *_JOB,
        text_of_html(jobs["Job.Description"]).alias("description"),
        text_of_html(jobs["Requirements"]).alias("requirements"),
        posted.alias("posted_at"),
        expires.alias("expires_at"),
    )
