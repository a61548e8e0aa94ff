"""The contract, and sums of similarities by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.run import Run
from lgir.models.item_knn import ItemKnn, ItemKnnConfig
from lgir.testing.recommenders import RecommenderContract
from lgir.testing.worlds import make_world


class TestItemKnn(RecommenderContract):
    sees = frozenset({"ids"})

    def make(self, shape, max_epochs):
        return ItemKnn(ItemKnnConfig(neighbours=5, shrinkage=1.0), shape)


def histories(world):
    """X as a dense matrix."""
    x = np.zeros((len(world.users), len(world.jobs)))
    x[tuple(world.data.pairs.T)] = 1
    return x


def expected_weights(x, k, shrinkage):
    """B, job by job."""
    n = x.shape[1]
    b = np.zeros((n, n))
    for j in range(n):
        similar = np.array([x[:, i] @ x[:, j] / (np.sqrt(x[:, i].sum() * x[:, j].sum()) + shrinkage) for i in range(n)])
        similar[j] = 0
        for i in np.argsort(-similar.astype(np.float32), kind="stable")[:k]:
            b[i, j] = similar[i]
    return b


@pytest.mark.parametrize(("k", "shrinkage"), [(1, 0.0), (3, 10.0), (100, 2.0)])
def test_scores_are_sums_over_the_k_nearest_of_the_jobs_engaged_with(k, shrinkage):
    world = make_world("ids")
    model = ItemKnn(ItemKnnConfig(neighbours=k, shrinkage=shrinkage), world.data.shape)
    model.fit(world.data, Run())
    expected = histories(world) @ expected_weights(histories(world), k, shrinkage)
    np.testing.assert_allclose(model.score(world.users, world.jobs), expected, rtol=1e-5, atol=1e-7)
    assert np.diff(model.weights()["starts"]).max() <= k


def test_a_stranger_is_served_by_the_history_alone():
    world = make_world("ids")
    model = ItemKnn(ItemKnnConfig(), world.data.shape)
    model.fit(world.data, Run())
    np.testing.assert_array_equal(
        model.score(world.strangers, world.jobs), model.score(world.users, world.jobs), strict=True
    )
    nothing = replace(world.strangers, history=np.zeros(0, dtype=np.int64), offsets=np.zeros_like(world.users.offsets))
    assert not model.score(nothing, world.jobs).any()


def test_no_seed_changes_it():
    assert ItemKnn.deterministic
