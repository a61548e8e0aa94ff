from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from lgir.evaluate.compare import holm
from lgir.evaluate.study.records import GROUPS, RowResult
from lgir.evaluate.study.summary import summarize


def user_means(table, metric):
    return table.group_by("user_id").agg(pl.col(metric).mean()).sort("user_id")[metric].to_numpy()


def test_rows_are_ordered_by_group(make_result):
    made = make_result(n=20, n_seeds=1)
    found = summarize(replace(made, rows=made.rows[::-1]), resamples=20)
    assert [row.group for row in found.rows] == sorted((row.group for row in found.rows), key=GROUPS.index)
    assert [row.name for row in found.rows][:2] == ["LightGCN+SRC", "LightGCN-text"]


def test_means_and_seeds(result, summary):
    part = summary.protocols[0]
    table = next(row for row in result.rows if row.name == "MF").per_user["paper"]
    of_seed = [table.filter(pl.col("seed") == seed)["MRR"].mean() for seed in range(5)]
    assert part.per_seed["MF"]["MRR"] == pytest.approx(of_seed)
    assert part.estimates["MF"]["MRR"].mean == pytest.approx(np.mean(of_seed))
    assert len(part.per_seed["EASE"]["MRR"]) == 1


def test_one_family_per_protocol(summary):
    for part in summary.protocols:
        flat = [one for many in part.comparisons.values() for one in many]
        assert len(flat) == 21 * 3
        assert [one.p_holm for one in flat] == holm([one.p_t for one in flat])
        assert [one.p_bootstrap_holm for one in flat] == holm([one.p_bootstrap for one in flat])


def test_differs_only_where_corrected_p_is_small(summary):
    part = summary.protocols[0]
    assert part.differs("random", "MRR")
    assert not part.differs("logistic regression", "MRR")
    assert not part.differs("LGIR", "MRR")
    assert part.comparison("LGIR", "MRR") is None
    assert part.comparison("random", "no such metric") is None


def test_slices_hold_their_users_means(result, summary):
    part = summary.protocols[1]
    users = part.protocol.users.sort("user_id")
    values = user_means(next(row for row in result.rows if row.name == "EASE").per_user["time"], "NDCG@10")
    few = ((users["n_training"] >= 1) & (users["n_training"] <= 2)).to_numpy()
    cold = (users["n_training"] == 0).to_numpy()
    found = {some.label: some for some in part.slices}
    assert list(found) == ["all users", "few-shot (1–2)", "more (≥ 3)", "cold users (0)", "cold jobs"]
    assert found["all users"].n_users == 300
    assert found["all users"].estimates["EASE"].mean == pytest.approx(values.mean())
    assert found["few-shot (1–2)"].n_users == few.sum()
    assert found["few-shot (1–2)"].estimates["EASE"].mean == pytest.approx(values[few].mean())
    assert found["cold users (0)"].estimates["EASE"].mean == pytest.approx(values[cold].mean())
    assert found["cold jobs"].n_users == 60
    cold_jobs = user_means(next(row for row in result.rows if row.name == "EASE").cold_jobs["time"], "NDCG@10")
    assert found["cold jobs"].estimates["EASE"].mean == pytest.approx(cold_jobs.mean())


def test_figure_4_pairs_main_and_contrast(result, summary):
    part = summary.protocols[0]
    rows = {row.name: row for row in result.rows}
    main, contrast = (user_means(rows[name].per_user["paper"], "NDCG@5") for name in ("LGIR", "IRC"))
    order = np.argsort(part.protocol.users.sort("user_id")["n_training"].to_numpy(), kind="stable")
    assert [group.n_users for group in part.groups] == [60] * 5
    for group, places in zip(part.groups, np.array_split(order, 5), strict=True):
        assert group.main.mean == pytest.approx(main[places].mean())
        assert group.contrast.mean == pytest.approx(contrast[places].mean())
        assert group.difference.mean == pytest.approx((main - contrast)[places].mean())
        assert group.difference.low < group.difference.mean < group.difference.high


def test_no_contrast_no_groups(result):
    assert all(not part.groups for part in summarize(replace(result, contrast=None), resamples=20).protocols)


def test_a_refused_row_takes_part_in_nothing(result):
    refused = RowResult("newest", "reference", "none", refused="there are no dates")
    found = summarize(replace(result, rows=(*result.rows, refused)), resamples=20)
    assert all("newest" not in part.estimates and "newest" not in part.comparisons for part in found.protocols)


def test_a_refused_main_row_leaves_the_others_uncompared(result):
    rows = tuple(
        RowResult("LGIR", "ours", "both", refused="training failed") if row.name == "LGIR" else row
        for row in result.rows
    )
    found = summarize(replace(result, rows=rows), resamples=20)
    assert all(part.comparisons == {} and part.groups == [] for part in found.protocols)
    assert found.protocols[0].estimates["MF"]["MRR"].mean > 0


def test_nothing_ran_under_a_protocol(result):
    rows = tuple(RowResult(row.name, row.group, row.kind, refused="no dates") for row in result.rows)
    found = summarize(replace(result, rows=rows), resamples=20)
    assert [len(part.estimates) for part in found.protocols] == [0, 0]


def test_equal_input_equal_numbers(make_result):
    first, second = (summarize(make_result(n=20, n_seeds=1), resamples=50) for _ in range(2))
    assert first.protocols[0].comparisons == second.protocols[0].comparisons
