"""The schema check: three raw tables → a `Dataset`, or every bad row of all three in one error."""

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl

from lgir.data.dataset import (
    INTERACTION_COLUMNS,
    INTERACTION_OPTIONAL_COLUMNS,
    JOB_COLUMNS,
    JOB_OPTIONAL_COLUMNS,
    USER_COLUMNS,
    Dataset,
)
from lgir.data.problems import MAX_FIELD_CHARACTERS, MAX_ID_CHARACTERS, Problems, shown
from lgir.data.raw import RawTable, RawTables, numbered
from lgir.data.report import DataReport, describe
from lgir.data.timestamps import ACCEPTED, MOMENT, moments

_IDS = ("user_id", "job_id")
_MOMENTS = ("posted_at", "expires_at", "timestamp")
_NEVER_NULL = ("resume", "text")
_HASH_ROWS = 50_000


def check_tables(tables: RawTables, problems: Problems, report: DataReport) -> Dataset:
    """Checks three tables and builds the dataset from them.

    Texts are brought to Unicode NFC with \\n line ends; a missing résumé or job text becomes "", any other empty text
    null. A repeated (user, job) pair is no error: its earliest row is kept and the rest are counted in the report.

    Args:
        tables: users with USER_COLUMNS; jobs with JOB_COLUMNS and any of JOB_OPTIONAL_COLUMNS; interactions with
            INTERACTION_COLUMNS and any of INTERACTION_OPTIONAL_COLUMNS.
        problems: what the reader already found; raised together with what is found here.
        report: gets what was dropped and the figures of the result.

    Raises:
        BadData: any problem was found.
    """
    people = _columns(tables.users, USER_COLUMNS, (), problems, report)
    vacancies = _columns(tables.jobs, JOB_COLUMNS, JOB_OPTIONAL_COLUMNS, problems, report)
    events = _columns(tables.interactions, INTERACTION_COLUMNS, INTERACTION_OPTIONAL_COLUMNS, problems, report)
    if people is not None:
        _once(people, "user", problems)
    if vacancies is not None:
        _once(vacancies, "job", problems)
        _expiry(vacancies, problems)
    if events is not None:
        _known(events, "user", people, problems)
        _known(events, "job", vacancies, problems)
    problems.raise_if_any()
    if people is None or vacancies is None or events is None:
        raise AssertionError("a table without its columns is a problem")
    dataset = build_dataset(people.cells, vacancies.cells, _distinct(events, report))
    report.stats = describe(dataset)
    return dataset


def check_frames(users: pl.DataFrame, jobs: pl.DataFrame, interactions: pl.DataFrame, report: DataReport) -> Dataset:
    """`check_tables` for tables in memory, whose rows are numbered from 1.

    Raises:
        BadData: any problem was found.
    """
    named = {"users": users, "jobs": jobs, "interactions": interactions}
    return check_tables(RawTables(*(numbered(name, table) for name, table in named.items())), Problems(), report)


def build_dataset(users: pl.DataFrame, jobs: pl.DataFrame, interactions: pl.DataFrame) -> Dataset:
    """A dataset from tables that already hold to the schema, as a generator makes them."""
    tables = (
        users.select(USER_COLUMNS),
        _ordered(jobs, JOB_COLUMNS, JOB_OPTIONAL_COLUMNS),
        _ordered(interactions, INTERACTION_COLUMNS, INTERACTION_OPTIONAL_COLUMNS),
    )
    return Dataset(*tables, tables_fingerprint(*tables))


def tables_fingerprint(*tables: pl.DataFrame) -> str:
    """SHA-256 over every column name and cell, in order; independent of how a file stores them."""
    digest = hashlib.sha256()
    for table in tables:
        digest.update(f"table {table.height} {table.columns}\n".encode())
        for column in table.iter_columns():
            for start in range(0, column.len(), _HASH_ROWS):
                _hash_column(digest, column.slice(start, _HASH_ROWS))
    return digest.hexdigest()


# ── columns and cells ───────────────────────────────────────────────────────────────────────────────────────────────


def _columns(
    table: RawTable, needed: Sequence[str], optional: Sequence[str], problems: Problems, report: DataReport
) -> RawTable | None:
    """The table's columns with their final types; None where it lacks one."""
    found = table.cells.columns
    missing = [name for name in needed if name not in found]
    if missing:
        # a file that could not be read at all has its sentence already
        for name in [] if not found and table.file in problems.files else missing:
            problems.add(table.file, None, f"the column {name!r} is missing", f"it needs {' and '.join(needed)}")
        return None
    ignored = table.ignored + len([name for name in found if name not in (*needed, *optional)])
    if ignored:
        report.note(f"{table.file}: columns ignored: {ignored}; lgir uses {', '.join((*needed, *optional))}")
    if not table.cells.height and table.file not in problems.files:
        problems.add(table.file, None, "it has no rows", "add at least one")
    kept = [name for name in (*needed, *optional) if name in found]
    cells = pl.DataFrame([_cell(name, table, problems).alias(name) for name in kept])
    return RawTable(table.file, cells, table.rows)


def _cell(name: str, table: RawTable, problems: Problems) -> pl.Series:
    if name in _MOMENTS:
        return _moment(name, table, problems)
    values = table.cells[name]
    if values.dtype == pl.Null:
        values = values.cast(pl.String)
    if name in _IDS and values.dtype.is_integer():
        values = values.cast(pl.String)
    if values.dtype != pl.String:
        problems.add(table.file, None, f"the column {name!r} holds numbers or dates, not text", "store it as text")
        return pl.Series([""] * values.len(), dtype=pl.String)
    return _id(name, values, table, problems) if name in _IDS else _text(name, values, table, problems)


