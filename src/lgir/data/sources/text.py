"""Public tables: missing cells, texts put together, bad rows of data that nobody can repair at its source."""

from collections.abc import Sequence

import polars as pl

from lgir.data.problems import Problems
from lgir.data.raw import RawTable
from lgir.data.report import DataReport


def cell(name: str, *, missing: Sequence[str] = ("NA",)) -> pl.Expr:
    """A column with surrounding white space removed; null where it is empty or one of `missing`."""
    text = pl.col(name).str.strip_chars()
    return pl.when((text != "") & ~text.is_in(list(missing))).then(text).alias(name)


def joined(parts: Sequence[pl.Expr], separator: str) -> pl.Expr:
    """The parts that are not null, one after another; null where all are."""
    text = pl.concat_str(list(parts), separator=separator, ignore_nulls=True)
    return pl.when(text != "").then(text)


def first_known(name: str) -> pl.Expr:
    """Within a group the first value that is not null."""
    return pl.col(name).drop_nulls().first()


def need_columns(table: RawTable, columns: Sequence[str], problems: Problems) -> None:
    """Notes every column that the file lacks; a file that could not be read has its sentence already."""
    for column in columns:
        if column not in table.cells.columns and table.file not in problems.files:
            problems.add(table.file, 1, f"the column {column!r} is missing", "is it the original file?")


def set_aside(table: RawTable, columns: Sequence[str], problems: Problems, report: DataReport) -> None:
    """Counts the bad rows of a public file as dropped, unless they are more than 1 in 100 (and more than 10).

    Raises:
        BadData: there are too many, or a column is missing.
    """
    need_columns(table, columns, problems)
    if set(columns) - set(table.cells.columns) or len(problems) > max(10, table.cells.height // 100):
        problems.fail()
    if len(problems):
        report.drop(table.file, f"rows that cannot be read; the first: {problems.sentences[0]}", len(problems))


def listing_dates(posted: pl.Series, expires: pl.Series, file: str, report: DataReport) -> tuple[pl.Series, pl.Series]:
    """Both dates; an end before its start, of which public data has some, is left out and counted."""
    wrong = (expires < posted).fill_null(False)
    report.drop(file, "the listing ends before it starts; the end date was left out", int(wrong.sum()))
    kept = pl.DataFrame({"expires": expires, "wrong": wrong}).select(pl.when(~pl.col("wrong")).then("expires"))
    return posted, kept.to_series()
