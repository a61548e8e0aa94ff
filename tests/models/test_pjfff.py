"""The contract, the paper's formulas recomputed in NumPy from the weights by their names, and what could leak."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lgir.core.run import Run
from lgir.models import pjfff as module
from lgir.models.pjfff import Pjfff, PjfffConfig
from lgir.models.train import PairBatch
from lgir.testing.recommenders import LearnerContract, TwoTowerContract
from lgir.testing.worlds import FIELDS, make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}


class TestPjfff(LearnerContract, TwoTowerContract):
    sees = frozenset({"text", "history", "fields", "ids"})
    # in the world of this check nobody but the pair's own user ever engaged with a job
    cancels = tuple(f"job_lstm.{side}.{name}" for side in ("from_start", "from_end") for name in "UVb")

    def make(self, shape, max_epochs):
        return Pjfff(PjfffConfig(**SMALL, max_epochs=min(max_epochs, 20)), shape)


def make(shape, seed=0, **changes):
    """An untrained model with weights that are not small."""
    config = PjfffConfig(**{**SMALL, "dim": 6, "hidden_dim": 8, **changes})
    model, rng = Pjfff(config, shape), np.random.default_rng(seed)
    weights = {name: rng.normal(scale=0.4, size=array.shape) for name, array in model.weights().items()}
    model.load_weights({name: array.astype(np.float32) for name, array in weights.items()})
    return model


def doubles(model):
    return {name: array.astype(np.float64) for name, array in model.weights().items()}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def mlp(w, name, x):
    hidden = np.maximum(x @ w[f"{name}.first.weight"].T + w[f"{name}.first.bias"], 0)
    return hidden @ w[f"{name}.second.weight"].T + w[f"{name}.second.bias"]


def mean_state(w, name, vectors):
    """Mean of an LSTM's states over one sequence; zero for an empty one."""
    state = cell = np.zeros(w[f"{name}.V"].shape[1])
    states = [state] * (len(vectors) == 0)
    for x in vectors:
        i, f, o, g = np.split(w[f"{name}.U"] @ x + w[f"{name}.V"] @ state + w[f"{name}.b"], 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.mean(states, axis=0)


def both_ways(w, name, vectors):
    ends = mean_state(w, f"{name}.from_start", vectors), mean_state(w, f"{name}.from_end", vectors[::-1])
    return np.concatenate(ends)


def field_vectors(w, codes):
    """e_f of one job."""
    starts = np.cumsum([0, *(size for _, size in FIELDS)])
    d = w["values.weight"].shape[1]
    return np.array([w["values.weight"][s + c] if c >= 0 else np.zeros(d) for s, c in zip(starts, codes, strict=False)])


def explicit(w, side, text, e):
    pairs = sum(e[f] * e[g] for f in range(len(e)) for g in range(f + 1, len(e)))
    return np.concatenate([mlp(w, f"{side}_text", text), e.sum(axis=0), pairs, mlp(w, f"{side}_deep", e.ravel())])


def user_vector(w, text, history, jobs):
    e = [field_vectors(w, jobs.fields[job]) for job in history]
    mean = np.mean(e, axis=0) if e else np.zeros((len(FIELDS), w["values.weight"].shape[1]))
    engaged = [explicit(w, "job", jobs.text[job], of_job) for job, of_job in zip(history, e, strict=True)]
    both = np.concatenate([explicit(w, "user", text, mean), both_ways(w, "user_lstm", engaged)])
    return w["user_fusion.weight"] @ both + w["user_fusion.bias"]


def job_vector(w, jobs, job, intention):
    g_e = explicit(w, "job", jobs.text[job], field_vectors(w, jobs.fields[job]))
    return w["job_fusion.weight"] @ np.concatenate([g_e, intention])


@pytest.fixture(scope="module")
def world():
    """One in which several people share a job; some jobs lack a value."""
    found = make_world("ids")
    found.jobs.fields[::5, 0] = found.jobs.fields[::7, 1] = -1
    return found


def histories(users):
    return [users.history[a:b] for a, b in zip(users.offsets, users.offsets[1:], strict=False)]


def test_the_users_vector(world):
    model = make(world.data.shape)
    w, users = doubles(model), world.users
    found = model.user_vectors(users)
    for row, text, history in zip(found, users.text, histories(users), strict=True):
        np.testing.assert_allclose(row, user_vector(w, text, history, world.jobs), rtol=1e-4, atol=1e-5)


def test_the_jobs_vector(world):
    model = make(world.data.shape)
    w = doubles(model)
    for seen in (True, False):
        found = model.job_vectors(world.jobs if seen else world.new_jobs())
        for job, row in enumerate(found):
            expected = job_vector(w, world.jobs, job, w["intentions"][job] * seen)
            np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-5)


def test_what_a_job_remembers_are_those_who_engaged_with_it(world):
    """In the order of the training pairs, and by the weights that are kept."""
    data = world.data
    model = Pjfff(PjfffConfig(**SMALL, max_epochs=2, dim=6, hidden_dim=8, max_history=3), data.shape)
    model.fit(data, Run(seed=0))
    w = doubles(model)
    for job, found in enumerate(w["intentions"]):
        engaged = data.pairs[data.pairs[:, 1] == job, 0][-3:]
        expected = both_ways(w, "job_lstm", [mlp(w, "user_text", data.users.text[user]) for user in engaged])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert w["intentions"].any()


