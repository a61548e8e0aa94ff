"""The Djinni Recruitment Dataset on tiny files in the form its publishers upload."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from lgir.core.errors import BadData
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.djinni import read_djinni

CANDIDATES = pl.DataFrame(
    {
        "Position": ["Java developer", "QA", "1c"],
        "Moreinfo": ["Built shops", "Tests", "Розробник"],
        "Looking For": ["Remote", None, None],
        "Highlights": [None, "Led a team", None],
        "Primary Keyword": ["Java", "QA", "Other"],
        "English Level": ["upper", "no_english", None],
        "Experience Years": [0.5, 11.0, None],
        "CV": ["\nBuilt shops\nRemote", "Led a team\nTests\n", "\nРозробник\n"],
        "CV_lang": ["en", "en", "uk"],
        "id": ["c1", "c2", "c3"],
        "__index_level_0__": [7, 8, 9],
    }
)
JOBS = pl.DataFrame(
    {
        "Position": ["Java developer", "QA"],
        "Long Description": ["We build\r\nshops", "Вимоги"],
        "Company Name": ["Acme", "Nova"],
        "Exp Years": ["2y", "no_exp"],
        "Primary Keyword": ["Java", "QA"],
        "English Level": ["intermediate", None],
        "Published": ["2021-06-01T00:00:00+03:00", "2023-03-01T00:00:00+02:00"],
        "Long Description_lang": ["en", "uk"],
        "id": ["v1", "v2"],
        "__index_level_0__": [1, 2],
    }
)
CHOICES = "user_id,job_id,timestamp,kind\nc1,v1,2022-01-01,application\nc2,v2,,\n"


def write(folder: Path, *, form: str = "parquet", choices: str | None = CHOICES) -> Path:
    """English and Ukrainian candidates are two files, as upstream."""
    english = pl.col("CV_lang") == "en"
    parts = {"candidates-en": CANDIDATES.filter(english), "candidates-uk": CANDIDATES.filter(~english), "jobs": JOBS}
    for name, table in parts.items():
        if form == "csv":
            table.write_csv(folder / f"{name}.csv")
        else:
            table.write_parquet(folder / f"{name}.parquet")
    if choices is not None:
        (folder / "interactions.csv").write_text(choices)
    return folder


def read(folder: Path) -> tuple[Dataset, DataReport]:
    report = DataReport()
    return read_djinni(folder, report, Silent()), report


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_candidates_and_jobs_are_told_apart_by_their_columns(form: str, tmp_path: Path) -> None:
    dataset, report = read(write(tmp_path, form=form))
    assert dataset.users.rows() == [
        ("c1", "Java developer\nJava\nExperience: 0.5 years\nEnglish: upper\nBuilt shops\nRemote"),
        ("c2", "QA\nQA\nExperience: 11 years\nEnglish: none\nLed a team\nTests"),
        ("c3", "1c\nOther\nРозробник"),
    ]
    assert dataset.jobs.select("job_id", "text", "title", "company", "category").rows() == [
        (
            "v1",
            "Java developer\nAcme\nJava\nExperience: 2 years\nEnglish: intermediate\nWe build\nshops",
            "Java developer",
            "Acme",
            "Java",
        ),
        ("v2", "QA\nNova\nQA\nExperience: 0 years\nВимоги", "QA", "Nova", "QA"),
    ]
    assert dataset.jobs["posted_at"].to_list() == [
        dt.datetime(2021, 5, 31, 21, tzinfo=dt.UTC),
        dt.datetime(2023, 2, 28, 22, tzinfo=dt.UTC),
    ]
    assert dataset.interactions.rows() == [
        ("c1", "v1", dt.datetime(2022, 1, 1, tzinfo=dt.UTC), "application"),
        ("c2", "v2", None, None),
    ]
    ending = f".{form}"
    assert report.read == {
        f"candidates-en{ending}": 2,
        f"candidates-uk{ending}": 1,
        f"jobs{ending}": 2,
        "interactions.csv": 2,
    }


def test_interactions_may_be_parquet(tmp_path: Path) -> None:
    write(tmp_path, choices=None)
    pl.DataFrame({"user_id": ["c3"], "job_id": ["v1"]}).write_parquet(tmp_path / "interactions.parquet")
    assert read(tmp_path)[0].interactions.rows() == [("c3", "v1")]
    (tmp_path / "interactions.csv").write_text(CHOICES)
    with pytest.raises(BadData, match=r"interactions.csv: it stands there as CSV and as Parquet; leave one of them"):
        read(tmp_path)


def test_that_the_release_has_no_interactions_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadData) as caught:
        read(write(tmp_path, choices=None))
    assert caught.value.problems == (
        "interactions.csv: the file is missing, and the release has none; "
        "write user_id and job_id there, one row per choice of a candidate",
    )


def test_interactions_with_nobody_are_bad_rows(tmp_path: Path) -> None:
    with pytest.raises(BadData) as caught:
        read(write(tmp_path, choices=CHOICES + "c9,v1,,\nc1,v9,,\n"))
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "interactions.csv row 4: user 'c9' is not in the candidates",
        "interactions.csv row 5: job 'v9' is not in the jobs",
    ]


def test_missing_files_and_strangers_are_named(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(CHOICES)
    with pytest.raises(BadData) as caught:
        read(tmp_path)
    assert [problem.partition(": ")[2].partition(";")[0] for problem in caught.value.problems] == [
        "it has no candidates",
        "it has no jobs",
    ]
    write(tmp_path)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadData, match=r"notes.csv row 1: the column 'id' is missing; is it the original file"):
        read(tmp_path)


def test_an_id_that_stands_twice_is_kept_once(tmp_path: Path) -> None:
    write(tmp_path)
    CANDIDATES.head(1).write_parquet(tmp_path / "more.parquet")
    dataset, report = read(tmp_path)
    assert dataset.users.height == 3
    assert [(item.reason, item.count) for item in report.dropped] == [("no id, or the same one again", 1)]
