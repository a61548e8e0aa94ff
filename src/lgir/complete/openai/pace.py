"""How fast a server is asked: as many requests at once as it takes, and none while it asks for a pause."""

import asyncio
import random
import threading
import time
from collections import deque
from types import TracebackType


class Pace:
    """The most requests under way at once, found by trying (additive increase, multiplicative decrease).

    It begins with `most`, halves when the server is too busy, and grows by one with every round of answers. Safe to use
    from several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._cut_at = self._resume_at = -float("inf")
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """Requests that may be under way now; at least 1."""
        return int(self._limit)

    @property
    def pause_s(self) -> float:
        """Seconds for which nothing is to be asked; not above 0 where there is no pause."""
        return self._resume_at - time.monotonic()

    def answered(self) -> None:
        """A request went well."""
        with self._lock:
            self._limit = min(self._most, self._limit + 1 / self._limit)

    def too_fast(self, begun: float) -> None:
        """The server was too busy for a request sent at `begun` (monotonic seconds).

        Requests that were under way when the limit was last halved tell nothing about the new one.
        """
        with self._lock:
            if begun >= self._cut_at:
                self._limit = max(1.0, self._limit / 2)
                self._cut_at = time.monotonic()

    def pause(self, seconds: float) -> None:
        """The server wants no request for so long."""
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + seconds)


class Gate:
    """Lets as many requests of one event loop through as the pace allows."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._busy = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        while True:
            if (pause_s := self._pace.pause_s) > 0:
                # not all in the same moment
                await asyncio.sleep(pause_s * random.uniform(1.0, 1.1))
            elif self._busy < self._pace.limit and not self._waiting:
                self._busy += 1
                return
            else:
                await self._turn()
                if self._pace.pause_s <= 0:
                    return
                self._leave()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                self._leave()
            raise

    def _leave(self) -> None:
        """Hands the place on; whoever gets it counts as inside from now on, so that nobody overtakes."""
        self._busy -= 1
        while self._waiting and self._busy < self._pace.limit:
            self._waiting.popleft().set_result(None)
            self._busy += 1
