"""Tasks: what they share, what they are made from, and a worker that does not outlive its parent."""

from dataclasses import replace
from pathlib import Path

import pytest

from lgir.pipeline.material import open_material
from lgir.study import work as working
from lgir.study.study import tasks_of
from lgir.study.work import Task, bench_of, row_made_from, work


@pytest.fixture
def task(study, data, tmp_path) -> Task:
    (found,) = [
        one
        for one in tasks_of(study(), data, tmp_path / "out")
        if (one.name, one.protocol, one.seed) == ("MF", "paper", 3)
    ]
    return found


def changed(task: Task, **values: object) -> Task:
    return replace(task, config=task.config.model_copy(update=values))


def test_tasks_share_a_bench_where_everything_completed_and_encoded_is_the_same(task):
    model = task.config.model.model_copy(update={"learning_rate": 0.5})
    assert changed(task, model=model).bench_key == task.bench_key
    assert changed(task, seeds=(9,)).bench_key == task.bench_key
    assert replace(task, out=Path("elsewhere"), seed=9, name="BPJFNN").bench_key == task.bench_key
    config = task.config
    others = [
        changed(task, split=config.split.model_copy(update={"min_interactions": 2})),
        changed(task, candidates=config.candidates.model_copy(update={"negatives": 7})),
        changed(task, complete=config.complete.model_copy(update={"mode": "irc"})),
        changed(task, encode=config.encode.model_copy(update={"encoders": config.encode.encoders * 2})),
        changed(task, words=config.words.model_copy(update={"length": 3})),
        replace(task, data=task.data.parent),
    ]
    assert len({task.bench_key, *(other.bench_key for other in others)}) == 7


def test_the_same_data_by_another_path_is_the_same(task, monkeypatch):
    monkeypatch.chdir(task.data.parent)
    assert replace(task, data=Path(task.data.name)).bench_key == task.bench_key


def test_a_bench_is_made_once_and_few_are_kept(task, monkeypatch):
    monkeypatch.setattr(working, "_benches", {})
    first = bench_of(task)
    assert bench_of(task) is first
    for length in (3, 4):
        bench_of(changed(task, words=task.config.words.model_copy(update={"length": length})))
    assert len(working._benches) == working.KEPT == 2
    assert bench_of(task) is not first


def test_results_count_where_nothing_they_were_made_from_changed(task):
    material = open_material(task.data, task.config)
    found = row_made_from(task, material)
    assert found == row_made_from(changed(task, seeds=(3, 5, 7)), material), "more seeds change none"
    assert found != row_made_from(changed(task, seeds=(5, 3)), material)
    model = task.config.model.model_copy(update={"learning_rate": 0.5})
    assert found["configuration"] != row_made_from(changed(task, model=model), material)["configuration"]
    other = changed(task, complete=task.config.complete.model_copy(update={"mode": "irc"}))
    assert found["completer"] != row_made_from(other, material)["completer"]
    assert {"dataset", "split", "validation candidates", "test candidates"} <= set(found)


def test_what_is_done_is_left_alone(task, monkeypatch):
    assert not task.done()
    task.folder.write_json("seed-3/measured.json", {})
    assert task.done()
    monkeypatch.setattr(working, "measure", None)
    work(task)
