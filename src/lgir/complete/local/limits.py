"""What both local back ends say when a prompt or a model is beyond what is possible or allowed."""

import time

from lgir.core.errors import BackendError, BadConfig
from lgir.core.records import Failure

TIME_IS_UP = Failure("the time for this run was over", attempts=0, passing=True)
"""For a prompt that was not answered by the deadline."""


def time_is_up(deadline: float | None) -> bool:
    """Whether the deadline, if there is one, has passed."""
    return deadline is not None and time.monotonic() >= deadline


def too_long(tokens: int, context: int, max_tokens: int) -> Failure:
    """Why a prompt is not asked."""
    return Failure(
        f"the prompt has {tokens:,} tokens, and the model's context of {context:,} leaves room for "
        f"{max(0, context - max_tokens):,} beside an answer of llm.max_tokens = {max_tokens:,}; lower "
        "llm.max_prompt_tokens",
        attempts=0,
    )


def check_context(name: str, context: int, max_tokens: int) -> None:
    """Refuses an answer so long that no prompt fits beside it.

    Raises:
        BadConfig: it is.
    """
    if context <= max_tokens:
        raise BadConfig(
            f"llm.max_tokens = {max_tokens:,} leaves no room for a prompt: the model {name!r} reads and writes "
            f"{context:,} tokens together; lower it"
        )


def cannot_load(name: str, backend: str, error: Exception) -> BadConfig | BackendError:
    """What to say when a library did not load a model."""
    if "trust_remote_code" in str(error):
        return BadConfig(
            f"the model {name!r} needs Python code of its own, which runs only where it is asked for by name: read "
            f"that code, then set {backend}.trust_remote_code = {name!r}, or choose another model"
        )
    return BackendError(f"the model {name!r} cannot be loaded: {first_line(error)}")


def first_line(error: Exception) -> str:
    """An error of a library, as far as it fits into one of ours."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
