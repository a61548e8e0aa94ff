"""Queries → completed résumés → the texts that are encoded."""

from collections.abc import Sequence
from dataclasses import dataclass

from lgir.core.records import Completion, Failure, Query
from lgir.core.run import Progress
from lgir.pipeline.tools import Tools


@dataclass(frozen=True, slots=True)
class Completed:
    """Results for a list of queries, in order.

    Attributes:
        texts: what is encoded: the ranking profiles, or the person's own résumé where completion failed.
        results: the completions and failures themselves.
    """

    texts: tuple[str, ...]
    results: tuple[Completion | Failure, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Those that did not come about."""
        return tuple(result for result in self.results if isinstance(result, Failure))

    @property
    def tokens(self) -> tuple[int, int]:
        """Of the language model, in and out; completions that were kept from before count too."""
        made = [result.provenance for result in self.results if isinstance(result, Completion)]
        return sum(one.tokens_in for one in made), sum(one.tokens_out for one in made)


def complete_all(tools: Tools, queries: Sequence[Query], progress: Progress, what: str) -> Completed:
    """Completes every query; a failed one falls back to the person's own résumé and is counted, never hidden."""
    progress.start(what, len(queries))
    results = []
    for result in tools.completer.complete(queries):
        results.append(result)
        progress.advance()
    failed = sum(isinstance(result, Failure) for result in results)
    progress.finish(f"{failed} of {len(queries)} failed; their own résumés are used" if failed else "")
    checked = tools.profiles.checked(queries, results)
    return Completed(tools.profiles.texts(queries, checked), tuple(checked))
