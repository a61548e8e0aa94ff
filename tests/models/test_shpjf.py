"""The contract, the formulas recomputed in NumPy from the weights by their names, and what could leak."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.core.run import Run
from lgir.models import shpjf as module
from lgir.models.shpjf import Shpjf, ShpjfConfig
from lgir.models.train import PairBatch
from lgir.testing.recommenders import LearnerContract, PairScorerContract
from lgir.testing.worlds import make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}


class TestShpjf(LearnerContract, PairScorerContract):
    sees = frozenset({"text", "history", "ids"})

    def make(self, shape, max_epochs):
        return Shpjf(ShpjfConfig(**SMALL, max_epochs=min(max_epochs, 20)), shape)


TINY = {**SMALL, "dim": 6, "hidden_dim": 8, "intents": 2, "heads": 3, "beta": 0.3}


def make(shape, seed=0, **changes):
    """An untrained model with weights that are not small."""
    model, rng = Shpjf(ShpjfConfig(**{**TINY, **changes}), shape), np.random.default_rng(seed)
    weights = {name: rng.normal(scale=0.6, size=array.shape) for name, array in model.weights().items()}
    model.load_weights({name: array.astype(np.float32) for name, array in weights.items()})
    return model


@pytest.fixture(scope="module")
def world():
    return make_world("history")


def histories(users):
    return [users.history[a:b] for a, b in zip(users.offsets, users.offsets[1:], strict=False)]


def mlp(w, name, x):
    hidden = np.maximum(x @ w[f"{name}.first.weight"].T + w[f"{name}.first.bias"], 0)
    return hidden @ w[f"{name}.second.weight"].T + w[f"{name}.second.bias"]


def of_id(w, table, row):
    return w[f"{table}.weight"][row] if row >= 0 else np.zeros(TINY["dim"])


def intents(w, name, vectors):
    """K intents of one history, the oldest job first."""
    n, k = len(vectors), TINY["intents"]
    found = np.zeros((k, TINY["dim"]))
    for t, vector in enumerate(vectors):
        age = n - 1 - t
        found += k / n * np.outer(w[f"{name}.weight"][age], vector + w[f"{name}.position"][age])
    return found


def attention(w, name, query, keys, values):
    q, k, v = w[f"{name}.query.weight"] @ query, keys @ w[f"{name}.key.weight"].T, values @ w[f"{name}.value.weight"].T
    width = TINY["dim"] // TINY["heads"]
    heads = []
    for head in range(TINY["heads"]):
        columns = slice(head * width, (head + 1) * width)
        logits = k[:, columns] @ q[columns] / np.sqrt(width)
        weight = np.exp(logits) / np.exp(logits).sum()
        heads.append(weight @ v[:, columns])
    return w[f"{name}.mix.weight"] @ np.concatenate(heads) + w[f"{name}.mix.bias"]


def score(w, text, user_row, history, jobs, job):
    """One score; `history` holds places in `jobs`."""
    s, c = jobs.text @ w["description.weight"].T, jobs.text @ w["job_vector.weight"].T
    c = c + np.array([of_id(w, "job_ids", row) for row in jobs.rows])
    searched, clicked = intents(w, "searched", s[history]), intents(w, "clicked", c[history])
    i = 0.7 * attention(w, "text_based", s[job], searched, clicked)
    i = i + 0.3 * attention(w, "click_based", c[job], clicked, clicked)
    both = np.concatenate([c[job], i, c[job] - i, c[job] * i])
    h = w["intention_second.weight"] @ np.tanh(w["intention_first.weight"] @ both + w["intention_first.bias"])
    r = of_id(w, "user_ids", user_row) @ of_id(w, "job_ids", jobs.rows[job])
    m = mlp(w, "user_text", text) * mlp(w, "job_text", jobs.text[job])
    hidden = np.tanh(w["first.weight"] @ np.concatenate([m, h, [r]]) + w["first.bias"])
    return (w["second.weight"] @ hidden)[0]


def doubles(model):
    return {name: array.astype(np.float64) for name, array in model.weights().items()}


@pytest.mark.parametrize("known", [True, False])
def test_the_formulas(world, known):
    """Of the seen and, with id vectors that are zero, of the unseen."""
    model = make(world.data.shape)
    w = doubles(model)
    jobs = world.jobs if known else world.new_jobs()
    users = replace(world.users, rows=world.users.rows if known else np.full(64, -1), bank=jobs).take(np.arange(8))
    scores = model.score(users, jobs.take(np.arange(6)))
    for row, text, user_row, history in zip(scores, users.text, users.rows, histories(users), strict=True):
        expected = [score(w, text, user_row, history, jobs, job) for job in range(6)]
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-5)


def test_people_without_history_can_be_scored(world):
    model = make(world.data.shape)
    w, n = doubles(model), len(world.users)
    users = replace(world.users, history=np.zeros(0, dtype=np.int64), offsets=np.zeros(n + 1, dtype=np.int64))
    found = model.score(users, world.jobs)[:3, 0]
    expected = [score(w, world.users.text[user], user, [], world.jobs, 0) for user in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_last_jobs_of_a_history_are_looked_at(world):
    model, users = make(world.data.shape, max_history=2), world.users
    cut = [history[-2:] for history in histories(users)]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in cut])])
    recent = replace(users, history=np.concatenate(cut), offsets=offsets)
    assert len(recent.history) < len(users.history)
    np.testing.assert_allclose(model.user_states(users), model.user_states(recent), rtol=1e-5, atol=1e-6)


def loss_of(data, monkeypatch, **changes):
    """The loss that training goes down, with weights that are not small, and those weights."""
    losses = []
    monkeypatch.setattr(module, "fit_pairs", lambda net, loss, *_: losses.append(loss))
    model = Shpjf(ShpjfConfig(**{**TINY, **changes}), data.shape)
    model.fit(data, Run(seed=0))
    model.load_weights(make(data.shape).weights())
    return losses[0], doubles(model)


def batch_of(data, chosen, negatives, seed=0):
    users, jobs = data.pairs[chosen].T
    return PairBatch(
        *map(torch.from_numpy, (chosen, users.copy(), jobs.copy(), negatives)), torch.Generator().manual_seed(seed)
    )


def test_training_leaves_out_the_pairs_own_job(world, monkeypatch):
    data, rng = world.data, np.random.default_rng(0)
    data = replace(data, fold_text=rng.normal(size=data.fold_text.shape).astype(np.float32))
    loss, w = loss_of(data, monkeypatch, id_dropout=0.0)
    chosen, negatives = rng.permutation(len(data.pairs))[:20], rng.integers(len(data.jobs), size=(20, 3))
    found, expected = loss(batch_of(data, chosen, negatives)).item(), []
    for pair, others in zip(chosen, negatives, strict=True):
        user, job = data.pairs[pair]
        history = [one for one in histories(data.users)[user] if one != job]
        text = data.fold_text[data.fold_of_pair[pair]]
        scores = np.array([score(w, text, user, history, data.jobs, one) for one in (job, *others)])
        expected.append(np.log1p(np.exp(scores[1:] - scores[0])))
    assert found == pytest.approx(np.mean(expected), rel=1e-4)


def test_ids_left_out_are_those_of_the_unseen(world, monkeypatch):
    data = world.data
    loss, w = loss_of(data, monkeypatch, id_dropout=1 - 1e-9)
    unseen = replace(data.jobs, rows=np.full(len(data.jobs), -1))
    user, job = data.pairs[7]
    history = [one for one in histories(data.users)[user] if one != job]
    text = data.fold_text[data.fold_of_pair[7]]
    own, other = (score(w, text, -1, history, unseen, one) for one in (job, 3))
    found = loss(batch_of(data, np.array([7]), np.array([[3]]))).item()
    assert found == pytest.approx(np.log1p(np.exp(other - own)), rel=1e-4)


def test_the_share_of_ids_left_out():
    rows = torch.arange(20_000)
    dropped = module._drop(rows, 0.2, torch.Generator().manual_seed(0))
    gone = dropped < 0
    assert abs(gone.float().mean().item() - 0.2) < 0.01
    assert torch.equal(dropped[~gone], rows[~gone])


def test_heads_share_the_columns():
    with pytest.raises(BadConfig, match="heads = 5 must divide dim = 64"):
        parse_config(ShpjfConfig, {"heads": 5}, source="test")
