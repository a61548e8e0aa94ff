"""A model's answer, checked: a list of statements, or the reason why it is none."""

import json
import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from lgir.complete.llm.config import AnswerForm
from lgir.complete.llm.text import answer_text
from lgir.core.phrases import squeeze
from lgir.core.records import Answer

SCHEMA = MappingProxyType(
    {
        "type": "object",
        "properties": {"statements": {"type": "array", "items": {"type": "string"}}},
        "required": ["statements"],
        "additionalProperties": False,
    }
)
"""Of an answer in form "json"."""

MAX_STATEMENT_CHARS = 1000
"""A longer one is no statement of a résumé."""

_WRAPPED = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)
_LIST_MARK = re.compile(r"\A(?:[-*+•–—]|\d{1,2}[.)])\s+")


class BadAnswer(Exception):
    """The answer is no résumé; its text is the reason, and quotes nothing of it."""


class RepeatedInstructions(BadAnswer):
    """The answer repeats the instructions, as a hostile source may ask for."""


def read_answer(answer: Answer, form: AnswerForm, *, max_tokens: int) -> list[str]:
    """The statements of an answer: one line each, in order, each once.

    Raises:
        BadAnswer: it was cut, is empty, repeats itself, or is not in the form asked for.
    """
    if not answer.finished:
        raise BadAnswer(f"the answer was cut at llm.max_tokens = {max_tokens}; raise it")
    text = answer_text(answer.text)
    if not text:
        raise BadAnswer("the model's answer was empty")
    found = _from_json(text) if form == "json" else _from_lines(text)
    statements = [line for line in (squeeze(one) for one in found) if line]
    if not statements:
        raise BadAnswer("the model's answer holds no statement")
    if any(len(one) > MAX_STATEMENT_CHARS for one in statements):
        raise BadAnswer(f"a statement of the answer is longer than {MAX_STATEMENT_CHARS:,} characters")
    if repeats_itself(statements):
        raise BadAnswer("the answer repeats itself")
    return list(dict.fromkeys(statements))


def _from_json(text: str) -> list[str]:
    wrapped = _WRAPPED.match(text)
    try:
        value: Any = json.loads(wrapped[1] if wrapped else text)
    except (ValueError, RecursionError):
        raise BadAnswer("the answer is not JSON, which was asked for") from None
    statements = value.get("statements") if isinstance(value, dict) and set(value) == {"statements"} else None
    if not isinstance(statements, list) or not all(isinstance(one, str) for one in statements):
        raise BadAnswer('the answer is JSON of another form than {"statements": ["…", …]}')
    return [line for one in statements for line in one.splitlines()]


def _from_lines(text: str) -> list[str]:
    if text.startswith(("{", "[{", "```", "<")):
        raise BadAnswer("the answer is marked up or JSON, where plain lines were asked for")
    return [_LIST_MARK.sub("", line.strip()) for line in text.splitlines()]


def repeats_itself(statements: Sequence[str]) -> bool:
    """Whether a model was caught in a loop: more than half of six or more statements stand twice, or more than half of
    the runs of four words (in text without spaces: of eight characters) do."""
    if len(statements) >= 6 and len(set(statements)) * 2 < len(statements):
        return True
    for one in statements:
        parts: Sequence[str] = one.split()
        size = 4
        if len(parts) * 12 < len(one):
            parts, size = one, 8
        runs = [tuple(parts[at : at + size]) for at in range(len(parts) - size + 1)]
        if len(runs) >= 12 and len(set(runs)) * 2 < len(runs):
            return True
    return False
