"""`lgir models`: every row by its name, with what it needs."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import get_args

import pytest

from lgir.cli.models import Needs
from lgir.core.seams import Feature

Lgir = Callable[..., SimpleNamespace]

BASELINES = {
    "SGPT-BE", "SGPT-ST", "SGPT-ST+SRC", "BPJFNN", "MF", "NCF", "PJFFF", "SHPJF", "SGL-text", "LightGCN-text",
    "LightGCN+SRC",
}  # fmt: skip
PLAIN = {"random", "popularity", "newest", "BM25 profile", "item-kNN", "EASE", "logistic"}
ABLATION = {"BASE", "SRC", "IRC", "LGIR"}


def test_every_need_can_be_named() -> None:
    assert set(get_args(Needs)) == set(get_args(Feature))


def test_the_json_names_every_row_of_the_paper(lgir: Lgir) -> None:
    found = lgir("models", "--json")
    assert (found.code, found.err) == (0, "")
    rows = {row["name"]: row for row in json.loads(found.out)["models"]}
    assert {name for name, row in rows.items() if row["group"] == "baseline"} == BASELINES
    assert {name for name, row in rows.items() if row["group"] == "reference"} == PLAIN
    assert set(rows) >= ABLATION | {"LGIR (default)"}
    assert {rows[name]["group"] for name in ABLATION} == {"ablation"}
    for row in rows.values():
        assert row["source"]
        assert row["kind"] in ("text only", "behaviour only", "both", "none")
        assert set(row["needs"]) <= set(get_args(Feature))
        assert row["completion"] in ("none", "src", "irc")
    assert rows["MF"]["needs"] == ["ids"]
    assert (rows["MF"]["unseen_users"], rows["MF"]["unseen_jobs"]) == (False, False)
    assert (rows["SGPT-ST"]["unseen_users"], rows["SGPT-ST"]["unseen_jobs"]) == (True, True)
    assert rows["SGPT-ST+SRC"]["completion"] == "src"
    assert rows["LGIR"]["completion"] == "irc"
    assert "stands in for GPT" in rows["SGPT-BE"]["note"]


def test_people_get_a_line_per_row(lgir: Lgir) -> None:
    found = lgir("models")
    assert found.code == 0
    heading, *lines = found.out.splitlines()
    assert heading.split()[:3] == ["name", "group", "learns"]
    assert len(lines) == len(json.loads(lgir("models", "--json").out)["models"])
    (mf,) = [line for line in lines if line.startswith("MF ")]
    assert " ".join(mf.split()) == "MF baseline behaviour only none ids Koren, Bell and Volinsky, Computer 2009"
    (coin,) = [line for line in lines if line.startswith("random ")]
    assert "users jobs" in coin
    # columns stand below one another
    assert len({line.rindex("  ") for line in [heading, *lines]}) == 1


@pytest.mark.parametrize(("need", "some", "other"), [("words", "BPJFNN", "MF"), ("dates", "newest", "EASE")])
def test_only_rows_that_use_something(lgir: Lgir, need: str, some: str, other: str) -> None:
    rows = json.loads(lgir("models", "--needs", need, "--json").out)["models"]
    names = {row["name"] for row in rows}
    assert some in names
    assert other not in names
    assert all(need in row["needs"] for row in rows)


def test_a_need_that_there_is_not(lgir: Lgir) -> None:
    found = lgir("models", "--needs", "txt")
    assert (found.code, found.out) == (2, "")
    assert "'txt' is not one of" in found.err
