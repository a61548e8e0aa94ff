import doctest

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lgir.core.errors import BadInput
from lgir.evaluate import compare as module
from lgir.evaluate.compare import bootstrap, compare, compare_rows, holm, resampled_means, t_test
from lgir.evaluate.report import per_user_table


def table(values, seeds=(0,), ids=None):
    """Per-user table; `values`: metric → one array per seed."""
    n = len(next(iter(values.values()))[0])
    names = ids or [f"u{i}" for i in range(n)]
    parts = [per_user_table(names, seed, {m: v[place] for m, v in values.items()}) for place, seed in enumerate(seeds)]
    return pl.concat(parts)


def test_t_test_is_scipys():
    rng = np.random.default_rng(0)
    first, second = rng.random(50), rng.random(50)
    assert t_test(first - second) == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-9)


def test_t_test_without_variance():
    assert t_test(np.zeros(5)) == 1.0
    assert t_test(np.full(5, 0.25)) == 0.0


def test_t_test_needs_two_users():
    with pytest.raises(BadInput, match="at least 2 users, there are 1"):
        t_test(np.array([0.1]))


def test_bootstrap_agrees_with_the_t_test_where_both_hold():
    rng = np.random.default_rng(1)
    for effect in (0.0, 0.15, 0.3):
        differences = rng.normal(effect, 1.0, size=300)
        low, high, p = bootstrap(differences, seed=0)
        width = 1.96 * differences.std() / np.sqrt(300)
        assert low == pytest.approx(differences.mean() - width, abs=0.01)
        assert high == pytest.approx(differences.mean() + width, abs=0.01)
        assert p == pytest.approx(t_test(differences), abs=0.03)


def test_bootstrap_is_reproducible_and_bounded_below():
    differences = np.random.default_rng(0).normal(3.0, 1.0, size=40)
    assert bootstrap(differences, seed=5, resamples=999) == bootstrap(differences, seed=5, resamples=999)
    assert bootstrap(differences, seed=5, resamples=999)[2] == 1 / 1000


def test_bootstrap_of_equal_models():
    assert bootstrap(np.zeros(10), seed=0, resamples=100) == (0.0, 0.0, 1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_corrects_upwards_and_keeps_the_order(p_values):
    found = holm(p_values)
    assert all(
        p <= corrected <= min(1, len(p_values) * p) + 1e-12 for p, corrected in zip(p_values, found, strict=True) if p
    )
    order = np.argsort(p_values, kind="stable")
    assert sorted(found) == [found[place] for place in order]


def test_compare_averages_seeds_before_testing():
    rng = np.random.default_rng(0)
    first = {"MRR": [rng.random(30), rng.random(30)], "NDCG@5": [rng.random(30), rng.random(30)]}
    second = {name: [values - 0.1 * rng.random(30) for values in seeds] for name, seeds in first.items()}
    found = compare(table(first, seeds=(0, 1)), table(second, seeds=(0, 1)), resamples=500)
    assert [one.metric for one in found] == ["MRR", "NDCG@5"]
    for one in found:
        differences = np.mean(first[one.metric], axis=0) - np.mean(second[one.metric], axis=0)
        assert one.n_users == 30
        assert one.difference == pytest.approx(differences.mean())
        assert one.p_t == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
        assert one.low < one.difference < one.high
    assert [one.p_holm for one in found] == holm([one.p_t for one in found])
    assert [one.p_bootstrap_holm for one in found] == holm([one.p_bootstrap for one in found])


def test_rows_are_matched_by_user_not_by_place():
    values = np.array([0.1, 0.5, 0.9])
    turned = table({"MRR": [values[::-1]]}, ids=["u2", "u1", "u0"])
    (found,) = compare(table({"MRR": [values]}), turned, resamples=10)
    assert (found.difference, found.low, found.high, found.p_t) == (0.0, 0.0, 0.0, 1.0)


def test_other_users_are_refused():
    first, second = table({"MRR": [np.ones(3)]}), table({"MRR": [np.ones(3)]}, ids=["u0", "u1", "u9"])
    with pytest.raises(BadInput, match=r"'first' and 'second' are not about the same users \(3 and 3\)"):
        compare(first, second)


def test_seeds_of_one_table_must_have_the_same_users():
    whole, part = table({"MRR": [np.ones(3)]}), table({"MRR": [np.ones(2)]}, seeds=(1,))
    with pytest.raises(BadInput, match="5 values of 2 seeds are not about the same users"):
        compare(pl.concat([whole, part]), whole)
    with pytest.raises(BadInput, match="each once per seed"):
        compare(pl.concat([whole, whole]), whole)


def test_one_seed_is_compared_with_five():
    rng = np.random.default_rng(0)
    one, five = rng.random(40), [rng.random(40) for _ in range(5)]
    (found,) = compare(table({"MRR": five}, seeds=(0, 1, 2, 3, 4)), table({"MRR": [one]}, seeds=(9,)), resamples=50)
    differences = np.mean(five, axis=0) - one
    assert found.n_users == 40
    assert found.difference == pytest.approx(differences.mean())
    assert found.p_t == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)


