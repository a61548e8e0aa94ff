"""Runs and results that know a person go, others stay; and the whole line works on those who remain."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from lgir.completion import complete_dataset
from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.records import Query
from lgir.core.run import Silent
from lgir.data.folder import load_dataset, read_manifest
from lgir.experiment import evaluate, fit
from lgir.forget.person import Outcome
from lgir.forget.runs import KNOWS_NOBODY, OF_ANOTHER_DATASET
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.opened import open_run
from lgir.recommend import recommend
from lgir.store.completions import CompletionStore
from lgir.store.run_folder import RunFolder

Forgotten = Callable[..., Outcome]


@pytest.fixture
def home(trained: SimpleNamespace, tmp_path: Path) -> Path:
    """A copy of the trained world: `data`, `run`, and `other`, a run of something else."""
    shutil.copytree(trained.data, tmp_path / "data")
    shutil.copytree(trained.run, tmp_path / "run")
    other = RunFolder(tmp_path / "other")
    other.write_manifest({"made_from": {"dataset": "0" * 64}, "data": "../elsewhere"})
    other.write_json("vocabulary.json", {"users": ["somebody"]})
    return tmp_path


def somebody(trained: SimpleNamespace) -> tuple[str, str]:
    """Id and résumé of a person who was trained on and wrote a résumé of some length."""
    known = set(RunFolder(trained.run).read_json("vocabulary.json")["users"])
    rows = trained.world.users.filter(pl.col("user_id").is_in(list(known)) & (pl.col("resume").str.len_chars() > 80))
    return str(rows["user_id"][0]), str(rows["resume"][0])


def results(home: Path, fingerprint: str, user_id: str) -> Path:
    """What `lgir experiment` leaves, in short."""
    row = RunFolder(home / "results" / "rows" / "paper" / "lgir")
    row.write_json("made-from.json", {"dataset": fingerprint})
    row.write_text("run.trec", f"{user_id} Q0 j00001 1 0.5 lgir\n")
    return home / "results"


def test_the_line_works_on_those_who_remain(
    trained: SimpleNamespace, home: Path, config: ExperimentConfig, forgotten: Forgotten
) -> None:
    data, (user_id, resume) = home / "data", somebody(trained)
    found = forgotten(data, user_id, runs=[home / "run"])
    assert found.plan.completions > 1, "the whole one, and one for each fold"
    assert found.plan.runs == (str(home / "run"),)
    assert found.proof is not None
    assert found.proof.found == []
    assert not (home / "run").exists()
    assert (home / "other").exists()
    held = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert user_id.encode() not in held
    assert resume.encode() not in held

    assert load_dataset(data).users.height == 59
    summary = complete_dataset(data, config, Silent())
    assert (summary.failed, summary.open) == (0, 0)
    fit(data, config, home / "run", Silent())
    with open_run(home / "run", Silent()) as run:
        report = evaluate(run, "paper", Silent())
        assert report.metrics["NDCG@5"].mean > 0
        assert recommend(run, Query("I know personnel files."), k=3, progress=Silent()).jobs
    assert user_id not in (home / "run" / "vocabulary.json").read_text()


def test_a_run_that_was_not_given_refuses_to_open(trained: SimpleNamespace, home: Path, forgotten: Forgotten) -> None:
    user_id, _ = somebody(trained)
    assert forgotten(home / "data", user_id).plan.runs == ()
    with pytest.raises(BadInput, match="was made from another dataset"), open_run(home / "run", Silent()):
        pass
    # given later: its manifest says where its data is
    found = forgotten(home / "data", user_id, runs=[home / "run"])
    assert found.plan.runs == (str(home / "run"),)
    assert not (home / "run").exists()
    assert found.proof is not None
    assert found.proof.found == []


def test_what_knows_nobody_or_is_of_another_dataset_stays(
    trained: SimpleNamespace, home: Path, forgotten: Forgotten
) -> None:
    user_id, _ = somebody(trained)
    stranger = RunFolder(home / "stranger")
    stranger.write_manifest({"made_from": {"dataset": read_manifest(home / "data")["fingerprint"]}, "data": "x"})
    stranger.write_json("vocabulary.json", {"users": ["u99999"]})
    (home / "other" / "fit.log").write_text(f"one\nasked for {user_id}\nthree\n")
    found = forgotten(home / "data", user_id, runs=[home / "stranger", home / "other"])
    assert found.plan.runs == ()
    assert found.plan.left_alone == {str(home / "stranger"): KNOWS_NOBODY, str(home / "other"): OF_ANOTHER_DATASET}
    assert (home / "stranger" / "vocabulary.json").exists()
    assert (home / "other" / "fit.log").read_text() == "one\nthree\n"


def test_a_run_of_another_dataset_that_knows_the_id_is_reported(
    trained: SimpleNamespace, home: Path, forgotten: Forgotten
) -> None:
    user_id, _ = somebody(trained)
    RunFolder(home / "other").write_json("vocabulary.json", {"users": [user_id]})
    proof = forgotten(home / "data", user_id, runs=[home / "other"]).proof
    assert proof is not None
    assert {one.place for one in proof.found} == {str(home / "other" / "vocabulary.json")}


def test_results_that_know_the_person_go_whole(trained: SimpleNamespace, home: Path, forgotten: Forgotten) -> None:
    user_id, _ = somebody(trained)
    folder = results(home, read_manifest(home / "data")["fingerprint"], user_id)
    assert forgotten(home / "data", user_id, runs=[folder]).plan.runs == (str(folder),)
    assert not folder.exists()


def test_nothing_goes_unless_it_is_confirmed(trained: SimpleNamespace, home: Path, forgotten: Forgotten) -> None:
    user_id, _ = somebody(trained)
    found = forgotten(home / "data", user_id, runs=[home / "run"], confirm=lambda plan: False)
    assert found.proof is None
    assert load_dataset(home / "data").users.height == 60
    assert (home / "run" / "vocabulary.json").exists()
    with CompletionStore(home / "data" / "derived" / "completions.sqlite") as store:
        assert len(store) > 60


def test_folders_that_are_no_runs_are_refused(trained: SimpleNamespace, home: Path, forgotten: Forgotten) -> None:
    user_id, _ = somebody(trained)
    shutil.copytree(home / "run", home / "data" / "run")
    for path, error, sentence in (
        (home / "nothing", UnreadableRun, "is not a run folder"),
        (home / "data", BadInput, "lie in one another; move the run to a folder of its own"),
        (home / "data" / "run", BadInput, "lie in one another"),
        (home, BadInput, "lie in one another"),
    ):
        with pytest.raises(error, match=sentence):
            forgotten(home / "data", user_id, runs=[path])
    broken = results(home, "", user_id) / "rows" / "paper" / "lgir" / "made-from.json"
    broken.write_text("{")
    with pytest.raises(UnreadableRun, match=r"made-from\.json cannot be read; delete the folder of results by hand"):
        forgotten(home / "data", user_id, runs=[home / "results"])
    assert load_dataset(home / "data").users.height == 60
