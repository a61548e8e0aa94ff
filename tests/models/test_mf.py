"""The contract, and eq. 4 of Koren et al. recomputed from the weights."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.errors import LgirError, TrainingFailed
from lgir.core.run import Run
from lgir.models.mf import Mf, MfConfig
from lgir.testing.recommenders import LearnerContract, TwoTowerContract
from lgir.testing.worlds import make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}


class TestMf(LearnerContract, TwoTowerContract):
    sees = frozenset({"ids"})

    def make(self, shape, max_epochs):
        return Mf(MfConfig(max_epochs=max_epochs, **SMALL), shape)


def with_random_weights(config, world):
    """A model whose weights are all different from their start, and those weights."""
    model, rng = Mf(config, world.data.shape), np.random.default_rng(0)
    weights = {name: rng.normal(size=array.shape).astype(np.float32) for name, array in model.weights().items()}
    model.load_weights(weights)
    return model, weights


@pytest.mark.parametrize("bias", [True, False])
def test_the_score_is_eq_4_without_what_ranks_nothing(bias):
    world = make_world("ids")
    model, w = with_random_weights(MfConfig(dim=5, bias=bias), world)
    users, jobs = world.users.take(np.array([3, 0, 9])), world.jobs.take(np.array([7, 1]))
    for u, user in enumerate(users.rows):
        for j, job in enumerate(jobs.rows):
            expected = w["P.weight"][user] @ w["Q.weight"][job] + (w["b.weight"][job, 0] if bias else 0)
            assert model.score(users, jobs)[u, j] == pytest.approx(expected, rel=1e-5)


def test_weights_start_as_the_configuration_says():
    shape = make_world("ids").data.shape
    w = Mf(MfConfig(init_std=0.01), shape).weights()
    assert not w["b.weight"].any()
    for name in ("P.weight", "Q.weight"):
        assert w[name].std() == pytest.approx(0.01, rel=0.1)
        assert abs(w[name].mean()) < 0.001


def test_a_popular_job_gets_the_larger_bias():
    """With embeddings that start at nothing, one step of BPR moves each bias the way its job is asked for."""
    world = make_world("ids")
    model = Mf(MfConfig(max_epochs=1, batch_size=10_000, init_std=1e-9, weight_decay=0.0), world.data.shape)
    better = iter(range(2))
    model.fit(replace(world.data, validate=lambda _: float(next(better))), Run())
    bias = model.weights()["b.weight"][:, 0]
    counts = np.bincount(world.data.pairs[:, 1], minlength=len(bias))
    assert bias[counts >= counts.mean() + counts.std()].mean() > bias[counts <= counts.mean() - counts.std()].mean()


def test_seen_people_are_scored_and_one_unseen_is_refused_by_number():
    world = make_world("ids")
    model = Mf(MfConfig(), world.data.shape)
    with pytest.raises(LgirError, match="64 unseen users"):
        model.user_vectors(world.strangers)
    with pytest.raises(LgirError, match="40 unseen jobs"):
        model.job_vectors(world.new_jobs())


def test_data_of_other_sizes_are_refused():
    model = Mf(MfConfig(), make_world("text").data.shape)
    with pytest.raises(TrainingFailed, match="built for"):
        model.fit(make_world("ids").data, Run())
