"""What a report is written from is what was measured."""

import json

import numpy as np
import polars as pl
import pytest

from lgir.data.candidates import candidates_hash
from lgir.evaluate.report import load_per_user
from lgir.pipeline.material import open_material
from lgir.study.gather import HEADLINES, MAIN_METRICS
from lgir.study.measure import row_folder


def test_rows_hold_every_seed_under_every_protocol(calm):
    rows = {row.name: row for row in calm.summary.result.rows}
    assert list(rows) == ["MF", "newest", "BPJFNN", "LGIR (default)"]
    for name, seeds in (("MF", (3, 5)), ("newest", (3,)), ("BPJFNN", (3, 5)), ("LGIR (default)", (3, 5))):
        assert rows[name].seeds == seeds
        for protocol in ("paper", "time"):
            files = [row_folder(calm.out, protocol, name).path / f"seed-{seed}" for seed in seeds]
            for what, tables in (("per-user", rows[name].per_user), ("cold-jobs", rows[name].cold_jobs)):
                kept = pl.concat([load_per_user(file / f"{what}.parquet") for file in files])
                assert tables[protocol].equals(kept)


def test_means_of_the_tables_are_means_of_the_values(calm):
    for part in calm.summary.protocols:
        for name, of_metric in part.estimates.items():
            (row,) = [row for row in calm.summary.result.rows if row.name == name]
            table = row.per_user[part.protocol.name]
            for metric in HEADLINES[part.protocol.name]:
                per_seed = [table.filter(pl.col("seed") == seed)[metric].mean() for seed in row.seeds]
                assert of_metric[metric].mean == pytest.approx(np.mean(per_seed))


def test_curves_are_of_the_first_protocol(calm):
    rows = {row.name: row for row in calm.summary.result.rows}
    assert set(rows["MF"].curves) == {3, 5}
    assert rows["newest"].curves == {}, "nothing is learned in epochs"
    lines = (row_folder(calm.out, "paper", "MF").path / "seed-5" / "log.jsonl").read_text().splitlines()
    expected = [(record["epoch"], record["validation"]) for record in map(json.loads, lines)]
    assert [(point["epoch"], point["validation"]) for point in rows["MF"].curves[5]] == expected
    assert [epoch for epoch, _ in expected] == [0, 1, 2, 3]


def test_costs_are_sums_and_the_memory_the_largest(calm):
    (row,) = [row for row in calm.summary.result.rows if row.name == "BPJFNN"]
    folders = [(row_folder(calm.out, protocol, "BPJFNN"), seed) for protocol in ("paper", "time") for seed in (3, 5)]
    costs = [folder.read_json(f"seed-{seed}/measured.json") for folder, seed in folders]
    assert row.cost.fit_seconds == pytest.approx(sum(cost["fit_seconds"] for cost in costs))
    assert row.cost.evaluation_seconds == pytest.approx(sum(cost["evaluation_seconds"] for cost in costs))
    assert row.cost.peak_memory_mib == max(cost["peak_memory_mib"] for cost in costs)
    assert row.cost.n_weights == max(cost["n_weights"] for cost in costs)


def test_protocols_say_what_they_are(calm, study, data):
    paper, time = calm.summary.result.protocols
    assert (paper.label, time.label) == ("sampled: 20 negatives per positive", "full catalogue, one cut in time")
    assert (paper.main_metric, time.main_metric) == (MAIN_METRICS["paper"], MAIN_METRICS["time"])
    for part, name in ((paper, "paper"), (time, "time")):
        material = open_material(data, study().experiment("MF", name))
        ranked = material.test if name == "paper" else material.full()
        assert part.candidates == candidates_hash(ranked)
        assert part.few_shot == 1
        users = material.dataset.users["user_id"].to_list()
        counts = dict(zip(*part.users.get_columns(), strict=True))
        train = material.split.train[:, 0].tolist()
        assert counts == {users[user]: train.count(user) for user in ranked.users.tolist()}
    split = open_material(data, study().experiment("MF", "time")).split
    assert f"{len(split.test_catalogue):,} of {len(split.catalogue):,} jobs" in time.description
    assert "the first 60% of all interactions in time are training, up to 80% validation" in time.description


def test_table_1_counts_the_dataset_and_its_parts(calm, study, data):
    table = calm.summary.result.data
    dataset = open_material(data, study().experiment("MF", "paper")).dataset
    assert (table.dataset, table.n_users, table.n_jobs) == ("data", 60, 80)
    assert table.n_interactions == dataset.interactions.height
    for protocol in ("paper", "time"):
        parts = [table.parts[f"{protocol}: {part}"] for part in ("train", "validation", "test")]
        assert sum(parts) == table.n_interactions
        split = open_material(data, study().experiment("MF", protocol)).split
        assert parts == [len(split.train), len(split.validation), len(split.test)]
        share = np.mean([job not in split.train[:, 1] for job in split.test[:, 1]])
        assert table.means[f"{protocol}: share of test interactions whose job is unseen in training"] == share
    empty = [not resume.strip() for resume in dataset.users["resume"]]
    assert table.resume_share == pytest.approx(1 - np.mean(empty))
    words = [len(text.split()) for text in dataset.jobs["text"]]
    assert table.means["words per job (mean)"] == pytest.approx(np.mean(words))


def test_the_report_names_the_dataset_and_the_libraries(calm):
    found = calm.summary.result
    assert {"lgir", "python", "torch", "numpy", "polars"} <= set(found.versions)
    assert len(found.provenance["dataset"]) == 64
    assert "NDCG@5" in found.validation_metric
