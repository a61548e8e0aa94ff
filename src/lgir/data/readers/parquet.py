"""Parquet → raw tables."""

from collections.abc import Sequence
from io import BufferedReader, BytesIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lgir.core.run import Progress
from lgir.data.problems import Problems, shown
from lgir.data.raw import RawTable, no_table, numbered
from lgir.data.readers.files import MAX_UNPACKED_BYTES, Files

MAX_ROWS = 200_000_000
_BATCH_ROWS = 65_536


def read_parquet(
    files: Files, name: str, problems: Problems, progress: Progress, *, columns: Sequence[str]
) -> RawTable:
    """Reads these columns of one file; a file that cannot be read is one problem.

    Raises:
        BadData: the file cannot be opened or unpacked.
    """
    file = files.label(name)
    if name not in files or not files.size(name):
        reason = "it is empty" if name in files else "the file is missing"
        problems.add(file, None, reason, "write the table there")
        return no_table(file)
    progress.start(f"reading {file}", None)
    with files.open(name) as stream:
        # an archive member is sought by unpacking it again from its start: read it once
        source = BytesIO(stream.read()) if files.packed else stream
        try:
            found, ignored = _table(source, columns)
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
            reason = f"it is not a readable Parquet file ({type(error).__name__})"
            problems.add(file, None, reason, "write it again")
            return no_table(file)
    progress.finish()
    return numbered(file, pl.DataFrame([_series(file, name, found, problems) for name in found.column_names]), ignored)


def _table(source: BufferedReader | BytesIO, columns: Sequence[str]) -> tuple[pa.Table, int]:
    """The wanted columns that are there, every byte checked, and how many others there are."""
    with pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        wanted = [name for name in columns if name in schema.names]
        if file.metadata.num_rows > MAX_ROWS or len(set(schema.names)) < len(schema.names):
            raise ValueError("too many rows, or two columns of the same name")
        batches, size = [], 0
        for batch in file.iter_batches(_BATCH_ROWS, columns=wanted):
            batch.validate(full=True)
            size += batch.nbytes
            if size > MAX_UNPACKED_BYTES:
                raise ValueError("it unpacks to too much")
            batches.append(batch.select(wanted))
        table = pa.Table.from_batches(batches, pa.schema([schema.field(name) for name in wanted]))
        return table, len(schema.names) - len(wanted)


def _series(file: str, name: str, table: pa.Table, problems: Problems) -> pl.Series:
    """A column in a type the schema check understands; of any other type a problem, and a column of nulls."""
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_timestamp(kind):
        # the stored numbers are UTC whatever the zone is called; a name that nobody knows must not stop us
        column = column.cast(pa.int64()).cast(pa.timestamp(kind.unit))
    elif not any(test(kind) for test in _PLAIN):
        problems.add(file, None, f"the column {shown(name)} holds {shown(str(kind))}", "store it as text")
        return pl.Series(name, [None] * len(column), pl.Null)
    return pl.Series(name, pl.from_arrow(column))


_PLAIN = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_date32,
    pa.types.is_null,
)
