"""The match paths by hand. That whole scores are sums of cosines and shares is tested with the model."""

import math

import pytest
import torch

from lgir.core.records import Shape, TextBlock
from lgir.nets.match import FIELD_DIM, Match

SHAPE = Shape(2, 3, (TextBlock("a", 2), TextBlock("b", 1)), (("place", 3), ("company", 2)))
ALL = frozenset({"text", "resume", "history", "fields"})


def make(paths=ALL, *, shape=SHAPE, scale=6.0, metric=True):
    return Match(shape, frozenset(paths), scale=scale, metric=metric)


def sides(match):
    """One user with text, own résumé, history and shares, against one job."""
    user = match.user_side(
        torch.tensor([[0.6, 0.8, 1.0]]),
        torch.tensor([[0.0, 1.0, 0.25]]),
        torch.tensor([[0.5, 0.0, -1.0]]),
        torch.tensor([[0.5, 0.0, 0.5, 1.0, 0.0]]),
    )
    return user, match.job_side(torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[2, 0]]))


@pytest.mark.parametrize(
    ("match", "score"),
    [
        # text 0.6 + 1, own résumé 0 + 0.25, history 0.5 − 1, each times 6; shares 0.5 (place 2) and 1 (company 0), each
        # times 6 / 3
        ({}, 6 * (1.6 + 0.25 - 0.5) + 2 * 1.5),
        ({"paths": {"text"}}, 6 * 1.6),
        ({"paths": {"resume"}}, 6 * 0.25),
        ({"paths": {"history"}}, 6 * -0.5),
        ({"paths": {"fields"}}, 2 * 1.5),
        ({"metric": False, "scale": 3.0}, 3 * (1.6 + 0.25 - 0.5) + 1 * 1.5),
    ],
)
def test_paths_start_at_their_scale_and_can_be_switched_off(match, score):
    user, job = sides(make(**match))
    assert (user @ job.T).item() == pytest.approx(score, rel=1e-5)


def test_every_weight_acts_on_its_own_columns():
    match = make()
    with torch.no_grad():
        match.text_weight.copy_(torch.tensor([2.0, 3.0]).log())
        match.resume_weight.copy_(torch.tensor([17.0, 19.0]).log())
        match.history_weight.copy_(torch.tensor([5.0, 7.0]).log())
        match.field_weight.copy_(torch.tensor([11.0, 13.0]).log())
        match.metric.copy_(torch.tensor([1.0, 1.0, 10.0]).log())
    user, job = sides(match)
    text = [0.6 * 2 + 0.5 * 5, 0.8 * 2 + 1.0 * 17, 10 * (1.0 * 3 + 0.25 * 19 - 1.0 * 7)]
    fields = [0.5 * 11, 0, 0.5 * 11, 1.0 * 13, 0]
    torch.testing.assert_close(user, torch.tensor([[*text, *fields]]))
    torch.testing.assert_close(job, torch.tensor([[1.0, 0.0, 1.0, 0, 0, 1, 1, 0]]))


def test_a_path_that_is_off_has_no_parameters():
    def names(match):
        return {name for name, _ in match.named_parameters()}

    everything = {"text_weight", "resume_weight", "history_weight", "field_weight", "metric"}
    assert names(make()) == everything
    assert names(make(ALL - {"history"}, metric=False)) == everything - {"history_weight", "metric"}
    # there is no text whose columns could be weighed
    assert names(make({"fields"})) == {"field_weight"}


def test_absent_and_unseen_values_agree_with_nothing():
    match = make()
    codes = match.field_codes(torch.tensor([[-1, -1], [-1, 1], [0, -1]]))
    assert codes.tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0]]


def test_codes_keep_leading_axes():
    match = make()
    fields = torch.tensor([[[0, 0], [1, 1]], [[2, 0], [-1, 1]]])
    codes = match.field_codes(fields)
    assert codes.shape == (2, 2, 5)
    torch.testing.assert_close(codes[1, 0], match.field_codes(fields[1, :1])[0])


def test_many_values_get_random_codes_that_are_the_same_everywhere():
    size = FIELD_DIM + 200
    shape = Shape(1, 1, (TextBlock("a", 2),), (("company", size), ("place", 2)))
    match = make(shape=shape)
    torch.manual_seed(99)
    other = make(shape=shape)
    assert torch.equal(match.codes_0, other.codes_0)
    assert match.codes_0.shape == (size, FIELD_DIM)
    assert match.code_dim == FIELD_DIM + 2
    agreement = match.codes_0 @ match.codes_0.T
    torch.testing.assert_close(agreement.diagonal(), torch.ones(size))
    noise = agreement[~torch.eye(size, dtype=torch.bool)]
    assert noise.std().item() == pytest.approx(1 / math.sqrt(FIELD_DIM), rel=0.05)
    assert abs(noise.mean().item()) < 0.001
    # the codes belong to the weights: what was learned was learned against them
    assert {"codes_0", "codes_1"} <= set(match.state_dict())


def test_up_to_the_limit_values_are_compared_exactly():
    match = make(shape=Shape(1, 1, (TextBlock("a", 2),), (("company", FIELD_DIM),)))
    assert torch.equal(match.codes_0, torch.eye(FIELD_DIM))


def test_no_structured_columns():
    match = make(shape=Shape(1, 1, (TextBlock("a", 2),)))
    codes = match.field_codes(torch.zeros(3, 0, dtype=torch.int64))
    assert codes.shape == (3, 0)
    text, own, history = torch.randn(3, 3, 2)
    torch.testing.assert_close(match.user_side(text, own, history, codes), 6 * (text + own + history))
