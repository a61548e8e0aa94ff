"""CareerBuilder's files, in the form its page on Kaggle describes."""

import datetime as dt
from pathlib import Path

import pytest

from lgir.core.errors import BadData
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.careerbuilder import read_careerbuilder

USERS = (
    "UserID\tWindowID\tSplit\tCity\tState\tCountry\tZipCode\tDegreeType\tMajor\tGraduationDate\tWorkHistoryCount\t"
    "TotalYearsExperience\tCurrentlyEmployed\tManagedOthers\tManagedHowMany\n"
    "47\t1\tTrain\tParamount\tCA\tUS\t90723\tHigh School\t\t1999-06-01 00:00:00\t3\t10\tYes\tNo\t0\n"
    "72\t1\tTrain\tLa Mesa\tCA\tUS\t91941\tMaster's\tAnthropology\t2011-01-01 00:00:00\t10\t8\tYes\tNo\t0\n"
    "80\t1\tTrain\t\t\tUS\t\tNone\tNot Applicable\t\t0\t\t\tNo\t0\n"
)
HISTORY = (
    "UserID\tWindowID\tSplit\tSequence\tJobTitle\n"
    '47\t1\tTrain\t2\tLead Guard\n47\t1\tTrain\t1\tNational Spaces\\\\Officer\n47\t1\tTrain\t10\t"Clerk\n'
)
JOBS = (
    "JobID\tWindowID\tTitle\tDescription\tRequirements\tCity\tState\tCountry\tZip5\tStartDate\tEndDate\n"
    "1\t1\tSecurity Engineer\t<p>Guard &amp; watch</p>\\r\\nnights\tCCNA\\tor so\tWashington\tDC\tUS\t20531\t"
    "2012-03-07 13:17:01.643\t2012-04-06 23:59:59\n"
    "4\t1\tCook\tCook\tNA\tDover\tDE\tUS\t1\t2012-03-07 00:00:00\t2012-02-01 00:00:00\n"
    "9\t1\tNobody wants it\tx\ty\tDover\tDE\tUS\t1\t2012-03-07 00:00:00\t2012-04-01 00:00:00\n"
)
APPS = (
    "UserID\tWindowID\tSplit\tApplicationDate\tJobID\n"
    "47\t1\tTrain\t2012-04-04 15:56:23.537\t1\n72\t1\tTrain\t2012-04-06 01:03:00.003\t4\n"
    "72\t1\tTrain\t2012-04-05 01:03:00.003\t4\n99\t1\tTrain\t2012-04-05 02:40:27.753\t1\n"
    "72\t1\tTrain\t2012-04-05 02:37:02.673\t5\n"
)
FILES = {"users.tsv": USERS, "user_history.tsv": HISTORY, "jobs.tsv": JOBS, "apps.tsv": APPS}


def read(folder: Path, files: dict[str, str]) -> tuple[Dataset, DataReport]:
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    report = DataReport()
    return read_careerbuilder(folder, report, Silent()), report


def test_the_three_tables(tmp_path: Path) -> None:
    dataset, report = read(tmp_path, FILES)
    assert dataset.users.rows() == [
        ("47", 'National Spaces\\Officer\nLead Guard\n"Clerk\nHigh School\nParamount, CA'),
        ("72", "Master's, Anthropology\nLa Mesa, CA"),
        ("80", ""),
    ]
    assert dataset.jobs["job_id"].to_list() == ["1", "4"]
    assert dataset.jobs["text"].to_list() == [
        "Security Engineer\nWashington, DC\nGuard & watch\nnights\nCCNA or so",
        "Cook\nDover, DE\nCook",
    ]
    assert dataset.jobs["location"].to_list() == ["Washington, DC", "Dover, DE"]
    assert dataset.jobs["expires_at"].to_list() == [dt.datetime(2012, 4, 6, 23, 59, 59, tzinfo=dt.UTC), None]
    first, second = dataset.interactions.rows()
    assert first == ("47", "1", dt.datetime(2012, 4, 4, 15, 56, 23, 537_000, dt.UTC))
    assert second == ("72", "4", dt.datetime(2012, 4, 5, 1, 3, 0, 3_000, dt.UTC))
    reasons = {item.reason: item.count for item in report.dropped}
    assert reasons["the user is not in users.tsv"] == 1
    assert reasons["the job is not in the job files"] == 1
    assert reasons["the listing ends before it starts; the end date was left out"] == 1


def test_jobs_split_by_window(tmp_path: Path) -> None:
    header, first, second, *_ = JOBS.splitlines(keepends=True)
    whole, _ = read(tmp_path, FILES)
    (tmp_path / "jobs.tsv").unlink()
    parts, _ = read(
        tmp_path,
        {name: text for name, text in FILES.items() if name != "jobs.tsv"}
        | {"jobs1.tsv": header + first, "jobs4.tsv": header + second},
    )
    assert parts.fingerprint == whole.fingerprint


def test_a_few_bad_rows_are_dropped_and_counted(tmp_path: Path) -> None:
    whole, _ = read(tmp_path, FILES)
    dataset, report = read(tmp_path, FILES | {"jobs.tsv": JOBS + "4\t1\ttoo\tfew\n" + JOBS.splitlines()[1] + "\n"})
    assert dataset.fingerprint == whole.fingerprint
    counts = {(item.table, item.count) for item in report.dropped}
    assert ("jobs.tsv", 1) in counts
    assert any("jobs.tsv row 5: the number of columns is 4" in item.reason for item in report.dropped)


def test_many_bad_rows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="11 problems"):
        read(tmp_path, FILES | {"jobs.tsv": JOBS + "broken\n" * 11})


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_or_column_is_named(name: str, tmp_path: Path) -> None:
    renamed = FILES[name].replace("JobID", "Job").replace("UserID", "User").replace("JobTitle", "Title")
    with pytest.raises(BadData, match=f"{name} row 1: the column '(UserID|JobID|JobTitle)' is missing"):
        read(tmp_path, FILES | {name: renamed})
    (tmp_path / name).unlink()
    with pytest.raises(BadData, match=f"{name}: the file is missing; put it there"):
        read(tmp_path, {other: text for other, text in FILES.items() if other != name})
