"""Work that waits on a network, many at a time: each result is handed on the moment it is ready."""

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

InT = TypeVar("InT")
OutT = TypeVar("OutT")


def as_ready(
    work: Callable[[InT], OutT], inputs: Iterable[InT], *, workers: int, ahead: int
) -> Iterator[tuple[int, OutT]]:
    """Applies `work` in `workers` threads and yields (place, result) the moment each is ready.

    Inputs are read lazily: at most `workers` of them are under way, and none is begun `ahead` or more places after the
    first unfinished one, so that whoever puts the results in order keeps at most `ahead` of them.

    An exception of `work` ends the iteration. Threads are daemons: an interrupted program does not wait for answers.
    """
    tasks: SimpleQueue[tuple[int, InT] | None] = SimpleQueue()
    done: SimpleQueue[tuple[int, OutT | None, BaseException | None]] = SimpleQueue()

    def take() -> tuple[int, OutT]:
        place, result, error = done.get()
        if error is not None:
            raise error
        open_places.discard(place)
        return place, result  # type: ignore[return-value]  # `work` made it

    open_places: set[int] = set()
    started = 0
    try:
        for place, value in enumerate(inputs):
            while open_places and (len(open_places) >= workers or place - min(open_places) >= ahead):
                yield take()
            tasks.put((place, value))
            open_places.add(place)
            if started < min(workers, len(open_places)):
                Thread(target=_serve, args=(work, tasks, done), name=f"lgir-ask-{started}", daemon=True).start()
                started += 1
        while open_places:
            yield take()
    finally:
        for _ in range(started):
            tasks.put(None)


def _serve(work: Callable[[Any], Any], tasks: "SimpleQueue[Any]", done: "SimpleQueue[Any]") -> None:
    while (task := tasks.get()) is not None:
        place, value = task
        try:
            done.put((place, work(value), None))
        except BaseException as error:  # handed to the reader
            done.put((place, None, error))


def in_order(ready: Iterable[tuple[int, OutT]]) -> Iterator[OutT]:
    """The results by place: 0, 1, 2, …; those that came early are kept until their turn."""
    early: dict[int, OutT] = {}
    turn = 0
    for place, result in ready:
        early[place] = result
        while turn in early:
            yield early.pop(turn)
            turn += 1
