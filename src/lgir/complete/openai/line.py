"""Work on an event loop in a thread of its own, for a caller that waits in another."""

import asyncio
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

InT = TypeVar("InT")
OutT = TypeVar("OutT")

_ENDS_WITHIN_S = 5.0
"""A thread that has been told to end is waited for no longer."""

_RUNS_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class _Done(Generic[OutT]):
    """A finished piece of work, or what ended the thread."""

    place: int
    result: OutT | None
    error: BaseException | None = None


class Line(Generic[InT, OutT]):
    """Inputs go in one by one, results come out as they are ready. Use as a context manager.

    Leaving it cancels what is under way and ends the thread. The thread is a daemon: an interrupted program does not
    wait for answers.
    """

    def __init__(self) -> None:
        self._done: SimpleQueue[_Done[OutT] | None] = SimpleQueue()
        self._running = threading.Event()
        self._stepped: SimpleQueue[None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._work: Callable[[InT], Awaitable[OutT]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self.resting = 0
        """Inputs that wait before they are tried again, and leave room for others meanwhile."""

    def start(self, open_work: Callable[[], AbstractAsyncContextManager[Callable[[InT], Awaitable[OutT]]]]) -> None:
        """Starts the thread; `open_work` is entered on its event loop, and gives what is done with every input."""
        self._thread = threading.Thread(target=self._serve, args=(open_work,), name="lgir-ask", daemon=True)
        self._thread.start()
        self._running.wait()

    def results(
        self, inputs: Iterator[tuple[int, InT]], *, at_once: Callable[[], int], most: int, ahead: int
    ) -> Iterator[tuple[int, OutT]]:
        """(place, result), the moment each is ready.

        An input is begun only when fewer than `at_once` are under way besides those at rest, and fewer than `most`
        altogether; and only after the caller has come back for the next result. While there is none, up to `ahead`
        inputs are read, so that the next is at hand when there is room. An exception of the work ends it; what was
        ready by then is given first.
        """
        read: deque[tuple[int, InT]] = deque()
        under_way = 0
        while True:
            while under_way < most and under_way - self.resting < at_once() and (read or _read_one(inputs, read)):
                self._submit(*read.popleft())
                under_way += 1
            if under_way == 0:
                return
            while len(read) < ahead and self._done.empty() and _read_one(inputs, read):
                self._give_way()
            if (done := self._done.get()) is None:
                continue  # an input has gone to rest: there may be room for another
            if done.error is not None:
                self.close()
                yield from self._ready()
                raise done.error
            under_way -= 1
            yield done.place, done.result  # type: ignore[misc]  # the work made it

    async def rest(self, seconds: float) -> None:
        """Called by the work: waits, and leaves room for another input meanwhile."""
        self.resting += 1
        self._done.put(None)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.resting -= 1

    def close(self) -> None:
        """Cancels what is under way and ends the thread."""
        if self._thread is None:
            return
        if self._loop is not None and self._end is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._end.set)
        # a generator may be cleaned up by any thread, and at the very end of the program, when this one stands still
        if threading.current_thread() is not self._thread and not sys.is_finalizing():
            self._thread.join(_ENDS_WITHIN_S)

    def _ready(self) -> Iterator[tuple[int, OutT]]:
        with suppress(Empty):
            while True:
                done = self._done.get_nowait()
                if done is not None and done.error is None:
                    yield done.place, done.result  # type: ignore[misc]  # the work made it

    def _submit(self, place: int, value: InT) -> None:
        self._let_run(self._begin, place, value)

    def _give_way(self) -> None:
        self._let_run(self._turn_over)

    def _let_run(self, callback: Callable[..., None], *arguments: Any) -> None:
        """Has the event loop do this and whatever else is ready, and waits for it.

        While this thread computes, the loop would come to its work only piece by piece: after every call of the system
        it would wait again for the interpreter, up to 5 ms each time.
        """
        if self._loop is not None:
            with suppress(RuntimeError, Empty):  # the thread has ended, and what ended it is the next result
                self._loop.call_soon_threadsafe(callback, *arguments)
                self._stepped.get(timeout=_RUNS_WITHIN_S)

    def _begin(self, place: int, value: InT) -> None:
        task = asyncio.get_running_loop().create_task(self._do(place, value))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._turn_over()

    def _turn_over(self) -> None:
        # one turn on, the task that was just begun has sent its request, and what was received has been read
        asyncio.get_running_loop().call_soon(self._stepped.put, None)

    async def _do(self, place: int, value: InT) -> None:
        assert self._work is not None
        try:
            self._done.put(_Done(place, await self._work(value)))
        except Exception as error:  # handed to the caller
            self._done.put(_Done(place, None, error))

    def _serve(self, open_work: Callable[[], AbstractAsyncContextManager[Callable[[InT], Awaitable[OutT]]]]) -> None:
        try:
            asyncio.run(self._run(open_work))
        except BaseException as error:  # handed to the caller
            self._done.put(_Done(-1, None, error))
        finally:
            self._running.set()

    async def _run(
        self, open_work: Callable[[], AbstractAsyncContextManager[Callable[[InT], Awaitable[OutT]]]]
    ) -> None:
        self._end = asyncio.Event()
        async with open_work() as self._work:
            self._loop = asyncio.get_running_loop()
            self._running.set()
            await self._end.wait()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _read_one(inputs: Iterator[InT], read: deque[InT]) -> bool:
    """Whether there was another."""
    for value in inputs:
        read.append(value)
        return True
    return False
