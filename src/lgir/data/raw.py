"""A table as a reader found it, before the schema check."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Cells as found, and where each row stands in its file.

    Attributes:
        file: the file as the user knows it, such as "users.csv".
        cells: the columns found; none where the file could not be read.
        rows: for each row its line number in a text file, else its place, from 1.
        ignored: columns of the file that were not read.
    """

    file: str
    cells: pl.DataFrame
    rows: pl.Series
    ignored: int = 0


class RawTables(NamedTuple):
    """The three tables of a dataset."""

    users: RawTable
    jobs: RawTable
    interactions: RawTable


def numbered(file: str, cells: pl.DataFrame, ignored: int = 0) -> RawTable:
    """A table whose rows are numbered from 1."""
    return RawTable(file, cells, pl.int_range(1, cells.height + 1, eager=True, dtype=pl.Int64), ignored)


def no_table(file: str) -> RawTable:
    """What a reader gives for a file it could not read, after noting the problem."""
    return numbered(file, pl.DataFrame())
