"""The contract, and the formulas recomputed in NumPy from the weights by their names."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lgir.core.errors import LgirError, TrainingFailed
from lgir.core.run import Run
from lgir.core.vocabulary import UNKNOWN
from lgir.models.lightgcn import GraphLoss, GraphNet, LightGcn, LightGcnConfig
from lgir.models.train import PairBatch
from lgir.nets.graph import Graph
from lgir.testing.recommenders import LearnerContract, TwoTowerContract
from lgir.testing.worlds import make_world

SMALL = LightGcnConfig(dim=16, hidden_dim=32, batch_size=64, learning_rate=0.03, weight_decay=0.0)

ENOUGH = 12
"""Epochs after which every signal that can be seen is found."""


def small(**changes):
    return SMALL.model_copy(update=changes)


class TestWithText(LearnerContract, TwoTowerContract):
    sees = frozenset({"text", "ids"})
    constants = ("graph.edges",)
    # it adds the same to every job of a user, and BPR looks at differences between jobs
    cancels = ("job_tower.second.bias",)

    def make(self, shape, max_epochs):
        return LightGcn(small(max_epochs=min(max_epochs, ENOUGH)), shape)


class TestIdsOnly(LearnerContract, TwoTowerContract):
    sees = frozenset({"ids"})
    constants = ("graph.edges",)

    def make(self, shape, max_epochs):
        return LightGcn(small(max_epochs=min(max_epochs, ENOUGH), text=False), shape)


# ── the formulas ────────────────────────────────────────────────────────────────────────────────────────────────────


def propagated(w, layers):
    """The mean of E, S·E, …, S^K·E with S = D^−½·A·D^−½, as (users, jobs)."""
    n_users = len(w["E_user.weight"])
    layer = np.concatenate([w["E_user.weight"], w["E_job.weight"]])
    a = np.zeros((len(layer), len(layer)))
    user, job = w["graph.edges"].T
    a[user, n_users + job] = a[n_users + job, user] = 1
    root = np.sqrt(np.maximum(a.sum(1), 1))
    s = a / root[:, None] / root[None]
    mean = sum(np.linalg.matrix_power(s, k) @ layer for k in range(layers + 1)) / (layers + 1)
    return np.split(mean, [n_users])


def mlp(w, name, x):
    hidden = np.maximum(x @ w[f"{name}.first.weight"].T + w[f"{name}.first.bias"], 0)
    return hidden @ w[f"{name}.second.weight"].T + w[f"{name}.second.bias"]


def expected_scores(w, users, jobs, layers, *, text):
    """x_u · x_j of users and jobs of training."""
    e_users, e_jobs = (table[rows] for table, rows in zip(propagated(w, layers), (users.rows, jobs.rows), strict=True))
    if not text:
        return e_users @ e_jobs.T
    x_users = mlp(w, "user_tower", np.concatenate([e_users, users.text], axis=1))
    return x_users @ mlp(w, "job_tower", np.concatenate([e_jobs, jobs.text], axis=1)).T


def fitted(world, **changes):
    model = LightGcn(small(**{"max_epochs": 3, **changes}), world.data.shape)
    model.fit(world.data, Run())
    return model


@pytest.mark.parametrize(("text", "layers"), [(True, 3), (False, 3), (False, 1)])
def test_scores_by_hand(text, layers):
    world = make_world("ids")
    model = fitted(world, text=text, layers=layers)
    expected = expected_scores(model.weights(), world.users, world.jobs, layers, text=text)
    np.testing.assert_allclose(model.score(world.users, world.jobs), expected, rtol=0, atol=1e-4 * abs(expected).max())


def test_its_graph_is_that_of_the_training_pairs():
    world = make_world("ids")
    edges = fitted(world).weights()["graph.edges"]
    assert sorted(map(tuple, edges)) == sorted(map(tuple, world.data.pairs))


def test_unseen_people_and_jobs_are_scored_from_text_alone():
    world = make_world("text")
    model = fitted(world)
    w, nobody = model.weights(), np.zeros((1, SMALL.dim), dtype=np.float32)
    users, jobs = world.strangers, world.new_jobs()
    x_users = mlp(w, "user_tower", np.concatenate([np.repeat(nobody, len(users), 0), users.text], axis=1))
    x_jobs = mlp(w, "job_tower", np.concatenate([np.repeat(nobody, len(jobs), 0), jobs.text], axis=1))
    np.testing.assert_allclose(model.user_vectors(users), x_users, rtol=0, atol=1e-4 * abs(x_users).max())
    np.testing.assert_allclose(model.job_vectors(jobs), x_jobs, rtol=0, atol=1e-4 * abs(x_jobs).max())


def test_without_text_each_vector_refuses_the_unseen():
    world = make_world("ids")
    model = fitted(world, text=False)
    one_unseen = replace(world.users, rows=np.where(world.users.rows == 5, UNKNOWN, world.users.rows))
    with pytest.raises(LgirError, match="1 unseen users"):
        model.user_vectors(one_unseen)
    with pytest.raises(LgirError, match="unseen jobs"):
        model.job_vectors(world.new_jobs())


def test_data_of_another_shape_is_refused():
    with pytest.raises(TrainingFailed):
        LightGcn(SMALL, make_world("ids").data.shape).fit(make_world("text").data, Run())


# ── training ────────────────────────────────────────────────────────────────────────────────────────────────────────


def first_batch(data, n=10):
    pairs = torch.from_numpy(data.pairs[:n])
    negatives = torch.arange(2 * n).view(n, 2) % len(data.jobs)
    return PairBatch(torch.arange(n), pairs[:, 0], pairs[:, 1], negatives, torch.Generator())


def loss_of(data, **changes):
    """The first batch's loss of an untrained network, with the network."""
    config = small(**changes)
    torch.manual_seed(0)
    net = GraphNet(config, data.shape, data.pairs)
    return GraphLoss(net, config, data, "cpu")(first_batch(data)).item(), net


