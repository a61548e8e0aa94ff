"""The contract, and that the order is random, yet fixed."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.run import Run
from lgir.models.random_order import RandomOrder, RandomOrderConfig
from lgir.testing.recommenders import RecommenderContract
from lgir.testing.worlds import make_world


class TestRandomOrder(RecommenderContract):
    sees = frozenset()

    def make(self, shape, max_epochs):
        return RandomOrder(RandomOrderConfig(), shape)


def fitted(seed, world):
    model = RandomOrder(RandomOrderConfig(), world.data.shape)
    model.fit(world.data, Run(seed=seed))
    return model


def test_it_is_not_marked_as_deterministic():
    assert not hasattr(RandomOrder, "deterministic")


def test_scores_are_spread_evenly_and_seeds_have_nothing_in_common():
    world = make_world("text")
    scores = [fitted(seed, world).score(world.users, world.jobs).ravel() for seed in range(3)]
    for one in scores:
        assert one.min() >= 0
        assert one.max() < 1
        np.testing.assert_allclose(np.histogram(one, 10, (0, 1))[0] / len(one), 0.1, atol=0.01)
        assert len(np.unique(one)) > 0.99 * len(one)
    assert np.abs(np.corrcoef(scores) - np.eye(3)).max() < 0.03


def test_neighbouring_rows_have_nothing_in_common():
    world = make_world("text")
    scores = fitted(0, world).score(world.users, world.jobs)
    for one in (scores, scores.T):
        correlation = np.corrcoef(one) - np.eye(len(one))
        assert np.abs(correlation).mean() < 1.2 / np.sqrt(one.shape[1])


@pytest.mark.parametrize("side", ["users", "jobs"])
def test_unseen_ones_are_told_apart_by_their_text_up_to_float_noise(side):
    world = make_world("text")
    model, unseen = fitted(0, world), replace(getattr(world, side), rows=np.full(len(getattr(world, side)), -1))

    def score(batch):
        return model.score(batch, world.jobs) if side == "users" else model.score(world.users, batch).T

    scores = score(unseen)
    assert len(np.unique(scores, axis=0)) == len(scores)
    noisy = score(replace(unseen, text=unseen.text + np.float32(1e-7)))
    assert (noisy == scores).all(axis=1).mean() > 0.95
    same = replace(unseen, text=np.zeros_like(unseen.text))
    minus = replace(unseen, text=-np.zeros_like(unseen.text))
    assert len(np.unique(np.concatenate([score(same), score(minus)]), axis=0)) == 1


def test_the_largest_seed_is_taken():
    world = make_world("text")
    assert np.isfinite(fitted(2**63 - 1, world).score(world.users, world.jobs)).all()
