"""Parquet as other tools write it."""

import datetime as dt
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lgir.core.run import Silent
from lgir.data.problems import Problems
from lgir.data.raw import RawTable
from lgir.data.readers import parquet as module
from lgir.data.readers.files import Files
from lgir.data.readers.parquet import read_parquet

COLUMNS = ("user_id", "resume", "timestamp")


def read(path: Path) -> tuple[RawTable, Problems]:
    problems = Problems()
    with Files(path) as files:
        return read_parquet(files, "users.parquet", problems, Silent(), columns=COLUMNS), problems


def test_types_other_tools_use_for_text_and_time(tmp_path: Path) -> None:
    noon = dt.datetime(2015, 3, 8, 12)
    table = pa.table(
        {
            "resume": pa.array(["a", "a", None]).dictionary_encode(),
            "user_id": pa.array(["x", "y", "z"], pa.large_string()),
            "timestamp": pa.array([noon, None, noon], pa.timestamp("s", "Nowhere/Never")),
            "nested": pa.array([[1], [], None]),
        }
    )
    pq.write_table(table, tmp_path / "users.parquet")
    found, problems = read(tmp_path)
    assert not problems.sentences
    assert found.cells.columns == list(COLUMNS)
    assert found.cells["resume"].to_list() == ["a", "a", None]
    assert found.cells["timestamp"].to_list() == [noon, None, noon]
    assert found.ignored == 1
    assert found.rows.to_list() == [1, 2, 3]


def test_batches_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"text {n}" * 5 for n in range(1000)]
    pl.DataFrame({"user_id": texts, "resume": texts}).write_parquet(tmp_path / "users.parquet", row_group_size=300)
    monkeypatch.setattr(module, "_BATCH_BYTES", 1)
    found, _ = read(tmp_path)
    assert found.cells["resume"].to_list() == texts


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), pa.array(["x" * 100_000]))
    pq.write_table(pa.table({"user_id": texts, "resume": texts}), tmp_path / "users.parquet")
    assert (tmp_path / "users.parquet").stat().st_size < 100_000
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 10_000_000)
    _, problems = read(tmp_path)
    assert "users.parquet: it is not a readable Parquet file" in problems.sentences[0]


def test_inside_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"user_id": ["x"], "resume": ["y"]}).write_parquet(tmp_path / "users.parquet")
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.write(tmp_path / "users.parquet", "deep/users.parquet")
    found, problems = read(tmp_path / "d.zip")
    assert found.cells.rows() == [("x", "y")]
    assert not problems.sentences
    monkeypatch.setattr(module, "MAX_PACKED_BYTES", 10)
    _, problems = read(tmp_path / "d.zip")
    assert "d.zip:users.parquet: it is larger than" in problems.sentences[0]
    assert "unpack the archive" in problems.sentences[0]
