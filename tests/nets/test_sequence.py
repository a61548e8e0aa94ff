"""The LSTM against torch's, its derivative against differences, and what a padded batch must not change."""

import pytest
import torch

from lgir.nets import sequence
from lgir.nets.sequence import MeanLstm

N_IN, N_OUT = 3, 4


def make(seed=0):
    torch.manual_seed(seed)
    return MeanLstm(N_IN, N_OUT).double()


def table(rows=7):
    return torch.randn(rows, N_IN, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


PLACES = torch.tensor([[3, 1, 0, 0], [0, 0, 0, 0], [6, 5, 4, 3], [2, 0, 0, 0], [1, 1, 1, 0]])
LENGTHS = torch.tensor([2, 0, 4, 1, 3])


def torch_lstm(direction):
    """torch's own LSTM with the same weights; its gates are in the order i, f, g, o."""
    order = torch.cat([part for place in (0, 1, 3, 2) for part in [torch.arange(4 * N_OUT // 2).chunk(4)[place]]])
    lstm = torch.nn.LSTM(N_IN, N_OUT // 2).double()
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(direction.U[order])
        lstm.weight_hh_l0.copy_(direction.V[order])
        lstm.bias_ih_l0.copy_(direction.b[order])
        lstm.bias_hh_l0.zero_()
    return lstm


def test_every_sequence_is_the_mean_of_the_states_of_torchs_lstm():
    mean_lstm, vectors = make(), table()
    found = mean_lstm(vectors, PLACES, LENGTHS)
    for row, places, length in zip(found, PLACES, LENGTHS, strict=True):
        words = vectors[places[:length]].unsqueeze(1)
        if length == 0:
            assert row.tolist() == [0.0] * N_OUT
            continue
        onward, _ = torch_lstm(mean_lstm.from_start)(words)
        backward, _ = torch_lstm(mean_lstm.from_end)(words.flip(0))
        torch.testing.assert_close(row, torch.cat([onward.mean(0)[0], backward.mean(0)[0]]))


def test_the_derivative_is_that_of_small_differences():
    mean_lstm = make()
    given = (table().requires_grad_(), *mean_lstm.parameters())
    assert torch.autograd.gradcheck(lambda vectors, *_: mean_lstm(vectors, PLACES, LENGTHS), given)


def test_what_stands_beyond_the_length_is_not_read():
    mean_lstm, vectors = make(), table()
    other = PLACES.masked_fill(torch.arange(4) >= LENGTHS.unsqueeze(1), 6)
    assert not torch.equal(other, PLACES)
    assert torch.equal(mean_lstm(vectors, other, LENGTHS), mean_lstm(vectors, PLACES, LENGTHS))
    # nor does a wider batch change anything
    wide = torch.cat([PLACES, torch.full((5, 3), 2)], dim=1)
    assert torch.equal(mean_lstm(vectors, wide, LENGTHS), mean_lstm(vectors, PLACES, LENGTHS))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_sequences_at_a_time_are_all_sequences(monkeypatch, rows):
    mean_lstm, vectors = make(), table()
    together = mean_lstm(vectors, PLACES, LENGTHS)
    monkeypatch.setattr(sequence, "ROWS_AT_ONCE", rows)
    torch.testing.assert_close(mean_lstm(vectors, PLACES, LENGTHS), together)


def test_order_matters_and_both_directions_do():
    mean_lstm, vectors = make(), table()
    there = mean_lstm(vectors, torch.tensor([[1, 2, 3]]), torch.tensor([3]))[0]
    back = mean_lstm(vectors, torch.tensor([[3, 2, 1]]), torch.tensor([3]))[0]
    half = N_OUT // 2
    assert not torch.allclose(there, back)
    mean_lstm.from_end.load_state_dict(mean_lstm.from_start.state_dict())
    there = mean_lstm(vectors, torch.tensor([[1, 2, 3]]), torch.tensor([3]))[0]
    back = mean_lstm(vectors, torch.tensor([[3, 2, 1]]), torch.tensor([3]))[0]
    # with equal weights, reading a sequence from its end is reading the reversed one
    torch.testing.assert_close(there[:half], back[half:])


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (3, 4)])
def test_nothing_to_read_is_zero(shape):
    found = make()(
        table(0 if shape[1] == 0 else 7), torch.zeros(shape, dtype=torch.int64), torch.zeros(shape[0]).long()
    )
    assert found.shape == (shape[0], N_OUT)
    assert not found.any()
