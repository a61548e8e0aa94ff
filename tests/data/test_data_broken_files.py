"""A folder of broken files: every case gets one sentence that names file, row and remedy, and leaves nothing behind."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lgir.core.errors import BadData, BadInput
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.folder import save_dataset
from lgir.data.problems import MAX_PROBLEMS
from lgir.data.report import DataReport
from lgir.data.sources import SOURCES

SECRET = "diagnosed with gout"
"""Stands in résumés and must never be quoted."""

CSV = {
    "users.csv": f'user_id,resume\nu1,"welder, {SECRET}"\nu2,\n'.encode(),
    "jobs.csv": b"job_id,text,posted_at,expires_at\nj1,Welder,2015-01-01,2015-02-01\nj2,Cook,,\n",
    "interactions.csv": b"user_id,job_id,timestamp\nu1,j1,2015-01-03 10:00:00\nu2,j2,\n",
}
JSONL = {
    "users.jsonl": f'{{"user_id": "u1", "resume": "{SECRET}"}}\n{{"user_id": "u2", "resume": null}}\n'.encode(),
    "jobs.jsonl": b'{"job_id": "j1", "text": "Welder"}\n{"job_id": "j2", "text": "Cook"}\n',
    "interactions.jsonl": b'{"user_id": "u1", "job_id": "j1"}\n{"user_id": "u2", "job_id": "j2"}\n',
}
RECBOLE = {
    "x.udoc": f"user_id:token\tuser_doc:token_seq\nu1\twelder\nu1\t{SECRET}\n".encode(),
    "x.idoc": b"job_id:token\tjob_doc:token_seq\nj1\tWelder\n",
    "x.inter": b"user_id:token\tjob_id:token\ttimestamp:float\nu1\tj1\t1420279200\n",
}


@dataclass(frozen=True)
class Case:
    """A file put in the place of a good one, and what the sentence must say."""

    name: str
    file: str
    content: bytes | None
    says: tuple[str, ...]


USERS, JOBS, EVENTS = CSV["users.csv"], CSV["jobs.csv"], CSV["interactions.csv"]
CSV_CASES = (
    Case("missing file", "jobs.csv", None, ("jobs.csv", "missing", "put it there")),
    Case("empty file", "users.csv", b"", ("users.csv", "empty", "header")),
    Case("byte order mark only", "users.csv", b"\xef\xbb\xbf", ("users.csv", "no column")),
    Case("header only", "users.csv", b"user_id,resume\n", ("users.csv", "no rows", "add")),
    Case("missing column", "users.csv", b"user_id,cv\nu1,x\nu2,y\n", ("users.csv", "'resume' is missing", "needs")),
    Case(
        "repeated column", "users.csv", b"user_id,resume,resume\nu1,x,y\n", ("users.csv row 1", "same name", "rename")
    ),
    Case("semicolons", "users.csv", b"user_id;resume\nu1;x\n", ("users.csv", "'user_id' is missing")),
    Case("duplicate user", "users.csv", USERS + b"u1,x\n", ("users.csv row 4", "'u1'", "row 2", "keep one")),
    Case("duplicate job", "jobs.csv", JOBS + b"j2,x,,\n", ("jobs.csv row 4", "'j2'", "row 3", "keep one")),
    Case(
        "unknown user", "interactions.csv", EVENTS + b"u9,j1,\n", ("interactions.csv row 4", "'u9'", "users.csv", "add")
    ),
    Case(
        "unknown job", "interactions.csv", EVENTS + b"u1,j9,\n", ("interactions.csv row 4", "'j9'", "jobs.csv", "add")
    ),
    Case("empty id", "users.csv", USERS + b"  ,x\n", ("users.csv row 4", "user_id is empty", "give")),
    Case("long id", "users.csv", USERS + b"u" * 600 + b",x\n", ("users.csv row 4", "longer than 512", "shorten")),
    Case("not UTF-8", "users.csv", USERS + b"u3,caf\xe9\n", ("users.csv row 4", "byte 7", "UTF-8", "save")),
    Case("UTF-16", "users.csv", USERS.decode().encode("utf-16-le"), ("users.csv row 1", "NUL", "UTF-16")),
    Case("NUL byte", "users.csv", USERS + b"u3,a\0b\n", ("users.csv row 4", "NUL", "remove")),
    Case(
        "10 MB field",
        "users.csv",
        USERS + b"u3," + b"x" * 10_000_000 + b"\n",
        ("users.csv row 4", "1,000,000", "shorten"),
    ),
    Case(
        "20 MB line", "users.csv", USERS + b"u3," + b"x" * 20_000_000 + b"\n", ("users.csv row 4", "16 MB", "shorten")
    ),
    Case(
        "no time",
        "interactions.csv",
        EVENTS + b"u1,j2,soon\n",
        ("interactions.csv row 4", "timestamp", "write it like"),
    ),
    Case("bad date", "jobs.csv", JOBS + b"j3,x,2015-02-30,\n", ("jobs.csv row 4", "posted_at", "write it like")),
    Case("expired early", "jobs.csv", JOBS + b"j3,x,2015-02-03,2015-02-02\n", ("jobs.csv row 4", "'j3'", "correct")),
    Case(
        "too many columns",
        "users.csv",
        USERS + b"u3,a,b\n",
        ("users.csv row 4", "columns is 3", "header's is 2", "quote"),
    ),
    Case("too few columns", "users.csv", USERS + b"u3\n", ("users.csv row 4", "columns is 1", "header's is 2")),
    Case("unclosed quote", "users.csv", USERS + b'u3,"a\nb\nc\n', ("users.csv row 4", "never closed", "close it")),
    Case("text after quote", "users.csv", USERS + b'u3,"a"b\n', ("users.csv row 4", "closing quote", "double")),
    Case("carriage return", "users.csv", USERS + b"u3,a\rb\n", ("users.csv row 4", "carriage return", "quote")),
    Case("no column name", "users.csv", b",\nu1,x\n", ("users.csv row 1", "names no column", "write")),
)
JSONL_CASES = (
    Case("missing file", "jobs.jsonl", None, ("jobs.jsonl", "missing", "put it there")),
    Case("empty file", "users.jsonl", b"", ("users.jsonl", "empty", "one JSON object per line")),
    Case("blank lines only", "users.jsonl", b"\n\n", ("users.jsonl", "'user_id' is missing")),
    Case("malformed", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id": \n', ("users.jsonl row 3", "not valid JSON")),
    Case("no object", "users.jsonl", JSONL["users.jsonl"] + b"[1]\n", ("users.jsonl row 3", "list", "one object")),
    Case("deep", "users.jsonl", b"[" * 100_000 + b"\n", ("users.jsonl row 1", "not valid JSON")),
    Case("huge number", "users.jsonl", b'{"user_id": ' + b"9" * 5000 + b"}\n", ("users.jsonl row 1", "not valid JSON")),
    Case("missing key", "users.jsonl", b'{"user_id": "u1"}\n', ("users.jsonl", "'resume' is missing", "needs")),
    Case(
        "id missing in one", "users.jsonl", JSONL["users.jsonl"] + b'{"resume": "x"}\n', ("row 3", "user_id is empty")
    ),
    Case(
        "résumé a list",
        "users.jsonl",
        JSONL["users.jsonl"] + b'{"user_id":"a","resume":[]}\n',
        ("row 3", "list", "quotes"),
    ),
    Case("id a fraction", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id":1.5}\n', ("row 3", "float", "quotes")),
    Case("id a bool", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id":true}\n', ("row 3", "bool", "quotes")),
    Case(
        "NUL", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id":"a","resume":"\\u0000"}\n', ("row 3", "NUL", "remove")
    ),
    Case(
        "half pair", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id":"\\ud800"}\n', ("row 3", "surrogate", "write")
    ),
    Case("not UTF-8", "users.jsonl", JSONL["users.jsonl"] + b'{"user_id":"\xe9"}\n', ("row 3", "UTF-8", "save")),
    Case("duplicate", "users.jsonl", JSONL["users.jsonl"] * 2, ("users.jsonl row 3", "'u1'", "row 1", "keep one")),
    Case(
        "10 MB field", "users.jsonl", b'{"user_id":"a","resume":"' + b"x" * 10_000_000 + b'"}\n', ("row 1", "1,000,000")
    ),
    Case(
        "unknown job", "interactions.jsonl", b'{"user_id":"u1","job_id":7}\n', ("row 1", "job '7'", "jobs.jsonl", "add")
    ),
    Case(
        "no time",
        "interactions.jsonl",
        b'{"user_id":"u1","job_id":"j1","timestamp":3}\n',
        ("interactions.jsonl row 1", "timestamp is not a point in time"),
    ),
)
RECBOLE_CASES = (
    Case("missing file", "x.idoc", None, (".idoc", "none", "give")),
    Case("two datasets", "y.inter", RECBOLE["x.inter"], (".inter", "2 of them", "give one")),
    Case("empty file", "x.inter", b"", ("x.inter", "empty")),
    Case("no types", "x.udoc", b"user_id\tuser_doc\nu1\tx\n", ("x.udoc row 1", "name:type", "token_seq")),
    Case("no text", "x.idoc", b"job_id:token\ttitle:token\nj1\tx\n", ("x.idoc row 1", "token_seq")),
    Case(
        "no job", "x.inter", b"user_id:token\titem:token\nu1\tj1\n", ("x.inter row 1", "'job_id' is missing", "needs")
    ),
    Case(
        "both job ids", "x.inter", b"user_id:token\titem_id:token\tjob_id:token\nu1\tj1\tj1\n", ("x.inter", "same name")
    ),
    Case("columns", "x.inter", RECBOLE["x.inter"] + b"u1\tj1\n", ("x.inter row 3", "columns is 2", "header's is 3")),
    Case("time", "x.inter", RECBOLE["x.inter"] + b"u1\tj1\tnoon\n", ("x.inter row 3", "timestamp", "not a number")),
    Case("empty id", "x.inter", RECBOLE["x.inter"] + b"\tj1\t5\n", ("x.inter row 3", "user_id is empty", "give")),
    Case("not UTF-8", "x.udoc", RECBOLE["x.udoc"] + b"u1\t\xff\n", ("x.udoc row 4", "UTF-8", "save")),
    Case("NUL", "x.udoc", RECBOLE["x.udoc"] + b"u1\t\0\n", ("x.udoc row 4", "NUL", "remove")),
    Case("10 MB", "x.udoc", RECBOLE["x.udoc"] + b"u1\t" + b"x" * 10_000_000 + b"\n", ("x.udoc row 4", "1,000,000")),
)


def parquet(**columns: object) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def not_utf8() -> pa.Array:
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])


PARQUET = {
    "users.parquet": parquet(user_id=["u1", "u2"], resume=[SECRET, None]),
    "jobs.parquet": parquet(job_id=["j1", "j2"], text=["Welder", "Cook"]),
    "interactions.parquet": parquet(user_id=["u1"], job_id=["j1"]),
}
PARQUET_CASES = (
    Case("missing file", "jobs.parquet", None, ("jobs.parquet", "missing")),
    Case("empty file", "users.parquet", b"", ("users.parquet", "empty")),
    Case("no Parquet", "users.parquet", b"user_id,resume\n" * 9, ("users.parquet", "not a readable Parquet", "again")),
    Case("cut off", "users.parquet", PARQUET["users.parquet"][:-20], ("users.parquet", "not a readable Parquet")),
    Case(
        "no rows",
        "users.parquet",
        parquet(user_id=pa.array([], pa.string()), resume=pa.array([], pa.string())),
        ("users.parquet", "no rows"),
    ),
    Case("missing column", "users.parquet", parquet(user_id=["u1"]), ("users.parquet", "'resume' is missing", "needs")),
    Case("numbers", "users.parquet", parquet(user_id=["u1"], resume=[1.5]), ("users.parquet", "'resume'", "as text")),
    Case("nested", "users.parquet", parquet(user_id=["u1"], resume=[["x"]]), ("users.parquet", "list", "as text")),
    Case("binary", "users.parquet", parquet(user_id=[b"u1"], resume=["x"]), ("users.parquet", "binary", "as text")),
    Case("null id", "users.parquet", parquet(user_id=["u1", None], resume=["", ""]), ("row 2", "user_id is empty")),
    Case("NUL", "users.parquet", parquet(user_id=["u1"], resume=["a\0b"]), ("users.parquet row 1", "NUL", "remove")),
    Case(
        "10 MB", "users.parquet", parquet(user_id=["u1"], resume=["x" * 10_000_000]), ("row 1", "1,000,000", "shorten")
    ),
    Case("not UTF-8", "users.parquet", parquet(user_id=["u1"], resume=not_utf8()), ("users.parquet", "not a readable")),
    Case("duplicate", "users.parquet", parquet(user_id=["u1", "u1"], resume=["", ""]), ("row 2", "'u1'", "row 1")),
    Case("unknown", "interactions.parquet", parquet(user_id=["u9"], job_id=["j1"]), ("row 1", "'u9'", "users.parquet")),
    Case(
        "time", "interactions.parquet", parquet(user_id=["u1"], job_id=["j1"], timestamp=[True]), ("timestamp", "bool")
    ),
)

ALL = [
    pytest.param(source, good, case, id=f"{source}: {case.name}")
    for source, good, cases in (
        ("csv", CSV, CSV_CASES),
        ("jsonl", JSONL, JSONL_CASES),
        ("recbole", RECBOLE, RECBOLE_CASES),
        ("parquet", PARQUET, PARQUET_CASES),
    )
    for case in cases
]


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def imported(source: str, folder: Path, out: Path) -> Dataset:
    """What `lgir import` does."""
    report = DataReport()
    dataset = SOURCES[source](folder, report, Silent())
    save_dataset(dataset, out, source=source, report=report)
    return dataset


@pytest.mark.parametrize(
    ("source", "good"), [("csv", CSV), ("jsonl", JSONL), ("recbole", RECBOLE), ("parquet", PARQUET)]
)
def test_the_good_files_are_good(source: str, good: dict[str, bytes], tmp_path: Path) -> None:
    dataset = imported(source, write(tmp_path / "in", good), tmp_path / "out")
    assert dataset.users["user_id"].to_list()[0] == "u1"
    assert SECRET in dataset.users["resume"][0]
    assert dataset.interactions.height >= 1
    assert (tmp_path / "out" / "manifest.json").is_file()


@pytest.mark.parametrize(("source", "good", "case"), ALL)
def test_a_broken_file_is_named(source: str, good: dict[str, bytes], case: Case, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", good | ({} if case.content is None else {case.file: case.content}))
    if case.content is None:
        (folder / case.file).unlink()
    with pytest.raises(BadInput) as caught:
        imported(source, folder, tmp_path / "deep" / "out")
    message = str(caught.value)
    for part in case.says:
        assert part in message
    assert SECRET not in message
    assert caught.value.exit_code == 2
    assert max(len(line) for line in message.splitlines()) < 400
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("case", [case for case in CSV_CASES if "row 4" in case.says[0]], ids=lambda case: case.name)
def test_one_bad_row_makes_one_sentence(case: Case, tmp_path: Path) -> None:
    with pytest.raises(BadData) as caught:
        imported("csv", write(tmp_path / "in", CSV | {case.file: case.content or b""}), tmp_path / "out")
    assert len(caught.value.problems) == 1


def test_bad_rows_of_all_files_come_together(tmp_path: Path) -> None:
    bad = {
        "users.csv": USERS + b"u1,again\n" + b"u3,a,b\n",
        "jobs.csv": JOBS + b"j3,x,never,\n",
        "interactions.csv": EVENTS + b"".join(b"ghost%d,j1,\n" % n for n in range(50)),
    }
    with pytest.raises(BadData) as caught:
        imported("csv", write(tmp_path / "in", bad), tmp_path / "out")
    problems, lines = caught.value.problems, str(caught.value).splitlines()
    assert len(problems) == 53
    assert "53 problems" in lines[0]
    assert len(lines) == 1 + 20 + 1
    assert "33 more" in lines[-1]
    assert {problem.split()[0] for problem in problems} == {"users.csv", "jobs.csv", "interactions.csv"}


def test_a_file_of_another_kind_does_not_fill_the_memory(tmp_path: Path) -> None:
    bad = {"users.csv": USERS + b"a,b,c\n" * (MAX_PROBLEMS + 50)}
    with pytest.raises(BadData) as caught:
        imported("csv", write(tmp_path / "in", CSV | bad), tmp_path / "out")
    assert len(caught.value.problems) == MAX_PROBLEMS + 1
    assert "stopped at 100,000" in caught.value.problems[-1]


def test_a_wrong_path_is_named(tmp_path: Path) -> None:
    for source in SOURCES:
        with pytest.raises(BadInput, match=r"no file or folder .*nowhere"):
            imported(source, tmp_path / "nowhere", tmp_path / "out")


def test_an_id_in_a_sentence_is_cut_and_on_one_line(tmp_path: Path) -> None:
    row = {"user_id": "x\n" + "y" * 300, "job_id": "j1"}
    files = JSONL | {"interactions.jsonl": json.dumps(row).encode()}
    with pytest.raises(BadData) as caught:
        imported("jsonl", write(tmp_path / "in", files), tmp_path / "out")
    (problem,) = caught.value.problems
    assert "'x\\ny" in problem
    assert "y" * 79 not in problem


def test_a_repeated_pair_is_counted_and_the_earliest_kept(tmp_path: Path) -> None:
    events = (
        b"user_id,job_id,timestamp,kind\n"
        b"u1,j1,,seen\nu2,j1,2015-01-01,seen\nu1,j1,2015-03-01,late\nu1,j1,2015-02-01,early\n"
    )
    report = DataReport()
    dataset = SOURCES["csv"](write(tmp_path / "in", CSV | {"interactions.csv": events}), report, Silent())
    assert dataset.interactions.select("user_id", "job_id", "kind").rows() == [
        ("u1", "j1", "early"),
        ("u2", "j1", "seen"),
    ]
    (dropped,) = report.dropped
    assert (dropped.table, dropped.count) == ("interactions.csv", 2)


def test_columns_nobody_asked_for_are_noted(tmp_path: Path) -> None:
    report = DataReport()
    users = b"user_id,resume,salary\nu1,x,7\nu2,y,8\n"
    SOURCES["csv"](write(tmp_path / "in", CSV | {"users.csv": users}), report, Silent())
    assert any("users.csv" in note and "columns ignored: 1" in note for note in report.notes)


def test_texts_are_normalised_and_nothing_else(tmp_path: Path) -> None:
    users = 'user_id,resume\nu1," cafe\u0301\r\n<b>5</b> &amp; "\nu2,\n'.encode()
    dataset = SOURCES["csv"](write(tmp_path / "in", CSV | {"users.csv": users}), DataReport(), Silent())
    assert dataset.users["resume"].to_list() == [" café\n<b>5</b> &amp; ", ""]


def test_line_numbers_count_lines_of_the_file(tmp_path: Path) -> None:
    users = b'user_id,resume\nu1,"three\nlines\nlong"\n\nu2,ok\nu2,again\n'
    with pytest.raises(BadData, match=r"users.csv row 7: user 'u2' already stands in row 6"):
        imported("csv", write(tmp_path / "in", CSV | {"users.csv": users}), tmp_path / "out")


def test_the_three_formats_agree(tmp_path: Path) -> None:
    tables = {name: pl.read_csv(CSV[f"{name}.csv"]) for name in ("users", "jobs", "interactions")}
    for name in ("jsonl", "parquet"):
        (tmp_path / name).mkdir()
    for name, table in tables.items():
        table.write_ndjson(tmp_path / "jsonl" / f"{name}.jsonl")
        table.write_parquet(tmp_path / "parquet" / f"{name}.parquet")
    write(tmp_path / "csv", CSV)
    found = {
        source: SOURCES[source](tmp_path / source, DataReport(), Silent()) for source in ("csv", "jsonl", "parquet")
    }
    assert len({dataset.fingerprint for dataset in found.values()}) == 1
