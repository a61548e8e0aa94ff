"""Losses against numbers worked out by hand, and what their gradients say."""

from math import log

import pytest
import torch

from lgir.nets.losses import bpr_loss, discriminator_loss, generator_loss, gradient_norm, quality_loss


def test_bpr_is_minus_log_sigma_of_the_difference():
    # differences 1 and −2: log(1 + e^−1) = 0.313262, log(1 + e^2) = 2.126928
    loss = bpr_loss(torch.tensor([1.0, 0.0]), torch.tensor([[0.0], [2.0]]))
    assert loss.item() == pytest.approx((0.313262 + 2.126928) / 2, abs=1e-6)


def test_bpr_compares_a_positive_with_its_own_negatives():
    # differences 0, 1 and 3, 0: log 2, log(1 + e^−1), log(1 + e^−3), log 2
    loss = bpr_loss(torch.tensor([2.0, 5.0]), torch.tensor([[2.0, 1.0], [2.0, 5.0]]))
    assert loss.item() == pytest.approx((2 * log(2) + 0.313262 + 0.048587) / 4, abs=1e-6)


def test_bpr_pulls_the_positive_up_and_the_negative_down():
    positive = torch.tensor([0.0], requires_grad=True)
    negative = torch.tensor([[0.0]], requires_grad=True)
    bpr_loss(positive, negative).backward()
    assert positive.grad.item() == pytest.approx(-0.5)
    assert negative.grad.item() == pytest.approx(0.5)


def test_quality_is_cross_entropy():
    # σ(0) = 0.5 for a high one: log 2; σ(−2) for a low one: −log(1 − σ(−2)) = log(1 + e^−2) = 0.126928
    loss = quality_loss(torch.tensor([0.0, -2.0]), torch.tensor([1.0, 0.0]))
    assert loss.item() == pytest.approx((log(2) + 0.126928) / 2, abs=1e-6)
    assert quality_loss(torch.tensor([3.0]), torch.tensor([1.0])) < quality_loss(
        torch.tensor([-3.0]), torch.tensor([1.0])
    )


def test_discriminator_is_the_mean_over_each_side():
    # −log σ(1) = 0.313262, −log σ(−1) = 1.313262; −log(1 − σ(2)) = 2.126928
    loss = discriminator_loss(torch.tensor([1.0, -1.0]), torch.tensor([2.0]))
    assert loss.item() == pytest.approx((0.313262 + 1.313262) / 2 + 2.126928, abs=1e-5)


def test_discriminator_learns_to_tell_the_sides_apart():
    high, refined = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    discriminator_loss(high, refined).backward()
    assert (high.grad < 0).all(), "a step down raises D(x)"
    assert (refined.grad > 0).all(), "and lowers D(G(x))"


def test_generator_both_ways():
    logits = torch.tensor([2.0, 0.0])
    # log(1 − σ(2)) = −2.126928, log(1 − σ(0)) = −log 2
    assert generator_loss(logits, saturating=True).item() == pytest.approx((-2.126928 - log(2)) / 2, abs=1e-5)
    # −log σ(2) = 0.126928, −log σ(0) = log 2
    assert generator_loss(logits, saturating=False).item() == pytest.approx((0.126928 + log(2)) / 2, abs=1e-5)


@pytest.mark.parametrize(("saturating", "size"), [(True, 4.54e-5), (False, 0.9999546)])
def test_a_sure_discriminator_stops_only_the_saturating_generator(saturating, size):
    logits = torch.tensor([-10.0], requires_grad=True)
    generator_loss(logits, saturating=saturating).backward()
    assert logits.grad.item() == pytest.approx(-size, rel=1e-3), "both pull D(G(x)) up"


@pytest.mark.parametrize("logit", [-1000.0, 1000.0])
def test_extreme_logits_stay_finite(logit):
    one = torch.tensor([logit], requires_grad=True)
    losses = (
        bpr_loss(one, -one.unsqueeze(1)),
        quality_loss(one, torch.ones(1)),
        discriminator_loss(one, one),
        generator_loss(one, saturating=True),
        generator_loss(one, saturating=False),
    )
    for loss in losses:
        (grad,) = torch.autograd.grad(loss, one)
        assert torch.isfinite(loss)
        assert torch.isfinite(grad).all()


def test_an_empty_side_adds_nothing_and_passes_gradients_on():
    empty, some = torch.zeros(0, requires_grad=True), torch.tensor([1.0])
    assert quality_loss(empty, torch.zeros(0)).item() == 0
    assert generator_loss(empty, saturating=True).item() == 0
    assert generator_loss(empty, saturating=False).item() == 0
    assert discriminator_loss(some, empty).item() == pytest.approx(0.313262, abs=1e-6)
    loss = discriminator_loss(empty, some)
    assert loss.item() == pytest.approx(1.313262, abs=1e-6)
    loss.backward()
    assert empty.grad.shape == (0,)


def test_gradient_norm_is_over_all_parameters_together():
    first, second, without = (torch.nn.Parameter(torch.zeros(2)) for _ in range(3))
    first.grad, second.grad = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0])
    assert gradient_norm([first, second, without]) == pytest.approx(5.0)
    assert gradient_norm([without]) == 0.0
    assert gradient_norm([]) == 0.0
