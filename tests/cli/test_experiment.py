"""`lgir experiment`: a report, or one sentence before any work."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.cli.experiment import usable_cores
from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world

Lgir = Callable[..., SimpleNamespace]

STUDY = """
title = "Three rows"
data = "data"
rows = ["MF", "popularity", "EASE"]
main = "EASE"
seeds = [0]

[[encode.encoders]]
kind = "lexical"
dim = 8

[training]
max_epochs = 1
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("experiment") / "data"
    world = synthetic_world(SyntheticConfig(n_users=40, n_jobs=60, mean_interactions=6), 1)
    save_dataset(world, folder, source="synthetic")
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an experiment and its data; tasks are done in this process."""
    shutil.copytree(made, tmp_path / "data")
    (tmp_path / "study.toml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lgir.study.study.in_workers", lambda function, tasks, *_: [function(task) for task in tasks])
    return tmp_path


@pytest.mark.slow
def test_it_prints_the_tables_and_says_where_the_report_is(lgir: Lgir, home: Path) -> None:
    found = lgir("experiment", "study.toml", "-q")
    assert (found.code, found.err) == (0, "")
    assert "Three rows" in found.out
    for words in ("MF", "popularity", "EASE", "sampled: 20 negatives per positive", "full catalogue", "NDCG@10"):
        assert words in found.out
    assert found.out.splitlines()[-1] == (
        "the report is in results/study: report.html, report.md, report.tex, report.json"
    )
    page = (home / "results" / "study" / "report.html").read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    # the same again reads what is there
    before = {file: file.stat().st_mtime_ns for file in (home / "results").rglob("measured.json")}
    again = lgir("experiment", "study.toml", "-q", "--json")
    assert again.code == 0
    assert {file: file.stat().st_mtime_ns for file in before} == before
    value = json.loads(again.out)
    assert value == json.loads((home / "results" / "study" / "report.json").read_text())
    assert [row["name"] for row in value["rows"]] == ["MF", "popularity", "EASE"]


def test_other_data_and_another_folder(lgir: Lgir, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgir.evaluate.study.figures.draw_figures", lambda summary: [])
    shutil.move(home / "data", home / "elsewhere")
    assert lgir("experiment", "study.toml", "-q").code == 2
    found = lgir("experiment", "study.toml", "-q", "--data", "elsewhere", "--out", "here")
    assert found.code == 0
    assert (home / "here" / "report.md").is_file()
    assert not (home / "results").exists()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("seeds = [0]", "seed = 0", "study.toml: seed: there is no such key; mend its spelling or remove it"),
        ('"popularity"', '"Popularity"', "there is no row 'Popularity'; lgir models lists them"),
        ('main = "EASE"', 'main = "LGIR"', "main = 'LGIR' is not among the rows"),
        ('main = "EASE"', 'main = "EASE"\ncontrast = "IRC"', "contrast = 'IRC' is not among the rows"),
        ('main = "EASE"', 'main = "EASE"\ncase = "nobody"', "user 'nobody' is not among the 40 users"),
        ('main = "EASE"', 'main = "EASE"\nmin_interactions = 999', "min_interactions=999 leaves no user"),
        (
            "[training]",
            '[encoders]\n"MF" = [{ kind = "sentence", model = "./none" }]\n[training]',
            "there is no model folder './none'",
        ),
        ('data = "data"', 'data = "none"', "there is no dataset at none; make one with lgir import or lgir synth"),
        ('title = "Three rows"', 'title = "Three', "cannot be read as TOML"),
    ],
)
def test_what_is_wrong_is_one_sentence_before_any_work(
    lgir: Lgir, home: Path, old: str, new: str, sentence: str
) -> None:
    assert STUDY.count(old) == 1
    (home / "study.toml").write_text(STUDY.replace(old, new))
    found = lgir("experiment", "study.toml", "-q")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")
    assert len(found.err.splitlines()) == 1
    assert sentence in found.err
    assert not (home / "results").exists()


def test_a_row_without_what_it_needs(lgir: Lgir, home: Path) -> None:
    for name in ("users", "jobs", "interactions"):
        import polars as pl

        table = pl.read_parquet(home / "data" / f"{name}.parquet")
        table.drop("posted_at", "expires_at", "timestamp", strict=False).write_parquet(
            home / "data" / f"{name}.parquet"
        )
    (home / "data" / "manifest.json").unlink()
    (home / "study.toml").write_text(STUDY.replace('"EASE"]', '"EASE", "newest"]\nprotocols = ["paper"]'))
    found = lgir("experiment", "study.toml", "-q")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: row 'newest', protocol 'paper': the model 'newest' needs to know when jobs ap")
    (home / "study.toml").write_text(STUDY)
    found = lgir("experiment", "study.toml", "-q")
    assert found.code == 2
    assert found.err.startswith("error: protocol 'time': split rule 'time' needs a timestamp for every interaction")
    assert len(found.err.splitlines()) == 1
    assert not (home / "results").exists()


def test_a_folder_of_somebody_else_is_left_alone(lgir: Lgir, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "notes.txt").write_text("mine")
    for out in ("mine", "mine/notes.txt", "data"):
        found = lgir("experiment", "study.toml", "-q", "--out", out)
        assert found.code == 2
        assert found.err == f"error: {out} holds something else than an experiment; choose another --out\n"
    assert [child.name for child in (home / "mine").iterdir()] == ["notes.txt"]


def test_workers_must_be_at_least_one(lgir: Lgir, home: Path) -> None:
    found = lgir("experiment", "study.toml", "--workers", "0")
    assert found.code == 2
    assert "Usage: lgir experiment" in found.err
    assert usable_cores() >= 1
