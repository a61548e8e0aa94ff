"""Completions → ranking profiles: what of a completed résumé is encoded, under the configuration's policy."""

from collections.abc import Sequence
from dataclasses import replace

from lgir.complete.config import CompleteConfig
from lgir.complete.grounding.profile import ranking_profile
from lgir.complete.grounding.semantic import SemanticChecker
from lgir.complete.llm.show import sources_of
from lgir.core.records import Completion, Failure, Query
from lgir.core.seams import TextEncoder


class Profiles:
    """Makes ranking profiles.

    With `unsupported = "keep"` a profile is the completed résumé as it is. Otherwise what the rules could not find in a
    source is looked for by meaning, with the run's encoder, before it is marked or dropped.
    """

    def __init__(self, config: CompleteConfig, encoder: TextEncoder) -> None:
        self._config = config
        self._checker = None if config.unsupported == "keep" else SemanticChecker(encoder, threshold=config.support)

    def checked(self, queries: Sequence[Query], results: Sequence[Completion | Failure]) -> list[Completion | Failure]:
        """The results with the statements that are supported by meaning told from those that are not."""
        if self._checker is None:
            return list(results)
        made = [place for place, result in enumerate(results) if isinstance(result, Completion)]
        refined = self._checker.refine(
            [result.statements for result in results if isinstance(result, Completion)],
            [
                sources_of(query, result)
                for query, result in zip(queries, results, strict=True)
                if isinstance(result, Completion)
            ],
        )
        found = list(results)
        for place, statements in zip(made, refined, strict=True):
            result = results[place]
            if isinstance(result, Completion):
                found[place] = replace(result, statements=statements)
        return found

    def texts(self, queries: Sequence[Query], results: Sequence[Completion | Failure]) -> tuple[str, ...]:
        """One profile per query: of a checked completion, or the person's own résumé where there is none."""
        return tuple(
            query.resume
            if isinstance(result, Failure)
            else ranking_profile(result, self._config.unsupported, self._config.language).text
            for query, result in zip(queries, results, strict=True)
        )
