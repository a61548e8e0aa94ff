"""What a server's answer says, trusting nothing in it."""

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from lgir.complete.openai.faults import Fault, FaultKind

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST_TOKENS = 2**31
# of what a server may append to the name it was asked for: a date or version, a tag, a revision
_SUFFIX = re.compile(r"-\d{3}[\d-]*|[-:@]latest|@[\w.-]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """The parts of a completion that are used.

    Attributes:
        id: the server's name for this answer; "" where it gives none.
        model: the model that answered, as the server says; None where it does not say.
        text: the answer; "" where there is none.
        finished: False where the model was cut off.
        tokens_in: prompt tokens; 0 where the server did not count.
        tokens_out: tokens of the answer, likewise.
    """

    id: str
    model: str | None
    text: str
    finished: bool
    tokens_in: int
    tokens_out: int


def read_reply(body: bytes, endpoint: Literal["chat", "completions"]) -> Reply | Fault:
    """A completion out of the body of a successful response."""
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return Fault(FaultKind.UNREADABLE)
    try:
        choice = reply["choices"][0]
        text = choice["message"]["content"] if endpoint == "chat" else choice["text"]
        reason, name, model = choice.get("finish_reason"), reply.get("id"), reply.get("model")
    except (AttributeError, IndexError, KeyError, TypeError):
        return Fault(FaultKind.NO_MESSAGE)
    if reason == "content_filter":
        return Fault(FaultKind.FILTERED)
    return Reply(
        id=name if isinstance(name, str) else "",
        model=model if isinstance(model, str) else None,
        text=text if isinstance(text, str) else "",
        finished=reason != "length",
        tokens_in=_count(reply, "prompt_tokens"),
        tokens_out=_count(reply, "completion_tokens"),
    )


def _count(reply: dict[str, Any], name: str) -> int:
    usage = reply.get("usage")
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0


def read_refusal(status: int, body: bytes, headers: Mapping[str, str]) -> Fault:
    """What a response of another status means."""
    return Fault(FaultKind.REFUSED, status=status, name=_code(body), pause_s=retry_after_s(headers))


def _code(body: bytes) -> str:
    """The server's short name for what went wrong. Its longer message may repeat the prompt, and is not shown."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = value.get("error", value) if isinstance(value, dict) else None
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _IDENTIFIER.fullmatch(code) else ""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server wants to be left alone, as Retry-After (seconds or a date) or retry-after-ms say.

    None where it says nothing that can be read.
    """
    asked = _number(headers.get("retry-after-ms", "")) / 1000
    if math.isnan(asked):
        asked = _number(headers.get("retry-after", ""))
    if math.isnan(asked):
        asked = _until(headers.get("retry-after", ""))
    return None if math.isnan(asked) else max(0.0, asked)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (IndexError, OSError, OverflowError, TypeError, ValueError):
        return math.nan


def same_model(asked: str, answered: str) -> bool:
    """Whether a server's name for a model is that of the model that was asked for.

    Servers add a date ("gpt-4o" answers as "gpt-4o-2024-08-06"), a tag or a revision, and leave out folders. Another
    size or variant ("gpt-4o-mini") is another model.
    """
    wanted, got = (name.rstrip("/").rpartition("/")[2].lower() for name in (asked, answered))
    return got == wanted or (got.startswith(wanted) and _SUFFIX.fullmatch(got[len(wanted) :]) is not None)
