"""`lgir case`: one person before and after completion."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.pipeline.material import open_material
from lgir.study.config import load_study

Lgir = Callable[..., SimpleNamespace]

STUDY = """
title = "One case"
data = "none"
rows = ["popularity"]
main = "popularity"

[[encode.encoders]]
kind = "lexical"
dim = 16
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case") / "data"
    save_dataset(synthetic_world(SyntheticConfig(n_users=40, n_jobs=50, mean_interactions=6), 1), folder, source="test")
    return folder


@pytest.fixture
def one(data: Path, tmp_path: Path) -> SimpleNamespace:
    """The experiment's file and a user with a test job: `arguments`, `user`, `target`."""
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    material = open_material(data, load_study(file).experiment("popularity", "paper"))
    place, job = material.split.test[0]
    dataset = material.dataset
    untested = np.setdiff1d(np.arange(dataset.users.height), material.split.test[:, 0])
    return SimpleNamespace(
        arguments=("case", file, "--data", data, "-q"),
        user=dataset.users["user_id"][int(place)],
        target=dataset.jobs["job_id"][int(job)],
        untested=[dataset.users["user_id"][int(user)] for user in untested],
    )


def test_the_case_for_people_and_as_json(lgir: Lgir, one: SimpleNamespace) -> None:
    found = lgir(*one.arguments, "--user", one.user)
    assert (found.code, found.err) == (0, "")
    assert one.target in found.out
    value = json.loads(lgir(*one.arguments, "--user", one.user, "--json").out)
    assert value["user_id"] == one.user
    assert value["target"]["job_id"] == one.target
    assert value["similarity_interactive"] >= value["similarity_simple"] - 1e-6
    for span in value["interactive"]["spans"]:
        assert 0 <= span["start"] < span["end"] <= len(value["interactive"]["text"])


def test_a_page_with_the_marks(lgir: Lgir, one: SimpleNamespace, tmp_path: Path) -> None:
    page = tmp_path / "deep" / "case.html"
    assert lgir(*one.arguments, "--user", one.user, "--html", page).code == 0
    assert page.read_text().lstrip().lower().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--user", "nobody"), "user 'nobody' is not among the 40 users of this dataset"),
        (("--job", "none"), "job 'none' is not in this catalogue of 50 jobs"),
    ],
)
def test_unknown_ids_are_one_sentence(
    lgir: Lgir, one: SimpleNamespace, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    given = options if "--user" in options else ("--user", one.user, *options)
    found = lgir(*one.arguments, *given, "--html", tmp_path / "case.html")
    assert (found.code, found.out) == (2, "")
    assert found.err == f"error: {sentence}\n"
    assert not (tmp_path / "case.html").exists()


def test_somebody_without_a_test_job(lgir: Lgir, one: SimpleNamespace) -> None:
    for user in one.untested[:1]:
        found = lgir(*one.arguments, "--user", user)
        assert found.code == 2
        assert "has no test job to compare with; name a job with --job, or another user" in found.err


def test_whose_case_must_be_said(lgir: Lgir, one: SimpleNamespace) -> None:
    assert lgir(*one.arguments).code == 2
