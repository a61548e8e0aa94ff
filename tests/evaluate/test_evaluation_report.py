import json

import numpy as np
import polars as pl
import pytest

from lgir.core.errors import BadInput, UnreadableRun
from lgir.evaluate.report import load_per_user, make_report, metric_columns, per_user_table, save_per_user

IDS = ["ann", "bob"]


def two_seeds():
    first = per_user_table(IDS, 0, {"MAP@5": np.array([0.2, 0.4]), "MRR": np.array([1.0, 0.5])})
    second = per_user_table(IDS, 7, {"MAP@5": np.array([0.4, 0.6]), "MRR": np.array([0.25, 0.25])})
    return pl.concat([second, first])


def report():
    return make_report(two_seeds(), protocol="paper", model="lgir", candidates={0: "aa", 7: "bb"})


def test_means_over_users_and_then_over_seeds():
    found = report()
    assert (found.protocol, found.model, found.n_users, found.seeds) == ("paper", "lgir", 2, (0, 7))
    assert found.metrics["MAP@5"].per_seed == pytest.approx((0.3, 0.5))
    assert found.metrics["MAP@5"].mean == pytest.approx(0.4)
    assert found.metrics["MRR"].per_seed == pytest.approx((0.75, 0.25))
    assert found.candidates == ("aa", "bb")


def test_json_is_one_object_with_the_promised_keys():
    values = json.loads(report().to_json())
    assert list(values) == ["protocol", "model", "n_users", "seeds", "metrics", "candidates", "definitions"]
    assert values["seeds"] == [0, 7]
    assert list(values["metrics"]) == ["MAP@5", "MRR"]
    assert set(values["metrics"]["MRR"]) == {"mean", "per_seed"}
    assert values["metrics"]["MRR"]["mean"] == pytest.approx(0.5)
    assert values["metrics"]["MRR"]["per_seed"] == pytest.approx([0.75, 0.25])
    assert list(values["definitions"]) == ["MAP", "MRR"]


def test_lines_for_people():
    assert report().lines() == [
        "lgir, protocol paper, 2 users, seeds 0, 7",
        "MAP@5  0.4000  (0.3000, 0.5000)",
        "MRR    0.5000  (0.7500, 0.2500)",
    ]
    one = make_report(two_seeds().filter(pl.col("seed") == 0), protocol="full", model="lgir", candidates={0: "aa"})
    assert one.lines() == ["lgir, protocol full, 2 users, seeds 0", "MAP@5  0.3000", "MRR    0.7500"]


def test_no_users():
    with pytest.raises(BadInput, match="nothing to report"):
        make_report(per_user_table([], 0, {"MRR": np.zeros(0)}), protocol="paper", model="lgir", candidates={})


def test_seeds_with_other_users():
    uneven = two_seeds().filter((pl.col("seed") == 0) | (pl.col("user_id") == "ann"))
    with pytest.raises(BadInput, match=r"different users \(seed 0: 2, seed 7: 1\)"):
        make_report(uneven, protocol="paper", model="lgir", candidates={0: "aa", 7: "bb"})


def test_per_user_values_come_back(tmp_path):
    save_per_user(tmp_path / "run" / "users.parquet", two_seeds())
    again = load_per_user(tmp_path / "run" / "users.parquet")
    assert again.equals(two_seeds())
    assert metric_columns(again) == ["MAP@5", "MRR"]
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["users.parquet"]


def test_files_that_are_no_per_user_tables(tmp_path):
    file = tmp_path / "users.parquet"
    with pytest.raises(UnreadableRun, match="run 'lgir evaluate' first"):
        load_per_user(file)
    file.write_bytes(b"PAR1 not really")
    with pytest.raises(UnreadableRun, match="is damaged"):
        load_per_user(file)
    pl.DataFrame({"user_id": ["ann"]}).write_parquet(file)
    with pytest.raises(UnreadableRun, match="expected user_id, seed and metrics"):
        load_per_user(file)


def test_the_same_table_gives_the_same_bits():
    rng = np.random.default_rng(0)
    ids = [f"u{place}" for place in range(1050)]
    table = pl.concat([per_user_table(ids, seed, {"NDCG@5": rng.random(1050)}) for seed in range(5)])
    candidates = dict.fromkeys(range(5), "c")
    printed = {make_report(table, protocol="paper", model="m", candidates=candidates).to_json() for _ in range(200)}
    assert len(printed) == 1
