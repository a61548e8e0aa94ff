"""The line from data to report."""

import json

import numpy as np
import polars as pl
import pytest

from lgir.core.run import Silent
from lgir.evaluate.metrics import measure, rank_relevant
from lgir.experiment import evaluate
from lgir.pipeline.opened import open_run


@pytest.mark.parametrize("protocol", ["paper", "full"])
def test_reports_hold_means_of_the_kept_per_user_values(trained, protocol):
    with open_run(trained.run, Silent()) as run:
        report = evaluate(run, protocol, Silent())
    printed = json.loads((trained.run / f"evaluation-{protocol}.json").read_text())
    table = pl.read_parquet(trained.run / f"per-user-{protocol}.parquet")
    assert printed["protocol"] == protocol
    assert printed["seeds"] == [0, 1]
    assert printed["n_users"] == report.n_users == table["user_id"].n_unique()
    for name, score in printed["metrics"].items():
        per_seed = [table.filter(pl.col("seed") == seed)[name].mean() for seed in (0, 1)]
        assert score["per_seed"] == pytest.approx(per_seed)
        assert score["mean"] == pytest.approx(np.mean(per_seed))


def test_the_trained_model_beats_random_order(trained):
    with open_run(trained.run, Silent()) as run:
        report = evaluate(run, "paper", Silent())
        test = run.material.test
    constant = np.zeros(len(test.jobs), dtype=np.float32)
    random = measure(rank_relevant(constant, test.relevant, test.offsets), ["NDCG@5"])["NDCG@5"].mean()
    assert report.metrics["NDCG@5"].mean > 1.5 * random


def test_validation_results_name_the_best_epoch(trained):
    for seed, (epoch, value) in trained.summary.seeds.items():
        lines = (trained.run / f"seed-{seed}" / "log.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        best = max(records, key=lambda record: record["validation"])
        assert (epoch, value) == (best["epoch"], best["validation"])
        assert [record["epoch"] for record in records] == list(range(len(records)))
