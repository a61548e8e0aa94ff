"""Completions made once: any completer over a store."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Query
from lgir.core.seams import Completer, ReadyCompleter
from lgir.store.completions import CompletionStore

Result = Completion | Failure


class CachedCompleter:
    """Asks `inner` only for what the store does not have, and keeps each completion the moment it is ready.

    Queries are read `batch` at a time, which bounds memory; equal queries of a batch are asked once. Failures are
    handed on and not kept, so that the next run tries them again. Whoever the person is makes no difference: a
    completion depends on the résumé and the jobs, not on the user id.
    """

    def __init__(self, inner: Completer, store: CompletionStore, *, batch: int = 256) -> None:
        self._inner, self._store, self._batch = inner, store, batch
        self.fingerprint = inner.fingerprint

    def complete(self, queries: Iterable[Query], /) -> Iterator[Result]:
        """One result per query, in order, lazily. Raises what `inner` and the store raise."""
        stream = iter(queries)
        while batch := list(islice(stream, self._batch)):
            yield from self._complete_batch(batch)

    def _complete_batch(self, batch: Sequence[Query]) -> Iterator[Result]:
        keys = [self._key(query) for query in batch]
        results: dict[str, Result] = {**self._store.get(list(dict.fromkeys(keys)))}
        missing = {key: query for key, query in zip(keys, batch, strict=True) if key not in results}
        turn = 0
        for key, result in self._ask(missing):
            results[key] = result
            while turn < len(keys) and keys[turn] in results:
                yield results[keys[turn]]
                turn += 1
        yield from (results[key] for key in keys[turn:])

    def _ask(self, missing: dict[str, Query]) -> Iterator[tuple[str, Result]]:
        keys = list(missing)
        inner = self._inner
        if isinstance(inner, ReadyCompleter):
            ready = inner.complete_ready(missing.values())
        else:
            ready = enumerate(inner.complete(missing.values()))
        for place, result in ready:
            if isinstance(result, Completion):
                self._store.put(keys[place], result)
            yield keys[place], result

    def _key(self, query: Query) -> str:
        return fingerprint(self.fingerprint, query.resume, [[job.job_id, job.text] for job in query.jobs])
