"""The demo on a smaller world and without the sentence encoder; `make demo` runs it as it is."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.cli import demo

Lgir = Callable[..., SimpleNamespace]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WORLD", {"n_users": 60, "n_jobs": 60})
    encoders = [{"kind": "lexical", "dim": 24}]
    monkeypatch.setattr(demo, "BUILD", {**demo.BUILD, "encode": {"encoders": encoders}, "model": {"max_epochs": 2}})


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
    assert f"recommend {tmp_path / 'demo' / 'run-0'} --resume FILE" in found.out
    weights = tmp_path / "demo" / "run-0" / "seed-0" / "weights.safetensors"
    trained = weights.stat().st_mtime_ns
    again = lgir("demo", "--out", tmp_path / "demo", "-q")
    assert again.out == found.out
    assert weights.stat().st_mtime_ns == trained


@pytest.mark.usefixtures("small")
def test_another_seed_is_another_world_beside_the_first(lgir: Lgir, tmp_path: Path) -> None:
    first = lgir("demo", "--out", tmp_path, "-q")
    second = lgir("demo", "--out", tmp_path, "--seed", "1", "-q")
    assert (first.code, second.code) == (0, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"world-0", "run-0", "world-1", "run-1"}
    assert first.out.partition("5. One")[2] != second.out.partition("5. One")[2]


@pytest.mark.usefixtures("small")
def test_random_order_is_what_constant_scores_get(lgir: Lgir, tmp_path: Path) -> None:
    line = next(line for line in lgir("demo", "--out", tmp_path, "-q").out.splitlines() if line.startswith("random"))
    mean_reciprocal = float(line.split()[-1])
    # one hidden job among 21 gives sum(1/r)/21 = 0.174; more hidden jobs among as many more others come close to it
    assert 0.14 < mean_reciprocal < 0.2
