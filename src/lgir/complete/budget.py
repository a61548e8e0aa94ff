"""A budget of rows, tokens, money and time that is never exceeded."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.tokens import estimated_tokens
from lgir.complete.order import in_order
from lgir.core.records import Completion, Failure, Query
from lgir.core.seams import Completer, ReadyCompleter

_INSTRUCTION_TOKENS = 500
"""More than the tokens of any shipped prompt without its sources."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use.

    Attributes:
        rows: most résumés asked for; None: no limit, as below.
        tokens: most tokens read and written together.
        cost: most money, in the currency of the configuration's prices.
        deadline: when to stop, in seconds of `time.monotonic`.
    """

    rows: int | None = None
    tokens: int | None = None
    cost: float | None = None
    deadline: float | None = None


class Budget:
    """What is left. A row is admitted only if the most it can take still fits, together with all rows under way."""

    def __init__(self, limits: Limits, config: LlmConfig) -> None:
        self._limits, self._config = limits, config
        self._reserved = {"tokens": 0.0, "cost": 0.0}
        self._spent = {"tokens": 0.0, "cost": 0.0}
        self._rows = 0
        self._under_way = 0

    @property
    def idle(self) -> bool:
        """Whether no row is under way: what is refused now will never be admitted."""
        return self._under_way == 0

    def refusal(self, query: Query) -> str | None:
        """Why a row cannot be admitted now; None where it can."""
        limits, most = self._limits, self._most(query)
        if limits.deadline is not None and time.monotonic() >= limits.deadline:
            return "the time for this run was over"
        if limits.rows is not None and self._rows >= limits.rows:
            return f"the limit of {limits.rows:,} rows was reached"
        for what, limit in (("tokens", limits.tokens), ("cost", limits.cost)):
            if limit is not None and self._spent[what] + self._reserved[what] + most[what] > limit:
                return f"the limit of {limit:,} {'tokens' if what == 'tokens' else 'for costs'} was reached"
        return None

    def begin(self, query: Query) -> None:
        """Sets aside the most a row can take."""
        self._rows += 1
        self._under_way += 1
        self._move(self._reserved, self._most(query), 1)

    def end(self, query: Query, result: Completion | Failure) -> None:
        """Counts what a row has taken."""
        self._under_way -= 1
        self._move(self._reserved, self._most(query), -1)
        told = result.provenance if isinstance(result, Completion) else result
        self._move(self._spent, _used(told.tokens_in, told.tokens_out, self._config), 1)

    def _most(self, query: Query) -> dict[str, float]:
        llm = self._config
        if self._limits.tokens is None and self._limits.cost is None:  # nobody asks
            return {}
        sources = estimated_tokens(query.resume[: llm.max_resume_chars])
        sources += sum(estimated_tokens(job.text[: llm.max_job_chars]) for job in query.jobs)
        attempts = 1 + llm.bad_answer_retries
        # the estimate may fall short by a half
        tokens_in = math.ceil(1.5 * min(sources, llm.max_prompt_tokens)) + _INSTRUCTION_TOKENS
        return _used(attempts * tokens_in, attempts * llm.max_tokens, llm)

    @staticmethod
    def _move(where: dict[str, float], amount: dict[str, float], sign: int) -> None:
        for what, value in amount.items():
            where[what] += sign * value


def _used(tokens_in: int, tokens_out: int, config: LlmConfig) -> dict[str, float]:
    return {"tokens": float(tokens_in + tokens_out), "cost": cost(tokens_in, tokens_out, config) or 0.0}


def cost(tokens_in: int, tokens_out: int, config: LlmConfig) -> float | None:
    """What so many tokens cost; None where a price is unknown."""
    if config.price_in is None or config.price_out is None:
        return None
    return (tokens_in * config.price_in + tokens_out * config.price_out) / 1e6


class BoundedCompleter:
    """Asks `inner` while the budget lasts; every further row is a passing failure, so that it stays open."""

    def __init__(self, inner: Completer, budget: Budget) -> None:
        self._inner, self._budget = inner, budget
        self.fingerprint = inner.fingerprint

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One result per query, in order, lazily."""
        return in_order(self.complete_ready(queries))

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Completion | Failure]]:
        """(place of the query, its result), the moment each is ready."""
        rows = _Rows(enumerate(queries), self._budget)
        inner = self._inner
        while not rows.exhausted:
            asked = rows.admitted()
            ready = (
                inner.complete_ready(asked) if isinstance(inner, ReadyCompleter) else enumerate(inner.complete(asked))
            )
            for number, result in ready:
                place, query = rows.under_way.pop(number)
                self._budget.end(query, result)
                yield place, result
            yield from rows.refused()


class _Rows:
    """The rows of one call: admitted round by round, until one is refused though nothing is under way."""

    def __init__(self, rows: Iterator[tuple[int, Query]], budget: Budget) -> None:
        self._rows, self._budget = rows, budget
        self._held: tuple[int, Query] | None = None
        self.under_way: dict[int, tuple[int, Query]] = {}
        self.exhausted = False

    def admitted(self) -> Iterator[Query]:
        """Queries for one round; it ends with the first that has to wait for others to end."""
        number = 0
        while True:
            self._held = self._held or next(self._rows, None)
            if self._held is None:
                self.exhausted = True
                return
            if self._budget.refusal(self._held[1]) is not None:
                return
            (place, query), self._held = self._held, None
            self._budget.begin(query)
            self.under_way[number] = (place, query)
            number += 1
            yield query

    def refused(self) -> Iterator[tuple[int, Failure]]:
        """All remaining rows, where the next one will never be admitted."""
        if self._held is None or not self._budget.idle or (why := self._budget.refusal(self._held[1])) is None:
            return
        yield self._held[0], Failure(why, attempts=0, passing=True)
        for place, _ in self._rows:
            yield place, Failure(why, attempts=0, passing=True)
        self._held, self.exhausted = None, True
