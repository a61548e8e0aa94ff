"""SJR: the real file where it is at hand, and the Kaggle original's fourth table."""

import datetime as dt
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from lgir.core.errors import BadData
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.folder import load_dataset, save_dataset
from lgir.data.report import DataReport
from lgir.data.sources.sjr import read_sjr

REAL = Path(__file__).parents[4] / "shared" / "data" / "sjr" / "raw_csv.zip"
needs_real = pytest.mark.skipif(not REAL.is_file(), reason="the SJR archive is not beside this checkout")

VIEWS = (
    "Applicant.ID,Job.ID,Title,Position,Company,City,State.Name,State.Code,Industry,View.Start\n"
    "7,1,Cook @ X,Cook,X,Austin,Texas,TX,NA,2014-12-12 20:12:35 UTC\n"
    "7,1,Cook @ X,Cook,X,Austin,Texas,TX,Food,2014-12-11 20:12:35 UTC\n"
    "8,2,Welder,Welder,,Dover,,,NA,2014-12-12 20:00:00 UTC\n"
)
EXPERIENCE = (
    "Applicant.ID,Position.Name,Employer.Name,City,State.Name,Start.Date,Job.Description\n"
    "7,Dishwasher,Y,Austin,Texas,2010-10-15,NA\n"
    '7,Sous-chef,Z,Austin,NA,2012-10-15,"<b>soups</b>\nstews"\n'
    "7,NA,,NA,,NA,undated\n"
    "9,Guard,W,,,2011-01-01,\n"
)
WISHES = "Applicant.ID,Position.Of.Interest\n7,Chef\n7,Chef\n7,Baker\n10,Clerk\n"
LISTINGS = (
    "Job.ID,Provider,Status,Slug,Title,Position,Company,City,State.Name,State.Code,Address,Latitude,Longitude,Industry,"
    "Job.Description,Requirements,Salary,Listing.Start,Listing.End,Employment.Type,Education.Required,Created.At,Updated.At\n"
    '1,1,open,cook,Cook @ X,Cook,X,Austin,Texas,Texas,NA,0,0,Food,"<p>Cook &amp; serve</p>",NA,8,'
    "2014-12-01 00:00:00 UTC,2015-01-01 00:00:00 UTC,Part-Time,NA,NA,NA\n"
    "3,1,open,guard,Guard @ V,Guard,V,Dover,Delaware,DE,NA,0,0,NA,Watch,Badge,8,2014-12-01,2014-11-01,NA,NA,NA,NA\n"
    "3,1,open,guard,Guard @ V,Guard,V,Dover,Delaware,DE,NA,0,0,NA,Again,NA,8,soon,NA,NA,NA,NA,NA\n"
    "4,broken\n"
)
FILES = {"Job_Views.csv": VIEWS, "Experience.csv": EXPERIENCE, "Positions_Of_Interest.csv": WISHES}


def pack(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"raw/{name}", text)
    return path


def read(path: Path) -> tuple[Dataset, DataReport]:
    report = DataReport()
    return read_sjr(path, report, Silent()), report


def test_views_experience_and_wishes(tmp_path: Path) -> None:
    dataset, report = read(pack(tmp_path / "raw.zip", FILES))
    assert dataset.users.rows() == [
        ("7", "Sous-chef, Z, Austin\n<b>soups</b>\nstews\nDishwasher, Y, Austin, Texas\nundated\nChef\nBaker"),
        ("8", ""),
        ("9", "Guard, W"),
        ("10", "Clerk"),
    ]
    assert dataset.jobs.rows() == [
        ("1", "Cook\nX\nAustin, Texas\nFood", "Cook", "X", "Austin, Texas", "Food"),
        ("2", "Welder\nDover", "Welder", None, "Dover", None),
    ]
    assert dataset.interactions.rows() == [
        ("7", "1", dt.datetime(2014, 12, 11, 20, 12, 35, tzinfo=dt.UTC)),
        ("8", "2", dt.datetime(2014, 12, 12, 20, tzinfo=dt.UTC)),
    ]
    assert report.read == {
        "raw.zip:Job_Views.csv": 3,
        "raw.zip:Experience.csv": 4,
        "raw.zip:Positions_Of_Interest.csv": 4,
    }


