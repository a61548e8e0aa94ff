"""The demo on a smaller world and without the sentence encoder; `make demo` runs it as it is."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lgir.cli import demo
from lgir.core.config import parse_config
from lgir.evaluate.metrics import measure, rank_relevant
from lgir.evaluate.protocol import PAPER_METRICS
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import open_material

Lgir = Callable[..., SimpleNamespace]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WORLD", {"n_users": 60, "n_jobs": 60})
    encoders = [{"kind": "lexical", "dim": 24}]
    monkeypatch.setattr(demo, "BUILD", {**demo.BUILD, "encode": {"encoders": encoders}, "model": {"max_epochs": 2}})


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_demo_tells_its_story_and_can_be_repeated(lgir: Lgir, tmp_path: Path) -> None:
    found = lgir("demo", "--out", tmp_path / "demo", "-q")
    assert found.code == 0, found.err
    assert "\x1b" not in found.out
    headings = ("1. A made-up", "2. Completing", "3. Training", "4. How well", "5. One person: u", "Next")
    places = [found.out.index(f"\n{heading}") for heading in headings]
    assert places == sorted(places)
    assert "no language model was used" in found.out
    assert "[résumé]" in found.out
    assert "[job you looked at]" in found.out
    assert found.out.count(", score ") == 5
    assert "(résumé)" in found.out.partition("Jobs for this person")[2] or "looked at)" in found.out
    (run,) = (tmp_path / "demo").glob("run-0-*")
    assert f"recommend {run} --resume FILE" in found.out
    weights = run / "seed-0" / "weights.safetensors"
    trained = weights.stat().st_mtime_ns
    again = lgir("demo", "--out", tmp_path / "demo", "-q")
    assert again.out == found.out
    assert weights.stat().st_mtime_ns == trained


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_another_seed_is_another_world_beside_the_first(lgir: Lgir, tmp_path: Path) -> None:
    first = lgir("demo", "--out", tmp_path, "-q")
    second = lgir("demo", "--out", tmp_path, "--seed", "1", "-q")
    assert (first.code, second.code) == (0, 0)
    # the rest of a run's name says which configuration it is of: a later lgir may have other defaults
    assert {"-".join(path.name.split("-")[:2]) for path in tmp_path.iterdir()} == {
        "world-0",
        "run-0",
        "world-1",
        "run-1",
    }
    assert first.out.partition("5. One")[2] != second.out.partition("5. One")[2]


@pytest.mark.usefixtures("small")
def test_random_order_is_the_mean_over_random_scores(lgir: Lgir, tmp_path: Path) -> None:
    printed = lgir("demo", "--out", tmp_path, "-q").out
    shown = next(line for line in printed.splitlines() if line.startswith("random order")).split()[2:]
    config = parse_config(ExperimentConfig, demo.BUILD, source="test")
    test = open_material(tmp_path / "world-0", config).test
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(300):
        ranks = rank_relevant(rng.random(len(test.jobs), dtype=np.float32), test.relevant, test.offsets)
        drawn.append([values.mean() for values in measure(ranks, PAPER_METRICS).values()])
    assert [float(value) for value in shown] == pytest.approx(np.mean(drawn, axis=0), abs=0.01)