def test_missing_metric_is_named():
    first, second = table({"MRR": [np.ones(3)]}), table({"MAP@5": [np.ones(3)]})
    with pytest.raises(BadInput, match="MAP@5"):
        compare(first, second, metrics=["MAP@5"])
    with pytest.raises(BadInput, match="no metric at all"):
        compare(first, second)


def many(n_users=60, n_rows=4, effect=0.2):
    """Rows of different quality on the same users, the first the best."""
    rng = np.random.default_rng(3)
    ease = rng.random(n_users)
    metrics = ("MRR", "NDCG@5")
    return {
        f"row {k}": table({name: [ease - effect * k + 0.3 * rng.random(n_users)] for name in metrics})
        for k in range(n_rows)
    }


def test_many_rows_are_one_holm_family():
    found = compare_rows("row 0", many(), metrics=["MRR", "NDCG@5"], resamples=200).comparisons
    assert list(found) == ["row 1", "row 2", "row 3"]
    flat = [one for row in found.values() for one in row]
    assert [one.metric for one in flat] == ["MRR", "NDCG@5"] * 3
    assert [one.p_holm for one in flat] == holm([one.p_t for one in flat])
    assert [one.p_bootstrap_holm for one in flat] == holm([one.p_bootstrap for one in flat])
    assert min(one.p_holm for one in flat) == pytest.approx(6 * min(one.p_t for one in flat))


def test_shared_resamples_give_what_each_pair_alone_gives():
    tables = many()
    together = compare_rows("row 0", tables, metrics=["MRR", "NDCG@5"], seed=7, resamples=300).comparisons
    for name in ("row 1", "row 3"):
        alone = compare(tables["row 0"], tables[name], seed=7, resamples=300)
        for one, other in zip(together[name], alone, strict=True):
            assert (one.difference, one.p_t, one.p_bootstrap) == (other.difference, other.p_t, other.p_bootstrap)
            assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_resampled_means_are_means_of_drawn_users():
    values = np.random.default_rng(0).random((7, 3))
    drawn = np.random.default_rng(5).integers(7, size=(20, 7))
    assert resampled_means(values, seed=5, resamples=20) == pytest.approx(values[drawn].mean(axis=1))


def test_blocks_of_resamples_change_nothing(monkeypatch):
    values = np.random.default_rng(0).random((11, 2))
    whole = resampled_means(values, seed=1, resamples=50)
    monkeypatch.setattr(module, "_DRAWS_AT_ONCE", 33)
    assert resampled_means(values, seed=1, resamples=50) == pytest.approx(whole)


def test_estimates_hold_the_mean_and_cover_it():
    tables = many(n_users=400)
    found = compare_rows(None, tables, metrics=["MRR"], resamples=2000)
    assert found.comparisons == {}
    for name, rows in tables.items():
        seen, values = found.estimates[name]["MRR"], rows["MRR"].to_numpy()
        width = 1.96 * values.std() / np.sqrt(400)
        assert seen.mean == pytest.approx(values.mean())
        assert (seen.low, seen.high) == pytest.approx((seen.mean - width, seen.mean + width), abs=0.005)


def test_one_user_is_too_few():
    with pytest.raises(BadInput, match="at least 2 users, there are 1"):
        compare_rows(None, {"a": table({"MRR": [np.ones(1)]})}, metrics=["MRR"])


def test_docstring_examples():
    assert doctest.testmod(module).failed == 0
