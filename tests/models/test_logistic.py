"""The contract, and what popularity may say."""

from dataclasses import replace

import numpy as np

from lgir.core.run import Run
from lgir.models.logistic import Logistic, LogisticConfig
from lgir.testing.recommenders import RecommenderContract
from lgir.testing.worlds import make_world


class TestLogistic(RecommenderContract):
    sees = frozenset({"text", "history", "fields"})

    def make(self, shape, max_epochs):
        return Logistic(LogisticConfig(negatives=5), shape)


def fitted(world):
    model = Logistic(LogisticConfig(negatives=5), world.data.shape)
    model.fit(world.data, Run())
    return model


def test_popularity_says_nothing_where_every_job_has_one_interaction():
    """A positive counted without its own interaction has none, every other job one: that must not tell them apart."""
    assert fitted(make_world("text")).weights()["w"][-1] == 0


def test_a_popular_job_is_likelier():
    world = make_world("ids")
    # everybody also engaged with the first job
    extra = np.array([[user, 0] for user in range(len(world.users)) if not world.seen[user, 0]])
    pairs = np.concatenate([world.data.pairs, extra])
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0]))])
    users = replace(world.users, history=pairs[:, 1].copy(), offsets=offsets)
    model = Logistic(LogisticConfig(negatives=5), world.data.shape)
    model.fit(replace(world.data, users=users, pairs=pairs, fold_of_pair=pairs[:, 0].copy()), Run())
    assert model.weights()["w"][-1] > 0
    assert model.weights()["popularity"][0] == len(world.users)


def test_the_seed_changes_nothing():
    world = make_world("text")
    weights = []
    for seed in (0, 1):
        model = Logistic(LogisticConfig(negatives=5), world.data.shape)
        model.fit(world.data, Run(seed=seed))
        weights.append(model.weights()["w"])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert Logistic.deterministic


def test_the_features_that_carry_the_signal_have_the_weight():
    names = ("history mean", "history max", "completed", "own")
    scale = dict(zip(names, fitted(make_world("text")).weights()["w"][:4], strict=True))
    assert scale["completed"] > 0
    assert scale["own"] > 0
    history = fitted(make_world("history")).weights()["w"][:4]
    assert history[0] + history[1] > 2 * np.abs(history[2:]).max()
