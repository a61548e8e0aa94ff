import math

import numpy as np
import pytest
import torch

from lgir.core.errors import TrainingFailed
from lgir.nets.optimize import adamw, descend, load_optimizer_arrays, optimizer_arrays


def parameter(*values):
    return torch.nn.Parameter(torch.tensor(values))


def test_one_step_goes_down_and_reports_the_gradient():
    p = parameter(3.0, 4.0)
    optimizer = torch.optim.SGD([p], lr=0.1)
    assert descend((p**2).sum() / 2, optimizer) == pytest.approx(5.0)
    assert p.tolist() == pytest.approx([2.7, 3.6])


def test_old_gradients_are_cleared_before_a_step():
    p, q = parameter(1.0), parameter(1.0)
    optimizer = torch.optim.SGD([p, q], lr=0.1)
    p.grad, q.grad = torch.tensor([100.0]), torch.tensor([100.0])
    assert descend(p.sum(), optimizer) == pytest.approx(1.0)
    assert p.item() == pytest.approx(0.9)
    assert q.item() == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_changes_nothing(value):
    p = parameter(1.0)
    optimizer = adamw([{"params": [p], "lr": 0.1}], weight_decay=0.1)
    with pytest.raises(TrainingFailed, match=f"the loss became {value}; a smaller learning_rate usually helps"):
        descend(p.sum() * value, optimizer)
    assert p.item() == 1.0
    assert optimizer_arrays(optimizer) == {}


def test_adamw_by_hand():
    """Loshchilov and Hutter's decoupled decay: p ← p − rate·λ·p − rate·m̂/(√v̂ + ε)."""
    rate, decay, b1, b2, eps = 0.1, 0.5, 0.9, 0.999, 1e-8
    p = parameter(2.0)
    optimizer = adamw([{"params": [p], "lr": rate}], weight_decay=decay)
    expected, m, v = 2.0, 0.0, 0.0
    for step, slope in enumerate((3.0, -1.0, 0.5), start=1):
        descend(slope * p.sum(), optimizer)
        m, v = b1 * m + (1 - b1) * slope, b2 * v + (1 - b2) * slope**2
        expected -= rate * decay * expected
        expected -= rate * (m / (1 - b1**step)) / (math.sqrt(v / (1 - b2**step)) + eps)
        assert p.item() == pytest.approx(expected, rel=1e-5)


def test_a_group_may_have_its_own_rate_and_decay():
    p, q = parameter(1.0), parameter(1.0)
    groups = [{"params": [p], "lr": 0.1}, {"params": [q], "lr": 0.2, "weight_decay": 0.0}]
    descend(0 * (p + q).sum(), adamw(groups, weight_decay=0.5))
    assert p.item() == pytest.approx(1 - 0.1 * 0.5)
    assert q.item() == 1.0


def network(seed):
    torch.manual_seed(seed)
    p, q = torch.nn.Parameter(torch.randn(4, 3)), torch.nn.Parameter(torch.randn(3))
    return p, q, adamw([{"params": [p], "lr": 0.1}, {"params": [q], "lr": 0.01}], weight_decay=0.1)


def train(p, q, optimizer, steps):
    for step in steps:
        target = torch.tensor(np.random.default_rng(step).normal(size=4), dtype=torch.float32)
        descend(((p @ q - target) ** 2).sum(), optimizer)


def test_training_goes_on_from_arrays_as_if_it_had_never_stopped():
    p, q, optimizer = network(0)
    train(p, q, optimizer, range(10))
    arrays = {name: array.copy() for name, array in optimizer_arrays(optimizer).items()}
    stopped = p.detach().clone(), q.detach().clone()
    train(p, q, optimizer, range(10, 15))
    other_p, other_q, other = network(1)
    with torch.no_grad():
        other_p.copy_(stopped[0])
        other_q.copy_(stopped[1])
    load_optimizer_arrays(other, arrays)
    train(other_p, other_q, other, range(10, 15))
    assert torch.equal(p, other_p)
    assert torch.equal(q, other_q)
    assert all(type(array) is np.ndarray for array in arrays.values())
    assert {name.split(".")[0] for name in arrays} == {"0", "1"}


def test_loading_copies():
    p, q, optimizer = network(0)
    train(p, q, optimizer, range(2))
    arrays = {name: array.copy() for name, array in optimizer_arrays(optimizer).items()}
    kept = {name: array.copy() for name, array in arrays.items()}
    load_optimizer_arrays(optimizer, arrays)
    train(p, q, optimizer, range(2, 4))
    for name, array in kept.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_an_untrained_optimizer_has_no_state():
    p, q, optimizer = network(0)
    load_optimizer_arrays(optimizer, {})
    train(p, q, optimizer, range(1))
    assert optimizer_arrays(network(0)[2]) == {}
