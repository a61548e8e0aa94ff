"""Zhilian Zhaopin's data of the Tianchi competition on matching people and posts (2019): table1_user, table2_jd and
table3_action, tab separated, with or without the ending .txt.

An interaction is an action with `delivered` (the person sent the résumé) or `satisfied` (the employer liked it); its
kind is the stronger one, `satisfied`. What was only shown or looked at (`browsed`) is none. The log has no dates. A
résumé is the wished and the current kind of work and industry, the degree, and the words of `experience`. Birthday,
year of the first job, salaries and place of residence are not read. A job's text is title, company, kind of work, key
words, degree and description; towns are numbers, so they make the column `location` and no text. Of the 270,000 jobs
only those with an interaction are read.

Written from programs that read the originals (the competition's entries, and RecBole-PJF's prepare_zhilian.py, which
counts `satisfied` alone); not tried on the originals, which need a registration.
"""

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
from lgir.data.sources.matched import kept_rows, known, once
from lgir.data.sources.text import cell, joined, listing_dates, set_aside
from lgir.data.timestamps import moments

USERS, JOBS, ACTIONS = "table1_user", "table2_jd", "table3_action"

_WORK = ("desire_jd_type_id", "desire_jd_industry_id", "cur_jd_type", "cur_industry_id", "cur_degree_id", "experience")
_AD = ("jd_title", "company_name", "jd_sub_type", "key", "min_edu_level", "job_description")
_KINDS = ("satisfied", "delivered")
"""Strongest first."""
_COLUMNS = {
    USERS: ("user_id", *_WORK),
    JOBS: ("jd_no", *_AD, "city", "start_date", "end_date"),
    ACTIONS: ("user_id", "jd_no", *_KINDS),
}
_MISSING = ("-", r"\N", "请选择")
"""The last one is the form's "please choose"."""


def read_zhilian(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads the folder or archive.

    Rows that cannot be read (the original has a few) are dropped and counted, as are actions of users and on jobs that
    the tables do not have.

    Raises:
        BadData: a file or column is missing, or more than 1 row in 100 is bad.
    """
    report.source = "zhilian"
    with Files(path) as files:
        actions = _actions(_table(files, ACTIONS, progress, report), report)
        people = _table(files, USERS, progress, report)
        ads = _table(files, JOBS, progress, report, only=actions.cells["job_id"].unique())
    report.note("only the jobs that somebody sent a résumé to, or an employer was satisfied with, were read")
    users = once(_users(people), "user_id", people.file, report)
    jobs = once(_jobs(ads, report), "job_id", ads.file, report)
    events = known(actions, users, jobs, report)
    return check_tables(RawTables(numbered("users", users), numbered("jobs", jobs), events), Problems(), report)


def _table(
    files: Files, stem: str, progress: Progress, report: DataReport, *, only: pl.Series | None = None
) -> RawTable:
    problems, columns = Problems(), _COLUMNS[stem]
    name = stem if stem in files else f"{stem}.txt"
    wanted = None if only is None else (columns[0], only)
    table = read_delimited(files, name, problems, progress, dialect=Tab, columns=columns, only=wanted)
    if stem == ACTIONS and set(columns) <= set(table.cells.columns):
        table = _flags(table, problems)
    set_aside(table, columns, problems, report)
    return report.count(table)


def _flags(table: RawTable, problems: Problems) -> RawTable:
    """The rows whose flags are 0 or 1."""
    wrong = table.cells.select(pl.any_horizontal(~cell(name).is_in(["0", "1"]).fill_null(False) for name in _KINDS))
    rows = table.rows.filter(wrong.to_series())
    problems.add_rows(table.file, rows, lambda _: f"{' or '.join(_KINDS)} is neither 0 nor 1", "write one of them")
    return kept_rows(table, ~wrong.to_series())


def _actions(table: RawTable, report: DataReport) -> RawTable:
    """The interactions; every row of a pair gets the pair's strongest kind."""
    flags = [(cell(name) == "1").max().over("user_id", "jd_no") for name in _KINDS]
    kind = pl.coalesce(*(pl.when(flag).then(pl.lit(name)) for flag, name in zip(flags, _KINDS, strict=True)))
    cells = table.cells.select(user_id="user_id", job_id="jd_no", kind=kind)
    given = cells["kind"].is_not_null()
    report.drop(table.file, f"neither {' nor '.join(_KINDS)}", int((~given).sum()))
    return kept_rows(RawTable(table.file, cells, table.rows), given)


def _users(table: RawTable) -> pl.DataFrame:
    return table.cells.select(user_id="user_id", resume=joined([cell(name, missing=_MISSING) for name in _WORK], "\n"))


def _jobs(table: RawTable, report: DataReport) -> pl.DataFrame:
    days = table.cells.select(
        cell(name, missing=_MISSING).str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3")
        for name in ("start_date", "end_date")
    )
    posted, expires = listing_dates(moments(days["start_date"]), moments(days["end_date"]), table.file, report)
    return table.cells.with_columns(posted.alias("posted_at"), expires.alias("expires_at")).select(
        "posted_at",
        "expires_at",
        job_id="jd_no",
        text=joined([cell(name, missing=_MISSING) for name in _AD], "\n"),
        title=cell("jd_title", missing=_MISSING),
        company=cell("company_name", missing=_MISSING),
        location=cell("city", missing=_MISSING),
        category=cell("jd_sub_type", missing=_MISSING),
    )