def test_the_last_jobs_of_a_history_are_looked_at(world):
    model, users = make(world.data.shape, max_history=2), world.users
    cut = [history[-2:] for history in histories(users)]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in cut])])
    recent = replace(users, history=np.concatenate(cut), offsets=offsets)
    assert len(recent.history) < len(users.history)
    np.testing.assert_allclose(model.user_vectors(users), model.user_vectors(recent), rtol=1e-5, atol=1e-6)


# ── training ────────────────────────────────────────────────────────────────────────────────────────────────────────


def loss_of(data, monkeypatch, **changes):
    """The loss that training goes down, with weights that are not small, and those weights."""
    losses, nets = [], []
    monkeypatch.setattr(module, "fit_pairs", lambda net, loss, *_: (nets.append(net), losses.append(loss)))
    model = Pjfff(PjfffConfig(**{**SMALL, "dim": 6, "hidden_dim": 8, **changes}), data.shape)
    model.fit(data, Run(seed=0))
    model.load_weights(make(data.shape).weights())
    return losses[0], doubles(model)


def batch_of(data, chosen, negatives):
    users, jobs = data.pairs[chosen].T
    return PairBatch(
        *map(torch.from_numpy, (chosen, users.copy(), jobs.copy(), negatives)), torch.Generator().manual_seed(0)
    )


def test_training_leaves_out_the_pairs_own_job_and_user(monkeypatch):
    """In this world a job has one user; without the pair's own, or a random one, nobody is left."""
    data, rng = make_world("text").data, np.random.default_rng(0)
    data = replace(data, fold_text=rng.normal(size=data.fold_text.shape).astype(np.float32))
    loss, w = loss_of(data, monkeypatch)
    chosen, negatives = rng.permutation(len(data.pairs))[:20], rng.integers(len(data.jobs), size=(20, 3))
    found, expected = loss(batch_of(data, chosen, negatives)).item(), []
    for pair, others in zip(chosen, negatives, strict=True):
        user, job = data.pairs[pair]
        history = [one for one in histories(data.users)[user] if one != job]
        of_user = user_vector(w, data.fold_text[data.fold_of_pair[pair]], history, data.jobs)
        scores = np.array([of_user @ job_vector(w, data.jobs, one, np.zeros(6)) for one in (job, *others)])
        expected.append(np.log1p(np.exp(scores[1:] - scores[0])))
    assert found == pytest.approx(np.mean(expected), rel=1e-4)


def test_a_job_is_trained_with_its_other_users_alone(world, monkeypatch):
    data = world.data
    counts = np.bincount(data.pairs[:, 1])
    pair = int(np.flatnonzero(counts[data.pairs[:, 1]] > 1)[0])
    user, job = data.pairs[pair]
    other = int(data.pairs[(data.pairs[:, 1] == job) & (data.pairs[:, 0] != user), 0][0])
    negative = int(np.flatnonzero(~world.seen[user] & ~world.seen[other])[0])

    def loss_with_changed_text_of(person):
        text = data.users.text.copy()
        text[person] += 1
        # a person's own part is read from the folds
        loss, _ = loss_of(replace(data, users=replace(data.users, text=text)), monkeypatch)
        return loss(batch_of(data, np.array([pair]), np.array([[negative]]))).item()

    unchanged, _ = loss_of(data, monkeypatch)
    before = unchanged(batch_of(data, np.array([pair]), np.array([[negative]]))).item()
    assert loss_with_changed_text_of(user) == before
    assert loss_with_changed_text_of(other) != before


def test_a_negative_jobs_history_is_one_short_too(world, monkeypatch):
    """Otherwise the length of a history would tell the positive job."""
    data, read = world.data, []
    intention = module._Net.job_intention
    monkeypatch.setattr(
        module._Net, "job_intention", lambda net, history, text: read.append(history) or intention(net, history, text)
    )
    chosen = np.arange(20)
    negatives = np.random.default_rng(0).integers(len(data.jobs), size=(20, 2))
    loss, _ = loss_of(data, monkeypatch)
    loss(batch_of(data, chosen, negatives))
    counts = np.bincount(data.pairs[:, 1], minlength=len(data.jobs))
    expected = counts[np.concatenate([data.pairs[chosen, 1], np.unique(negatives)])] - 1
    np.testing.assert_array_equal(read[0].lengths.numpy(), expected.clip(min=0))


def test_data_without_structured_columns(world):
    shape = replace(world.data.shape, fields=())
    jobs = replace(world.jobs, fields=np.zeros((len(world.jobs), 0), dtype=np.int64))
    users = replace(world.users, bank=jobs)
    model = Pjfff(PjfffConfig(**SMALL, max_epochs=1), shape)
    model.fit(replace(world.data, shape=shape, jobs=jobs, users=users, validate=lambda _: 0.0), Run(seed=0))
    assert np.isfinite(model.score(users, jobs)).all()
