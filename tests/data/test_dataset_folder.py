"""A dataset on disk: whole or absent, unchanged by a round trip, refused where it is not ours."""

import datetime as dt
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.errors import BadData, BadInput
from lgir.data.check import check_frames
from lgir.data.dataset import Dataset
from lgir.data.folder import FORMAT, Saved, load_dataset, read_manifest, save_dataset
from lgir.data.report import DataReport
from lgir.data.swap import fresh_folder
from lgir.data.timestamps import MOMENT

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NAME = TEXT.filter(lambda name: name.strip(" \t\n\r\f\v") and name.strip())
MOMENTS = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), timezones=st.just(dt.UTC))


def dataset(word: str = "welder") -> Dataset:
    return check_frames(
        pl.DataFrame({"user_id": ["u1", "u2"], "resume": [word, ""]}),
        pl.DataFrame({"job_id": ["j1", "j2"], "text": ["Welder", "Cook"], "company": ["Iron", None]}),
        pl.DataFrame({"user_id": ["u1"], "job_id": ["j2"], "timestamp": ["2015-01-03"]}),
        DataReport(),
    )


@st.composite
def frames(draw: st.DrawFn) -> dict[str, pl.DataFrame]:
    users = draw(st.lists(NAME, min_size=1, max_size=6, unique=True))
    jobs = draw(st.lists(NAME, min_size=1, max_size=6, unique=True))
    pairs = draw(st.lists(st.tuples(st.sampled_from(users), st.sampled_from(jobs)), min_size=1, max_size=12))
    texts = st.one_of(st.none(), TEXT)
    moments = pl.Series("timestamp", [draw(st.one_of(st.none(), MOMENTS)) for _ in pairs], MOMENT)
    strings = {"text": pl.String, "title": pl.String}
    titles = [draw(texts) for _ in jobs]
    return {
        "users": pl.DataFrame(
            {"user_id": users, "resume": [draw(texts) for _ in users]}, schema_overrides={"resume": pl.String}
        ),
        "jobs": pl.DataFrame(
            {"job_id": jobs, "text": [draw(texts) for _ in jobs], "title": titles}, schema_overrides=strings
        ),
        "interactions": pl.DataFrame(pairs, schema=["user_id", "job_id"], orient="row").with_columns(moments),
    }


def same(one: Dataset, other: Dataset) -> bool:
    tables = ((one.users, other.users), (one.jobs, other.jobs), (one.interactions, other.interactions))
    return one.fingerprint == other.fingerprint and all(left.equals(right) for left, right in tables)


@settings(max_examples=60, deadline=None)
@given(tables=frames())
def test_a_round_trip_changes_nothing(tables: dict[str, pl.DataFrame]) -> None:
    made = check_frames(**tables, report=DataReport())
    with TemporaryDirectory() as folder:
        home = Path(folder) / "d"
        assert save_dataset(made, home, source="test") is Saved.WRITTEN
        assert same(load_dataset(home), made)
        assert save_dataset(made, home, source="test") is Saved.ALREADY_THERE


@settings(max_examples=60, deadline=None)
@given(tables=frames(), data=st.data())
def test_the_fingerprint_sees_every_cell(tables: dict[str, pl.DataFrame], data: st.DataObject) -> None:
    before = check_frames(**tables, report=DataReport()).fingerprint
    name = data.draw(st.sampled_from(["resume", "text", "title"]))
    table = "users" if name == "resume" else "jobs"
    row = data.draw(st.integers(0, tables[table].height - 1))
    cells = tables[table][name].to_list()
    cells[row] = (cells[row] or "") + "x"
    changed = tables | {table: tables[table].with_columns(pl.Series(name, cells, pl.String))}
    assert check_frames(**changed, report=DataReport()).fingerprint != before


def test_cells_that_join_to_the_same_text_differ() -> None:
    frames = [
        pl.DataFrame({"user_id": ["u1", "u2"], "resume": cells}) for cells in (["ab", "c"], ["a", "bc"], ["abc", ""])
    ]
    rest = dataset()
    prints = {check_frames(users, rest.jobs, rest.interactions, DataReport()).fingerprint for users in frames}
    assert len(prints) == 3


def test_the_manifest_says_what_is_inside(tmp_path: Path) -> None:
    report = DataReport("csv")
    report.drop("users.csv", "because", 3)
    made = dataset()
    save_dataset(made, tmp_path / "d", source="csv", report=report)
    manifest = read_manifest(tmp_path / "d")
    assert manifest["format"] == FORMAT
    assert manifest["source"] == "csv"
    assert manifest["fingerprint"] == made.fingerprint
    assert manifest["counts"] == {"users": 2, "jobs": 2, "interactions": 1}
    assert manifest["report"]["dropped"] == [{"table": "users.csv", "reason": "because", "count": 3}]
    assert {path.name for path in tmp_path.iterdir()} == {"d"}


def test_another_dataset_is_not_overwritten_unasked(tmp_path: Path) -> None:
    home = tmp_path / "d"
    save_dataset(dataset(), home, source="test")
    with pytest.raises(BadInput, match="holds another dataset; choose another folder, or replace"):
        save_dataset(dataset("cook"), home, source="test")
    assert same(load_dataset(home), dataset())


