"""`lgir forget`: what it prints, asks and refuses."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

Lgir = Callable[..., SimpleNamespace]


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(tiny: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """A copy of the tiny world to forget somebody in: `data`, `run`, `user`."""
    shutil.copytree(tiny.data, tmp_path / "data")
    shutil.copytree(tiny.run, tmp_path / "run")
    user = json.loads((tiny.run / "vocabulary.json").read_text())["users"][0]
    return SimpleNamespace(data=tmp_path / "data", run=tmp_path / "run", user=user)


def users(data: Path) -> int:
    return pl.read_parquet(data / "users.parquet").height


@pytest.mark.slow
def test_a_person_is_forgotten_and_the_line_goes_on(lgir: Lgir, home: SimpleNamespace, tiny: SimpleNamespace) -> None:
    found = lgir("forget", home.data, home.user, "--run", home.run, "--yes")
    assert found.code == 0
    assert found.out.startswith(f"user {home.user}: removed\n  rows of users: 1\n")
    assert f"{home.run}, whole" in found.out
    assert "phrases that are theirs alone\n  nothing found\n" in found.out
    assert "give each with --run, or delete it, and train again" in found.out
    assert (users(home.data), home.run.exists()) == (39, False)
    assert lgir("check", home.data).code == 0
    assert lgir("complete", home.data, "--config", tiny.config, "-q").code == 0
    assert lgir("fit", home.data, "--config", tiny.config, "--out", home.run, "-q").code == 0
    assert lgir("evaluate", home.run, "-q").code == 0
    again = lgir("forget", home.data, home.user)
    assert again.code == 2
    assert f"user '{home.user}' is not among the 39 users" in again.err


def test_a_dry_run_counts(lgir: Lgir, home: SimpleNamespace) -> None:
    found = lgir("forget", home.data, home.user, "--run", home.run, "--dry-run")
    assert found.code == 0
    assert found.out.startswith(f"user {home.user}: would be removed\n")
    assert "proof" not in found.out
    value = json.loads(lgir("forget", home.data, home.user, "--dry-run", "--json", "-q").out)
    assert (value["removed"], value["proof"], value["plan"]["rows"]["users"]) == (False, None, 1)
    assert (users(home.data), home.run.exists()) == (40, True)


def test_json_is_one_object(lgir: Lgir, home: SimpleNamespace) -> None:
    value = json.loads(lgir("forget", home.data, home.user, "--json").out)
    assert (value["user_id"], value["removed"]) == (home.user, True)
    assert value["proof"]["found"] == []
    assert value["proof"]["files"] > 4
    assert value["fingerprint"] == json.loads((home.data / "manifest.json").read_text())["fingerprint"]


def test_runs_go_only_when_somebody_says_so(lgir: Lgir, home: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("forget", home.data, home.user, "--run", home.run, "-q")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    unasked = lgir(*arguments)
    assert unasked.code == 2
    assert "run would be removed and nobody can be asked; say so with --yes, or leave --run out" in unasked.err
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    refused = lgir(*arguments)
    assert refused.code == 1
    assert "nothing was removed" in refused.err
    assert (users(home.data), home.run.exists()) == (40, True)
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert lgir(*arguments).code == 0
    assert (users(home.data), home.run.exists()) == (39, False)


def test_what_is_left_is_a_failure(lgir: Lgir, home: SimpleNamespace) -> None:
    resume = pl.read_parquet(home.data / "users.parquet").filter(pl.col("user_id") == home.user)["resume"][0]
    (home.data / "copy.txt").write_text(f"{home.user} {resume}")
    found = lgir("forget", home.data, home.user)
    assert found.code == 1
    assert f"LEFT: {home.data / 'copy.txt'}: the user's id (1)" in found.out
    assert f"something of user {home.user} is left in " in found.err
    assert not resume or resume not in found.out + found.err
    (home.data / "copy.txt").unlink()
    again = lgir("forget", home.data, home.user)
    assert again.code == 0
    assert "an interrupted forgetting is taken to its end" in again.out


@pytest.mark.slow
def test_a_resume_is_forgotten(lgir: Lgir, home: SimpleNamespace, tmp_path: Path) -> None:
    resume = "Falconer from the northern dales, who hoods, weighs and flies nine hawks before breakfast each day."
    (tmp_path / "resume.txt").write_text(resume)
    assert lgir("recommend", home.run, "--resume", tmp_path / "resume.txt", "-q").code == 0
    found = lgir("forget", home.data, "--resume", tmp_path / "resume.txt")
    assert found.code == 0
    assert found.out.startswith("the given résumé: removed\n  completions: 1\n")
    assert "Falconer" not in found.out + found.err
    assert lgir("evaluate", home.run, "-q").code == 0, "the dataset is the same"


@pytest.mark.parametrize("given", [(), ("u1", "--resume", "a.txt")])
def test_one_person_is_named(lgir: Lgir, home: SimpleNamespace, given: tuple[str, ...]) -> None:
    found = lgir("forget", home.data, *given)
    assert found.code == 2
    assert "give either USER or --resume FILE" in found.err
