"""The user's own tables: users, jobs and interactions as CSV, JSON Lines or Parquet, in a folder or a zip archive."""

from collections.abc import Callable
from pathlib import Path

from lgir.core.run import Progress
from lgir.data.check import check_tables
from lgir.data.dataset import COLUMNS, TABLES, Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTable, RawTables
from lgir.data.readers.delimited import Comma, read_delimited
from lgir.data.readers.files import Files
from lgir.data.readers.jsonl import read_jsonl
from lgir.data.readers.parquet import read_parquet
from lgir.data.report import DataReport


def read_csv_folder(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads users.csv, jobs.csv and interactions.csv: UTF-8, comma separated, with a header line.

    Raises:
        BadData: rows or files are bad; all of them are named.
    """

    def read(files: Files, name: str, problems: Problems) -> RawTable:
        return read_delimited(files, f"{name}.csv", problems, progress, dialect=Comma)

    return _read(path, report, "csv", read)


def read_jsonl_folder(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads users.jsonl, jobs.jsonl and interactions.jsonl: UTF-8, one JSON object per line.

    Raises:
        BadData: rows or files are bad; all of them are named.
    """

    def read(files: Files, name: str, problems: Problems) -> RawTable:
        return read_jsonl(files, f"{name}.jsonl", problems, progress, columns=COLUMNS[name])

    return _read(path, report, "jsonl", read)


def read_parquet_folder(path: Path, report: DataReport, progress: Progress) -> Dataset:
    """Reads users.parquet, jobs.parquet and interactions.parquet.

    Raises:
        BadData: rows or files are bad; all of them are named.
    """

    def read(files: Files, name: str, problems: Problems) -> RawTable:
        return read_parquet(files, f"{name}.parquet", problems, progress, columns=COLUMNS[name])

    return _read(path, report, "parquet", read)


def _read(path: Path, report: DataReport, source: str, read: Callable[[Files, str, Problems], RawTable]) -> Dataset:
    report.source = source
    problems = Problems()
    with Files(path) as files:
        tables = RawTables(*(report.count(read(files, name, problems)) for name in TABLES))
    return check_tables(tables, problems, report)
