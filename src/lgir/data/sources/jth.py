"""JTH v1.0, Job Tracking History (Millet, Behar and Romero, 2025): candidates.csv, jobs.csv and history.csv of French
head-hunters, 2018 to 2025, licensed CC BY-NC 4.0 (research only).

An interaction is a row of the history: a candidate and a vacancy that came together, dated by the earliest stage of
the process; its kind is `last_stage_reached`. Neither side has free text: the publishers took it out and left lists.
A résumé is job category, expertise, skills, experience, seniority, contract, languages, diploma and département, as
far as there are columns for them; a job's text likewise, with its title made of the job category. Columns named `llm_…`
were inferred from the original texts by a language model of the publishers and are read like the others. Sex,
nationality, age, hobbies, values, salaries and the like are not read, nor are the marks that stand for rare items.

Written from the description in Aunsiels/JTH (README.md, dataset_card.md); not tried on the original, whose download
was not yet public there. Both of the layouts described (June 2025, and the later one with `llm_…`) are read.
"""

from collections.abc import Sequence
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
from lgir.data.sources.matched import kept_rows, known, once
from lgir.data.sources.text import cell, joined, set_aside
from lgir.data.timestamps import ACCEPTED, moments

CANDIDATES, JOBS, HISTORY = "candidates.csv", "jobs.csv", "history.csv"

_MISSING = ("NaN", "nan", "NA")
_STAGES = (
    "spontaneous_application_date",
    "shortlist_date",
    "qualification_date",
    "resume_sent_to_company_date",
    "1st_interview_date",
    "2nd_interview_date",
    "3rd_interview_date",
    "4th_interview_date",
    "job_offer_proposed_date",
    "job_offer_accepted_date",
    "end_of_process_date",
)
_SKILLS = (
    "job_category",
    "llm_job_category",
    "expertise_area",
    "llm_expertise_area",
    "skills",
    "llm_hard_skills",
    "llm_programming_languages",
    "llm_tools_technologies",
    "llm_certifications",
    "llm_soft_skills",
    "llm_industry_domains",
)
_TERMS = ("llm_seniority_level", "contract_type")
_CANDIDATE_TEXT = (*_SKILLS, *_TERMS, "languages", "llm_languages_spoken", "llm_highest_diploma")
_JOB_TEXT = (
    *_SKILLS,
    "business_sector",
    *_TERMS,
    "llm_required_languages_spoken",
    "llm_required_lowest_diploma",
)
_NEEDED = {
    CANDIDATES: ("candidate_id", "skills"),
    JOBS: ("job_id", "skills", "create_date"),
    HISTORY: ("candidate_id", "job_id", *_STAGES, "last_stage_reached"),
}
_OPTIONAL = {
    CANDIDATES: (*_CANDIDATE_TEXT, "years_experience", "zipcode"),
    JOBS: (*_JOB_TEXT, "years_experience", "zipcode"),
    HISTORY: (),
}


def read_jth(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads the folder or archive.

    Rows that cannot be read are dropped and counted, as are processes of candidates or for jobs that the files do not
    have.

    Raises:
        BadData: a file or column is missing, or more than 1 row in 100 is bad.
    """
    report.source = "jth"
    with Files(path) as files:
        people, vacancies, history = (_table(files, name, progress, report) for name in (CANDIDATES, JOBS, HISTORY))
    if any(name.startswith("llm_") for table in (people, vacancies) for name in table.cells.columns):
        report.note("columns named llm_… were inferred by a language model of the publishers")
    users = once(_users(people.cells), "user_id", people.file, report)
    jobs = once(_jobs(vacancies.cells), "job_id", vacancies.file, report)
    events = known(_events(history), users, jobs, report)
    return check_tables(RawTables(numbered("users", users), numbered("jobs", jobs), events), Problems(), report)


def _table(files: Files, name: str, progress: Progress, report: DataReport) -> RawTable:
    problems, columns = Problems(), _NEEDED[name]
    wanted = (*columns, *_OPTIONAL[name])
    table = read_delimited(files, name, problems, progress, dialect=Comma, columns=wanted)
    if name == HISTORY and set(columns) <= set(table.cells.columns):
        table = _dated(table, problems)
    set_aside(table, columns, problems, report)
    return report.count(table)


def _dated(table: RawTable, problems: Problems) -> RawTable:
    """The rows whose dates can be read."""
    wrong = pl.Series([False] * table.cells.height, dtype=pl.Boolean)
    for name in _STAGES:
        text = table.cells.select(cell(name, missing=_MISSING)).to_series()
        wrong |= text.is_not_null() & moments(text).is_null()
    problems.add_rows(table.file, table.rows.filter(wrong), lambda _: "a date is not a point in time", ACCEPTED)
    return kept_rows(table, ~wrong)


def _events(table: RawTable) -> RawTable:
    dates = [moments(table.cells.select(cell(name, missing=_MISSING)).to_series()) for name in _STAGES]
    cells = table.cells.select(
        pl.DataFrame(dates).select(timestamp=pl.min_horizontal(pl.all())).to_series(),
        user_id="candidate_id",
        job_id="job_id",
        kind=cell("last_stage_reached", missing=_MISSING),
    )
    return RawTable(table.file, cells, table.rows)


def _users(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(user_id="candidate_id", resume=_text(table, _CANDIDATE_TEXT))


def _jobs(table: pl.DataFrame) -> pl.DataFrame:
    columns = table.columns

    def first(*names: str) -> pl.Expr:
        return pl.coalesce(*(_list(name) for name in names if name in columns), pl.lit(None, pl.String))

    return table.select(
        job_id="job_id",
        text=_text(table, _JOB_TEXT),
        title=first("job_category", "llm_job_category"),
        location=first("zipcode"),
        category=first("expertise_area", "llm_expertise_area"),
        posted_at=cell("create_date", missing=_MISSING),
    )


def _text(table: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """A line per column that is there and says something."""
    lines = [_list(name) for name in names if name in table.columns]
    if "years_experience" in table.columns:
        lines.append(pl.format("experience: {}", _list("years_experience")))
    if "zipcode" in table.columns:
        lines.append(pl.format("département {}", _list("zipcode")))
    return joined(lines, "\n")


def _list(name: str) -> pl.Expr:
    """The items of a semicolon list, without the marks that stand for rare ones; null where none is left."""
    items = cell(name, missing=_MISSING).str.split(";").list.eval(pl.element().str.strip_chars())
    told = items.list.eval(pl.element().filter((pl.element() != "") & ~pl.element().str.contains(r"^_rare_\w+_$")))
    text = told.list.join(", ")
    return pl.when(text != "").then(text)
