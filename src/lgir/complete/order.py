"""Results put back into the order of what was asked."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

ResultT = TypeVar("ResultT")


def in_order(ready: Iterable[tuple[int, ResultT]]) -> Iterator[ResultT]:
    """The results by place: 0, 1, 2, …; those that came early are kept until their turn."""
    early: dict[int, ResultT] = {}
    turn = 0
    for place, result in ready:
        early[place] = result
        while turn in early:
            yield early.pop(turn)
            turn += 1
