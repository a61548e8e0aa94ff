"""Every command on a tiny world: what it prints, as text and as JSON, and what it does when called again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

Lgir = Callable[..., SimpleNamespace]


def test_import_says_what_was_read_and_where_it_went(lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path) -> None:
    found = lgir("import", "csv", tiny.tables, tmp_path / "data")
    assert found.code == 0
    assert "40 rows of users.csv" in " ".join(found.out.split())
    assert found.out.endswith(f"{tmp_path / 'data'}: written\n")
    again = lgir("import", "csv", tiny.tables, tmp_path / "data", "--json")
    value = json.loads(again.out)
    assert value["saved"] == "already_there"
    assert value["report"]["stats"]["users"] == 40


def test_import_replaces_only_when_asked(
    lgir: Lgir, tiny: SimpleNamespace, tables: Callable[..., Path], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert lgir("import", "csv", tiny.tables, data).code == 0
    other = tables(tmp_path / "other", n_users=41)
    refused = lgir("import", "csv", other, data)
    assert refused.code == 2
    assert "--replace" in refused.err
    assert json.loads(lgir("import", "csv", other, data, "--replace", "--json").out)["saved"] == "replaced"


def test_check(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = lgir("check", tiny.data)
    assert found.code == 0
    assert found.out.endswith(f"{tiny.data} is sound\n")
    value = json.loads(lgir("check", tiny.data, "--json").out)
    assert value["fingerprint"] in found.out
    assert value["report"]["stats"]["jobs"] == 50


def test_complete_counts_and_names_the_missing_language_model(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = lgir("complete", tiny.data, "--config", tiny.config)
    assert found.code == 0
    assert "no language model was used" in found.out
    value = json.loads(lgir("complete", tiny.data, "--config", tiny.config, "--json", "-q").out)
    assert value["kept"] + value["completed"] == value["rows"] > 40, "everybody, and everybody's folds"
    assert (value["failed"], value["reasons"]) == (0, {})


def test_complete_without_a_configuration_takes_the_defaults(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = lgir("complete", tiny.data, "--json", "-q")
    assert found.code == 0
    assert json.loads(found.out)["note"] == "no language model was used"


def test_fit_again_reads_what_is_there(lgir: Lgir, tiny: SimpleNamespace) -> None:
    arguments = ("fit", tiny.data, "--config", tiny.config, "--out", tiny.run)
    before = {file: file.stat().st_mtime_ns for file in tiny.run.rglob("*.safetensors")}
    found = lgir(*arguments)
    assert found.code == 0
    assert found.out.startswith("seed 3: best epoch ")
    value = json.loads(lgir(*arguments, "--json").out)
    assert list(value["seeds"]) == ["3", "5"]
    assert before == {file: file.stat().st_mtime_ns for file in tiny.run.rglob("*.safetensors")}


def test_fit_refuses_a_run_of_something_else(lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(tiny.config.read_text().replace("[3, 5]", "[3]"))
    found = lgir("fit", tiny.data, "--config", other, "--out", tiny.run)
    assert found.code == 2
    assert "another configuration" in found.err


@pytest.mark.parametrize("protocol", ["paper", "full"])
def test_evaluate_json_is_one_object_and_nothing_else(lgir: Lgir, tiny: SimpleNamespace, protocol: str) -> None:
    found = lgir("evaluate", tiny.run, "--protocol", protocol, "--json")
    assert found.code == 0
    value = json.loads(found.out)
    assert (value["protocol"], value["seeds"]) == (protocol, [3, 5])
    assert {"model", "n_users", "metrics"} < set(value)
    for score in value["metrics"].values():
        assert score["mean"] == pytest.approx(sum(score["per_seed"]) / 2)
    assert {"MAP@5", "NDCG@5", "MRR"} <= set(value["metrics"])
    assert found.out == (tiny.run / f"evaluation-{protocol}.json").read_text() + "\n"
    assert "evaluating" in found.err


def test_evaluate_as_text(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = lgir("evaluate", tiny.run, "-q")
    assert found.code == 0
    assert found.out.startswith("LGIR (default), protocol paper, ")
    assert found.err == ""


def test_a_moved_dataset_can_be_named(lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path) -> None:
    run = tmp_path / "elsewhere" / "run"
    shutil.copytree(tiny.run, run)
    lost = lgir("evaluate", run)
    assert lost.code == 2
    assert "--data" in lost.err
    expected = lgir("evaluate", tiny.run, "--json").out
    assert lgir("evaluate", run, "--data", tiny.data, "--json").out == expected


def test_recommend_to_a_known_person(lgir: Lgir, tiny: SimpleNamespace) -> None:
    value = json.loads(lgir("recommend", tiny.run, "--user", "u00002", "-k", "4", "--json").out)
    assert value["user_id"] == "u00002"
    assert value["note"] == "no language model was used"
    assert [job["rank"] for job in value["jobs"]] == [1, 2, 3, 4]
    scores = [job["score"] for job in value["jobs"]]
    assert scores == sorted(scores, reverse=True)
    interactions = pl.read_csv(tiny.tables / "interactions.csv")
    engaged = set(interactions.filter(pl.col("user_id") == "u00002")["job_id"])
    assert not engaged & {job["job_id"] for job in value["jobs"]}
    text = lgir("recommend", tiny.run, "--user", "u00002", "-k", "4").out
    assert text.startswith("jobs for user u00002 (no language model was used)\n")
    for job in value["jobs"]:
        assert f"job {job['job_id']}, score {job['score']:.3f}" in text
        assert all(reason["sentence"] in text for reason in job["reasons"])


def test_recommend_to_somebody_new_names_the_sources_of_reasons(
    lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path
) -> None:
    skills = pl.read_csv(tiny.tables / "jobs.csv")["text"][0]
    (tmp_path / "me.txt").write_text(skills)
    value = json.loads(lgir("recommend", tiny.run, "--resume", tmp_path / "me.txt", "-k", "3", "--json").out)
    assert value["user_id"] is None
    assert value["completion"]["language_model"] is None
    assert {statement["source"] for statement in value["completion"]["statements"]} == {"résumé"}
    reasons = [reason for job in value["jobs"] for reason in job["reasons"]]
    assert reasons
    assert {reason["source"] for reason in reasons} == {"résumé"}
    assert lgir("recommend", tiny.run, "--resume", tmp_path / "me.txt").out.startswith("jobs for the given résumé (")


def test_recommend_only_open_jobs(lgir: Lgir, tiny: SimpleNamespace) -> None:
    jobs = pl.read_csv(tiny.tables / "jobs.csv")
    moment = jobs["posted_at"].sort()[10][:10]
    found = lgir("recommend", tiny.run, "--user", "u00002", "-k", "50", "--open-at", moment, "--json")
    ids = [job["job_id"] for job in json.loads(found.out)["jobs"]]
    assert ids
    shown = jobs.filter(pl.col("job_id").is_in(ids))
    assert (shown["posted_at"].str.slice(0, 10) <= moment).all()
    assert (shown["expires_at"].str.slice(0, 10) >= moment).all()
    never = lgir("recommend", tiny.run, "--user", "u00002", "--open-at", "1990-01-01")
    assert never.code == 0
    assert "no job is left" in never.out


def test_candidates(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = lgir("candidates", tiny.run, "--job", "j00001", "-k", "3", "--json")
    value = json.loads(found.out)
    assert value["job_id"] == "j00001"
    assert [user["rank"] for user in value["users"]] == [1, 2, 3]
    assert {reason["source"] for user in value["users"] for reason in user["reasons"]} <= {"résumé"}
    interactions = pl.read_csv(tiny.tables / "interactions.csv")
    engaged = set(interactions.filter(pl.col("job_id") == "j00001")["user_id"])
    assert not engaged & {user["user_id"] for user in value["users"]}
    assert f"user {value['users'][0]['user_id']}, score" in lgir("candidates", tiny.run, "--job", "j00001").out
