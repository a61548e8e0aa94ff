"""From a configuration to a completer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lgir.complete.budget import BoundedCompleter, Budget, Limits
from lgir.complete.cached import Asking, CachedCompleter
from lgir.complete.config import CompleteConfig
from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.local.transformers_model import TransformersModel
from lgir.complete.local.vllm_model import VllmModel
from lgir.complete.openai.server import OpenAIServer
from lgir.complete.privacy.redact import PresidioRedactor, Redactor, RuleRedactor
from lgir.core.errors import BadConfig
from lgir.core.records import NO_MODEL
from lgir.core.seams import Completer, LanguageModel
from lgir.store.completions import CompletionStore


def _openai(config: CompleteConfig, deadline: float | None) -> LanguageModel:
    llm = config.llm
    return OpenAIServer(
        config.openai, max_tokens=llm.max_tokens, temperature=llm.temperature, seed=llm.seed, deadline=deadline
    )


def _transformers(config: CompleteConfig, deadline: float | None) -> LanguageModel:
    llm = config.llm
    return TransformersModel(
        config.transformers, max_tokens=llm.max_tokens, temperature=llm.temperature, seed=llm.seed, deadline=deadline
    )


def _vllm(config: CompleteConfig, deadline: float | None) -> LanguageModel:
    llm = config.llm
    return VllmModel(
        config.vllm, max_tokens=llm.max_tokens, temperature=llm.temperature, seed=llm.seed, deadline=deadline
    )


LANGUAGE_MODELS: Mapping[str, Callable[[CompleteConfig, float | None], LanguageModel]] = MappingProxyType(
    {"openai": _openai, "transformers": _transformers, "vllm": _vllm}
)
"""Every language model, by the name that a configuration gives; all of them stand behind `LlmCompleter`."""


FAST = 16
"""Requests at once from which a server may answer faster than one process can make prompts."""


def build_completer(config: CompleteConfig, *, deadline: float | None = None, helper: bool = False) -> Completer:
    """The completer that a configuration asks for.

    Mode "none" needs no language model and gives the résumé itself, whatever the back end. Nothing is loaded, and no
    server asked, before the first query.

    Args:
        config: what to build.
        deadline: when to stop asking, in seconds of `time.monotonic`; None: never.
        helper: whether another process may make a part of the prompts, where a server is asked much at once. It is
            started as `multiprocessing` starts one: a script that asks for it must guard its main part by __name__.

    Raises:
        MissingExtra: the back end's package is not installed.
        BadConfig: the back end lacks a setting.
    """
    if config.backend == "extractive" or config.mode == "none":
        return ExtractiveCompleter(config.mode, config.extractive)
    return llm_completer(config, LANGUAGE_MODELS[config.backend](config, deadline), helper=helper)


def llm_completer(config: CompleteConfig, model: LanguageModel, *, helper: bool = False) -> LlmCompleter:
    """The configured completion around any language model.

    Raises:
        BadConfig: mode "none", which asks no language model.
    """
    if config.mode == "none":
        raise BadConfig("complete.mode = 'none' asks no language model; set it to src or irc")
    # a spaCy model is not for two processes to hold
    helper &= config.backend == "openai" and config.openai.concurrency >= FAST and config.llm.presidio_model is None
    redactor = _redactor(config)
    return LlmCompleter(
        model, config.llm, config.mode, config.language, redactor, backend=config.backend, helper=helper
    )


def build_cached_completer(
    config: CompleteConfig,
    store: CompletionStore,
    *,
    asking: Asking = "new",
    limits: Limits | None = None,
    helper: bool = False,
) -> CachedCompleter:
    """The same over a store: nothing is ever completed twice, and no more is used than `limits` allow.

    Raises as `build_completer`.
    """
    limits = limits or Limits()
    completer = build_completer(config, deadline=limits.deadline, helper=helper)
    bounded = BoundedCompleter(completer, Budget(limits, config.llm))
    return CachedCompleter(bounded, store, jobs=config.mode == "irc", asking=asking)


def written_by(config: CompleteConfig) -> str:
    """How the text of this configuration's completions comes about, as `Provenance.note` says it."""
    completer = build_completer(config)
    return completer.note if isinstance(completer, LlmCompleter) else NO_MODEL


def _redactor(config: CompleteConfig) -> Redactor | None:
    if not config.llm.redact:
        return None
    model = config.llm.presidio_model
    return RuleRedactor() if model is None else PresidioRedactor(model, language=config.language)
