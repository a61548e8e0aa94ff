"""A language model behind a server: once a real one, and then one that does as it is told."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.server import OpenAIServer
from lgir.core.errors import BackendError, BadConfig, MissingExtra
from lgir.core.records import Answer, Failure, Prompt
from lgir.testing.language_models import HOSTILE, SCHEMA, LanguageModelContract, prompts
from lgir.testing.llm_server import LlmServer, llm_server
from lgir.testing.scripted_server import Reply, ScriptedServer, scripted_server

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LGIR_LLM_BASE_URL", "LGIR_LLM_MODEL", "LGIR_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlmServer]:
    with llm_server(tmp_path_factory.mktemp("llm")) as server:
        yield server


def model_at(base_url: str | None, *, deadline: float | None = None, **options: Any) -> OpenAIServer:
    sampling = {"max_tokens": 64, "temperature": 0.0, "seed": 0}
    sampling |= {name: options.pop(name) for name in list(options) if name in sampling}
    config = OpenAIConfig(**{"base_url": base_url, "model": "m", "max_retries": 0, **options})
    return OpenAIServer(config, deadline=deadline, **sampling)


def ask(server: ScriptedServer, asked: list[Prompt], **options: Any) -> list[Answer | Failure]:
    found = dict(model_at(server.base_url, **options).answers(asked))
    return [found[place] for place in range(len(asked))]


def texts(found: list[Answer | Failure]) -> list[str]:
    assert all(isinstance(one, Answer) for one in found), found
    return [one.text for one in found if isinstance(one, Answer)]


def place_in(prompt: str) -> int:
    return int(prompt.split("Cook at place ")[1].split("\n")[0])


# ── a real model ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
class TestContractOnARealModel(LanguageModelContract):
    read_ahead = 2 * 3 - 1  # three are asked at once, and three read ahead
    endpoint = "chat"

    @pytest.fixture(autouse=True)
    def _serve(self, real_server: LlmServer) -> None:
        self.server = real_server

    def make(self, *, max_tokens: int = 64) -> OpenAIServer:
        return model_at(
            self.server.base_url,
            model=self.server.model,
            endpoint=self.endpoint,
            max_tokens=max_tokens,
            concurrency=3,
        )

    def test_different_prompts_get_different_answers(self) -> None:
        assert len(set(self.answered(self.make(), prompts(12)))) > 2

    def test_a_model_that_is_not_there_fails_in_one_sentence(self) -> None:
        other = model_at(self.server.base_url, model="somebody/else")
        with pytest.raises(BackendError, match=r"does not take requests for the model 'somebody/else'.*LGIR_LLM_MODEL"):
            list(other.answers(prompts(40)))


@pytest.mark.slow
class TestContractOfCompletionsOnARealModel(TestContractOnARealModel):
    endpoint = "completions"


# ── what is sent ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_configuration_says_is_what_the_server_gets() -> None:
    prompt = Prompt("Complete it.", "Cook at place 0")
    with scripted_server(lambda *_: Reply()) as server:
        ask(server, [prompt], temperature=0.5, max_tokens=9, seed=3)
        ask(server, [prompt], temperature=None, max_tokens=9, seed=None, max_tokens_name="max_completion_tokens")
        ask(server, [prompt], system_role=False)
        ask(server, [prompt], endpoint="completions")
    first, second, third, fourth = server.requests
    system, user = {"role": "system", "content": "Complete it."}, {"role": "user", "content": "Cook at place 0"}
    both = "Complete it.\n\nCook at place 0"
    assert first == {"model": "m", "messages": [system, user], "temperature": 0.5, "max_tokens": 9, "seed": 3}
    assert second == {"model": "m", "messages": [system, user], "max_completion_tokens": 9}
    assert third["messages"] == [{"role": "user", "content": both}]
    assert fourth == {"model": "m", "prompt": both, "temperature": 0.0, "max_tokens": 64, "seed": 0}
    assert server.paths == ["/v1/chat/completions"] * 3 + ["/v1/completions"]


def test_only_our_key_is_ever_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "somebody-elses")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody-elses password somebody-elses\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    monkeypatch.setenv("http_proxy", NOWHERE)
    monkeypatch.delenv("LGIR_LLM_KEY", raising=False)
    with scripted_server(lambda *_: Reply(headers={"Set-Cookie": "somebody-elses=1"})) as server:
        ask(server, prompts(3), concurrency=1)
        monkeypatch.setenv("LGIR_LLM_KEY", " sesame\n")
        ask(server, prompts(1))
    assert [headers["authorization"] for headers in server.headers] == ["Bearer none"] * 3 + ["Bearer sesame"]
    assert "somebody-elses" not in repr(server.headers)


def test_a_proxy_is_used_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with scripted_server(lambda *_: Reply()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        found = list(model_at("http://far.example/v1", use_proxy=True).answers(prompts(1)))
    assert isinstance(found[0][1], Answer)
    assert proxy.paths == ["http://far.example/v1/chat/completions"]


def test_a_redirect_is_not_followed() -> None:
    with (
        scripted_server(lambda *_: Reply()) as other,
        scripted_server(lambda *_: Reply(status=307, headers={"Location": other.base_url})) as server,
        pytest.raises(BackendError, match=r"status 307\); correct openai\.model .* the address"),
    ):
        ask(server, prompts(3))
    assert other.requests == [], "neither key nor résumé goes where a server says"


def test_the_key_is_in_no_attribute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "sesame")
    with scripted_server(lambda *_: Reply()) as server:
        model = model_at(server.base_url)
        list(model.answers(prompts(1)))
    assert "sesame" not in repr(model) + repr(vars(model)) + model.fingerprint


def test_hostile_text_reaches_the_server_as_it_is() -> None:
    asked = [Prompt("Complete it.", text) for text in HOSTILE.values()]
    with scripted_server(lambda *_: Reply()) as server:
        ask(server, asked, concurrency=1)
    assert server.prompts() == [f"Complete it.\n{text}" for text in HOSTILE.values()]


# ── what is needed, and when ────────────────────────────────────────────────────────────────────────────────────────


def test_without_prompts_nothing_is_needed_but_the_name_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.setenv("LGIR_LLM_KEY", "ses\name")
    assert list(model_at(None).answers([])) == []
    with pytest.raises(BadConfig, match=r"openai\.model is not named: .* variable LGIR_LLM_MODEL"):
        model_at(NOWHERE, model=None)


def test_the_first_prompt_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_at(None)
    with pytest.raises(BadConfig, match=r"openai\.base_url is not named: .* LGIR_LLM_BASE_URL, such as http"):
        list(model.answers(prompts(1)))
    with scripted_server(lambda *_: Reply()) as server:
        monkeypatch.setenv("LGIR_LLM_BASE_URL", f"{server.base_url}/")
        assert len(list(model.answers(prompts(1)))) == 1
    assert server.paths == ["/v1/chat/completions"]


def test_the_first_prompt_needs_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(MissingExtra, match=r"'aiohttp'.*pip install 'lgir\[llm\]'"):
        list(model_at(NOWHERE).answers(prompts(1)))


def test_what_changes_the_answer_changes_the_fingerprint_and_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = model_at(NOWHERE).fingerprint
    for change in (
        {"model": "n"},
        {"temperature": 0.1},
        {"temperature": None},
        {"seed": 1},
        {"max_tokens": 5},
        {"endpoint": "completions"},
        {"system_role": False},
        {"json_schema": "off"},
    ):
        assert model_at(NOWHERE, **change).fingerprint != plain, change
    for change in (
        {"base_url": "http://127.0.0.1:10/v1"},
        {"timeout_s": 5.0},
        {"max_retries": 1},
        {"concurrency": 2},
        {"json_schema": "on"},
        {"served_as": "n"},
        {"use_proxy": True},
        {"max_tokens_name": "max_completion_tokens"},
    ):
        assert model_at(**{"base_url": NOWHERE, **change}).fingerprint == plain, change
    monkeypatch.setenv("LGIR_LLM_MODEL", "m")
    assert model_at(None, model=None).fingerprint == plain


# ── JSON schema ─────────────────────────────────────────────────────────────────────────────────────────────────────

WITH_SCHEMA = [Prompt(one.instructions, one.sources, SCHEMA) for one in prompts(6)]


def asked_with_schema(server: ScriptedServer) -> list[bool]:
    return ["response_format" in request for request in server.requests]


def test_a_schema_is_sent_where_there_is_one() -> None:
    with scripted_server(lambda *_: Reply("{}")) as server:
        ask(server, [*WITH_SCHEMA[:2], *prompts(1)], concurrency=1)
        ask(server, WITH_SCHEMA[:1], json_schema="off")
        ask(server, WITH_SCHEMA[:1], endpoint="completions")
    form = {"name": "answer", "strict": True, "schema": SCHEMA}
    assert server.requests[0]["response_format"] == {"type": "json_schema", "json_schema": form}
    assert asked_with_schema(server) == [True, True, False, False, False]


@pytest.mark.parametrize("status", [400, 422, 501])
def test_a_server_that_refuses_schemas_is_asked_without_from_then_on(status: int) -> None:
    # the number of the request says whether it named a schema: every first one of a prompt does
    with scripted_server(lambda prompt, number: Reply("{}", status=200 if number else status)) as server:
        model = model_at(server.base_url, concurrency=1)
        found = [answer for _, answer in model.answers(WITH_SCHEMA)]
        later = [answer for _, answer in model.answers(WITH_SCHEMA[:1])]
    assert [answer.attempts for answer in [*found, *later]] == [2, 1, 1, 1, 1, 1, 1]
    assert asked_with_schema(server) == [True] + [False] * 7


def test_a_refusal_that_is_about_something_else_leaves_the_schema_on() -> None:
    with scripted_server(
        lambda prompt, number: Reply("{}", status=400 if place_in(prompt) in {0, 3} else 200)
    ) as server:
        found = ask(server, WITH_SCHEMA, concurrency=1)
    assert [isinstance(one, Failure) for one in found] == [True, False, False, True, False, False]
    assert found[0] == Failure("the server answered with status 400", attempts=2)
    assert asked_with_schema(server) == [True, False, True, True, True, False, True, True]


def test_a_schema_can_be_insisted_on() -> None:
    with scripted_server(lambda *_: Reply(status=400)) as server:
        found = ask(server, WITH_SCHEMA[:2], json_schema="on")
    assert found == [Failure("the server answered with status 400")] * 2
    assert asked_with_schema(server) == [True, True]


# ── what comes back ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_row_loses_no_other() -> None:
    def answer(prompt: str, number: int) -> Reply:
        place = place_in(prompt)
        time.sleep(0.01 * (place % 3))
        bad = {3: Reply(status=400), 5: Reply(status=500), 7: Reply(finish_reason="content_filter")}
        return bad.get(place, Reply(f"answer {place}"))

    with scripted_server(answer) as server:
        found = ask(server, prompts(12), concurrency=4)
    reasons = {
        3: "the server answered with status 400",
        5: "the server answered with status 500",
        7: "the server's content filter held the answer back",
    }
    for place, one in enumerate(found):
        if place in reasons:
            assert one == Failure(reasons[place])
        else:
            assert isinstance(one, Answer)
            assert one.text == f"answer {place}"


def test_an_answer_tells_what_it_took() -> None:
    def answer(prompt: str, number: int) -> Reply:
        time.sleep(0.05)
        return Reply("half an ans", finish_reason="length")

    with scripted_server(answer) as server:
        (one,) = ask(server, prompts(1))
    assert isinstance(one, Answer)
    assert (one.text, one.finished, one.tokens_in, one.tokens_out, one.attempts) == ("half an ans", False, 7, 3, 1)
    assert 0.05 <= one.seconds < 5


@pytest.mark.parametrize(
    ("reply", "reason", "passing"),
    [
        (
            Reply(body=b"<html>hello</html>"),
            "the server's answer cannot be read; it is not OpenAI-compatible JSON",
            False,
        ),
        (Reply(body=b'{"choices": []}'), "the server's answer holds no message; it is not OpenAI-compatible", False),
        (Reply(body=b" " * 2**21 + b"{}"), "the server's answer is longer than 2 MiB; it was not read", False),
        (
            Reply(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8b\x08\x00"),
            "the server's answer cannot be read; it is not OpenAI-compatible JSON",
            False,
        ),
        (
            Reply(headers={"X": "x" * 20_000}),
            "the server's answer cannot be read; it is not OpenAI-compatible JSON",
            False,
        ),
        (Reply(status=429), "the server answered with status 429", True),
        (Reply(status=503), "the server answered with status 503", True),
        (Reply(status=500), "the server answered with status 500", False),
        (
            Reply(model="other-model"),
            "another model 'other-model' answered in place of 'm'; if that is its name there, set openai.served_as",
            True,
        ),
        (
            Reply(model="Cook at place 0"),
            "another model answered in place of 'm'; if that is its name there, set openai.served_as",
            True,
        ),
        (
            Reply(status=400, body=b'{"error": {"code": "context_length_exceeded", "message": "Cook at place 0"}}'),
            "the server answered with status 400, context_length_exceeded",
            False,
        ),
    ],
)
def test_a_bad_answer_is_a_failure_that_says_what_was_wrong(reply: Reply, reason: str, passing: bool) -> None:
    with scripted_server(lambda *_: reply) as server:
        assert ask(server, prompts(1)) == [Failure(reason, passing=passing)]


def test_a_model_may_have_another_name_in_answers() -> None:
    with scripted_server(lambda *_: Reply(model="gpt-3.5-turbo")) as server:
        assert texts(ask(server, prompts(2), served_as="gpt-3.5-turbo")) == ["Cook\nServer"] * 2


def test_an_answer_for_somebody_else_is_asked_for_again() -> None:
    def answer(prompt: str, number: int) -> Reply:
        return Reply(f"answer {place_in(prompt)}" if number != 1 else "answer 0", id="x0" if number == 1 else None)

    with scripted_server(answer) as server:
        assert texts(ask(server, prompts(2), concurrency=1, max_retries=1)) == ["answer 0", "answer 1"]
    with scripted_server(lambda *_: Reply("answer 0", id="x")) as server:
        _, other = ask(server, prompts(2), concurrency=1)
    assert other == Failure(
        "the server repeated its answer to another prompt, which may belong to somebody else", passing=True
    )


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_silent_server_is_given_up() -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        gate.wait(10)
        return Reply()

    with scripted_server(answer) as server:
        assert ask(server, prompts(1), timeout_s=0.1) == [Failure("no answer within openai.timeout_s = 0.1; raise it")]
        gate.set()


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    came: list[float] = []

    def answer(prompt: str, number: int) -> Reply:
        came.append(time.monotonic())
        if not number:
            return Reply(status=503, headers={"Retry-After": "1"})
        time.sleep(0.5 if len(came) <= 4 else 0.0)  # the refusal is known before the first of the others has its answer
        return Reply()

    with scripted_server(answer) as server:
        found = ask(server, prompts(30), max_retries=1, concurrency=4)
    assert sorted(one.attempts for one in found) == [1] * 29 + [2]
    before = [moment for moment in came if moment < came[0] + 0.9]
    assert len(before) <= 4, "only what was under way already"
    assert came[len(before)] >= came[0] + 1.0, "all of them wait"


def test_a_server_cannot_ask_for_a_pause_without_end() -> None:
    replies = [Reply(status=429, headers={"Retry-After": "999999"})]
    began = time.monotonic()
    with scripted_server(lambda *_: replies.pop() if replies else Reply()) as server:
        texts(ask(server, prompts(3), max_retries=1, timeout_s=0.5))
    assert 0.5 <= time.monotonic() - began < 5


def test_a_prompt_that_is_tried_again_holds_up_no_other() -> None:
    def answer(prompt: str, number: int) -> Reply:
        return Reply() if number else Reply(status=500)

    with scripted_server(answer) as server:
        order = [place for place, _ in model_at(server.base_url, concurrency=1, max_retries=1).answers(prompts(3))]
    assert order[0] == 1


def test_fewer_are_asked_at_once_while_the_server_is_busy() -> None:
    lock = threading.Lock()
    under_way = refused = 0

    def answer(prompt: str, number: int) -> Reply:
        nonlocal under_way, refused
        with lock:
            under_way += 1
            busy = under_way > 4
            refused += busy
        if not busy:
            time.sleep(0.02)
        with lock:
            under_way -= 1
        return Reply(status=429) if busy else Reply()

    with scripted_server(answer) as server:
        texts(ask(server, prompts(300), concurrency=32, max_retries=8))
    assert 0 < refused < 150, refused


def test_the_deadline_ends_what_is_under_way_and_asks_no_more() -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if place_in(prompt) > 1:
            gate.wait(20)
        return Reply()

    with scripted_server(answer) as server:
        began = time.monotonic()
        model = model_at(server.base_url, concurrency=2, deadline=began + 0.5)
        found = dict(model.answers(prompts(8)))
        assert 0.5 <= time.monotonic() - began < 5
        gate.set()
    late = Failure("the deadline of the run came before the answer; run the same command again", 0, passing=True)
    never = "the deadline of the run came before this row was asked for; run the same command again"
    assert [isinstance(found[place], Answer) for place in range(8)] == [True] * 2 + [False] * 6
    assert [found[2], found[3]] == [late] * 2
    assert [found[place] for place in range(4, 8)] == [Failure(never, attempts=0, passing=True)] * 4
    assert len(server.requests) == 4


def test_after_the_deadline_not_even_an_address_is_needed() -> None:
    found = dict(model_at(None, deadline=time.monotonic()).answers(prompts(2)))
    assert [one.passing for one in found.values() if isinstance(one, Failure)] == [True, True]


# ── what would fail every row ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "refused the key .*set the environment variable LGIR_LLM_KEY"),
        (403, "refused the key .*set the environment variable LGIR_LLM_KEY"),
        (404, r"does not take requests for the model 'm' .*correct openai\.model or LGIR_LLM_MODEL"),
    ],
)
def test_what_would_fail_every_row_stops_at_once(status: int, message: str) -> None:
    with scripted_server(lambda *_: Reply(status=status)) as server:
        with pytest.raises(BackendError, match=message) as raised:
            ask(server, prompts(100), concurrency=2)
        assert len(server.requests) <= 4
    assert "Cook" not in str(raised.value)
    assert raised.value.__suppress_context__, "a traceback does not show what was sent"


def test_a_server_that_refuses_every_request_is_given_up() -> None:
    with scripted_server(lambda *_: Reply(status=422)) as server:
        with pytest.raises(BackendError, match="status 422"):
            ask(server, prompts(100), concurrency=2)
        assert len(server.requests) <= 12


def test_refusals_after_an_answer_are_single_rows() -> None:
    with scripted_server(lambda prompt, number: Reply(status=400 if number else 200)) as server:
        found = ask(server, prompts(40), concurrency=1)
    assert [isinstance(one, Failure) for one in found] == [False] + [True] * 39


@pytest.mark.parametrize("first", [200, 500])
def test_a_server_that_is_unwell_for_many_rows_is_given_up(first: int) -> None:
    with scripted_server(lambda prompt, number: Reply(status=500 if number else first)) as server:
        with pytest.raises(
            BackendError, match=r"failed 8 rows one after the other, .*status 500; when it is well, run"
        ):
            ask(server, prompts(100), concurrency=2)
        assert len(server.requests) <= 12


def test_what_was_answered_before_the_end_is_given_first() -> None:
    with scripted_server(lambda prompt, number: Reply(status=200 if number < 20 else 401)) as server:
        found = model_at(server.base_url, concurrency=4).answers(prompts(100))
        assert all(isinstance(next(found)[1], Answer) for _ in range(20))
        with pytest.raises(BackendError, match="refused the key"):
            next(found)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with scripted_server(lambda *_: Reply()) as server:
        pass
    with pytest.raises(BackendError, match=r"cannot reach the language model server http://127.*start it, or correct"):
        ask(server, prompts(3))


def test_a_server_that_dies_on_the_way_is_given_up_and_no_row_is_to_blame() -> None:
    with scripted_server(lambda *_: Reply()) as server:
        answers = model_at(server.base_url, concurrency=2).answers(prompts(200))
        found = [next(answers)[1] for _ in range(5)]
    assert all(isinstance(one, Answer) for one in found)
    lost = Failure("the connection to the server was lost; run the same command again", passing=True)
    with pytest.raises(BackendError, match="cannot reach"):
        found.extend(one for _, one in answers)
    assert lost in found
    assert all(isinstance(one, Answer) or one == lost for one in found)
    assert len(found) < 30


# ── leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def asking() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "lgir-ask"]


def leave_by_closing(answers: Any) -> None:
    answers.close()


def leave_by_an_exception(answers: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        answers.throw(KeyboardInterrupt())


@pytest.mark.parametrize("leave", [leave_by_closing, leave_by_an_exception])
def test_leaving_early_ends_what_is_under_way_and_the_thread(leave: Callable[[Any], None]) -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if place_in(prompt):
            gate.wait(20)
        return Reply()

    with scripted_server(answer) as server:
        answers = model_at(server.base_url, concurrency=3).answers(prompts(9))
        assert next(answers)[0] == 0
        assert asking()
        began = time.monotonic()
        leave(answers)
        assert time.monotonic() - began < 10
        assert not asking()
        gate.set()
    assert len(server.requests) <= 3


SCRIPT = """
import sys
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.server import OpenAIServer
from lgir.testing.language_models import prompts
config = OpenAIConfig(base_url=sys.argv[1], model="m", concurrency=3)
answers = OpenAIServer(config, max_tokens=9, temperature=0.0, seed=0).answers(prompts(9))
print(next(answers)[0], flush=True)
if sys.argv[2] == "wait":
    next(answers)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wait", "end"])
def test_an_interrupted_or_ended_program_does_not_wait_for_answers(way: str) -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if place_in(prompt):
            gate.wait(60)
        return Reply()

    with scripted_server(answer) as server:
        command = [sys.executable, "-c", SCRIPT, server.base_url, way]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "0\n"
            if way == "wait":
                time.sleep(0.3)
                os.kill(program.pid, signal.SIGINT)
            began = time.monotonic()
            _, told = program.communicate(timeout=30)
            assert time.monotonic() - began < 20
        gate.set()
    assert ("KeyboardInterrupt" in told) is (way == "wait")
    assert program.returncode == (-signal.SIGINT if way == "wait" else 0)
