"""Prompts made ahead: the work that needs no answer, shared with another process where a server is fast."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing import get_context

from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.prompt import PromptTemplate
from lgir.complete.llm.show import Shown, clean_query, show
from lgir.complete.privacy.redact import Redactor
from lgir.core.processes import follow
from lgir.core.records import Prompt, Query

_CHUNK = 16
"""Queries handed over at a time."""
_CHUNKS = 4
"""Chunks under way: enough that the other process never waits for this one."""
_ALONE = 64
"""Rows prepared here before another process is started, which takes a second or two: a small run needs none."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to be asked for.

    Attributes:
        hidden: how much was removed that nobody sees.
        shown: what is shown.
        prompt: the prompt; None where there is nothing to complete from.
    """

    hidden: int
    shown: Shown
    prompt: Prompt | None


@dataclass(frozen=True, slots=True)
class Preparer:
    """Query → prompt."""

    template: PromptTemplate
    config: LlmConfig
    redactor: Redactor | None

    def __call__(self, query: Query) -> Prepared:
        """Cleans, chooses, redacts and fills in."""
        visible, hidden = clean_query(query if self.template.mode == "irc" else replace(query, jobs=()))
        shown = show(visible, self.config, self.redactor)
        return Prepared(hidden, shown, None if shown.empty else self.template.render(shown.query))


Row = tuple[int, Query]
Ready = tuple[int, Prepared]


def prepared(prepare: Preparer, rows: Iterator[Row], *, helper: bool) -> Iterator[Ready]:
    """(place, what is ready), for every row; not in order where another process helps.

    Args:
        prepare: what is done.
        rows: (place, query).
        helper: whether another process does a part of the work, once there are many rows.
    """
    for place, query in islice(rows, _ALONE if helper else None):
        yield place, prepare(query)
    # looked at first: a process is not started for nothing
    if chunk := list(islice(rows, _CHUNK)):
        yield from _shared(prepare, chain(chunk, rows))


def _shared(prepare: Preparer, rows: Iterator[Row]) -> Iterator[Ready]:
    """Hands rows over chunk by chunk, and takes rows itself while no chunk is ready."""
    context = get_context("spawn")  # a fork of a process with threads may lock up
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=follow, initargs=(os.getpid(),))
    under_way: deque[tuple[Future[list[Ready]], list[Row]]] = deque()
    try:
        while True:
            while len(under_way) < _CHUNKS and (chunk := list(islice(rows, _CHUNK))):
                under_way.append((_submitted(pool, prepare, chunk), chunk))
            if not under_way:
                return
            row = None if under_way[0][0].done() else next(rows, None)
            if row is not None:
                yield row[0], prepare(row[1])
            else:
                yield from _finished(prepare, *under_way.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, prepare: Preparer, chunk: list[Row]) -> "Future[list[Ready]]":
    try:
        return pool.submit(_prepare_all, prepare, chunk)
    except BrokenProcessPool as broken:
        lost: Future[list[Ready]] = Future()
        lost.set_exception(broken)
        return lost


def _finished(prepare: Preparer, future: "Future[list[Ready]]", chunk: list[Row]) -> list[Ready]:
    try:
        return future.result()
    except BrokenProcessPool:  # killed, or out of memory: its work is done here
        return _prepare_all(prepare, chunk)


def _prepare_all(prepare: Preparer, chunk: list[Row]) -> list[Ready]:
    return [(place, prepare(query)) for place, query in chunk]