@pytest.mark.parametrize("where", ["in the archive", "beside it", "in the folder"])
def test_the_table_of_all_jobs(where: str, tmp_path: Path) -> None:
    if where == "in the archive":
        path = pack(tmp_path / "raw.zip", FILES | {"Combined_Jobs_Final.csv": LISTINGS})
    else:
        path = pack(tmp_path / "raw.zip", FILES) if where == "beside it" else tmp_path
        for name, text in ({} if where == "beside it" else FILES).items():
            (tmp_path / name).write_text(text)
        (tmp_path / "Combined_Jobs_Final.csv").write_text(LISTINGS)
    dataset, report = read(path)
    assert dataset.jobs["job_id"].to_list() == ["1", "2", "3"]
    assert dataset.jobs["text"].to_list() == [
        "Cook\nX\nAustin, Texas\nFood\nCook & serve",
        "Welder\nDover",
        "Guard\nV\nDover, Delaware\nWatch\nBadge",
    ]
    first = dt.datetime(2014, 12, 1, tzinfo=dt.UTC)
    assert dataset.jobs["posted_at"].to_list() == [first, None, first]
    assert dataset.jobs["expires_at"].to_list() == [dt.datetime(2015, 1, 1, tzinfo=dt.UTC), None, None]
    assert any("every job of Combined_Jobs_Final.csv is in the dataset" in note for note in report.notes)
    reasons = [item.reason for item in report.dropped]
    assert any("row 5: the number of columns is 2" in reason for reason in reasons)
    assert "no Job.ID, or the same one again" in reasons
    assert "the listing ends before it starts; the end date was left out" in reasons


def test_bad_rows_are_named_in_their_own_file(tmp_path: Path) -> None:
    views = VIEWS + "7,,T,P,C,A,B,C,NA,2014-12-12 20:12:35 UTC\n,1,T,P,C,A,B,C,NA,yesterday\n"
    with pytest.raises(BadData) as caught:
        read(pack(tmp_path / "raw.zip", FILES | {"Job_Views.csv": views}))
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "raw.zip:Job_Views.csv row 6: user_id is empty",
        "raw.zip:Job_Views.csv row 5: job_id is empty",
        "raw.zip:Job_Views.csv row 6: timestamp is not a point in time",
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_or_column_is_named(name: str, tmp_path: Path) -> None:
    rest = {other: text for other, text in FILES.items() if other != name}
    with pytest.raises(BadData, match=f"{name}: the file is missing"):
        read(pack(tmp_path / "a.zip", rest))
    with pytest.raises(BadData, match=f"{name} row 1: the column 'Applicant.ID' is missing"):
        read(pack(tmp_path / "b.zip", rest | {name: FILES[name].replace("Applicant.ID", "Id")}))


@needs_real
def test_the_real_archive(tmp_path: Path) -> None:
    dataset, report = read(REAL)
    per_user = dataset.interactions.group_by("user_id").len()
    enough = per_user.filter(pl.col("len") >= 3)
    assert per_user.height == 3_448
    assert dataset.jobs.height == 7_047
    assert dataset.interactions.height == 8_920
    assert (enough.height, enough["len"].sum()) == (1_050, 5_831)
    described = dataset.users.filter(pl.col("resume") != "")["user_id"]
    assert enough["user_id"].is_in(described.implode()).sum() == 295
    assert dataset.interactions["timestamp"].null_count() == 0
    assert sum(report.read.values()) == 12_370 + 8_653 + 6_560
    assert sum(item.count for item in report.dropped) == 12_370 - 8_920
    save_dataset(dataset, tmp_path / "sjr", source="sjr", report=report)
    assert load_dataset(tmp_path / "sjr").fingerprint == dataset.fingerprint


@needs_real
def test_folder_and_archive_agree(tmp_path: Path) -> None:
    shutil.unpack_archive(REAL, tmp_path)
    assert read(tmp_path)[0].fingerprint == read(REAL)[0].fingerprint
