"""RecBole atomic files as RecBole-PJF uses them: NAME.inter, NAME.udoc, NAME.idoc, tab separated, header `name:type`.

A document may take several lines (RecBole-PJF writes one sentence per line); they are joined in order. Text is what has
the type token_seq. A user without a document gets an empty résumé, where RecBole-PJF drops the interactions too; an
interaction with a job without one is dropped by both. Where .inter has a `label`, only rows with label ≥ 0.5 are
interactions; `direct` and `rating` decide nothing. .user and .item are not read. Compared with RecBole-PJF's
prepare_zhilian.py and prepare_jobrec.py, which write such files, and with its sample ml-100.
"""

from pathlib import Path

import polars as pl

from lgir.core.run import Progress
from lgir.data.check import check_tables
from lgir.data.dataset import Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, RawTables, no_table, numbered
from lgir.data.readers.delimited import Tab, read_delimited
from lgir.data.readers.files import Files
from lgir.data.report import DataReport

_TYPES = ("token", "token_seq", "float", "float_seq")
_JOB_IDS = ("job_id", "item_id")
_LABEL = 0.5


def read_recbole(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads one RecBole-PJF dataset from a folder or zip archive.

    Raises:
        BadData: rows or files are bad; all of them are named.
    """
    report.source = "recbole"
    problems = Problems()
    with Files(path) as files:
        events, people, vacancies = (
            _read(files, suffix, problems, progress, report) for suffix in (".inter", ".udoc", ".idoc")
        )
        for name in files.names():
            if name.endswith((".user", ".item")):
                report.note(f"{files.label(name)} was not read: résumés and job texts come from .udoc and .idoc")
    users, jobs = _documents(people, "user_id", "resume", problems), _documents(vacancies, "job_id", "text", problems)
    events = _events(events, problems, report)
    problems.raise_if_any()
    kept = events.cells["job_id"].is_in(jobs.cells["job_id"].implode())
    report.drop(events.file, "the job has no document", int((~kept).sum()))
    events = RawTable(events.file, events.cells.filter(kept), events.rows.filter(kept), events.ignored)
    return check_tables(RawTables(_with_everyone(users, events, report), jobs, events), problems, report)


def _read(files: Files, suffix: str, problems: Problems, progress: Progress, report: DataReport) -> RawTable:
    """The file of this kind, its columns without their types; text columns get the prefix `text:`."""
    names = [name for name in files.names() if name.endswith(suffix)]
    if len(names) != 1:
        found = "none" if not names else f"{len(names)} of them"
        problems.add(str(files.path), None, f"it needs one {suffix} file and has {found}", "give one dataset")
        return no_table(suffix)
    table = report.count(read_delimited(files, names[0], problems, progress, dialect=Tab))
    renamed: dict[str, str] = {}
    for column in table.cells.columns:
        name, _, kind = column.rpartition(":")
        if not name or kind not in _TYPES:
            problems.add(
                table.file, 1, "a column of the header is not written name:type", f"types: {', '.join(_TYPES)}"
            )
            return no_table(table.file)
        name = "job_id" if name in _JOB_IDS else name
        renamed[column] = f"text:{name}" if kind == "token_seq" else name
    if len(set(renamed.values())) < len(renamed):
        problems.add(table.file, 1, "two columns of the header have the same name", "rename one of them")
        return no_table(table.file)
    return RawTable(table.file, table.cells.rename(renamed), table.rows)


def _documents(table: RawTable, key: str, name: str, problems: Problems) -> RawTable:
    """One row per id, its lines joined; `rows` are those of the first lines."""
    texts = [column for column in table.cells.columns if column.startswith("text:")]
    if table.cells.width and not (texts and key in table.cells.columns):
        remedy = f"its header needs {key}:token and a column of type token_seq"
        problems.add(table.file, 1, f"the column {key!r} or the text is missing", remedy)
    if not (texts and key in table.cells.columns):
        return numbered(table.file, pl.DataFrame(schema={key: pl.String, name: pl.String}))
    line = pl.concat_str([pl.col(text) for text in texts], separator=" ").alias(name)
    rows = table.cells.select(key, line).with_columns(table.rows.alias("row"))
    found = rows.group_by(key, maintain_order=True).agg(pl.col(name).str.join("\n"), pl.col("row").first())
    return RawTable(table.file, found.select(key, name), found["row"], table.cells.width - 1 - len(texts))


def _events(table: RawTable, problems: Problems, report: DataReport) -> RawTable:
    columns = table.cells.columns
    missing = [key for key in ("user_id", "job_id") if key not in columns]
    if missing:
        if table.cells.width:
            problems.add(table.file, 1, f"the column {missing[0]!r} is missing", "its header needs user_id and job_id")
        return numbered(table.file, pl.DataFrame(schema={"user_id": pl.String, "job_id": pl.String}))
    cells = table.cells
    if "timestamp" in columns:
        cells = cells.with_columns(_numbers(table, "timestamp", problems))
    kept = _numbers(table, "label", problems).fill_null(1.0) >= _LABEL if "label" in columns else None
    used = [name for name in ("user_id", "job_id", "timestamp") if name in columns]
    ignored = len(columns) - len(used) - ("label" in columns)
    if kept is None:
        return RawTable(table.file, cells.select(used), table.rows, ignored)
    report.drop(table.file, f"the label is below {_LABEL}", int((~kept).sum()))
    return RawTable(table.file, cells.select(used).filter(kept), table.rows.filter(kept), ignored)


def _numbers(table: RawTable, name: str, problems: Problems) -> pl.Series:
    """A column of type float; a timestamp counts seconds since 1970."""
    text = table.cells[name].str.strip_chars()
    found = text.cast(pl.Float64, strict=False)
    wrong = found.is_null() & (text != "")
    problems.add_rows(table.file, table.rows.filter(wrong), lambda _: f"{name} is not a number", "write it as one")
    return found


def _with_everyone(users: RawTable, events: RawTable, report: DataReport) -> RawTable:
    """Adds the users who have interactions and no document."""
    ids = events.cells["user_id"].unique(maintain_order=True)
    silent = ids.filter(~ids.is_in(users.cells["user_id"].implode()) & (ids.str.strip_chars() != ""))
    if silent.len():
        report.note(f"{silent.len():,} users of {events.file} are not in {users.file} and got an empty résumé")
    added = pl.DataFrame({"user_id": silent, "resume": pl.Series([""] * silent.len(), dtype=pl.String)})
    rows = pl.concat([users.rows, pl.Series("row", [0] * silent.len(), pl.Int64)])
    return RawTable(users.file, pl.concat([users.cells, added]), rows, users.ignored)
