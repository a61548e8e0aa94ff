"""Reading what a server says: anything may stand there."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.openai.faults import Fault, FaultKind
from lgir.complete.openai.reply import Reply, read_refusal, read_reply, retry_after_s, same_model

KEYS = st.sampled_from(["choices", "message", "content", "usage", "id", "model", "finish_reason", "error", "code"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def chat(content: Any = "Cook", **outside: Any) -> bytes:
    choice = {"finish_reason": outside.pop("finish_reason", "stop"), "message": {"content": content}}
    return json.dumps({"id": "i", "model": "m", "choices": [choice], **outside}).encode()


def test_a_completion_is_read() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    assert read_reply(chat(usage=usage), "chat") == Reply("i", "m", "Cook", True, 7, 3)
    text = json.dumps({"choices": [{"text": "Cook", "finish_reason": "length"}]}).encode()
    assert read_reply(text, "completions") == Reply("", None, "Cook", False, 0, 0)


@pytest.mark.parametrize("counts", [-1, 2**40, 1.5, "7", None, [7], float("nan")])
def test_counts_that_are_none_are_not_believed(counts: Any) -> None:
    reply = read_reply(chat(usage={"prompt_tokens": counts, "completion_tokens": counts}), "chat")
    assert isinstance(reply, Reply)
    assert (reply.tokens_in, reply.tokens_out) == (0, 0)


@pytest.mark.parametrize("content", [None, 5, ["Cook"], {"text": "Cook"}])
def test_an_answer_that_is_no_text_is_empty(content: Any) -> None:
    reply = read_reply(chat(content), "chat")
    assert isinstance(reply, Reply)
    assert reply.text == ""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>hello</html>", FaultKind.UNREADABLE),
        (b"", FaultKind.UNREADABLE),
        (b"\xff\xfe\xff", FaultKind.UNREADABLE),
        (b"[" * 100_000, FaultKind.UNREADABLE),
        (b'{"choices": ' + b"9" * 10_000 + b"}", FaultKind.UNREADABLE),
        (b'{"choices": []}', FaultKind.NO_MESSAGE),
        (b'{"choices": [{}]}', FaultKind.NO_MESSAGE),
        (b'{"choices": [{"message": null}]}', FaultKind.NO_MESSAGE),
        (b"[1]", FaultKind.NO_MESSAGE),
        (b"null", FaultKind.NO_MESSAGE),
        (chat(finish_reason="content_filter"), FaultKind.FILTERED),
    ],
)
def test_what_is_no_completion_is_a_fault(body: bytes, kind: FaultKind) -> None:
    assert read_reply(body, "chat") == Fault(kind)


@given(JSON)
def test_any_json_is_a_reply_or_a_fault(value: Any) -> None:
    body = json.dumps(value).encode()
    for endpoint in ("chat", "completions"):
        assert isinstance(read_reply(body, endpoint), Reply | Fault)
    assert read_refusal(400, body, {}).status == 400


@given(st.binary())
def test_any_bytes_are_a_fault(body: bytes) -> None:
    assert isinstance(read_reply(body, "chat"), Fault)
    assert isinstance(read_refusal(500, body, {}), Fault)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"error": {"code": "context_length_exceeded", "message": "Cook"}}', "context_length_exceeded"),
        (b'{"error": {"type": "BadRequest", "code": null}}', "BadRequest"),
        (b'{"type": "BadRequest"}', "BadRequest"),
        (b'{"error": {"code": "Cook at place 0"}}', ""),
        (b'{"error": {"code": 400}}', ""),
        (b'{"error": "Cook"}', ""),
        (b"Cook", ""),
    ],
)
def test_of_a_refusal_only_a_short_name_is_kept(body: bytes, name: str) -> None:
    assert read_refusal(400, body, {}) == Fault(FaultKind.REFUSED, status=400, name=name)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 9}, 999_999_999.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Thu, 99 Jan 19700 00:00:00 GMT"}, None),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


def test_it_may_name_a_date() -> None:
    asked = retry_after_s({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert asked is not None
    assert 57 < asked <= 60


@given(st.text())
def test_any_header_is_a_time_or_none(text: str) -> None:
    found = retry_after_s({"retry-after": text, "retry-after-ms": text})
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("m", "m", True),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4o", "gpt-4o-mini-2024-07-18", False),
        ("gpt-4o-mini", "gpt-4o", False),
        ("Qwen/Qwen3-8B", "qwen3-8b", True),
        ("/models/qwen3-8b/", "qwen3-8b", True),
        ("qwen3-8b", "Qwen/Qwen3-8B", True),
        ("qwen3", "qwen3:latest", True),
        ("qwen3", "qwen3:70b", False),
        ("/tmp/model", "/tmp/model@main", True),
        ("qwen3-8b", "qwen3-80b", False),
        ("m", "", False),
    ],
)
def test_which_names_mean_the_same_model(asked: str, answered: str, same: bool) -> None:
    assert same_model(asked, answered) is same
