"""Résumé completion by a language model behind any OpenAI-compatible server (paper eq. 1, 2)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

from lgir.complete.config import Language, OpenAIConfig, PromptMode
from lgir.complete.grounding import ground
from lgir.complete.pool import as_ready, in_order
from lgir.complete.prompt import clip, load_prompt
from lgir.complete.server import BASE_URL_VARIABLE, MODEL_VARIABLE, Faults, check_base_url, connect, setting
from lgir.complete.text import answer_text
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Provenance, Query

_VERSION = 1
"""Raised whenever some query would get another text."""


class OpenAICompleter:
    """Asks a language model; the completed résumé G_c is its answer.

    Each phrase of the answer becomes a statement with the origin that the sources support word for word; what stands in
    none of them is inferred. A row that fails is a `Failure` and loses no other. The fingerprint names model, prompt
    and parameters, not the address: the same model may move to another server.

    Raises:
        MissingExtra: the package openai is not installed.
        BadConfig: no address or model is given, or one that cannot be used.
    """

    def __init__(self, config: OpenAIConfig, mode: PromptMode = "irc", language: Language = "en") -> None:
        base_url = setting(config.base_url, "openai.base_url", BASE_URL_VARIABLE, "http://localhost:8000/v1")
        self._model = setting(config.model, "openai.model", MODEL_VARIABLE, "qwen3-8b")
        self._config = config
        self._prompt = load_prompt(mode, language)
        self._client = connect(check_base_url(base_url), config)
        self._faults = Faults(base_url, self._model, config)
        self._limits = {name: getattr(config, name) for name in ("max_resume_chars", "max_job_chars", "max_jobs")}
        self._parameters: dict[str, str | int | float | bool | None] = {
            "mode": mode,
            "language": language,
            "temperature": config.temperature,
            "max_tokens": config.max_tokens,
            "seed": config.seed,
            "max_answer_chars": config.max_answer_chars,
            **self._limits,
        }
        self.fingerprint = fingerprint("openai", _VERSION, self._model, self._prompt.fingerprint, self._parameters)

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One result per query, in order, lazily.

        Raises:
            BackendError: no row can succeed: wrong key, unknown model, no server.
        """
        return in_order(self.complete_ready(queries))

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Completion | Failure]]:
        """(place of the query, its result), the moment each is ready. Raises as `complete`."""
        workers = self._config.concurrency
        return as_ready(self._ask, queries, workers=workers, ahead=4 * workers)

    def _ask(self, query: Query) -> Completion | Failure:
        visible = query if self._prompt.mode == "irc" else replace(query, jobs=())
        shown, cuts = clip(visible, **self._limits)
        if not (shown.resume.strip() or any(job.text.strip() for job in shown.jobs)):
            # no failure: somebody who wrote nothing and looked at nothing has an empty résumé, and nothing is asked
            return Completion("", (), Provenance("openai", None, None, self._parameters, ()))
        begun = time.perf_counter()
        answer = self._request(self._prompt.render(shown))
        if isinstance(answer, Failure):
            return answer
        text, tokens_in, tokens_out = answer
        limit = self._config.max_answer_chars
        provenance = Provenance(
            backend="openai",
            model=self._model,
            prompt=self._prompt.fingerprint,
            parameters={**self._parameters, **asdict(cuts), "answer_chars_cut": max(0, len(text) - limit)},
            job_ids=tuple(job.job_id for job in shown.jobs),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            seconds=time.perf_counter() - begun,
        )
        # sources are searched in full, so that a phrase beyond the cut of the prompt is not called inferred
        sources = replace(visible, jobs=visible.jobs[: len(shown.jobs)])
        return Completion(text[:limit], ground(text[:limit], sources), provenance)

    def _request(self, prompt: str) -> tuple[str, int, int] | Failure:
        import openai

        options: dict[str, Any] = {self._config.max_tokens_name: self._config.max_tokens}
        options |= {name: value for name in ("temperature", "seed") if (value := self._parameters[name]) is not None}
        messages = [{"role": "user", "content": prompt}]
        create: Any = self._client.chat.completions.create
        try:
            reply = create(model=self._model, messages=messages, **options)
        except (openai.OpenAIError, ValueError) as error:
            return self._faults.explain(error)
        self._faults.answered()
        return _read(reply, self._config.max_tokens)


def _read(reply: Any, max_tokens: int) -> tuple[str, int, int] | Failure:
    """(answer, prompt tokens, completion tokens) of a reply; the client does not check what a server sends."""
    try:
        reason, content = reply.choices[0].finish_reason, reply.choices[0].message.content
        usage = getattr(reply, "usage", None)
        counts = [int(getattr(usage, name, None) or 0) for name in ("prompt_tokens", "completion_tokens")]
    except (AttributeError, IndexError, TypeError, ValueError):
        return Failure("the server's answer holds no message; it is not OpenAI-compatible")
    if reason == "length":
        return Failure(f"the answer was cut at openai.max_tokens = {max_tokens}; raise it")
    if reason == "content_filter":
        return Failure("the server's content filter held the answer back")
    text = answer_text(content) if isinstance(content, str) else ""
    return (text, counts[0], counts[1]) if text else Failure("the model's answer was empty")
