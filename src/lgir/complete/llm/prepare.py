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
from lgir.complete.llm.show import Cuts, clean_query, show
from lgir.complete.privacy.redact import Redaction, Redactor
from lgir.core.processes import follow
from lgir.core.records import Prompt, Query

_CHUNK = 16
"""Queries handed over at a time."""
_CHUNKS = 4
"""Chunks under way: enough that the other process never waits for this one."""
_ALONE = 64
"""So many rows need no other process, which takes a second to start. Where there are more, it is started at once, and
these are prepared here meanwhile."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready to be asked for.

    Attributes:
        hidden: how much was removed that nobody sees.
        sources: what an answer may rest on, see `Shown`.
        cuts: what was not shown.
        redaction: what puts personal data back into an answer, without the texts; None where they stayed.
        prompt: the prompt; None where there is nothing to complete from.
    """

    hidden: int
    sources: Query
    cuts: Cuts
    redaction: Redaction | None
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
        prompt = None if shown.empty else self.template.render(shown.query)
        redaction = None if shown.redaction is None else replace(shown.redaction, texts=())
        return Prepared(hidden, shown.sources, shown.cuts, redaction, prompt)


Row = tuple[int, Query]
Ready = tuple[int, Prepared]


def prepared(prepare: Preparer, rows: Iterator[Row], *, helper: bool) -> Iterator[Ready]:
    """(place, what is ready), for every row; not in order where another process helps.

    Args:
        prepare: what is done.
        rows: (place, query).
        helper: whether another process does a part of the work, once there are many rows.
    """
    first = list(islice(rows, _ALONE)) if helper else []
    # looked at first: a process is not started for nothing
    if len(first) == _ALONE and (chunk := list(islice(rows, _CHUNK))):
        yield from _shared(prepare, deque(first), chain(chunk, rows))
    else:
        for place, query in chain(first, rows):
            yield place, prepare(query)


def _shared(prepare: Preparer, own: deque[Row], rows: Iterator[Row]) -> Iterator[Ready]:
    """Hands rows over chunk by chunk; takes `own` itself, and further rows while no chunk is ready."""
    context = get_context("spawn")  # a fork of a process with threads may lock up
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=follow, initargs=(os.getpid(),))
    under_way: deque[tuple[Future[list[Ready]], list[Row]]] = deque()
    try:
        while True:
            while len(under_way) < _CHUNKS and (chunk := list(islice(rows, _CHUNK))):
                under_way.append((_submitted(pool, prepare, chunk), chunk))
            if own:
                place, query = own.popleft()
                yield place, prepare(query)
            elif not under_way:
                return
            elif not under_way[0][0].done() and (row := next(rows, None)) is not None:
                own.append(row)
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
