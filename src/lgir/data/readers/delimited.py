"""Delimited text (CSV, TSV) → raw tables of strings, block by block, with the line number of every row."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from lgir.core.run import Progress
from lgir.data.problems import MAX_FIELD_CHARACTERS, Problems
from lgir.data.raw import RawTable, no_table
from lgir.data.readers.files import Files
from lgir.data.readers.lines import Lines

_BLOCK_ROWS = 50_000


class Comma(csv.excel):
    """Comma separated, fields in double quotes where needed, a quote inside doubled (RFC 4180)."""

    strict = True


class Tab(csv.excel_tab):
    """Tab separated, no quoting: a quote is a character like any other."""

    quoting = csv.QUOTE_NONE
    strict = True


def read_delimited(
    files: Files,
    name: str,
    problems: Problems,
    progress: Progress,
    *,
    dialect: type[csv.Dialect],
    columns: Sequence[str] | None = None,
    only: tuple[str, pl.Series] | None = None,
) -> RawTable:
    """Reads a table with a header line; every cell is text, bad rows go to `problems` and are left out.

    Args:
        files: where the file is.
        name: its name.
        problems: where bad rows go.
        progress: counts bytes.
        dialect: `Comma` or `Tab`.
        columns: the columns to keep; None keeps all. A missing one is no problem here.
        only: a column and the values of it whose rows are kept; what else a large file holds is not kept in memory.

    Raises:
        BadData: the file cannot be opened or unpacked.
    """
    file = files.label(name)
    if name not in files:
        problems.add(file, None, "the file is missing", "put it there")
        return no_table(file)
    progress.start(f"reading {file}", files.size(name))
    with files.open(name) as stream, _field_limit(MAX_FIELD_CHARACTERS):
        lines = Lines(stream, file, problems, progress)
        reader = csv.reader(lines, dialect)
        header = _header(reader, lines, file, problems)
        keep = [column for column in header if column and (columns is None or column in columns)]
        blocks = [_block(header, [], [], keep, None)]
        blocks += [_block(header, *rows, keep, only) for rows in _rows(reader, lines, len(header), file, problems)]
    progress.finish()
    return RawTable(file, pl.concat([cells for cells, _ in blocks]), pl.concat([rows for _, rows in blocks]))


def _header(reader: Iterator[list[str]], lines: Lines, file: str, problems: Problems) -> list[str]:
    """The column names; none where there is no header to go by, which is a problem then."""
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        problems.add(file, None, "it is empty", "it needs a header line and rows")
        return []
    except csv.Error as error:
        problems.add(file, 1, *_sentence(error))
        return []
    named = [name for name in header if name]
    if lines.last_bad:
        return []
    if not named:
        problems.add(file, 1, "the header line names no column", "write the column names there")
        return []
    if len(set(named)) < len(named):
        problems.add(file, 1, "two columns of the header have the same name", "rename one of them")
        return []
    return header


def _rows(
    reader: Iterator[list[str]], lines: Lines, width: int, file: str, problems: Problems
) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Blocks of good rows with their line numbers."""
    found: list[list[str]] = []
    numbers: list[int] = []
    while width:
        start = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if lines.last_bad < start:
                problems.add(file, start, *_sentence(error))
            continue
        if len(row) == width and lines.last_bad < start:
            found.append(row)
            numbers.append(start)
        elif row and lines.last_bad < start:
            reason = f"the number of columns is {len(row)} and the header's is {width}"
            problems.add(file, start, reason, "add or remove separators, or quote the field that contains one")
        if len(found) == _BLOCK_ROWS:
            yield found, numbers
            found, numbers = [], []
    if found:
        yield found, numbers


def _block(
    header: Sequence[str],
    rows: list[list[str]],
    numbers: list[int],
    keep: Sequence[str],
    only: tuple[str, pl.Series] | None,
) -> tuple[pl.DataFrame, pl.Series]:
    columns = dict(zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True))
    cells = pl.DataFrame([pl.Series(name, columns[name], pl.String) for name in keep])
    places = pl.Series("row", numbers, pl.Int64)
    if only is None or only[0] not in keep:
        return cells, places
    wanted = cells[only[0]].is_in(only[1].implode())
    return cells.filter(wanted), places.filter(wanted)


def _sentence(error: csv.Error) -> tuple[str, str]:
    """The reason and the remedy for what the csv module found."""
    text = str(error)
    if "field larger" in text:
        return f"a field is longer than {MAX_FIELD_CHARACTERS:,} characters", "shorten it, or close its quote"
    if "unexpected end" in text:
        return "a quote is opened and never closed", "close it, or double it if it belongs to the text"
    if "expected after" in text:
        return "text follows a closing quote", "double the quotes that belong to the text"
    return "a lone carriage return stands outside quotes", "quote the field, or end lines with \\n or \\r\\n"


@contextmanager
def _field_limit(characters: int) -> Iterator[None]:
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)
