"""TREC's own program reads what a study writes, and computes our values from it."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import pytrec_eval

from lgir.core.records import TopK
from lgir.data.candidates import cold_catalogue
from lgir.data.dataset import Dataset
from lgir.evaluate.report import load_per_user
from lgir.pipeline.material import open_material
from lgir.study.measure import row_folder
from lgir.study.trec import TREC_DEPTH, trec_of_lists, trec_of_top, trec_relevance

THEIRS = {"MAP@5": "map_cut_5", "NDCG@5": "ndcg_cut_5", "NDCG@10": "ndcg_cut_10", "MRR": "recip_rank"}


def read(file):
    """What pytrec_eval takes, out of its own parsers."""
    with file.open(encoding="utf-8") as stream:
        return (pytrec_eval.parse_qrel if "relevance" in file.name else pytrec_eval.parse_run)(stream)


@pytest.mark.parametrize("protocol", ["paper", "time"])
@pytest.mark.parametrize("name", ["MF", "BPJFNN", "LGIR (default)"])
def test_trec_eval_gives_our_values_where_nothing_is_tied(calm, protocol, name):
    folder = row_folder(calm.out, protocol, name)
    run, relevance = read(folder.path / "run.trec"), read(calm.out / f"relevance-{protocol}.trec")
    table = load_per_user(folder.path / "seed-3" / "per-user.parquet")
    assert set(run) == set(relevance) == set(table["user_id"])
    names = {ours: theirs for ours, theirs in THEIRS.items() if ours in table.columns}
    assert {"MAP@5", "NDCG@5", "MRR"} <= set(names)
    theirs = pytrec_eval.RelevanceEvaluator(relevance, {"map_cut", "ndcg_cut", "recip_rank"}).evaluate(run)
    compared = 0
    for row in table.iter_rows(named=True):
        scores, wanted = run[row["user_id"]], relevance[row["user_id"]]
        times = Counter(scores.values())
        if any(times[scores[job]] > 1 for job in wanted if job in scores):
            continue  # the format knows no ties; ours are expected values
        compared += 1
        for ours, measure in names.items():
            assert theirs[row["user_id"]][measure] == pytest.approx(row[ours], abs=1e-6)
    assert compared > 3


def test_a_ranking_is_whole_and_best_first(calm, data, study):
    material = open_material(data, study().experiment("MF", "paper"))
    lines = (row_folder(calm.out, "paper", "LGIR (default)").path / "run.trec").read_text().splitlines()
    assert len(lines) == len(material.test.jobs)
    of_user: dict[str, list[list[str]]] = {}
    for line in lines:
        user, q0, _, _, _, tag = fields = line.split(" ")
        assert (q0, tag) == ("Q0", "LGIR_(default)")
        of_user.setdefault(user, []).append(fields)
    for fields in of_user.values():
        assert [int(one[3]) for one in fields] == list(range(1, len(fields) + 1))
        scores = [float(one[4]) for one in fields]
        assert scores == sorted(scores, reverse=True)


def test_the_head_of_the_catalogue_holds_no_job_the_user_knew(calm, data, study):
    material = open_material(data, study().experiment("MF", "time"))
    run = read(row_folder(calm.out, "time", "newest").path / "run.trec")
    jobs, users = material.dataset.jobs["job_id"].to_list(), material.dataset.users["user_id"].to_list()
    known: dict[str, set[str]] = {}
    for user, job in np.concatenate([material.split.train, material.split.validation]).tolist():
        known.setdefault(users[user], set()).add(jobs[job])
    catalogue = {jobs[job] for job in material.split.test_catalogue}
    for user, scores in run.items():
        assert set(scores) == catalogue - known.get(user, set())
        assert len(scores) <= TREC_DEPTH


@pytest.fixture
def tiny() -> SimpleNamespace:
    """Two users and three jobs whose ids hold what the format cannot."""
    dataset = Dataset(
        users=pl.DataFrame({"user_id": ["ann lee", "bob"], "resume": ["", ""]}),
        jobs=pl.DataFrame({"job_id": ["a", "b\tc", "ü"], "text": ["", "", ""]}),
        interactions=pl.DataFrame({"user_id": ["bob"], "job_id": ["a"]}),
        fingerprint="f",
    )
    return SimpleNamespace(dataset=dataset)


def test_lines_of_a_list_by_hand(tiny, calm, data, study):
    material = replace(open_material(data, study().experiment("MF", "paper")), dataset=tiny.dataset)
    lists = replace(
        material.test,
        users=np.array([0, 1]),
        offsets=np.array([0, 3, 5]),
        jobs=np.array([0, 1, 2, 1, 2]),
        relevant=np.array([False, True, False, True, True]),
    )
    scores = np.array([0.5, 0.1, 0.5, -2, 1 / 3], dtype=np.float32)
    assert trec_of_lists(material, lists, scores, "my row").splitlines() == [
        "ann%20lee Q0 a 1 0.5 my_row",  # of equals the first in the dataset
        "ann%20lee Q0 ü 2 0.5 my_row",
        "ann%20lee Q0 b%09c 3 0.100000001 my_row",
        "bob Q0 ü 1 0.333333343 my_row",
        "bob Q0 b%09c 2 -2 my_row",
    ]
    assert trec_relevance(material, lists) == "ann%20lee 0 b%09c 1\nbob 0 b%09c 1\nbob 0 ü 1\n"
    # nine digits name a float32
    printed = [np.float32(line.split()[4]) for line in trec_of_lists(material, lists, scores, "x").splitlines()]
    assert sorted(printed) == sorted(scores)


def test_lines_of_a_head_by_hand(tiny, data, study):
    material = replace(open_material(data, study().experiment("MF", "paper")), dataset=tiny.dataset)
    infinite = np.float32(-np.inf)
    top = TopK(np.array([[2, 0], [1, -1]]), np.array([[3, 2], [1, infinite]], dtype=np.float32))
    assert trec_of_top(material, np.array([1, 0]), top, "x").splitlines() == [
        "bob Q0 ü 1 3 x",
        "bob Q0 a 2 2 x",
        "ann%20lee Q0 b%09c 1 1 x",
    ]


def test_relevance_of_the_full_catalogue(calm, data, study):
    material = open_material(data, study().experiment("MF", "time"))
    relevance = read(calm.out / "relevance-time.trec")
    users, jobs = material.dataset.users["user_id"].to_list(), material.dataset.jobs["job_id"].to_list()
    assert {(user, job) for user, found in relevance.items() for job in found} == {
        (users[user], jobs[job]) for user, job in material.split.test.tolist()
    }
    seen = np.isin(np.arange(len(jobs)), material.split.train[:, 1])
    cold = cold_catalogue(material.full(), seen)
    assert len(trec_relevance(material, cold).splitlines()) == len(cold.relevant)
