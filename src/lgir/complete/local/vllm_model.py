"""A language model in this process, run by vLLM's offline engine."""

import importlib.util
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from lgir.complete.local.chat import Chat
from lgir.complete.local.config import VllmConfig
from lgir.complete.local.limits import TIME_IS_UP, cannot_load, check_context, first_line, time_is_up, too_long
from lgir.complete.local.sampling import prompt_seed
from lgir.complete.local.source import identity, model_name, place_of
from lgir.core.errors import BackendError, MissingExtra
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Answer, Failure, Prompt

_VERSION = 1
"""Raised whenever some prompt would get another answer."""

_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",  # it would report to its makers
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_LOGGING_LEVEL": "WARNING",
}
"""Set before vLLM is imported, where nothing else is set."""


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """The engine, ready to answer.

    Attributes:
        engine: vLLM's, which takes requests and steps.
        chat: what turns prompts into tokens.
        context: most tokens of prompt and answer together.
        repetition_penalty: the model's own; 1 is none.
    """

    engine: Any
    chat: Chat
    context: int
    repetition_penalty: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A prompt that the engine works on."""

    place: int
    tokens_in: int
    begun: float


class VllmModel:
    """A `LanguageModel` on vLLM's engine, loaded at the first prompt.

    As many prompts as `window` says are with the engine at a time. It reads what they share, the instructions, once
    (prefix caching), and lets an answer keep to a prompt's JSON schema. Which prompts it answers together can change an
    answer by float rounding only; sampling draws by prompt.

    Args:
        config: which model.
        max_tokens: longest answer.
        temperature: 0 and None take the most likely token at every step.
        seed: of sampling; None: another one at every run.
        deadline: when to stop, in seconds of `time.monotonic`; what was not finished by then is a passing failure.

    Raises:
        BadConfig: no model is named, or a folder that does not exist.
        BackendError: the folder's weights cannot be read.
    """

    def __init__(
        self,
        config: VllmConfig,
        *,
        max_tokens: int,
        temperature: float | None,
        seed: int | None,
        deadline: float | None = None,
    ) -> None:
        self.name = model_name(config, "vllm")
        self._config, self._max_tokens, self._temperature = config, max_tokens, temperature or 0.0
        self._seed = secrets.randbits(32) if seed is None else seed
        self._deadline = deadline
        self._numbers = count()
        parameters = [max_tokens, self._temperature, seed, config.dtype, config.thinking]
        self.fingerprint = fingerprint("vllm", _VERSION, identity(self.name, config), parameters)

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, its answer), the moment each is ready.

        Raises:
            MissingExtra: the package vllm is not installed.
            BadConfig: the model needs its own code and may not run it, or leaves no room for an answer.
            BackendError: the model cannot be loaded, or the engine fails whatever the prompt.
        """
        asked: dict[str, _Asked] = {}
        waiting = enumerate(prompts)
        exhausted = False
        try:
            while asked or not exhausted:
                if time_is_up(self._deadline):
                    yield from self._end(asked)
                while len(asked) < self._config.window and not exhausted:
                    if (item := next(waiting, None)) is None:
                        exhausted = True
                    elif (failure := self._ask(*item, asked)) is not None:
                        yield item[0], failure
                yield from self._step(asked)
        finally:
            self._abort(asked)

    def _end(self, asked: dict[str, _Asked]) -> Iterator[tuple[int, Failure]]:
        """Gives up what the engine works on."""
        places = [one.place for one in asked.values()]
        self._abort(asked)
        for place in places:
            yield place, TIME_IS_UP

    def _abort(self, asked: dict[str, _Asked]) -> None:
        if asked:
            self._loaded.engine.abort_request(list(asked))
            asked.clear()

    def _ask(self, place: int, prompt: Prompt, asked: dict[str, _Asked]) -> Failure | None:
        """Hands a prompt to the engine; a failure where it cannot be asked."""
        if time_is_up(self._deadline):
            return TIME_IS_UP
        loaded = self._loaded
        from vllm.exceptions import VLLMValidationError

        tokens = loaded.chat.tokens(prompt)
        if len(tokens) + self._max_tokens > loaded.context:
            return too_long(len(tokens), loaded.context, self._max_tokens)
        # numbers of our own: an answer to an earlier call that was left in the middle is nobody's
        name = f"lgir-{next(self._numbers)}"
        try:
            (rendered,) = loaded.engine.renderer.render_cmpl([{"prompt_token_ids": tokens}])
            loaded.engine.add_request(name, rendered, self._parameters(prompt, tokens))
        except (VLLMValidationError, ValueError) as error:
            # its message may hold the prompt
            return Failure(f"the engine refused the prompt or its schema ({type(error).__name__})", attempts=0)
        asked[name] = _Asked(place, len(tokens), time.perf_counter())
        return None

    def _parameters(self, prompt: Prompt, tokens: list[int]) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        form = None
        if prompt.schema is not None:
            form = StructuredOutputsParams(json=dict(prompt.schema))
        return SamplingParams(
            temperature=self._temperature,
            seed=prompt_seed(self._seed, tokens),
            max_tokens=self._max_tokens,
            repetition_penalty=self._loaded.repetition_penalty,
            structured_outputs=form,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _step(self, asked: dict[str, _Asked]) -> Iterator[tuple[int, Answer | Failure]]:
        if not asked:
            return
        try:
            outputs = self._loaded.engine.step()
        # an engine that fails is dead, whatever it raises: its part may be a process of its own
        except Exception as error:
            what = f"{type(error).__name__}: {first_line(error)}"
            raise BackendError(f"vLLM failed while the model {self.name!r} answered: {what}") from error
        for output in outputs:
            if output.finished and (one := asked.pop(output.request_id, None)) is not None:
                text = output.outputs[0]
                seconds = time.perf_counter() - one.begun
                if text.finish_reason not in {"stop", "length"}:
                    yield one.place, Failure(f"the engine ended the answer with {text.finish_reason!r}")
                    continue
                done = text.finish_reason == "stop"
                yield one.place, Answer(text.text, done, one.tokens_in, len(text.token_ids), seconds)

    @cached_property
    def _loaded(self) -> _Loaded:
        config = self._config
        if importlib.util.find_spec("vllm") is None:
            raise MissingExtra("vllm", "vllm")
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        from vllm import LLM

        try:
            llm: Any = LLM(
                place_of(self.name),
                revision=config.revision,
                tokenizer_revision=config.revision,
                trust_remote_code=config.trust_remote_code == self.name,
                load_format="safetensors",
                dtype=config.dtype,
                max_model_len=config.max_model_len,
                gpu_memory_utilization=config.gpu_memory_utilization,
                tensor_parallel_size=config.tensor_parallel_size,
                enforce_eager=config.enforce_eager,
                enable_prefix_caching=True,
                # a model that likes white space could go on with it for ever
                structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
            )
        # what can go wrong has no type in common: configuration, weights, memory, processes
        except Exception as error:
            raise cannot_load(self.name, "vllm", error) from error
        context = int(llm.llm_engine.model_config.max_model_len)
        check_context(self.name, context, self._max_tokens)
        chat = Chat(llm.get_tokenizer(), thinking=config.thinking)
        return _Loaded(llm.llm_engine, chat, context, float(llm.get_default_sampling_params().repetition_penalty))
