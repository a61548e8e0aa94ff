import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lgir.core.errors import LgirError
from lgir.rank.order import check_finite, sortable, unsortable

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
grids = arrays(np.float32, array_shapes(min_dims=1, max_dims=2), elements=finite)


@given(finite, finite)
def test_integers_compare_as_scores_do(left, right):
    low, high = sortable(np.array([left, right], dtype=np.float32))
    assert (low < high) == (left < right)
    assert (low == high) == (left == right)
    assert low > 0


@given(grids)
def test_scores_come_back(scores):
    assert (unsortable(sortable(scores)) == scores).all()


def test_signed_zeros_are_equal():
    assert len(set(sortable(np.array([0.0, -0.0], dtype=np.float32)).tolist())) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    with pytest.raises(LgirError, match="1 of 3 scores are NaN or infinite"):
        check_finite(np.array([0, bad, 1], dtype=np.float32))
