"""A language model in this process, run by transformers."""

import math
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lgir.complete.local.batches import by_length, windows
from lgir.complete.local.chat import Chat
from lgir.complete.local.config import TransformersConfig
from lgir.complete.local.limits import TIME_IS_UP, cannot_load, check_context, first_line, time_is_up, too_long
from lgir.complete.local.sampling import SeededSampling, prompt_seed
from lgir.complete.local.source import identity, model_name, place_of
from lgir.core.errors import BackendError
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Answer, Failure, Prompt
from lgir.nets.quiet import quiet_transformers

_VERSION = 1
"""Raised whenever some prompt would get another answer."""
_UNLIMITED = 10**9
"""Tokens; a tokenizer without a limit names 1e30."""


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """The model, ready to answer.

    Attributes:
        network: the model of transformers, on its device.
        tokenizer: its tokenizer.
        chat: what turns prompts into tokens.
        context: most tokens of prompt and answer together.
        ends: tokens that end an answer.
        filler: token that fills short prompts up.
    """

    network: Any
    tokenizer: Any
    chat: Chat
    context: int
    ends: frozenset[int]
    filler: int


class TransformersModel:
    """A `LanguageModel`, loaded at the first prompt.

    Prompts are read `batch` × `read_ahead` at a time and answered in batches of like length. What a batch holds besides
    changes an answer by float rounding only; sampling draws by prompt. A JSON schema is not enforced: the prompt alone
    asks for the form. Penalties that the model's folder sets are kept, its top-k and top-p are not.

    Args:
        config: which model.
        max_tokens: longest answer.
        temperature: 0 and None take the most likely token at every step.
        seed: of sampling; None: another one at every run.
        device: torch device; None: the first CUDA device, or the processor where there is none.
        deadline: when to stop, in seconds of `time.monotonic`; what was not finished by then is a passing failure.

    Raises:
        BadConfig: no model is named, or a folder that does not exist.
        BackendError: the folder's weights cannot be read.
    """

    def __init__(
        self,
        config: TransformersConfig,
        *,
        max_tokens: int,
        temperature: float | None,
        seed: int | None,
        device: str | None = None,
        deadline: float | None = None,
    ) -> None:
        self.name = model_name(config, "transformers")
        self._config, self._max_tokens, self._temperature = config, max_tokens, temperature or 0.0
        self._seed = secrets.randbits(32) if seed is None else seed
        self._device, self._deadline = device, deadline
        self._most_cells = math.inf
        parameters = [max_tokens, self._temperature, seed, config.dtype, config.thinking]
        self.fingerprint = fingerprint("transformers", _VERSION, identity(self.name, config), parameters)

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, its answer), batch by batch, those of the longest prompts of a window first.

        Raises:
            BadConfig: the model needs its own code and may not run it, or leaves no room for an answer.
            BackendError: the model cannot be loaded, or fails whatever the prompt.
        """
        for window in windows(enumerate(prompts), self._config.batch * self._config.read_ahead):
            yield from self._window(window)

    def _window(self, window: Sequence[tuple[int, Prompt]]) -> Iterator[tuple[int, Answer | Failure]]:
        read: list[tuple[int, list[int]]] = []
        for place, prompt in window:
            if time_is_up(self._deadline):
                yield place, TIME_IS_UP
                continue
            tokens = self._loaded.chat.tokens(prompt)
            if len(tokens) + self._max_tokens > self._loaded.context:
                yield place, too_long(len(tokens), self._loaded.context, self._max_tokens)
            else:
                read.append((place, tokens))
        while read:
            # one batch at a time: what fits into memory is learned on the way
            lengths = [len(tokens) + self._max_tokens for _, tokens in read]
            batch = next(by_length(lengths, most=self._config.batch, most_cells=self._most_cells))
            answers = self._answer([read[at][1] for at in batch])
            if answers is None:
                continue
            yield from zip([read[at][0] for at in batch], answers, strict=True)
            done = set(batch)
            read = [item for at, item in enumerate(read) if at not in done]

    def _answer(self, batch: Sequence[Sequence[int]]) -> list[Answer | Failure] | None:
        """The answers to a batch; None where it did not fit into memory, and fewer are to be tried."""
        if time_is_up(self._deadline):
            return [TIME_IS_UP] * len(batch)
        begun = time.perf_counter()
        written = self._generate(batch)
        if written is None:
            longest = max(map(len, batch))
            self._most_cells = len(batch) * (longest + self._max_tokens) / 2
            if len(batch) > 1:
                return None
            return [Failure(f"memory ran out with a prompt of {longest:,} tokens; lower llm.max_prompt_tokens")]
        seconds = time.perf_counter() - begun
        return [self._read(tokens, row, seconds) for tokens, row in zip(batch, written, strict=True)]

    def _generate(self, batch: Sequence[Sequence[int]]) -> list[list[int]] | None:
        """The tokens written for each prompt, fillers at the end included; None where memory ran out."""
        import torch

        loaded = self._loaded
        longest = max(map(len, batch))
        ids = torch.full((len(batch), longest), loaded.filler, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, longest - len(tokens) :] = torch.tensor(tokens)
            mask[row, longest - len(tokens) :] = 1
        seeds = [prompt_seed(self._seed, tokens) for tokens in batch]
        sampling = [SeededSampling(self._temperature, seeds)] if self._temperature > 0 else []
        try:
            with torch.inference_mode(), quiet_transformers():
                written = loaded.network.generate(
                    input_ids=ids.to(loaded.network.device),
                    attention_mask=mask.to(loaded.network.device),
                    max_new_tokens=self._max_tokens,
                    max_time=None if self._deadline is None else self._deadline - time.monotonic(),
                    do_sample=False,
                    num_beams=1,
                    logits_processor=sampling,
                    pad_token_id=loaded.filler,
                )
            rows: list[list[int]] = written[:, longest:].tolist()
            return rows
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                what = f"{type(error).__name__}: {first_line(error)}"
                raise BackendError(f"the model {self.name!r} failed while it answered: {what}") from error
        # not in the handler, whose traceback still holds the tensors
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _read(self, tokens: Sequence[int], row: Sequence[int], seconds: float) -> Answer | Failure:
        ends = self._loaded.ends
        end = next((at for at, token in enumerate(row) if token in ends), None)
        if end is None and len(row) < self._max_tokens:
            return TIME_IS_UP
        text = self._loaded.tokenizer.decode(row[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        count = len(row) if end is None else end + 1
        return Answer(text, end is not None, tokens_in=len(tokens), tokens_out=count, seconds=seconds)

    @cached_property
    def _loaded(self) -> _Loaded:
        network, tokenizer = _load(self._config, self.name, self._device or _usual_device())
        own = network.generation_config
        ends = (
            {own.eos_token_id, tokenizer.eos_token_id} if not isinstance(own.eos_token_id, list) else own.eos_token_id
        )
        known = frozenset(end for end in ends if end is not None)
        filler = next((token for token in (tokenizer.pad_token_id, own.pad_token_id, *known) if token is not None), 0)
        context = _context(network, tokenizer)
        check_context(self.name, context, self._max_tokens)
        chat = Chat(tokenizer, thinking=self._config.thinking)
        return _Loaded(network, tokenizer, chat, context, known, filler)


def _load(config: TransformersConfig, name: str, device: str) -> tuple[Any, Any]:
    """The model and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    auto: Any = AutoModelForCausalLM
    where: dict[str, Any] = {
        "revision": config.revision or "main",
        "trust_remote_code": config.trust_remote_code == name,
    }
    with quiet_transformers():
        try:
            tokenizer = AutoTokenizer.from_pretrained(place_of(name), **where)
            network, info = auto.from_pretrained(
                place_of(name),
                use_safetensors=True,
                dtype="auto" if config.dtype == "auto" else getattr(torch, config.dtype),
                output_loading_info=True,
                **where,
            )
        # the library raises whatever its parts raise: OSError, ValueError, RuntimeError, SafetensorError
        except Exception as error:
            raise cannot_load(name, "transformers", error) from error
    # a missing weight would be drawn at random
    if missing := sorted(info["missing_keys"]):
        raise BackendError(
            f"the weights of {name!r} do not fill the model: {len(missing)} are missing, {missing[0]!r} first; give a "
            "model with all weights"
        )
    try:
        return network.eval().to(device), tokenizer
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA asserts
        raise BackendError(f"the model {name!r} cannot be put on device {device!r}: {first_line(error)}") from error


def _usual_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _context(network: Any, tokenizer: Any) -> int:
    """Most tokens of prompt and answer together; without limit where neither model nor tokenizer names one."""
    stated = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    if isinstance(stated, int) and stated > 0:
        return stated
    return min(int(tokenizer.model_max_length), _UNLIMITED)


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    text = str(error)  # on a processor there is no type for it
    return "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text
