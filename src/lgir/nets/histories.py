"""Histories with the pair's own member left out: the jobs a user engaged with, or the users who engaged with a job.

The order is the order in which a history was given; its last member counts as the most recent, because no dates are
known here.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """What n histories hold, one after another.

    Attributes:
        members: the members, in the order of their history.
        owners: the history each stands in, from 0 to n − 1, ascending.
        age: how many members of the same history come after it; 0 is the most recent.
        lengths: members of every history.
    """

    members: Int[Tensor, " e"]
    owners: Int[Tensor, " e"]
    age: Int[Tensor, " e"]
    lengths: Int[Tensor, " n"]

    def padded(self, places: Int[Tensor, " e"]) -> Int[Tensor, "n t"]:
        """One number per member, in rows of the longest history's length, from the left and filled up with 0."""
        longest = int(self.lengths.max()) if len(self.lengths) else 0
        rows = places.new_zeros(len(self.lengths), longest)
        rows[self.owners, self.lengths[self.owners] - 1 - self.age] = places
        return rows

    def mean(self, values: Float[Tensor, "e d"]) -> Float[Tensor, "n d"]:
        """Mean of every history's values; zero for an empty history."""
        sums = values.new_zeros(len(self.lengths), values.shape[1]).index_add(0, self.owners, values)
        return sums / self.lengths.clamp(min=1).unsqueeze(-1)


class Histories:
    """Many histories, of which the last `most` members each are looked at."""

    def __init__(self, members: Int[Tensor, " h"], offsets: Int[Tensor, " n_plus_1"], most: int) -> None:
        """
        Args:
            members: all histories one after another, the oldest member of each first.
            offsets: history i is members[offsets[i]:offsets[i + 1]].
            most: how many members count, after one is left out; the oldest are dropped.
        """
        self._members, self._offsets, self._most = members, offsets, most

    def any_of(self, rows: Int[Tensor, " n"], generator: torch.Generator) -> Int[Tensor, " n"]:
        """A random member of each history, −1 of an empty one; drawn on the CPU."""
        start, end = self._offsets[rows], self._offsets[rows + 1]
        share = torch.rand(len(rows), generator=generator, dtype=torch.float64).to(rows.device)
        place = start + (share * (end - start)).long()
        members = torch.cat([self._members, self._members.new_zeros(1)])
        return torch.where(end > start, members[place], -1)

    def of(self, rows: Int[Tensor, " n"], without: Int[Tensor, " n"] | None = None) -> Entries:
        """The histories at these rows, each without one member; a member that is not in the history takes nothing
        away."""
        start, end = self._offsets[rows], self._offsets[rows + 1]
        # one more than is kept, since one may be left out
        window = (end - start).clamp(max=self._most + 1)
        owners, age = _count_down(window)
        members = self._members[end[owners] - 1 - age]
        if without is not None:
            kept = members != without[owners]
            members, owners = members[kept], owners[kept]
        lengths = torch.bincount(owners, minlength=len(rows))
        _, age = _count_down(lengths)
        recent = age < self._most
        return Entries(members[recent], owners[recent], age[recent], lengths.clamp(max=self._most))


def by_second(pairs: Int[Tensor, "n 2"], n_second: int) -> tuple[Int[Tensor, " n"], Int[Tensor, " n_second_plus_1"]]:
    """Turns pairs (a, b) around: members and offsets of the histories of every b, which hold its a in pair order."""
    order = torch.argsort(pairs[:, 1], stable=True)
    counts = torch.bincount(pairs[:, 1], minlength=n_second)
    return pairs[order, 0], torch.cat([counts.new_zeros(1), counts.cumsum(0)])


def _count_down(lengths: Int[Tensor, " n"]) -> tuple[Int[Tensor, " e"], Int[Tensor, " e"]]:
    """For runs of these lengths: the run of every place, and how many places of the run follow it."""
    owners = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
    ends = lengths.cumsum(0)
    return owners, ends[owners] - 1 - torch.arange(len(owners), device=lengths.device)
