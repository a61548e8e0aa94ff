"""A made-up world as a dataset folder: sizes, seeds, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from lgir.cli.synth import Like
from lgir.data.folder import load_dataset, read_manifest
from lgir.data.synthetic import LIKE, SyntheticConfig, synthetic_world

Lgir = Callable[..., SimpleNamespace]


def test_every_world_like_the_papers_can_be_named() -> None:
    assert get_args(Like) == tuple(LIKE)


def test_a_world_of_a_given_size_and_seed(lgir: Lgir, tmp_path: Path) -> None:
    found = lgir("synth", tmp_path / "w", "--users", "50", "--jobs", "60", "--seed", "3", "--json", "-q")
    assert (found.code, found.err) == (0, "")
    value = json.loads(found.out)
    world = synthetic_world(SyntheticConfig(n_users=50, n_jobs=60), 3)
    assert load_dataset(tmp_path / "w").fingerprint == world.fingerprint == value["fingerprint"]
    assert (value["saved"], value["seed"], value["config"]["n_users"]) == ("written", 3, 50)
    assert value["report"]["stats"]["jobs"] == 60
    manifest = read_manifest(tmp_path / "w")
    assert manifest["source"] == "synthetic"
    assert manifest["report"]["notes"] == ["made with seed 3, n_users = 50, n_jobs = 60"]


def test_like_a_dataset_of_the_paper(lgir: Lgir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = SyntheticConfig(n_users=40, n_jobs=50, n_interactions=321)
    monkeypatch.setattr("lgir.data.synthetic.LIKE", {"sales": tiny})
    found = lgir("synth", tmp_path / "w", "--like", "sales")
    assert found.code == 0
    assert "interactions: 321\n" in found.out
    assert found.out.endswith(f"{tmp_path / 'w'}: written\n")
    assert "choosing jobs (40)" in found.err


def test_a_world_of_a_file(lgir: Lgir, tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text("n_users = 30\nn_jobs = 40\nempty_resume_share = 1.0\n")
    assert lgir("synth", tmp_path / "w", "--config", file, "-q").code == 0
    assert set(load_dataset(tmp_path / "w").users["resume"]) == {""}
    file.write_text("n_users = 30\nn_job = 40\n")
    found = lgir("synth", tmp_path / "other", "--config", file, "-q")
    assert found.code == 2
    assert "n_job: there is no such key" in found.err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--like", "sales", "--users", "9"),
        ("--like", "sales", "--config", "world.toml"),
        ("--config", "world.toml", "--jobs", "9"),
        ("--like", "paper"),
        ("--users", "0"),
        ("--seed", "-1"),
    ],
)
def test_sizes_that_contradict_each_other_are_wrong_usage(lgir: Lgir, options: tuple[str, ...], tmp_path: Path) -> None:
    found = lgir("synth", tmp_path / "w", *options)
    assert found.code == 2
    assert "Usage: lgir synth" in found.err
    assert not (tmp_path / "w").exists()


def test_an_impossible_size_is_one_sentence(lgir: Lgir, tmp_path: Path) -> None:
    found = lgir("synth", tmp_path / "w", "--jobs", "2", "-q")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: --users, --jobs: ")
    assert "must lie between min_interactions" in found.err


def test_nothing_else_is_overwritten(lgir: Lgir, tmp_path: Path) -> None:
    size = ("--users", "30", "--jobs", "40", "-q")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    for options in ((), ("--replace",)):
        found = lgir("synth", tmp_path / "notes", *size, *options)
        assert found.code == 2
        assert "exists and is no dataset" in found.err
    assert [child.name for child in (tmp_path / "notes").iterdir()] == ["mine.txt"]
    assert lgir("synth", tmp_path / "w", *size).code == 0
    assert "already there" in lgir("synth", tmp_path / "w", *size).out
    refused = lgir("synth", tmp_path / "w", *size, "--seed", "1")
    assert refused.code == 2
    assert "--replace" in refused.err
    assert "was replaced" in lgir("synth", tmp_path / "w", *size, "--seed", "1", "--replace").out
