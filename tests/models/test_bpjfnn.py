"""The contract, and the paper's formulas recomputed in NumPy from the weights by their names."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig, BadInput
from lgir.core.run import Run
from lgir.models import bpjfnn as module
from lgir.models.bpjfnn import Bpjfnn, BpjfnnConfig
from lgir.models.train import PairBatch
from lgir.testing.recommenders import LearnerContract, PairScorerContract
from lgir.testing.worlds import make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}


class TestBpjfnn(LearnerContract, PairScorerContract):
    sees = frozenset({"words"})

    def make(self, shape, max_epochs):
        return Bpjfnn(BpjfnnConfig(**SMALL, max_epochs=min(max_epochs, 20)), shape)

    def test_a_signal_in_who_engaged_with_what(self):
        """That world is the one with known people and jobs shared by several: their words tell them apart as ids do."""
        model, world = self.fitted("ids")
        assert world.auc(model) > self.floor


@pytest.fixture(scope="module")
def world():
    return make_world("words")


def make(shape, seed=0, **changes):
    """An untrained model with weights that are not small."""
    model, rng = Bpjfnn(BpjfnnConfig(**{**SMALL, "dim": 6, **changes}), shape), np.random.default_rng(seed)
    weights = {name: rng.normal(scale=0.5, size=array.shape) for name, array in model.weights().items()}
    model.load_weights({name: array.astype(np.float32) for name, array in weights.items()})
    return model


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def mean_state(w, name, vectors):
    """Mean of an LSTM's states over one sequence."""
    state = cell = np.zeros(w[f"{name}.V"].shape[1])
    states = []
    for x in vectors:
        i, f, o, g = np.split(w[f"{name}.U"] @ x + w[f"{name}.V"] @ state + w[f"{name}.b"], 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.mean(states, axis=0)


def text_vector(w, name, codes):
    words = w["words.weight"][codes[codes != 0]]
    return np.concatenate([mean_state(w, f"{name}.from_start", words), mean_state(w, f"{name}.from_end", words[::-1])])


def test_the_papers_formula(world):
    model = make(world.data.shape)
    w = {name: array.astype(np.float64) for name, array in model.weights().items()}
    places = np.arange(5)
    scores = model.score(world.users.take(places), world.jobs.take(places))
    for row, user_words in zip(scores, world.users.words[:5], strict=True):
        for score, job_words in zip(row, world.jobs.words[:5], strict=True):
            u, j = text_vector(w, "user_lstm", user_words), text_vector(w, "job_lstm", job_words)
            hidden = np.tanh(w["first.weight"] @ np.concatenate([j, u, j - u]) + w["first.bias"])
            assert score == pytest.approx((w["second.weight"] @ hidden)[0], rel=1e-4, abs=1e-5)


def test_a_text_is_as_long_as_it_has_words(world):
    model = make(world.data.shape)
    jobs = world.jobs.take(np.arange(9))
    wide = replace(jobs, words=np.pad(jobs.words, ((0, 0), (0, 5))))
    np.testing.assert_allclose(model.job_states(wide), model.job_states(jobs), rtol=1e-5)


def test_texts_without_words_can_be_scored(world):
    model = make(world.data.shape)
    users = replace(world.users, words=np.zeros_like(world.users.words))
    assert not model.user_states(users).any()
    assert np.isfinite(model.score(users, world.jobs)).all()


def test_training_scores_what_serving_scores(world, monkeypatch):
    """Every negative job is read by its own words, whatever else is in the batch."""
    losses = []
    monkeypatch.setattr(module, "fit_pairs", lambda net, loss, *_: losses.append(loss))
    data, rng = world.data, np.random.default_rng(0)
    model = make(data.shape)
    model.fit(data, Run(seed=3))
    chosen, negatives = rng.permutation(len(data.pairs))[:20], rng.integers(len(data.jobs), size=(20, 3))
    users, jobs = data.pairs[chosen].T
    batch = PairBatch(*map(torch.from_numpy, (chosen, users.copy(), jobs.copy(), negatives)), torch.Generator())
    scores = model.score(data.users, data.jobs).astype(np.float64)
    differences = scores[users, jobs][:, None] - scores[users[:, None], negatives]
    assert losses[0](batch).item() == pytest.approx(np.log1p(np.exp(-differences)).mean(), rel=1e-5)


def test_without_words_it_refuses(world):
    with pytest.raises(BadConfig, match="bpjfnn reads words and the data has 0 word codes"):
        Bpjfnn(BpjfnnConfig(), replace(world.data.shape, n_words=0))
    model = make(world.data.shape)
    with pytest.raises(BadInput, match="these users have None"):
        model.score(replace(world.users, words=None), world.jobs)
    with pytest.raises(BadInput, match="these jobs have None"):
        model.score(world.users, replace(world.jobs, words=None))


def test_an_odd_width_cannot_be_halved():
    with pytest.raises(BadConfig, match="dim: Input should be a multiple of 2"):
        parse_config(BpjfnnConfig, {"dim": 63}, source="test")
