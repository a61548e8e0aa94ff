"""Completions made once: any completer over a store."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from lgir.complete.llm.renew import renewed
from lgir.complete.order import in_order
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Query
from lgir.core.seams import Completer, ReadyCompleter
from lgir.store.completions import CompletionStore, subject_of

Result = Completion | Failure
State = Literal["kept", "completed", "failed", "failed before", "open"]
Asking = Literal["new", "failed", "nothing"]

_BATCH = 256
"""Queries looked up at a time where their results are there already."""

_BATCH_WHILE_ASKING = 16
"""Queries looked up at a time while others are asked for: answers wait meanwhile."""

_MOST_WAITING = 4 * _BATCH
"""Rows that need no asking and wait while others are asked for; more of them end the asking for a moment."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row.

    Attributes:
        place: of its query.
        state: kept: it was there already; completed, failed: just now; failed before: it has failed in an earlier run
            and is not asked for; open: it was not asked for.
        result: the completion or failure; None for "open" and, where results are not wanted, for "kept"; a passing
            failure for a row that was asked for in vain and stays open.
    """

    place: int
    state: State
    result: Result | None


class CachedCompleter:
    """Asks `inner` only for what the store does not have, and keeps each completion the moment it is ready.

    Queries are read `batch` at a time, which bounds memory; equal queries are asked once. A failure is kept too, unless
    it is a passing one: the row is not asked for again until somebody asks for the failed ones. Whoever the person is
    makes no difference: a completion depends on the résumé and the jobs, not on the user id.

    Args:
        inner: who is asked.
        store: what is kept.
        jobs: False shows `inner` the résumé alone (eq. 1), so that queries that differ in their jobs become equal.
        asking: new: rows that have neither a completion nor a failure. failed: those that have a failure. nothing: no
            row.
        batch: queries looked up at a time.
    """

    def __init__(
        self,
        inner: Completer,
        store: CompletionStore,
        *,
        jobs: bool = True,
        asking: Asking = "new",
        batch: int = _BATCH,
    ) -> None:
        self._inner, self._store, self._jobs, self._asking, self._batch = inner, store, jobs, asking, batch
        self.fingerprint = inner.fingerprint

    def complete(self, queries: Iterable[Query], /) -> Iterator[Result]:
        """One result per query, in order, lazily. Raises what `inner` and the store raise."""
        return in_order(self.complete_ready(queries))

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Result]]:
        """(place of the query, its result), the moment each is ready. Raises as `complete`."""
        for outcome in self.outcomes(queries):
            yield outcome.place, outcome.result or Failure("it was not asked for", attempts=0, passing=True)

    def outcomes(self, queries: Iterable[Query], /, *, results: bool = True) -> Iterator[Outcome]:
        """What becomes of each row, in no order. Raises as `complete`.

        Args:
            queries: the rows.
            results: False leaves the completions of kept rows unread.
        """
        rows = _Rows(self._look_up(queries, results))
        while True:
            for number, result in self._ask(rows.to_ask()):
                row = rows.asked.pop(number)
                self._keep(row, result)
                yield from rows.answered(row, result)
                yield from rows.waiting()
            yield from rows.waiting()
            if rows.exhausted:
                return

    def known(self, queries: Iterable[Query], /) -> Iterator[Outcome | str]:
        """What is known of each row, in order, without asking; of one that would be asked for, its key: equal rows have
        one key, and are asked for once."""
        return (row.known or row.key for row in self._look_up(queries, results=False))

    def asking_nothing(self) -> "CachedCompleter":
        """The same over the same store, with nobody asked."""
        return CachedCompleter(self._inner, self._store, jobs=self._jobs, asking="nothing", batch=self._batch)

    def give_up(self, query: Query, failure: Failure) -> Failure:
        """Keeps a passing failure after all, so that the row is not asked for again unbidden."""
        final = replace(failure, passing=False)
        self._store.put_failure(self._key(query if self._jobs else replace(query, jobs=())), final, subject_of(query))
        return final

    def _ask(self, queries: Iterator[Query]) -> Iterator[tuple[int, Result]]:
        if isinstance(self._inner, ReadyCompleter):
            return self._inner.complete_ready(queries)
        return enumerate(self._inner.complete(queries))

    def _keep(self, row: "_Row", result: Result) -> None:
        if isinstance(result, Completion):
            self._store.put(row.key, result, subject_of(row.query))
        elif not result.passing:
            self._store.put_failure(row.key, result, subject_of(row.query))

    def _look_up(self, queries: Iterable[Query], results: bool) -> "Iterator[_Row]":
        stream = enumerate(query if self._jobs else replace(query, jobs=()) for query in queries)
        size = min(self._batch, _BATCH_WHILE_ASKING)
        while batch := list(islice(stream, size)):
            keys = [self._key(query) for _, query in batch]
            distinct = list(dict.fromkeys(keys))
            kept = self._kept(keys, batch) if results else dict.fromkeys(self._store.known(distinct))
            failed = self._store.failures([key for key in distinct if key not in kept])
            rows = [
                _Row(key, place, query, self._state(key, place, kept, failed))
                for key, (place, query) in zip(keys, batch, strict=True)
            ]
            asking = any(row.known is None for row in rows)
            size = min(self._batch, _BATCH_WHILE_ASKING if asking else 2 * size)
            yield from rows

    def _kept(self, keys: Sequence[str], rows: Sequence[tuple[int, Query]]) -> dict[str, Completion | None]:
        """What the store has; what was grounded by other rules than today's is grounded anew, once."""
        queries = {key: query for key, (_, query) in zip(keys, rows, strict=True)}
        kept: dict[str, Completion | None] = {}
        for key, completion in self._store.get(list(queries)).items():
            new = renewed(queries[key], completion)
            if new is not None:
                self._store.renew(key, new)
            kept[key] = new or completion
        return kept

    def _state(
        self, key: str, place: int, kept: Mapping[str, Completion | None], failed: Mapping[str, Failure]
    ) -> Outcome | None:
        if key in kept:
            return Outcome(place, "kept", kept[key])
        if key in failed and self._asking != "failed":
            return Outcome(place, "failed before", failed[key])
        asked = (self._asking == "new") or (self._asking == "failed" and key in failed)
        return None if asked else Outcome(place, "open", None)

    def _key(self, query: Query) -> str:
        return fingerprint(self.fingerprint, query.resume, [[job.job_id, job.text] for job in query.jobs])


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was looked up; `known` is None where it has to be asked for."""

    key: str
    place: int
    query: Query
    known: Outcome | None


class _Rows:
    """The rows of one call: which are asked for, which wait to be handed out, and which are equal to another."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self._waiting: deque[Outcome] = deque()
        self._places: dict[str, list[int]] = {}
        # looked up before an equal row was answered: found here, as the look-up could not know
        self._lately: OrderedDict[str, Result] = OrderedDict()
        self.asked: dict[int, _Row] = {}
        self.exhausted = False

    def to_ask(self) -> Iterator[Query]:
        """Queries for one round of asking; it ends where too much would have to wait, and another round follows."""
        self.asked.clear()
        number = 0
        while len(self._waiting) < _MOST_WAITING:
            row = next(self._rows, None)
            if row is None:
                self.exhausted = True
                return
            if row.known is not None:
                self._waiting.append(row.known)
            elif row.key in self._places:
                self._places[row.key].append(row.place)
            elif row.key in self._lately:
                self._waiting.append(_outcome(row.place, self._lately[row.key], again=True))
            else:
                self._places[row.key] = [row.place]
                self.asked[number] = row
                number += 1
                yield row.query

    def answered(self, row: _Row, result: Result) -> Iterator[Outcome]:
        """The row's outcome, and that of every row equal to it."""
        self._lately[row.key] = result
        if len(self._lately) > _MOST_WAITING:
            self._lately.popitem(last=False)
        first, *others = self._places.pop(row.key)
        yield _outcome(first, result, again=False)
        for place in others:
            yield _outcome(place, result, again=True)

    def waiting(self) -> Iterator[Outcome]:
        """Rows that needed no asking."""
        while self._waiting:
            yield self._waiting.popleft()


def _outcome(place: int, result: Result, *, again: bool) -> Outcome:
    if isinstance(result, Completion):
        return Outcome(place, "kept" if again else "completed", result)
    return Outcome(place, "open" if result.passing else "failed before" if again else "failed", result)