def test_replacing_keeps_what_is_keyed_by_content_and_drops_splits(tmp_path: Path) -> None:
    home = tmp_path / "d"
    save_dataset(dataset(), home, source="test")
    (home / "derived" / "splits").mkdir(parents=True)
    (home / "derived" / "splits" / "split.npz").write_bytes(b"old")
    (home / "derived" / "completions.sqlite").write_bytes(b"costly")
    (home / "derived" / "vectors.sqlite").write_bytes(b"slow")
    assert save_dataset(dataset("cook"), home, source="test", replace=True) is Saved.REPLACED
    assert same(load_dataset(home), dataset("cook"))
    assert sorted(path.name for path in (home / "derived").iterdir()) == ["completions.sqlite", "vectors.sqlite"]
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_of_other_things_is_never_touched(replace: bool, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="exists and is no dataset; choose another"):
        save_dataset(dataset(), tmp_path, source="test", replace=replace)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    assert save_dataset(dataset(), tmp_path / "d", source="test") is Saved.WRITTEN
    assert same(load_dataset(tmp_path / "d"), dataset())


def test_a_link_to_a_dataset_stays_a_link(tmp_path: Path) -> None:
    save_dataset(dataset(), tmp_path / "d", source="test")
    (tmp_path / "link").symlink_to("d")
    assert save_dataset(dataset("cook"), tmp_path / "link", source="test", replace=True) is Saved.REPLACED
    assert (tmp_path / "link").is_symlink()
    assert same(load_dataset(tmp_path / "d"), dataset("cook"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "link"]


def test_a_dataset_is_as_private_as_any_new_folder(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    save_dataset(dataset(), tmp_path / "d", source="test")
    assert (tmp_path / "d").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_writer_at_work_is_left_alone(tmp_path: Path) -> None:
    with fresh_folder(tmp_path / "d") as other:
        (other / "half").write_text("")
        assert save_dataset(dataset(), tmp_path / "d", source="test") is Saved.WRITTEN
        assert (other / "half").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_damaged_dataset_can_be_replaced(tmp_path: Path) -> None:
    home = tmp_path / "d"
    save_dataset(dataset(), home, source="test")
    (home / "jobs.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(BadInput, match="another dataset"):
        save_dataset(dataset(), home, source="test")
    assert save_dataset(dataset(), home, source="test", replace=True) is Saved.REPLACED
    assert same(load_dataset(home), dataset())


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"cannot be written to .*choose another folder"):
        save_dataset(dataset(), tmp_path / "file" / "d", source="test")


def test_a_folder_made_by_hand_needs_no_manifest(tmp_path: Path) -> None:
    pl.DataFrame({"user_id": [1, 2], "resume": ["welder", None]}).write_parquet(tmp_path / "users.parquet")
    pl.DataFrame({"job_id": [7], "text": ["Welder"]}).write_parquet(tmp_path / "jobs.parquet")
    stamps = pl.Series([dt.date(2015, 1, 3)])
    pl.DataFrame({"user_id": [2], "job_id": [7], "timestamp": stamps}).write_parquet(tmp_path / "interactions.parquet")
    report = DataReport()
    made = load_dataset(tmp_path, report)
    assert made.users.rows() == [("1", "welder"), ("2", "")]
    assert made.interactions["timestamp"].to_list() == [dt.datetime(2015, 1, 3, tzinfo=dt.UTC)]
    assert report.stats["interactions"] == 1


def test_loading_checks_the_schema_again(tmp_path: Path) -> None:
    save_dataset(dataset(), tmp_path / "d", source="test")
    pl.DataFrame({"user_id": ["u7"], "job_id": ["j1"]}).write_parquet(tmp_path / "d" / "interactions.parquet")
    with pytest.raises(BadData, match=r"interactions.parquet row 1: user 'u7' is not in users.parquet"):
        load_dataset(tmp_path / "d")


def test_tables_changed_after_the_import_are_noticed(tmp_path: Path) -> None:
    save_dataset(dataset(), tmp_path / "d", source="test")
    pl.DataFrame({"user_id": ["u2"], "job_id": ["j1"]}).write_parquet(tmp_path / "d" / "interactions.parquet")
    with pytest.raises(BadInput, match=r"changed after they were written.*import again, or delete"):
        load_dataset(tmp_path / "d")


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (json.dumps({"format": FORMAT + 1, "lgir": "9.9"}), "format 2, written by lgir 9.9; .* update"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "names no format"),
        ('{"format": "1"}', "names no format"),
    ],
)
def test_a_manifest_from_elsewhere_is_refused(manifest: str, says: str, tmp_path: Path) -> None:
    save_dataset(dataset(), tmp_path / "d", source="test")
    (tmp_path / "d" / "manifest.json").write_text(manifest)
    with pytest.raises(BadInput, match=says):
        load_dataset(tmp_path / "d")


def test_no_dataset_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no dataset .*make one with 'lgir import'"):
        load_dataset(tmp_path / "d")


def test_a_source_whose_name_is_not_utf_8_is_kept_in_the_manifest(tmp_path: Path) -> None:
    report = DataReport()
    report.read["caf\udce9.zip:users.csv"] = 2
    save_dataset(dataset(), tmp_path / "d", source="csv", report=report)
    assert read_manifest(tmp_path / "d")["report"]["read"] == {"caf\udce9.zip:users.csv": 2}
