import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import BadInput, LgirError
from lgir.rank.topk import top_k


def brute_force(scores, k, excluded):
    """Sorts Python tuples: score downwards, then place upwards."""
    lists = []
    for row, left_out in zip(scores, excluded, strict=True):
        allowed = [place for place in range(len(row)) if place not in left_out]
        found = sorted(allowed, key=lambda place: (-row[place], place))[:k]
        lists.append(found + [-1] * (k - len(found)))
    return lists


@given(st.integers(0, 5), st.integers(0, 12), st.integers(0, 15), st.integers(1, 4), st.data())
def test_equals_brute_force_with_ties_and_exclusions(n_queries, n_places, k, n_values, data):
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    # few distinct values, signed: many ties, within the list and at its edge
    scores = rng.integers(-n_values, n_values, size=(n_queries, n_places)).astype(np.float32)
    excluded = [np.flatnonzero(rng.random(n_places) < 0.3) for _ in range(n_queries)]
    found = top_k(scores, k, excluded)
    assert found.places.tolist() == brute_force(scores, k, [set(places.tolist()) for places in excluded])
    for row, places, values in zip(scores, found.places, found.scores, strict=True):
        assert values.tolist() == [row[place] if place >= 0 else -np.inf for place in places]


def test_equal_scores_come_by_place():
    found = top_k(np.array([[0.0, 1.0, -0.0, 1.0, 0.0]], dtype=np.float32), 4)
    assert found.places.tolist() == [[1, 3, 0, 2]]


def test_short_lists_are_filled():
    found = top_k(np.array([[1.0, 2.0]], dtype=np.float32), 4, [np.array([1])])
    assert found.places.tolist() == [[0, -1, -1, -1]]
    assert found.scores.tolist() == [[1.0, -np.inf, -np.inf, -np.inf]]


def test_the_smallest_float_still_beats_nothing():
    found = top_k(np.array([[np.finfo(np.float32).min]]), 2)
    assert found.places.tolist() == [[0, -1]]


def test_scores_are_left_as_they_were():
    scores = np.array([[1.0, 2.0]], dtype=np.float32)
    top_k(scores, 1, [np.array([1])])
    assert scores.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_cannot_be_ranked(bad):
    with pytest.raises(LgirError, match="NaN or infinite"):
        top_k(np.array([[1.0, bad]], dtype=np.float32), 1)


@pytest.mark.parametrize(
    ("k", "excluded", "message"),
    [
        (-1, None, "k=-1"),
        (1, [np.array([2])], "excluded place 2 does not exist; expected 0 to 1"),
        (1, [np.array([0, -1])], "excluded place -1"),
        (1, [], "0 lists of excluded places for 1 queries"),
    ],
)
def test_requests_that_make_no_sense(k, excluded, message):
    with pytest.raises(BadInput, match=message):
        top_k(np.array([[1.0, 2.0]], dtype=np.float32), k, excluded)
