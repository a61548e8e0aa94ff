import doctest
from fractions import Fraction
from itertools import pairwise, permutations
from math import log2

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.errors import BadInput, LgirError
from lgir.evaluate import metrics
from lgir.evaluate.metrics import measure, rank_relevant

NAMES = ["MAP@1", "MAP@5", "NDCG@1", "NDCG@5", "NDCG@10", "MRR", "Recall@1", "Recall@3", "Recall@10"]


def one_user(scores, relevant, names=NAMES):
    """Metrics of a single user, as plain floats."""
    ranks = rank_relevant(
        np.array(scores, dtype=np.float32), np.array(relevant, dtype=bool), np.array([0, len(scores)])
    )
    return {name: float(values[0]) for name, values in measure(ranks, names).items()}


def by_definition(hits, name):
    """A metric of one strict ranking (best first, True is a hit), straight from its definition."""
    kind, _, cut = name.partition("@")
    k = int(cut or len(hits))
    places = [place for place, hit in enumerate(hits, start=1) if hit]
    within = [place for place in places if place <= k]
    if kind == "MRR":
        return 1 / places[0]
    if kind == "Recall":
        return len(within) / len(places)
    if kind == "MAP":
        return sum(sum(other <= place for other in within) / place for place in within) / len(places)
    return sum(1 / log2(place + 1) for place in within) / sum(
        1 / log2(p + 1) for p in range(1, min(k, len(places)) + 1)
    )


def averaged_over_orders(scores, relevant, name):
    """Mean of a metric over all orders of candidates that do not contradict the scores."""
    pairs = list(zip(scores, relevant, strict=True))
    orders = {
        order
        for order in permutations(range(len(pairs)))
        if all(pairs[a][0] >= pairs[b][0] for a, b in pairwise(order))
    }
    return sum(by_definition([pairs[place][1] for place in order], name) for order in orders) / len(orders)


lists = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6).filter(
    lambda pairs: any(hit for _, hit in pairs)
)


def test_golden_example():
    """Hits at ranks 1, 3 and 7 of eight."""
    found = one_user([8, 7, 6, 5, 4, 3, 2, 1], [1, 0, 1, 0, 0, 0, 1, 0])
    assert found["MAP@5"] == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert found["NDCG@5"] == pytest.approx((1 + 1 / 2) / (1 + 1 / log2(3) + 1 / 2))
    assert found["NDCG@10"] == pytest.approx((1 + 1 / 2 + 1 / 3) / (1 + 1 / log2(3) + 1 / 2))
    assert found["MRR"] == 1
    assert found["Recall@3"] == pytest.approx(2 / 3)
    assert found["Recall@10"] == 1


def test_map_divides_by_all_relevant_candidates():
    """The style study's case: 10 relevant, hits at ranks 1 and 3; 0.167, not 0.333."""
    relevant = [1, 0, 1, 0, 0] + [1] * 8
    assert one_user(range(13, 0, -1), relevant)["MAP@5"] == pytest.approx((1 + 2 / 3) / 10)


def test_golden_tie():
    """One hit and one miss share ranks 1 and 2."""
    found = one_user([1, 1], [1, 0])
    assert found["MRR"] == found["MAP@5"] == 0.75
    assert found["Recall@1"] == 0.5
    assert found["NDCG@5"] == pytest.approx((1 + 1 / log2(3)) / 2)


@settings(deadline=None)
@given(lists, st.sampled_from([*NAMES, "MAP@2", "NDCG@3", "Recall@2"]))
def test_ties_are_the_mean_over_all_orders(pairs, name):
    scores, relevant = zip(*pairs, strict=True)
    assert one_user(scores, relevant, [name])[name] == pytest.approx(
        averaged_over_orders(scores, relevant, name), abs=1e-12
    )


def test_constant_scorer_gets_what_a_random_one_gets():
    n, hits = 7, 3
    relevant = [True] * hits + [False] * (n - hits)
    for name in NAMES:
        orders = {tuple(relevant[place] for place in order) for order in permutations(range(n))}
        expected = sum(by_definition(order, name) for order in orders) / len(orders)
        assert one_user([0.5] * n, relevant, [name])[name] == pytest.approx(expected, abs=1e-12)


def test_reciprocal_rank_of_one_hit_in_a_large_tie():
    """1/rank averaged over 1 … n: the n-th harmonic number over n, exactly summed."""
    n = 9000
    expected = float(sum((Fraction(1, rank) for rank in range(1, 60)), Fraction(0))) + sum(
        1 / r for r in range(60, n + 1)
    )
    assert one_user([0] * n, [1] + [0] * (n - 1), ["MRR"])["MRR"] == pytest.approx(expected / n, rel=1e-12)


