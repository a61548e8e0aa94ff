"""The contract, and eq. 7 to 12 of He et al. recomputed from the weights."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.core.run import Run
from lgir.models.ncf import Ncf, NcfConfig
from lgir.models.train import PairBatches
from lgir.testing.recommenders import LearnerContract, PairScorerContract
from lgir.testing.worlds import make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}


class TestNcf(LearnerContract, PairScorerContract):
    sees = frozenset({"ids"})

    def make(self, shape, max_epochs):
        return Ncf(NcfConfig(max_epochs=max_epochs, **SMALL), shape)


def eq_12(w, user, job):
    """The logit of one pair, in double precision."""
    gmf = w["P_gmf.weight"][user] * w["Q_gmf.weight"][job]
    x = np.concatenate([w["P_mlp.weight"][user], w["Q_mlp.weight"][job]])
    for number in range(sum(name.startswith("W.") for name in w) // 2):
        x = np.maximum(w[f"W.{number}.weight"] @ x + w[f"W.{number}.bias"], 0)
    return w["h.weight"][0] @ np.concatenate([gmf, x])


def with_random_weights(config, world):
    """A model whose weights are all different from their start, and those weights in double precision."""
    model, rng = Ncf(config, world.data.shape), np.random.default_rng(0)
    weights = {
        name: rng.normal(scale=0.5, size=array.shape).astype(np.float32) for name, array in model.weights().items()
    }
    model.load_weights(weights)
    return model, {name: array.astype(np.float64) for name, array in weights.items()}


@pytest.mark.parametrize("layers", [(8,), (10, 7), (16, 8, 4)])
def test_the_score_is_the_logit_of_eq_12(layers):
    world = make_world("ids")
    model, w = with_random_weights(NcfConfig(dim=6, layers=layers), world)
    users, jobs = world.users.take(np.array([3, 0, 9])), world.jobs.take(np.array([7, 1]))
    expected = [[eq_12(w, user, job) for job in jobs.rows] for user in users.rows]
    np.testing.assert_allclose(model.score(users, jobs), expected, rtol=1e-4, atol=1e-5)


def test_the_loss_is_eq_7_as_a_mean_over_positives_and_negatives():
    data = replace(make_world("ids").data, validate=lambda _: 0.0)
    config = NcfConfig(max_epochs=1, batch_size=10_000, dim=4, layers=(5,), negatives=3, init_std=0.5)
    records = []
    model = Ncf(config, data.shape)
    model.fit(data, Run(seed=7, log=records.append))
    # validation never got better, so that the untrained weights are back
    w = {name: array.astype(np.float64) for name, array in model.weights().items()}
    (batch,) = PairBatches(data, config, Run(seed=7)).epoch(1)
    users = batch.users.tolist()
    positive = np.array([eq_12(w, user, job) for user, job in zip(users, batch.positives.tolist(), strict=True)])
    negative = np.array(
        [eq_12(w, user, job) for user, jobs in zip(users, batch.negatives.tolist(), strict=True) for job in jobs]
    )
    assert len(negative) == 3 * len(positive) == 3 * len(data.pairs)
    expected = (np.log1p(np.exp(-positive)).sum() + np.log1p(np.exp(negative)).sum()) / (4 * len(positive))
    assert records[-1]["loss"] == pytest.approx(expected, rel=1e-5)


def test_the_first_layer_is_split_into_a_state_per_user_and_per_job():
    world = make_world("ids")
    model, w = with_random_weights(NcfConfig(dim=6, layers=(8, 4)), world)
    users, jobs = world.users.take(np.array([4])), world.jobs.take(np.array([11]))
    first = model.user_states(users)[0, 6:] + model.job_states(jobs)[0, 6:]
    both = np.concatenate([w["P_mlp.weight"][4], w["Q_mlp.weight"][11]])
    np.testing.assert_allclose(first, w["W.0.weight"] @ both + w["W.0.bias"], rtol=1e-4, atol=1e-5)


def test_embeddings_start_as_the_configuration_says():
    w = Ncf(NcfConfig(init_std=0.02), make_world("ids").data.shape).weights()
    for name in ("P_gmf.weight", "Q_gmf.weight", "P_mlp.weight", "Q_mlp.weight"):
        assert w[name].std() == pytest.approx(0.02, rel=0.1)


def test_an_mlp_without_a_layer_is_refused():
    with pytest.raises(BadConfig, match="layers"):
        parse_config(NcfConfig, {"layers": []}, source="test")
