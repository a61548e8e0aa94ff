import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import BadInput, LgirError
from lgir.core.seams import Index
from lgir.rank import exact
from lgir.rank.exact import ExactIndex
from lgir.rank.topk import top_k


def whole_numbers(rng, *shape):
    """Small whole numbers: products are exact in float32, and tie often."""
    return rng.integers(-2, 3, size=shape).astype(np.float32)


@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 9), st.integers(0, 45), st.integers(1, 7))
def test_equals_one_big_product_whatever_the_blocks(seed, n, n_queries, k, places_at_once):
    rng = np.random.default_rng(seed)
    vectors, queries = whole_numbers(rng, n, 3), whole_numbers(rng, n_queries, 3)
    excluded = [np.flatnonzero(rng.random(n) < 0.2) for _ in range(n_queries)]
    expected = top_k(queries @ vectors.T, k, excluded)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(exact, "_PLACES", places_at_once)
        small.setattr(exact, "BLOCK", 2 * places_at_once)
        found = ExactIndex(vectors).search(queries, k, excluded=excluded)
    assert found.places.tolist() == expected.places.tolist()
    assert found.scores.tolist() == expected.scores.tolist()


def test_random_vectors_at_a_real_size():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(20_000, 16)).astype(np.float32)
    queries = rng.normal(size=(5, 16)).astype(np.float32)
    found = ExactIndex(vectors).search(queries, 10)
    scores = queries.astype(np.float64) @ vectors.T.astype(np.float64)
    assert found.places.tolist() == np.argsort(-scores, axis=1)[:, :10].tolist()
    np.testing.assert_allclose(found.scores, -np.sort(-scores, axis=1)[:, :10], rtol=1e-5)


def test_is_an_index():
    assert isinstance(ExactIndex(np.zeros((1, 2), dtype=np.float32)), Index)


def test_empty_index_gives_empty_places():
    found = ExactIndex(np.zeros((0, 3), dtype=np.float32)).search(np.ones((2, 3), dtype=np.float32), 2)
    assert found.places.tolist() == [[-1, -1], [-1, -1]]
    assert (found.scores == -np.inf).all()


def test_no_queries():
    found = ExactIndex(np.ones((4, 3), dtype=np.float32)).search(np.zeros((0, 3), dtype=np.float32), 2)
    assert found.places.shape == (0, 2)


def test_other_width_is_refused():
    with pytest.raises(BadInput, match="queries have width 2, this index has 3"):
        ExactIndex(np.ones((4, 3), dtype=np.float32)).search(np.ones((1, 2), dtype=np.float32), 1)


def test_vectors_that_are_not_finite():
    with pytest.raises(BadInput, match="must be finite"):
        ExactIndex(np.array([[np.nan]], dtype=np.float32))


def test_products_that_overflow():
    huge = np.full((1, 1), 1e30, dtype=np.float32)
    with pytest.raises(LgirError, match="NaN or infinite"):
        ExactIndex(huge).search(huge, 1)
