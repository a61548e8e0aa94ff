"""The Djinni Recruitment Dataset (Drushchak and Romanyshyn, UNLP 2024): candidates and jobs of a Ukrainian job board,
as Parquet (or CSV), English or Ukrainian or both.

**The release has no interactions**: nobody's choice is in it, so `interactions.csv` or `interactions.parquet` has to
stand beside its files, with `user_id` and `job_id` (values of the two columns `id`), and `timestamp` and `kind` if
known. The release's files of candidates and of jobs share a name, so they are told apart by their columns: candidates
have `CV`, jobs `Long Description`. A résumé is position, key word, years of experience, level of English and CV, which
the publishers made of highlights, more information, and what the candidate looks for. A job's text is position,
company, key word, years, English and description.

Written from the publishers' own programs (Stereotypes-in-LLMs/recruitment-dataset); not tried on the originals.
"""

from pathlib import Path

import polars as pl

from lgir.core.run import Progress
from lgir.data.check import check_tables
from lgir.data.dataset import COLUMNS, Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, RawTables, no_table, numbered
from lgir.data.readers.delimited import Comma, read_delimited
from lgir.data.readers.files import Files
from lgir.data.readers.parquet import read_parquet
from lgir.data.report import DataReport
from lgir.data.sources.matched import once
from lgir.data.sources.text import cell, joined, set_aside

INTERACTIONS = "interactions"

_SHARED = ("id", "Position", "Primary Keyword", "English Level")
_CANDIDATE = (*_SHARED, "Experience Years", "CV")
_JOB = (*_SHARED, "Exp Years", "Company Name", "Long Description", "Published")
_FORMS = (".parquet", ".csv")


def read_djinni(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads the folder or archive.

    Raises:
        BadData: a file or column is missing, there are no interactions, or rows are bad; all of them are named.
    """
    report.source = "djinni"
    problems = Problems()
    with Files(path) as files:
        people, ads = _release(files, problems, progress, report)
        events = _interactions(files, problems, progress)
    problems.raise_if_any()
    users = once(pl.concat([_users(table) for table in people]), "user_id", people[0].file, report)
    jobs = once(pl.concat([_jobs(table) for table in ads]), "job_id", ads[0].file, report)
    tables = RawTables(numbered("the candidates", users), numbered("the jobs", jobs), report.count(events))
    return check_tables(tables, problems, report)


def _release(
    files: Files, problems: Problems, progress: Progress, report: DataReport
) -> tuple[list[RawTable], list[RawTable]]:
    """The files of candidates, and those of jobs."""
    people: list[RawTable] = []
    ads: list[RawTable] = []
    for name in files.names():
        if name.endswith(_FORMS) and name.rpartition(".")[0] != INTERACTIONS:
            found = Problems()
            table = _read(files, name, found, progress, columns=tuple(dict.fromkeys((*_CANDIDATE, *_JOB))))
            kind, columns = (people, _CANDIDATE) if "CV" in table.cells.columns else (ads, _JOB)
            set_aside(table, columns, found, report)
            kind.append(report.count(table))
    for what, mark, tables in (("candidates", "CV", people), ("jobs", "Long Description", ads)):
        if not tables:
            remedy = f"put the release's file with the column {mark!r} there, as Parquet or CSV"
            problems.add(str(files.path), None, f"it has no {what}", remedy)
    return people, ads


def _interactions(files: Files, problems: Problems, progress: Progress) -> RawTable:
    names = [f"{INTERACTIONS}{form}" for form in _FORMS if f"{INTERACTIONS}{form}" in files]
    if len(names) == 1:
        return _read(files, names[0], problems, progress, columns=COLUMNS["interactions"])
    name = f"{INTERACTIONS}.csv"
    reason = "it stands there as CSV and as Parquet" if names else "the file is missing, and the release has none"
    remedy = "leave one of them" if names else "write user_id and job_id there, one row per choice of a candidate"
    problems.add(files.label(name), None, reason, remedy)
    return no_table(files.label(name))


def _read(files: Files, name: str, problems: Problems, progress: Progress, *, columns: tuple[str, ...]) -> RawTable:
    if name.endswith(".csv"):
        return read_delimited(files, name, problems, progress, dialect=Comma, columns=columns)
    return read_parquet(files, name, problems, progress, columns=columns)


def _users(table: RawTable) -> pl.DataFrame:
    years = cell("Experience Years").str.strip_suffix(".0")
    text = [cell("Position"), cell("Primary Keyword"), pl.format("Experience: {} years", years), _english(), cell("CV")]
    return _strings(table).select(user_id="id", resume=joined(text, "\n"))


def _jobs(table: RawTable) -> pl.DataFrame:
    years = cell("Exp Years").str.replace(r"^no_exp$", "0y").str.replace(r"y$", " years")
    head = [cell("Position"), cell("Company Name"), cell("Primary Keyword")]
    body = [pl.format("Experience: {}", years), _english(), cell("Long Description")]
    return _strings(table).select(
        job_id="id",
        text=joined([*head, *body], "\n"),
        title=cell("Position"),
        company=cell("Company Name"),
        category=cell("Primary Keyword"),
        posted_at="Published",
    )


def _english() -> pl.Expr:
    return pl.format("English: {}", cell("English Level").str.replace("no_english", "none"))


def _strings(table: RawTable) -> pl.DataFrame:
    """All columns as text; Parquet holds the years as numbers."""
    return table.cells.with_columns(pl.all().cast(pl.String))
