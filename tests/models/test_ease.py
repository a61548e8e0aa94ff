"""The contract, and B from its definition."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.errors import BadConfig
from lgir.core.run import Run
from lgir.models.ease import MOST_JOBS, Ease, EaseConfig
from lgir.testing.recommenders import RecommenderContract
from lgir.testing.worlds import make_world


class TestEase(RecommenderContract):
    sees = frozenset({"ids"})

    def make(self, shape, max_epochs):
        return Ease(EaseConfig(l2=5.0), shape)


@pytest.mark.parametrize("l2", [0.5, 100.0])
def test_b_minimises_the_squared_error_with_a_zero_diagonal(l2):
    """Each column by itself: a ridge regression of one job on all others, which is what the closed form solves."""
    world = make_world("ids")
    x = np.zeros((len(world.users), len(world.jobs)))
    x[tuple(world.data.pairs.T)] = 1
    model = Ease(EaseConfig(l2=l2), world.data.shape)
    model.fit(world.data, Run())
    b = model.weights()["B"]
    assert not np.diag(b).any()
    for j in range(x.shape[1]):
        others = np.delete(np.arange(x.shape[1]), j)
        left = x[:, others].T @ x[:, others] + l2 * np.eye(len(others))
        np.testing.assert_allclose(b[others, j], np.linalg.solve(left, x[:, others].T @ x[:, j]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.score(world.users, world.jobs), x @ b, rtol=1e-5, atol=1e-6)


def test_a_stranger_is_served_by_the_history_alone():
    world = make_world("ids")
    model = Ease(EaseConfig(), world.data.shape)
    model.fit(world.data, Run())
    np.testing.assert_array_equal(
        model.score(world.strangers, world.jobs), model.score(world.users, world.jobs), strict=True
    )


def test_more_jobs_than_can_be_inverted_are_refused_before_any_work():
    shape = replace(make_world("ids").data.shape, n_jobs=MOST_JOBS + 1)
    with pytest.raises(BadConfig, match="20001 jobs exceed 20000; choose item-knn"):
        Ease(EaseConfig(), shape)


def test_no_seed_changes_it():
    assert Ease.deterministic
