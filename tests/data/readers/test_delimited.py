"""CSV and TSV: the rows, their line numbers, and progress."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.run import Silent
from lgir.data.problems import Problems
from lgir.data.raw import RawTable
from lgir.data.readers import delimited
from lgir.data.readers.delimited import Comma, Tab, read_delimited
from lgir.data.readers.files import Files

CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


class Counting(Silent):
    """Adds up what it is told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.stages = 0

    def start(self, what: str, total: int | None) -> None:
        self.total = total

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.done += steps

    def finish(self, note: str = "") -> None:
        self.stages += 1


def read(
    folder: Path, text: str | bytes, dialect: type[csv.Dialect] = Comma, **options: object
) -> tuple[RawTable, Problems]:
    (folder / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = Problems()
    with Files(folder) as files:
        return read_delimited(files, "t.csv", problems, Silent(), dialect=dialect, **options), problems  # type: ignore[arg-type]


def test_rows_and_their_lines(tmp_path: Path) -> None:
    table, problems = read(tmp_path, '\ufeffa,b\r\n1,"x\r\ny"\r\n\r\n2,"say ""hi"""\r\n')
    assert table.cells.rows() == [("1", "x\r\ny"), ("2", 'say "hi"')]
    assert table.rows.to_list() == [2, 5]
    assert not len(problems)


def test_tabs_have_no_quotes(tmp_path: Path) -> None:
    table, problems = read(tmp_path, 'a\tb\n"1\t2"\n', Tab)
    assert table.cells.rows() == [('"1', '2"')]
    assert not len(problems)


def test_only_asked_for_columns_and_rows_are_kept(tmp_path: Path) -> None:
    text = "a,b,c\n" + "".join(f"{n},{n * n},z\n" for n in range(10))
    table, _ = read(tmp_path, text, columns=["b", "a"], only=("a", pl.Series(["3", "7"])))
    assert table.cells.columns == ["a", "b"]
    assert table.cells.rows() == [("3", "9"), ("7", "49")]
    assert table.rows.to_list() == [5, 9]


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,b\n" + "".join(f"{n},x\n" for n in range(1000))
    whole, _ = read(tmp_path, text)
    monkeypatch.setattr(delimited, "_BLOCK_ROWS", 7)
    parts, _ = read(tmp_path, text)
    assert parts.cells.equals(whole.cells)
    assert parts.rows.to_list() == whole.rows.to_list() == list(range(2, 1002))


def test_the_field_limit_of_others_is_left_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    read(tmp_path, "a,b\n1," + "x" * 2_000_000 + "\n")
    assert csv.field_size_limit() == before


def test_progress_counts_bytes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\n" + (b"1," + b"x" * 900_000 + b"\n") * 12)
    progress = Counting()
    with Files(tmp_path) as files:
        read_delimited(files, "t.csv", Problems(), progress, dialect=Comma)
    assert progress.total == (tmp_path / "t.csv").stat().st_size
    assert 0 < progress.done <= progress.total
    assert progress.stages == 1


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_comes_back(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    table, problems = read(tmp_path_factory.mktemp("csv"), stream.getvalue())
    assert table.cells.rows() == rows
    assert not problems.sentences
