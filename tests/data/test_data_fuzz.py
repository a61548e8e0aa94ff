"""Arbitrary bytes as any input file either give a dataset or a sentence, never another exception."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lgir.core.errors import BadInput
from lgir.core.run import Silent
from lgir.data.report import DataReport
from lgir.data.sources import SOURCES

USERS = pl.DataFrame({"user_id": ["u1", "u2"], "resume": ['ein "Schweißer", fünf Jahre', ""]})
JOBS = pl.DataFrame({"job_id": ["j1", "j2"], "text": ["Welder", "Cook"], "posted_at": ["2015-01-01", None]})
EVENTS = pl.DataFrame({"user_id": ["u1", "u2"], "job_id": ["j1", "j2"], "timestamp": ["2015-01-03 10:00:00", None]})
TABLES = {"users": USERS, "jobs": JOBS, "interactions": EVENTS}


def _parquet(table: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    table.write_parquet(stream)
    return stream.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


CSV = {f"{name}.csv": table.write_csv().encode() for name, table in TABLES.items()}
GOOD: dict[str, dict[str, bytes]] = {
    "csv": CSV,
    "jsonl": {f"{name}.jsonl": table.write_ndjson().encode() for name, table in TABLES.items()},
    "parquet": {f"{name}.parquet": _parquet(table) for name, table in TABLES.items()},
    "recbole": {
        "x.udoc": b"user_id:token\tuser_doc:token_seq\nu1\twelder\n",
        "x.idoc": b"job_id:token\tjob_doc:token_seq\nj1\tWelder\n",
        "x.inter": b"user_id:token\tjob_id:token\ttimestamp:float\tlabel:float\nu1\tj1\t1420279200\t1\n",
    },
    "sjr": {
        "Job_Views.csv": (
            b"Applicant.ID,Job.ID,Title,Position,Company,City,State.Name,Industry,View.Start\n"
            b"7,1,Cook @ X,Cook,X,Austin,Texas,NA,2014-12-12 20:12:35 UTC\n"
        ),
        "Experience.csv": (
            b"Applicant.ID,Position.Name,Employer.Name,City,State.Name,Start.Date,Job.Description\n"
            b"7,Cook,Y,Austin,Texas,2012-10-15,NA\n"
        ),
        "Positions_Of_Interest.csv": b"Applicant.ID,Position.Of.Interest\n7,Chef\n",
        "Combined_Jobs_Final.csv": (
            b"Job.ID,Position,Title,Company,City,State.Name,Industry,Job.Description,Requirements,Listing.Start,Listing.End\n"
            b"1,Cook,Cook,X,Austin,Texas,Food,<p>Cook &amp; serve,NA,2014-01-01,2014-02-01\n"
        ),
    },
    "careerbuilder": {
        "users.tsv": b"UserID\tCity\tState\tDegreeType\tMajor\n7\tAustin\tTX\tNone\tNA\n",
        "user_history.tsv": b"UserID\tSequence\tJobTitle\n7\t1\tCook\n",
        "apps.tsv": b"UserID\tApplicationDate\tJobID\n7\t2012-04-04 15:56:23.537\t1\n",
        "jobs.tsv": (
            b"JobID\tTitle\tDescription\tRequirements\tCity\tState\tStartDate\tEndDate\n"
            b"1\tCook\t<p>Cook\\r\\n</p>\tNA\tAustin\tTX\t2012-03-07 13:17:01.643\t2012-04-06 23:59:59\n"
        ),
    },
}
FILES = [(source, name) for source, files in GOOD.items() for name in files]


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """The good bytes with a stretch of them replaced."""
    at = st.integers(0, len(content))
    return st.builds(
        lambda start, cut, new: content[:start] + new + content[start + cut :], at, at, st.binary(max_size=40)
    )


def reads(source: str, path: Path) -> None:
    with suppress(BadInput):
        dataset = SOURCES[source](path, DataReport(), Silent())
        assert dataset.users.height
        assert dataset.jobs.height
        assert dataset.interactions.height


@pytest.mark.parametrize("source", GOOD)
def test_the_undamaged_files_are_read(source: str, tmp_path: Path) -> None:
    for name, content in GOOD[source].items():
        (tmp_path / name).write_bytes(content)
    assert SOURCES[source](tmp_path, DataReport(), Silent()).interactions.height >= 1


@pytest.mark.parametrize(("source", "name"), FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_give_data_or_a_sentence(source: str, name: str, data: st.DataObject) -> None:
    good = GOOD[source]
    content = data.draw(st.one_of(st.binary(max_size=200), damaged(good[name])))
    with TemporaryDirectory() as folder:
        for other, there in (good | {name: content}).items():
            (Path(folder) / other).write_bytes(there)
        reads(source, Path(folder))


@settings(max_examples=80, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), damaged(_zip(CSV))))
@example(_zip(CSV))
@example(_zip(CSV)[:-5])
def test_any_bytes_as_an_archive(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.zip"
        path.write_bytes(content)
        reads("csv", path)


CELLS = st.text(max_size=12)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), stamp=CELLS)
def test_any_text_in_the_cells(rows: list[tuple[str, str]], stamp: str) -> None:
    tables = {
        "users": pl.DataFrame(rows, schema=["user_id", "resume"], orient="row"),
        "jobs": pl.DataFrame(rows, schema=["job_id", "text"], orient="row").with_columns(expires_at=pl.lit(stamp)),
        "interactions": pl.DataFrame(rows, schema=["user_id", "job_id"], orient="row").with_columns(
            timestamp=pl.lit(stamp)
        ),
    }
    with TemporaryDirectory() as folder:
        for name, table in tables.items():
            table.write_csv(Path(folder) / f"{name}.csv")
            table.write_ndjson(Path(folder) / f"{name}.jsonl")
            table.write_parquet(Path(folder) / f"{name}.parquet")
        for source in ("csv", "jsonl", "parquet"):
            reads(source, Path(folder))