def _id(name: str, values: pl.Series, table: RawTable, problems: Problems) -> pl.Series:
    known = values.fill_null("")
    _flag(table, known.str.strip_chars() == "", f"{name} is empty", "give every row one", problems)
    too_long = f"{name} is longer than {MAX_ID_CHARACTERS} characters"
    _flag(table, known.str.len_chars() > MAX_ID_CHARACTERS, too_long, "shorten it", problems)
    _flag(table, known.str.contains("\0", literal=True), f"{name} contains a NUL character", "remove it", problems)
    return known


def _text(name: str, values: pl.Series, table: RawTable, problems: Problems) -> pl.Series:
    known = values.fill_null("")
    too_long = f"{name} is longer than {MAX_FIELD_CHARACTERS:,} characters"
    _flag(table, known.str.len_chars() > MAX_FIELD_CHARACTERS, too_long, "shorten it", problems)
    _flag(table, known.str.contains("\0", literal=True), f"{name} contains a NUL character", "remove it", problems)
    clean = _composed(known.str.replace_all("\r\n?", "\n"))
    if name in _NEVER_NULL:
        return clean
    return clean.to_frame("t").select(pl.when(pl.col("t") != "").then("t")).to_series()


def _composed(texts: pl.Series) -> pl.Series:
    """Unicode NFC, in which plain ASCII is already: most texts are, and the rest takes most of the time of a check."""
    other = texts.str.contains(r"[^\x00-\x7F]").arg_true()
    return texts.scatter(other, texts.gather(other).str.normalize("NFC")) if other.len() else texts


def _moment(name: str, table: RawTable, problems: Problems) -> pl.Series:
    values = table.cells[name]
    if values.dtype == pl.Null:
        values = values.cast(MOMENT)
    given = values.is_not_null()
    if values.dtype == pl.String:
        given &= values.str.strip_chars() != ""
    found = moments(values)
    _flag(table, given & found.is_null(), f"{name} is not a point in time", ACCEPTED, problems)
    return found


def _flag(table: RawTable, bad: pl.Series, reason: str, remedy: str, problems: Problems) -> None:
    for row in table.rows.filter(bad):
        problems.add(table.file, row, reason, remedy)


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _once(table: RawTable, noun: str, problems: Problems) -> None:
    ids = table.cells[f"{noun}_id"]
    again = ~ids.is_first_distinct() & (ids != "")
    if not again.any():
        return
    first = dict(zip(ids.reverse().to_list(), table.rows.reverse().to_list(), strict=True))
    names = ids.filter(again).to_list()
    problems.add_rows(
        table.file,
        table.rows.filter(again),
        lambda place: f"{noun} {shown(names[place])} already stands in row {first[names[place]]}",
        "keep one of them",
    )


def _expiry(jobs: RawTable, problems: Problems) -> None:
    if not {"posted_at", "expires_at"} <= set(jobs.cells.columns):
        return
    wrong = (jobs.cells["expires_at"] < jobs.cells["posted_at"]).fill_null(False)
    names = jobs.cells["job_id"].filter(wrong).to_list()
    problems.add_rows(
        jobs.file,
        jobs.rows.filter(wrong),
        lambda place: f"job {shown(names[place])} expires before it is posted",
        "correct expires_at or posted_at",
    )


def _known(events: RawTable, noun: str, owners: RawTable | None, problems: Problems) -> None:
    if owners is None:
        return
    ids = events.cells[f"{noun}_id"]
    unknown = ~ids.is_in(owners.cells[f"{noun}_id"].implode()) & (ids != "")
    names = ids.filter(unknown).to_list()
    hint = " (an empty résumé is fine)" if noun == "user" else ""
    problems.add_rows(
        events.file,
        events.rows.filter(unknown),
        lambda place: f"{noun} {shown(names[place])} is not in {owners.file}",
        f"add the {noun} there{hint} or remove the row",
    )


def _distinct(events: RawTable, report: DataReport) -> pl.DataFrame:
    """Each pair once, in order of its first row, with the cells of its earliest row."""
    cells, pair = events.cells, list(INTERACTION_COLUMNS)
    if "timestamp" not in cells.columns:
        kept = cells.unique(pair, keep="first", maintain_order=True)
    else:
        order = cells.with_row_index("place").with_columns(first=pl.col("place").min().over(pair))
        order = order.sort("timestamp", "place", nulls_last=True).unique(pair, keep="first", maintain_order=True)
        kept = order.sort("first").drop("place", "first")
    report.drop(events.file, "the same user and job again; the earliest row is kept", cells.height - kept.height)
    return kept


# ── the finished tables ─────────────────────────────────────────────────────────────────────────────────────────────


def _ordered(table: pl.DataFrame, needed: Sequence[str], optional: Sequence[str]) -> pl.DataFrame:
    kept = [name for name in (*needed, *optional) if name in table.columns]
    return table.select(pl.col(name).cast(MOMENT if name in _MOMENTS else pl.String) for name in kept)


def _hash_column(digest: "hashlib._Hash", column: pl.Series) -> None:
    if column.dtype == pl.String:
        lengths = column.str.len_bytes().cast(pl.Int64).fill_null(-1)
        digest.update(np.ascontiguousarray(lengths.to_numpy()).tobytes())
        digest.update((column.str.join("").item() or "").encode())
    else:
        digest.update(np.ascontiguousarray(column.is_null().to_numpy()).tobytes())
        digest.update(np.ascontiguousarray(column.to_physical().fill_null(0).to_numpy()).tobytes())
