"""What a study keeps of a row is what `lgir fit` and `lgir evaluate` say of it."""

import numpy as np
import polars as pl
import pytest

from lgir.core.records import Candidates
from lgir.core.run import Run, Silent
from lgir.evaluate.metrics import measure as measure_ranks
from lgir.evaluate.metrics import rank_relevant
from lgir.evaluate.protocol import FULL_METRICS, PAPER_METRICS
from lgir.evaluate.report import load_per_user
from lgir.experiment import evaluate, fit
from lgir.models import build_model
from lgir.pipeline.material import open_material
from lgir.pipeline.opened import open_run
from lgir.study.measure import measured, row_folder
from lgir.study.study import tasks_of
from lgir.study.work import bench_of

ROWS = ["MF", "BPJFNN", "LGIR (default)"]


@pytest.mark.parametrize("protocol", ["paper", "time"])
@pytest.mark.parametrize("name", ROWS)
def test_per_user_values_are_those_of_fit_and_evaluate(calm, study, data, tmp_path, name, protocol):
    fit(data, study().experiment(name, protocol), tmp_path / "run", Silent())
    with open_run(tmp_path / "run", Silent()) as run:
        evaluate(run, "paper" if protocol == "paper" else "full", Silent())
    file = tmp_path / "run" / f"per-user-{'paper' if protocol == 'paper' else 'full'}.parquet"
    folder = row_folder(calm.out, protocol, name)
    kept = [load_per_user(folder.path / f"seed-{seed}" / "per-user.parquet") for seed in (3, 5)]
    assert pl.concat(kept).equals(load_per_user(file))
    assert kept[0].columns == ["user_id", "seed", *(PAPER_METRICS if protocol == "paper" else FULL_METRICS)]


@pytest.mark.parametrize("protocol", ["paper", "time"])
def test_cold_jobs_are_measured_among_the_same_jobs_as_everything(calm, study, data, protocol):
    """Written out for each user: the jobs to be ranked without the relevant ones that training has seen."""
    (task, *_) = [
        one for one in tasks_of(study(), data, calm.out) if (one.name, one.protocol) == ("LGIR (default)", protocol)
    ]
    bench = bench_of(task)
    material, features = bench.material, bench.prepared.features
    model = build_model(task.config.model, bench.prepared.data.shape)
    model.fit(bench.prepared.data, Run(3))
    trained = set(material.split.train[:, 1].tolist())
    names = material.dataset.users["user_id"].to_list()
    wanted, lists = [], []
    for place, user in enumerate(np.unique(material.split.test[:, 0])):
        relevant = set(material.split.test[material.split.test[:, 0] == user, 1].tolist())
        if not relevant - trained:
            continue
        if protocol == "paper":
            some = material.test
            ranked = set(some.jobs[some.offsets[place] : some.offsets[place + 1]].tolist())
        else:
            known = np.concatenate([material.split.train, material.split.validation])
            ranked = set(material.split.test_catalogue.tolist()) - set(known[known[:, 0] == user, 1].tolist())
        wanted.append(int(user))
        lists.append((sorted(ranked - (relevant & trained)), relevant - trained))
    offsets = np.cumsum([0, *(len(jobs) for jobs, _ in lists)])
    jobs = np.concatenate([np.array(some) for some, _ in lists])
    marks = np.array([job in relevant for some, relevant in lists for job in some])
    candidates = Candidates(np.array(wanted), offsets, jobs, marks)
    rows = [
        model.score(features.users_at(np.array([user])), features.catalogue.take(np.array(some)))[0]
        for user, (some, _) in zip(wanted, lists, strict=True)
    ]
    table = load_per_user(task.folder.path / "seed-3" / "cold-jobs.parquet")
    assert 0 < len(wanted) < 60
    assert table["user_id"].to_list() == [names[user] for user in wanted]
    metrics = PAPER_METRICS if protocol == "paper" else FULL_METRICS
    expected = measure_ranks(rank_relevant(np.concatenate(rows), candidates.relevant, candidates.offsets), metrics)
    for metric, values in expected.items():
        np.testing.assert_allclose(table[metric].to_numpy(), values, atol=1e-12)


def test_a_model_that_knows_only_its_jobs_leaves_cold_ones_last(calm, study, data):
    """MF cannot score a job without a training interaction: such jobs stand, tied, after all those that it can."""
    material = open_material(data, study().experiment("MF", "time"))
    trained, full = set(material.split.train[:, 1].tolist()), material.full()
    table = load_per_user(row_folder(calm.out, "time", "MF").path / "seed-3" / "cold-jobs.parquet")
    names = material.dataset.users["user_id"].to_list()
    of_user = {row["user_id"]: row for row in table.iter_rows(named=True)}
    compared = 0
    for place, user in enumerate(full.users):
        relevant = set(full.relevant[full.offsets[place] : full.offsets[place + 1]].tolist())
        excluded = set(full.excluded[full.excluded_offsets[place] : full.excluded_offsets[place + 1]].tolist())
        ranked = set(full.catalogue.tolist()) - excluded - (relevant & trained)
        if not relevant - trained or user not in material.split.train[:, 0]:
            continue
        compared += 1
        before, tied = len(ranked & trained), len(ranked - trained)
        for k in (5, 20):
            expected = min(max(k - before, 0), tied) / tied
            assert of_user[names[user]][f"Recall@{k}"] == pytest.approx(expected)
    assert compared > 3


def test_a_row_tells_what_it_cost(calm):
    folder = row_folder(calm.out, "paper", "MF")
    cost = folder.read_json("seed-3/measured.json")
    assert set(cost) == {"fit_seconds", "evaluation_seconds", "peak_memory_mib", "n_weights", "tokens", "notes"}
    assert cost["fit_seconds"] > 0
    assert cost["evaluation_seconds"] > 0
    assert cost["tokens"] == [0, 0]
    assert cost["n_weights"] > 64 * 50, "64 numbers per user and job of the training part"
    assert measured(folder, 3)
    assert not measured(folder, 4)
