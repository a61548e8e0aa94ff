"""The contract, InfoNCE by hand, and the views."""

import numpy as np
import pytest
import torch

from lgir.core.run import Run
from lgir.models import sgl as module
from lgir.models.lightgcn import GraphLoss, GraphNet, LightGcn, LightGcnConfig
from lgir.models.sgl import Sgl, SglConfig, drop_edges, info_nce
from lgir.models.train import PairBatch
from lgir.nets.graph import Graph
from lgir.testing.recommenders import LearnerContract, TwoTowerContract, assert_equal_arrays
from lgir.testing.worlds import make_world

SETTINGS = {"dim": 16, "hidden_dim": 32, "batch_size": 64, "learning_rate": 0.03, "weight_decay": 0.0}
SMALL = SglConfig(**SETTINGS)

ENOUGH = 12
"""Epochs after which every signal that can be seen is found."""


def small(**changes):
    return SMALL.model_copy(update=changes)


class TestWithText(LearnerContract, TwoTowerContract):
    sees = frozenset({"text", "ids"})
    constants = ("graph.edges",)
    cancels = ("job_tower.second.bias",)

    def make(self, shape, max_epochs):
        return Sgl(small(max_epochs=min(max_epochs, ENOUGH)), shape)


class TestIdsOnly(LearnerContract, TwoTowerContract):
    sees = frozenset({"ids"})
    constants = ("graph.edges",)

    def make(self, shape, max_epochs):
        return Sgl(small(max_epochs=min(max_epochs, ENOUGH), text=False), shape)


# ── InfoNCE ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_hand(first, second, rows, tau):
    """Pair by pair, as printed."""
    cosine = torch.nn.functional.cosine_similarity
    losses = []
    for row in rows.tolist():
        all_cosines = cosine(first[row].unsqueeze(0), second)
        losses.append(-torch.log(torch.exp(all_cosines[row] / tau) / torch.exp(all_cosines / tau).sum()))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("n_rows", [1, module.ROWS_AT_ONCE, module.ROWS_AT_ONCE + 3])
@pytest.mark.parametrize("tau", [0.1, 2.0])
def test_info_nce_and_its_gradient_by_hand(n_rows, tau):
    generator = torch.Generator().manual_seed(n_rows)
    first, second = (torch.randn(9, 4, generator=generator, dtype=torch.float64) * 3 for _ in range(2))
    rows = torch.randint(9, (n_rows,), generator=generator)
    values, gradients = [], []
    for loss in (info_nce, by_hand):
        inputs = first.clone().requires_grad_(), second.clone().requires_grad_()
        value = loss(*inputs, rows, tau)
        values.append(value)
        # a weight, as λ₁ is
        gradients.append(torch.autograd.grad(0.3 * value, inputs))
    torch.testing.assert_close(*values)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_equal_views_of_nodes_apart_cost_little_and_equal_nodes_cost_log_n():
    apart, rows = torch.eye(5), torch.arange(5)
    # each finds itself at cosine 1 among four others at cosine 0
    assert info_nce(apart, apart, rows, 0.1).item() == pytest.approx(np.log(1 + 4 * np.exp(-10)), rel=1e-2)
    assert info_nce(torch.ones(5, 2), torch.ones(5, 2), rows, 0.1).item() == pytest.approx(np.log(5), rel=1e-5)


def test_a_low_temperature_overflows_nothing():
    first = torch.tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    # each node's other view is its opposite: cosine −1 against 0, over τ = 0.001
    loss = info_nce(first, -first, torch.tensor([0, 1]), 1e-3)
    loss.backward()
    assert loss.item() == pytest.approx(1000, rel=1e-4)
    assert torch.isfinite(first.grad).all()


def test_no_rows_cost_nothing():
    assert info_nce(torch.ones(2, 2), torch.ones(2, 2), torch.zeros(0, dtype=torch.int64), 0.1).item() == 0


# ── views ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def grid():
    """Ten people, each with all of ten jobs."""
    return Graph.from_pairs(np.argwhere(np.ones((10, 10))), 10, 10)


