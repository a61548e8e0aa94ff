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
MAX_PACKED_BYTES = 2 * 2**30
_BATCH_BYTES = 4 * 2**30
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
    if files.packed and files.size(name) > MAX_PACKED_BYTES:
        reason = f"it is larger than {MAX_PACKED_BYTES // 2**30} GB inside an archive"
        problems.add(file, None, reason, "unpack the archive and give the folder")
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
        finally:
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
        for batch in file.iter_batches(_batch_rows(file.metadata), columns=wanted):
            batch.validate(full=True)
            batches.append(_decoded(batch.select(wanted)))
            size += batches[-1].nbytes
            if size > MAX_UNPACKED_BYTES:
                raise ValueError("it unpacks to too much")
        empty = _decoded(pa.RecordBatch.from_pylist([], pa.schema([schema.field(name) for name in wanted])))
        return pa.Table.from_batches(batches, empty.schema), len(schema.names) - len(wanted)


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with categories written out."""
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in batch.schema.types]
    columns = [column.cast(kind) for column, kind in zip(batch.columns, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """Rows to unpack at once: few where a row may be large.

    One stored text can stand for many rows, so a small file can unpack to any size; a batch stays below _BATCH_BYTES.
    """
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    largest = max(
        (group.column(at).total_uncompressed_size for group in groups for at in range(group.num_columns)), default=0
    )
    return max(16, min(_BATCH_ROWS, _BATCH_BYTES // max(largest, 1)))


def _series(file: str, name: str, table: pa.Table, problems: Problems) -> pl.Series:
    """A column in a type the schema check understands; of any other type a problem, and a column of nulls."""
    column = table.column(name)
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
    pa.types.is_string_view,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_date32,
    pa.types.is_null,
)
