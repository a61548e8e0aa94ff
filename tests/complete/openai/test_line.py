"""Work in another thread: at once, no more of it than asked for, and gone when it is left."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing

import pytest

from lgir.complete.openai.line import Line

Work = Callable[[int], Awaitable[int]]


def working(line: Line[int, int], work: Work) -> Line[int, int]:
    @asynccontextmanager
    async def open_work() -> AsyncIterator[Work]:
        yield work

    line.start(open_work)
    return line


def results(work: Work, inputs: Iterator[int], *, ahead: int = 0) -> Iterator[tuple[int, int]]:
    with closing(Line[int, int]()) as line:
        working(line, work)
        yield from line.results(enumerate(inputs), at_once=lambda: 3, most=6, ahead=ahead)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "lgir-ask"]


def test_every_input_has_its_result_and_no_thread_is_left() -> None:
    async def work(value: int) -> int:
        await asyncio.sleep(0.002 * (value % 4))
        return value * 10

    found = list(results(work, iter(range(40))))
    assert sorted(found) == [(place, place * 10) for place in range(40)]
    assert [place for place, _ in found] != list(range(40)), "as they are ready"
    assert not threads()


def test_inputs_are_read_as_needed_and_at_most_so_many_run_at_once() -> None:
    read = running = most = 0

    def inputs() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    async def work(value: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return value

    found = results(work, inputs())
    assert read == 0
    for taken in range(1, 30):
        next(found)
        assert read <= taken + 2
    assert most == 3
    found.close()  # type: ignore[attr-defined]
    assert not threads()


def test_while_there_is_no_result_the_next_inputs_are_read_but_not_begun() -> None:
    read: list[int] = []
    begun: list[int] = []
    gate = threading.Event()

    def inputs() -> Iterator[int]:
        for number in range(20):
            read.append(number)
            yield number

    async def work(value: int) -> int:
        begun.append(value)
        while value and not gate.is_set():
            await asyncio.sleep(0.005)
        return value

    found = results(work, inputs(), ahead=4)
    assert next(found) == (0, 0)
    threading.Timer(0.2, gate.set).start()
    place, _ = next(found)
    assert place in {1, 2, 3}
    assert len(read) <= 3 + 1 + 4
    assert set(begun) <= {0, 1, 2, 3}
    assert sorted(place for place, _ in found) == sorted({*range(1, 20)} - {place})
    assert read == list(range(20))


def test_what_rests_leaves_room_for_others_up_to_the_most() -> None:
    line = Line[int, int]()
    begun: list[int] = []
    gate = threading.Event()

    async def work(value: int) -> int:
        begun.append(value)
        while value < 5 and not gate.is_set():
            await line.rest(0.01)
        return value

    with closing(line):
        working(line, work)
        found = line.results(enumerate(iter(range(100))), at_once=lambda: 1, most=6, ahead=0)
        assert next(found) == (5, 5), "five rest, and another was begun"
        assert next(found) == (6, 6)
        assert max(begun) == 6
        gate.set()
        assert sorted(place for place, _ in found) == [0, 1, 2, 3, 4, *range(7, 100)]
    assert line.resting == 0


def test_an_exception_of_the_work_comes_after_what_was_ready() -> None:
    async def work(value: int) -> int:
        if value == 0:
            return value
        if value == 1:
            raise ValueError("value 1")
        await asyncio.sleep(60)
        return value

    found = results(work, iter(range(9)))
    assert next(found) == (0, 0)
    with pytest.raises(ValueError, match="value 1"):
        next(found)
    assert not threads(), "what was under way is cancelled"


def test_an_exception_at_the_start_reaches_the_reader() -> None:
    @asynccontextmanager
    async def open_work() -> AsyncIterator[Work]:
        raise OSError("no client")
        yield

    with closing(Line[int, int]()) as line:
        line.start(open_work)
        with pytest.raises(OSError, match="no client"):
            list(line.results(enumerate(iter(range(3))), at_once=lambda: 1, most=2, ahead=0))
    assert not threads()


def test_leaving_cancels_what_is_under_way() -> None:
    cancelled = []

    async def work(value: int) -> int:
        if value == 0:
            return value
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(value)
            raise
        return value

    found = results(work, iter(range(9)))
    assert next(found) == (0, 0)
    del found
    assert not threads()
    assert sorted(cancelled) == [1, 2]
