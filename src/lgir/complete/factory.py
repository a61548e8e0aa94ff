"""From a configuration to a completer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from lgir.complete.cached import CachedCompleter
from lgir.complete.config import CompleteConfig
from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.openai import OpenAICompleter
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Query
from lgir.core.seams import Completer
from lgir.store.completions import CompletionStore


class ResumeOnly:
    """Shows `inner` the résumé and no job: what eq. 1 may see. Queries that differ in their jobs become equal."""

    def __init__(self, inner: Completer) -> None:
        self._inner = inner
        self.fingerprint = fingerprint("resume only", inner.fingerprint)

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One result per query, in order, lazily."""
        return self._inner.complete(replace(query, jobs=()) for query in queries)


def _extractive(config: CompleteConfig) -> Completer:
    return ExtractiveCompleter(config.mode, config.extractive)


def _openai(config: CompleteConfig) -> Completer:
    if config.mode == "none":
        return _extractive(config)
    return OpenAICompleter(config.openai, config.mode, config.language)


BACKENDS: Mapping[str, Callable[[CompleteConfig], Completer]] = MappingProxyType(
    {"extractive": _extractive, "openai": _openai}
)
"""Every back end, by the name that a configuration gives."""


def build_completer(config: CompleteConfig, store: CompletionStore | None = None) -> Completer:
    """The completer that a configuration asks for; with a store, nothing is ever completed twice.

    Mode "none" needs no language model and gives the résumé itself, whatever the back end.

    Raises:
        MissingExtra: the back end's package is not installed.
        BadConfig: the back end lacks a setting.
    """
    completer = BACKENDS[config.backend](config)
    if store is not None:
        completer = CachedCompleter(completer, store)
    return completer if config.mode == "irc" else ResumeOnly(completer)
