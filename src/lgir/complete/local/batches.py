"""Prompts of like length answered together, so that little is spent on filler."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

ItemT = TypeVar("ItemT")


def windows(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    """`size` items at a time, read only when they are asked for; the last window may be shorter."""
    remaining = iter(items)
    while window := list(islice(remaining, size)):
        yield window


def by_length(lengths: Sequence[int], *, most: int, most_cells: float = math.inf) -> Iterator[list[int]]:
    """Places in batches of like length, the longest first, so that what does not fit into memory shows at once.

    Args:
        lengths: tokens of each prompt.
        most: items of a batch.
        most_cells: items times longest length of a batch; a single item may have more.
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    start = 0
    while start < len(order):
        longest = lengths[order[start]]
        size = most if longest * most <= most_cells else max(1, int(most_cells // longest))
        yield order[start : start + size]
        start += size


def padding(lengths: Sequence[int], batches: Iterable[Sequence[int]]) -> int:
    """Fillers that the batches need."""
    return sum(
        len(batch) * max(lengths[place] for place in batch) - sum(lengths[place] for place in batch)
        for batch in batches
        if batch
    )
