"""Histories as a matrix, and cosines pair by pair."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lgir.models.item_to_item import cosines, history_matrix
from lgir.testing.worlds import make_world


def test_a_row_marks_the_training_jobs_of_a_history():
    world = make_world("ids")
    users = world.users
    rows = users.bank.rows.copy()
    rows[users.history[0]] = -1  # a job that training has not seen
    users = replace(users, bank=replace(users.bank, rows=rows))
    expected = np.zeros((len(users), len(world.jobs)))
    for u in range(len(users)):
        for place in users.history[users.offsets[u] : users.offsets[u + 1]]:
            if rows[place] >= 0:
                expected[u, rows[place]] = 1
    np.testing.assert_array_equal(history_matrix(users, len(world.jobs)).toarray(), expected)
    assert expected.sum() < len(users.history)


def test_a_job_that_a_history_names_twice_counts_once():
    world = make_world("ids")
    users = replace(world.users.take(np.array([0])), history=np.array([4, 4, 7]), offsets=np.array([0, 3]))
    assert history_matrix(users, len(world.jobs)).toarray().sum() == 2


HISTORIES = st.lists(st.lists(st.integers(0, 6), max_size=7, unique=True), min_size=1, max_size=9)


@settings(max_examples=30)
@given(HISTORIES, st.sampled_from([0.0, 2.5]))
def test_cosines_are_those_of_the_definition(histories, shrinkage):
    x = np.zeros((len(histories), 7), dtype=np.float32)
    for row, history in zip(x, histories, strict=True):
        row[history] = 1
    i, j, values = cosines(csr_array(x), shrinkage)
    found = {(a, b): value for a, b, value in zip(i.tolist(), j.tolist(), values.tolist(), strict=True)}
    assert len(found) == len(i)
    for a in range(7):
        for b in range(7):
            both = x[:, a] @ x[:, b]
            if a == b or both == 0:
                assert (a, b) not in found
            else:
                expected = both / (np.sqrt(x[:, a].sum() * x[:, b].sum()) + shrinkage)
                np.testing.assert_allclose(found[a, b], expected, rtol=1e-6)
    assert list(zip(j, -values, i, strict=True)) == sorted(zip(j, -values, i, strict=True))
