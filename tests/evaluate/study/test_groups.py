import doctest
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lgir.evaluate.study import groups as module
from lgir.evaluate.study.groups import equal_groups, slices

counts = st.integers(5, 60).flatmap(lambda n: arrays(np.int64, n, elements=st.integers(0, 6)))


@given(counts)
def test_groups_are_equal_ordered_and_whole(values):
    found = equal_groups(values)
    assert len(found) == 5
    assert max(map(len, found)) - min(map(len, found)) <= 1
    assert sorted(np.concatenate([group.places for group in found])) == list(range(len(values)))
    for group, after in pairwise(found):
        assert group.most <= after.fewest
        assert (group.fewest, group.most) == (values[group.places].min(), values[group.places].max())


def test_ties_are_split_in_the_order_given():
    found = equal_groups(np.array([1, 1, 1, 1, 1, 1, 0, 1, 1, 1]))
    assert [group.places.tolist() for group in found] == [[0, 6], [1, 2], [3, 4], [5, 7], [8, 9]]


def test_too_few_users_make_no_groups():
    assert equal_groups(np.array([1, 2, 3, 4])) == []


@given(counts, st.integers(1, 4))
def test_slices_part_the_users(values, few):
    found = slices(values, few)
    assert sorted(np.concatenate([group.places for group in found.values()])) == list(range(len(values)))
    assert all(1 <= count <= few for count in values[found["few-shot"].places]) if "few-shot" in found else True
    assert ("cold" in found) == bool((values == 0).any())


def test_labels_say_the_limits():
    found = slices(np.array([0, 1, 2, 3]), 2)
    assert [group.label for group in found.values()] == [
        "few-shot (1–2)",
        "more (≥ 3)",
        "cold users (0)",
    ]


def test_docstring_examples():
    assert doctest.testmod(module).failed == 0
