"""LSTM (Hochreiter and Schmidhuber 1997, with forget gates) over sequences of vectors: words of a text, jobs of a
history.

    i, f, o = σ(U x + V h + b)      g = tanh(U x + V h + b)      c ← f ⊙ c + i ⊙ g      h ← o ⊙ tanh(c)

Written out because `torch.nn.LSTM` multiplies U with every place of every sequence, padding included, where a word or a
job occurs in many: here U meets each row of a table once and sequences are walked without padding. On one core that
halves the time of a step.
"""

from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

ROWS_AT_ONCE = 4096
"""Sequences walked at a time, which bounds the memory of serving."""


class MeanLstm(nn.Module):
    """Bidirectional LSTM; a sequence's vector is the mean of its states over the sequence's true length.

    A sequence is given by places in a table of vectors. The mean does not care for order, so the second direction reads
    every sequence from its end and its states are averaged as they come.
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        """
        Args:
            n_in: width of a vector of the table.
            n_out: width of a sequence's vector, half of it from either direction; even.
        """
        super().__init__()
        self.n_out = n_out
        self.from_start = _Direction(n_in, n_out // 2)
        self.from_end = _Direction(n_in, n_out // 2)

    def forward(
        self, table: Float[Tensor, "m n_in"], places: Int[Tensor, "n t"], lengths: Int[Tensor, " n"]
    ) -> Float[Tensor, "n n_out"]:
        """One vector per sequence; zero for an empty one.

        Args:
            table: the vectors that sequences are made of.
            places: rows of `table`, in order from the left; what stands beyond a sequence's length is not looked at.
            lengths: from 0 to t.
        """
        order = torch.argsort(lengths, descending=True, stable=True)
        inputs = [direction.inputs(table) for direction in (self.from_start, self.from_end)]
        means = [self._means(inputs, places[part], lengths[part]) for part in torch.split(order, ROWS_AT_ONCE)]
        return functional.embedding(torch.argsort(order), torch.cat(means))

    def _means(
        self, inputs: list[Float[Tensor, "m g"]], places: Int[Tensor, "n t"], lengths: Int[Tensor, " n"]
    ) -> Float[Tensor, "n n_out"]:
        """Of sequences in order of length, longest first."""
        step = torch.arange(places.shape[1], device=places.device).unsqueeze(1)
        inside = step < lengths
        sizes = [size for size in inside.sum(dim=1).tolist() if size]
        if not sizes:
            return inputs[0].new_zeros(len(places), self.n_out)
        backwards = places.T.gather(0, (lengths - 1 - step).clamp(min=0))
        sums = [
            direction(functional.embedding(order[inside], given), sizes)
            for direction, given, order in zip(
                (self.from_start, self.from_end), inputs, (places.T, backwards), strict=True
            )
        ]
        means = torch.cat(sums, dim=-1) / lengths[: sizes[0]].unsqueeze(-1)
        return functional.pad(means, (0, 0, 0, len(places) - sizes[0]))


class _Direction(nn.Module):
    """One direction. The gates stand side by side in the order i, f, o, g."""

    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        bound = n_hidden**-0.5
        self.U = nn.Parameter(torch.empty(4 * n_hidden, n_in).uniform_(-bound, bound))
        self.V = nn.Parameter(torch.empty(4 * n_hidden, n_hidden).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.empty(4 * n_hidden).uniform_(-bound, bound))

    def inputs(self, table: Float[Tensor, "m n_in"]) -> Float[Tensor, "m g"]:
        """U x + b of every row."""
        return functional.linear(table, self.U, self.b)

    def forward(self, inputs: Float[Tensor, "e g"], sizes: list[int]) -> Float[Tensor, "n h"]:
        """Sums of states, see `_Walk`."""
        sums: Tensor = _Walk.apply(inputs, self.V, sizes)  # type: ignore[no-untyped-call]
        return sums


class _Walk(torch.autograd.Function):
    """The recurrence, and its derivative by hand.

    Sequences stand longest first, and the inputs step by step: those of the first step of all of them, those of the
    second step of the first sizes[1], and so on. The result is each sequence's sum of states.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Float[Tensor, "e g"], V: Float[Tensor, "g h"], sizes: list[int]) -> Tensor:
        width = V.shape[1]
        gates = torch.empty_like(inputs)
        cells, states = inputs.new_empty(2, len(inputs), width)
        state, cell = inputs.new_zeros(2, sizes[0], width)
        sums: Tensor = inputs.new_zeros(sizes[0], width)
        for start, size in _steps(sizes):
            now = slice(start, start + size)
            torch.addmm(inputs[now], state[:size], V.T, out=gates[now])
            gates[now, : 3 * width].sigmoid_()
            gates[now, 3 * width :].tanh_()
            i, f, o, g = gates[now].chunk(4, dim=1)
            cell = torch.mul(f, cell[:size], out=cells[now]).addcmul_(i, g)
            state = torch.tanh(cell, out=states[now]).mul_(o)
            sums[:size] += state
        ctx.save_for_backward(gates, cells, states, V)
        ctx.sizes = sizes
        return sums

    @staticmethod
    def backward(ctx: Any, d_sums: Float[Tensor, "n h"]) -> tuple[Tensor, Tensor, None]:
        gates, cells, states, V = ctx.saved_tensors
        d_gates = torch.empty_like(gates)
        states_before, cells_before = states.new_zeros(2, *states.shape)
        for (before, _), (start, size) in pairwise(_steps(ctx.sizes)):
            states_before[start : start + size] = states[before : before + size]
            cells_before[start : start + size] = cells[before : before + size]
        d_later, d_cell = d_sums.new_zeros(2, *d_sums.shape)
        for start, size in reversed(_steps(ctx.sizes)):
            now = slice(start, start + size)
            i, f, o, g = gates[now].chunk(4, dim=1)
            tanh_cell = cells[now].tanh()
            d_state = d_sums[:size] + d_later[:size]
            dc = d_cell[:size].add_(d_state * o * (1 - tanh_cell.square()))
            d_i, d_f, d_o, d_g = d_gates[now].chunk(4, dim=1)
            torch.mul(dc * g, i * (1 - i), out=d_i)
            torch.mul(dc * cells_before[now], f * (1 - f), out=d_f)
            torch.mul(d_state * tanh_cell, o * (1 - o), out=d_o)
            torch.mul(dc * i, 1 - g.square(), out=d_g)
            dc.mul_(f)
            torch.mm(d_gates[now], V, out=d_later[:size])
        return d_gates, d_gates.T @ states_before, None


def _steps(sizes: list[int]) -> list[tuple[int, int]]:
    """Where each step begins, and its size."""
    starts = [0]
    for size in sizes[:-1]:
        starts.append(starts[-1] + size)
    return list(zip(starts, sizes, strict=True))