def test_equals_pytrec_eval_without_ties():
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 60, size=200)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    scores = rng.permutation(offsets[-1]).astype(np.float32)
    relevant = rng.random(offsets[-1]) < 0.2
    relevant[offsets[:-1]] = True
    truth, run = {}, {}
    for user in range(len(sizes)):
        places = range(offsets[user], offsets[user + 1])
        truth[str(user)] = {str(place): int(relevant[place]) for place in places}
        run[str(user)] = {str(place): float(scores[place]) for place in places}
    wanted = {"map_cut.1,5", "ndcg_cut.1,5,10", "recip_rank", "recall.1,3,10"}
    theirs = pytrec_eval.RelevanceEvaluator(truth, wanted).evaluate(run)
    ours = measure(rank_relevant(scores, relevant, offsets), NAMES)
    for name, values in ours.items():
        kind, _, cut = name.partition("@")
        their_name = {"MAP": "map_cut_", "NDCG": "ndcg_cut_", "Recall": "recall_", "MRR": "recip_rank"}[kind] + cut
        np.testing.assert_allclose(values, [theirs[str(user)][their_name] for user in range(len(sizes))], atol=1e-12)


@given(lists)
def test_values_lie_in_their_range(pairs):
    for name, value in one_user(*zip(*pairs, strict=True)).items():
        assert 0 <= value <= 1 + 1e-12
        assert value > 0 or name != "MRR"


@given(st.integers(1, 9), st.integers(0, 9))
def test_best_order_gets_all_it_can(hits, misses):
    n = hits + misses
    found = one_user(range(n, 0, -1), [1] * hits + [0] * misses)
    assert found["NDCG@5"] == pytest.approx(1)
    assert found["MRR"] == 1
    assert found["MAP@5"] == pytest.approx(min(hits, 5) / hits)
    assert found["Recall@3"] == pytest.approx(min(hits, 3) / hits)


@given(lists, st.data())
def test_raising_a_relevant_candidate_never_costs(pairs, data):
    scores, relevant = (list(some) for some in zip(*pairs, strict=True))
    raised = data.draw(st.sampled_from([place for place, hit in enumerate(relevant) if hit]))
    before = one_user(scores, relevant)
    scores[raised] += data.draw(st.sampled_from([1, 2, 5]))
    after = one_user(scores, relevant)
    for name in NAMES:
        assert after[name] >= before[name] - 1e-12


@settings(max_examples=30)
@given(st.lists(lists, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_order_of_candidates_changes_no_bit(users, random):
    shuffled = [random.sample(pairs, len(pairs)) for pairs in users]
    found = []
    for some in (users, shuffled):
        flat = [pair for pairs in some for pair in pairs]
        offsets = np.concatenate([[0], np.cumsum([len(pairs) for pairs in some])])
        scores, relevant = np.array([s for s, _ in flat], dtype=np.float32), np.array([hit for _, hit in flat])
        found.append(measure(rank_relevant(scores, relevant, offsets), NAMES))
    for name in NAMES:
        assert found[0][name].tolist() == found[1][name].tolist()
        assert found[0][name].tolist() == [one_user(*zip(*pairs, strict=True))[name] for pairs in users]


def test_signed_zeros_tie():
    assert one_user([0.0, -0.0], [0, 1])["MRR"] == 0.75


def test_user_without_a_relevant_candidate_is_refused():
    scores, relevant = np.ones(4, dtype=np.float32), np.array([True, False, False, False])
    with pytest.raises(BadInput, match=r"2 of 3 users have no relevant candidate \(the first at place 1\)"):
        rank_relevant(scores, relevant, np.array([0, 2, 2, 4]))


def test_no_users_give_no_values():
    ranks = rank_relevant(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool), np.array([0]))
    assert {name: len(values) for name, values in measure(ranks, NAMES).items()} == dict.fromkeys(NAMES, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite(bad):
    with pytest.raises(LgirError, match="1 of 2 scores are NaN or infinite"):
        one_user([bad, 1], [1, 0])


@pytest.mark.parametrize("name", ["MAP", "NDCG@0", "Recall@-1", "HR@5", "MRR@5", "MAP@five", ""])
def test_unknown_metrics_are_named(name):
    with pytest.raises(BadInput, match=f"there is no metric {name!r}"):
        one_user([1], [1], [name])


def test_docstring_examples():
    assert doctest.testmod(metrics).failed == 0