@pytest.mark.parametrize("text", [True, False])
def test_the_loss_by_hand(text):
    data = make_world("ids").data
    # so that people of training and their folds differ
    data = replace(data, fold_text=data.users.text[::-1].copy())
    batch = first_batch(data)
    found, net = loss_of(data, text=text)
    w = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    users = replace(data.users.take(batch.users.numpy()), text=data.fold_text[data.fold_of_pair[:10]])
    scores = expected_scores(w, users, data.jobs, SMALL.layers, text=text)
    rows = np.arange(10)
    differences = scores[rows, batch.positives][:, None] - scores[rows[:, None], batch.negatives]
    assert found == pytest.approx(np.mean(np.log1p(np.exp(-differences))), rel=1e-4)


def test_the_penalty_by_hand():
    data = make_world("ids").data
    batch = first_batch(data)
    plain, net = loss_of(data)
    penalised, _ = loss_of(data, embedding_l2=0.5)
    users, jobs = net.E_user.weight[batch.users], net.E_job.weight[batch.jobs]
    squares = (users**2).sum() + (jobs**2).sum()
    assert penalised - plain == pytest.approx(0.25 * squares.item() / 10, rel=1e-3)


def test_a_training_pair_is_scored_with_the_resume_that_has_not_seen_its_job():
    data = make_world("text").data
    other = np.zeros_like(data.users.text)
    assert loss_of(replace(data, users=replace(data.users, text=other)))[0] == loss_of(data)[0]
    assert loss_of(replace(data, fold_text=other))[0] != loss_of(data)[0]


# ── what is kept for scoring ────────────────────────────────────────────────────────────────────────────────────────


def test_scoring_propagates_once(monkeypatch):
    world = make_world("ids")
    model = fitted(world)
    calls = []
    summed = Graph.summed_layers
    monkeypatch.setattr(Graph, "summed_layers", lambda *args: calls.append(args) or summed(*args))
    for _ in range(3):
        model.score(world.users, world.jobs)
    assert len(calls) == 1
    model.load_weights(model.weights())
    model.score(world.users, world.jobs)
    assert len(calls) == 2


def test_every_validation_sees_the_weights_of_its_epoch():
    world = make_world("ids")
    seen = []

    def validate(model):
        found, w = model.score(world.users, world.jobs), model.weights()
        expected = expected_scores(w, world.users, world.jobs, SMALL.layers, text=False)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * abs(expected).max())
        seen.append(found)
        return float(len(seen))

    LightGcn(small(text=False, max_epochs=2), world.data.shape).fit(replace(world.data, validate=validate), Run())
    assert len(seen) == 3
    assert not np.allclose(seen[0], seen[2])


def test_other_weights_give_other_scores():
    world = make_world("ids")
    one, other = fitted(world), fitted(world, max_epochs=1)
    before = one.score(world.users, world.jobs)
    one.load_weights(other.weights())
    np.testing.assert_array_equal(one.score(world.users, world.jobs), other.score(world.users, world.jobs))
    assert not np.allclose(one.score(world.users, world.jobs), before)
