"""`lgir tune`: one search for all, and a file that an experiment reads."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.study.config import load_study

Lgir = Callable[..., SimpleNamespace]

STUDY = """
title = "Two rows"
data = "data"
rows = ["item-kNN", "EASE"]
main = "EASE"
protocols = ["paper"]
seeds = [0]

[[encode.encoders]]
kind = "lexical"
dim = 8
"""

SPACES = """
[ease]
l2 = { low = 1.0, high = 3000.0, log = true }

[item-knn]
neighbours = { choices = [1, 10, 100] }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tune") / "data"
    world = synthetic_world(SyntheticConfig(n_users=40, n_jobs=60, mean_interactions=6), 1)
    save_dataset(world, folder, source="synthetic")
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "data")
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "spaces.toml").write_text(SPACES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lgir.study.tune.in_workers", lambda function, tasks, *_: [function(task) for task in tasks])
    return tmp_path


def test_the_best_settings_are_a_file_that_the_experiment_reads(lgir: Lgir, home: Path) -> None:
    found = lgir("tune", "study.toml", "--trials", "3", "--settings", "best/tuned.toml", "-q")
    assert (found.code, found.err) == (0, "")
    assert found.out == "the best settings of 3 trials per row are in best/tuned.toml\n"
    text = (home / "best" / "tuned.toml").read_text()
    assert text.startswith("# Made by: lgir tune study.toml --trials 3\n# Best on the validation part, seed 0.\n")
    settings = tomllib.loads(text)
    assert set(settings) == {"paper"}
    assert set(settings["paper"]) == {"item-kNN", "EASE"}
    (home / "study.toml").write_text('settings = "best/tuned.toml"\n' + STUDY)
    model = load_study(home / "study.toml").experiment("EASE", "paper").model
    assert {key: getattr(model, key) for key in settings["paper"]["EASE"]} == settings["paper"]["EASE"]


def test_without_options_everything_lies_under_tuning(lgir: Lgir, home: Path) -> None:
    found = lgir("tune", "study.toml", "--trials", "1", "-q", "--json")
    assert found.code == 0
    value = json.loads(found.out)
    assert value["file"] == "tuning/study/settings.toml"
    # one trial is the row as it is: no other settings were better
    assert value["settings"] == {"paper": {"item-kNN": {}, "EASE": {}}}
    assert tomllib.loads((home / value["file"]).read_text()) == value["settings"]
    assert (home / "tuning/study/rows/paper/ease/trials.log").is_file()


@pytest.mark.parametrize(
    ("spaces", "sentence"),
    [
        ("[eas]\nl2 = { low = 1, high = 2 }", "[eas] is neither 'trained', nor a model, nor a row"),
        ("[ease]\nl = { low = 1, high = 2 }", "[ease] l: the model has no such key"),
        ("[ease]\nl2 = { low = 2, high = 1 }", "low = 2.0 must be below high = 1.0"),
        ("[ease]\nl2 = { low = -1, high = 1 }", "search space of row 'EASE': l2: "),
        ("[item-knn]\nneighbours = { low = 1, high = 50 }", "search space of row 'item-kNN': neighbours: "),
        ("ease = 3", "[ease] must hold ranges"),
    ],
)
def test_a_wrong_space_is_one_sentence_before_any_work(lgir: Lgir, home: Path, spaces: str, sentence: str) -> None:
    (home / "spaces.toml").write_text(spaces)
    found = lgir("tune", "study.toml", "-q")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")
    assert len(found.err.splitlines()) == 1
    assert sentence in found.err
    assert not (home / "tuning").exists()


def test_spaces_that_are_not_there(lgir: Lgir, home: Path) -> None:
    found = lgir("tune", "study.toml", "-q", "--spaces", "none.toml")
    assert found.code == 2
    assert "there is no configuration file 'none.toml'" in found.err


def test_there_must_be_a_trial(lgir: Lgir, home: Path) -> None:
    assert lgir("tune", "study.toml", "--trials", "0").code == 2