@pytest.mark.parametrize(("share", "kept"), [(0.0, 100), (0.1, 90), (0.995, 0)])
def test_a_view_lacks_its_share_of_the_edges(share, kept):
    whole = set(map(tuple, grid().edges.tolist()))
    view = list(map(tuple, drop_edges(grid(), share, torch.Generator().manual_seed(0)).edges.tolist()))
    assert len(view) == len(set(view)) == kept
    assert set(view) <= whole


def test_views_follow_the_generator():
    views = [drop_edges(grid(), 0.5, torch.Generator().manual_seed(seed)).edges for seed in (1, 1, 2)]
    assert torch.equal(views[0], views[1])
    assert not torch.equal(views[0], views[2])


def parts(config, data):
    """An untrained network with its loss."""
    torch.manual_seed(0)
    net = GraphNet(config, data.shape, data.pairs)
    return net, module._SglLoss(net, config, data, "cpu")


def batch_of(data, n=10):
    pairs = torch.from_numpy(data.pairs[:n])
    return PairBatch(torch.arange(n), pairs[:, 0], pairs[:, 1], torch.arange(n).unsqueeze(1), torch.Generator())


def test_an_epoch_has_two_views_and_the_next_one_others():
    data = make_world("ids").data
    _, loss = parts(small(edge_dropout=0.5), data)
    generator = torch.Generator().manual_seed(0)
    drawn = []
    for _ in range(2):
        loss.begin_epoch(generator)
        drawn += [str(view.edges.tolist()) for view in loss._views]
    assert len(set(drawn)) == 4


def test_the_loss_is_that_of_lightgcn_and_both_contrasts():
    data = make_world("ids").data
    config = small(edge_dropout=0.3, ssl_weight=0.7, ssl_temperature=0.5)
    net, loss = parts(config, data)
    loss.begin_epoch(torch.Generator().manual_seed(4))
    batch = batch_of(data)
    generator = torch.Generator().manual_seed(4)
    views = [drop_edges(net.graph, 0.3, generator).propagate(net.E_user.weight, net.E_job.weight, 3) for _ in range(2)]
    (users, jobs), (other_users, other_jobs) = views
    contrasts = by_hand(users, other_users, batch.users, 0.5) + by_hand(jobs, other_jobs, batch.positives, 0.5)
    expected = GraphLoss(net, config, data, "cpu")(batch) + 0.7 * contrasts
    torch.testing.assert_close(loss(batch), expected)


def fitted(model, data):
    model.fit(data, Run())
    return model


def test_without_the_second_loss_it_is_lightgcn():
    data = make_world("ids").data
    sgl = fitted(Sgl(small(ssl_weight=0.0, max_epochs=2), data.shape), data)
    lightgcn = fitted(LightGcn(LightGcnConfig(**SETTINGS, max_epochs=2), data.shape), data)
    for name, array in lightgcn.weights().items():
        np.testing.assert_allclose(sgl.weights()[name], array, rtol=1e-5, atol=1e-6, err_msg=name)


def test_scores_are_those_of_lightgcn_over_the_whole_graph():
    world = make_world("ids")
    sgl = fitted(Sgl(small(max_epochs=2), world.data.shape), world.data)
    lightgcn = LightGcn(LightGcnConfig(**SETTINGS), world.data.shape)
    lightgcn.load_weights(sgl.weights())
    assert_equal_arrays(lightgcn.weights(), sgl.weights())
    np.testing.assert_array_equal(
        lightgcn.score(world.users, world.jobs), sgl.score(world.users, world.jobs), strict=True
    )


def test_fitting_draws_two_views_per_epoch(monkeypatch):
    data, shares = make_world("ids").data, []
    monkeypatch.setattr(module, "drop_edges", lambda *args: shares.append(args[1]) or drop_edges(*args))
    fitted(Sgl(small(max_epochs=3, edge_dropout=0.2), data.shape), data)
    assert shares == [0.2] * 6
