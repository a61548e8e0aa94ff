"""A small world and a small experiment on it, run once for all tests of this folder."""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lgir.core.config import parse_config
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.study import study as running
from lgir.study.config import StudyConfig

STUDY = """
title = "A small world"
data = "data"
rows = ["MF", "newest", "BPJFNN", "LGIR (default)"]
contrast = "BPJFNN"
seeds = [3, 5]
few_shot = 1

[complete]
folds = 2

[[encode.encoders]]
kind = "lexical"
dim = 32

[words]
length = 12

[training]
max_epochs = 3
patience = 3

[model."MF"]
learning_rate = 0.01

[model."LGIR (default)"]
many_shot = 3
few_shot = 1
"""

Study = Callable[..., StudyConfig]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder with dates of jobs and of interactions."""
    folder = tmp_path_factory.mktemp("study") / "data"
    world = synthetic_world(SyntheticConfig(n_users=60, n_jobs=80, mean_interactions=6), 4)
    save_dataset(world, folder, source="synthetic")
    return folder


@pytest.fixture(scope="session")
def toml() -> str:
    """The experiment as a file."""
    return STUDY


@pytest.fixture(scope="session")
def study() -> Study:
    """The experiment as a configuration, some of its values changed."""

    def made(**changes: Any) -> StudyConfig:
        return parse_config(StudyConfig, {**tomllib.loads(STUDY), **changes}, source="test")

    return made


def _here(done: list[Any]) -> Callable[..., None]:
    def run(function: Callable[[Any], None], tasks: Sequence[Any], *_: object) -> None:
        for task in tasks:
            function(task)
            done.append(task)

    return run


@pytest.fixture
def done_here(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Tasks are done in this process instead of in workers, and no report is drawn; gives those that were done."""
    done: list[Any] = []
    monkeypatch.setattr(running, "in_workers", _here(done))
    monkeypatch.setattr(running, "write_study", lambda folder, summary: [])
    monkeypatch.setattr("lgir.study.tune.in_workers", _here(done))
    return done


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory, data: Path, study: Study) -> SimpleNamespace:
    """The experiment, run undisturbed in this process: `out`, `summary`."""
    out = tmp_path_factory.mktemp("calm") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "in_workers", _here([]))
        patch.setattr("lgir.evaluate.study.figures.draw_figures", lambda summary: [])  # seconds, and tested elsewhere
        return SimpleNamespace(out=out, summary=running.run_study(study(), data, out, Silent(), workers=1))
