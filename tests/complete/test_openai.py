"""Completion by a language model: once behind a real model server, and then behind one that misbehaves on demand."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lgir.complete.cached import CachedCompleter
from lgir.complete.config import OpenAIConfig
from lgir.complete.openai import OpenAICompleter
from lgir.core.errors import BackendError
from lgir.core.records import Completion, EngagedJob, Failure, Origin, Query, Statement
from lgir.store.completions import CompletionStore
from lgir.testing.completers import HOSTILE, CompleterContract, people
from lgir.testing.llm_server import LlmServer, llm_server
from lgir.testing.scripted_server import Reply, ScriptedServer, scripted_server


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlmServer]:
    with llm_server(tmp_path_factory.mktemp("llm")) as server:
        yield server


@pytest.mark.slow
class TestContractOnARealModel(CompleterContract):
    read_ahead = 4 * 3  # four times the concurrency

    @pytest.fixture(autouse=True)
    def _serve(self, real_server: LlmServer) -> None:
        self.server = real_server

    def make(self) -> OpenAICompleter:
        return OpenAICompleter(
            OpenAIConfig(base_url=self.server.base_url, model=self.server.model, max_tokens=64, concurrency=3)
        )

    def test_provenance_tells_how_the_text_came_about(self) -> None:
        query = people(1)[0]
        (made,) = self.completions([query])
        told = made.provenance
        assert (told.backend, told.model) == ("openai", self.server.model)
        assert told.note == f"written by the language model {self.server.model}"
        assert told.job_ids == ("a0", "b")
        assert told.tokens_in > 100
        assert 1 < told.tokens_out <= 64
        assert told.seconds > 0
        assert told.parameters["max_tokens"] == 64

    def test_different_people_get_different_answers(self) -> None:
        assert len({one.text for one in self.completions(people(12))}) > 2

    def test_a_cut_answer_is_a_failure(self) -> None:
        config = OpenAIConfig(base_url=self.server.base_url, model=self.server.model, max_tokens=1)
        (result,) = OpenAICompleter(config).complete(people(1))
        assert result == Failure("the answer was cut at openai.max_tokens = 1; raise it")

    def test_a_model_that_is_not_there_fails_in_one_sentence(self) -> None:
        config = OpenAIConfig(base_url=self.server.base_url, model="somebody/else", max_retries=0)
        with pytest.raises(BackendError, match=r"does not take requests for the model 'somebody/else'.*LGIR_LLM_MODEL"):
            list(OpenAICompleter(config).complete(people(40)))


@pytest.mark.slow
class TestContractOfTheCacheOnARealModel(TestContractOnARealModel):
    read_ahead = 3

    @pytest.fixture(autouse=True)
    def _store(self, tmp_path: Path) -> Iterator[None]:
        with CompletionStore(tmp_path / "completions.sqlite") as self.store:
            yield

    def make(self) -> CachedCompleter:  # type: ignore[override]
        return CachedCompleter(super().make(), self.store, batch=3)


def ask(server: ScriptedServer, queries: list[Query], **options: Any) -> list[Completion | Failure]:
    return list(completer(server, **options).complete(queries))


def completer(server: ScriptedServer, **options: Any) -> OpenAICompleter:
    mode, language = options.pop("mode", "irc"), options.pop("language", "en")
    return OpenAICompleter(
        OpenAIConfig(**{"base_url": server.base_url, "model": "m", "max_retries": 0, **options}), mode, language
    )


def place_in(prompt: str) -> int:
    return int(prompt.split("Cook at place ")[1].split("\n")[0])


def test_one_bad_row_loses_no_other() -> None:
    def answer(prompt: str, number: int) -> Reply:
        place = place_in(prompt)
        time.sleep(0.01 * (place % 3))
        return {3: Reply(status=400), 5: Reply(status=500), 7: Reply("")}.get(place, Reply(f"answer {place}"))

    with scripted_server(answer) as server:
        results = ask(server, people(12), concurrency=4)
    reasons = {3: "the server answered with status 400", 5: "the server answered with status 500"}
    for place, result in enumerate(results):
        if place in reasons:
            assert result == Failure(reasons[place])
        elif place == 7:
            assert result == Failure("the model's answer was empty")
        else:
            assert isinstance(result, Completion)
            assert result.text == f"answer {place}"


def test_statements_carry_the_origin_that_the_sources_support() -> None:
    query = Query("Cook, five years", (EngagedJob("j1", "Server\nNewark"), EngagedJob("j2", "Bartender, Newark")))
    with scripted_server(lambda *_: Reply("- Cook\n- Newark.\n- Astronaut")) as server:
        (interactive,) = ask(server, [query])
        (simple,) = ask(server, [query], mode="src")
        shown = server.prompts()
    assert isinstance(interactive, Completion)
    assert isinstance(simple, Completion)
    assert interactive.text == "- Cook\n- Newark.\n- Astronaut"
    assert interactive.statements == (
        Statement("Cook", Origin.SAID, weight=0.5),
        Statement("Newark", Origin.FROM_JOB, ("j1", "j2"), 1.0),
        Statement("Astronaut", Origin.INFERRED, weight=0.25),
    )
    assert [one.origin for one in simple.statements] == [Origin.SAID, Origin.INFERRED, Origin.INFERRED]
    assert simple.provenance.job_ids == ()
    assert "Bartender" in shown[0]
    assert "Bartender" not in shown[1]


def test_what_the_configuration_says_is_what_the_server_gets() -> None:
    with scripted_server(lambda *_: Reply()) as server:
        ask(server, people(1), temperature=0.5, max_tokens=9, seed=3)
        ask(server, people(1), temperature=None, max_tokens=9, seed=None, max_tokens_name="max_completion_tokens")
    first, second = ({**request, "messages": None} for request in server.requests)
    assert first == {"model": "m", "messages": None, "temperature": 0.5, "max_tokens": 9, "seed": 3}
    assert second == {"model": "m", "messages": None, "max_completion_tokens": 9}


def test_only_our_key_is_ever_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "somebody-elses")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/elsewhere")
    with scripted_server(lambda *_: Reply()) as server:
        monkeypatch.delenv("LGIR_LLM_KEY", raising=False)
        ask(server, people(1))
        monkeypatch.setenv("LGIR_LLM_KEY", " sesame\n")
        ask(server, people(1))
    assert [headers["authorization"] for headers in server.headers] == ["Bearer none", "Bearer sesame"]
    assert "somebody-elses" not in repr(server.headers)


def test_what_was_not_shown_is_counted_and_still_searched() -> None:
    query = Query("Cook\nForklift driver", (EngagedJob("j1", "Server\nNewark"), EngagedJob("j2", "Pilot\nNewark")))
    with scripted_server(lambda *_: Reply("Forklift driver\nNewark\nPilot, " + "x" * 99)) as server:
        (made,) = ask(server, [query], max_resume_chars=4, max_job_chars=6, max_jobs=1, max_answer_chars=40)
        (prompt,) = server.prompts()
    assert isinstance(made, Completion)
    assert not [word for word in ("Forklift", "Newark", "Pilot") if word in prompt]
    told = made.provenance
    assert told.job_ids == ("j1",)
    cuts = ("resume_chars_cut", "job_chars_cut", "jobs_left_out", "answer_chars_cut")
    assert [told.parameters[name] for name in cuts] == [16, 7, 1, 89]
    assert len(made.text) == 40
    origins = {one.text: one.origin for one in made.statements}
    assert origins["Forklift driver"] is Origin.SAID
    assert origins["Newark"] is Origin.FROM_JOB
    assert origins["Pilot"] is Origin.INFERRED, "a job that was not shown is no source"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(" \n\x00 "), "the model's answer was empty"),
        (Reply(None), "the model's answer was empty"),
        (Reply("<think>hm</think>"), "the model's answer was empty"),
        (Reply("half an ans", finish_reason="length"), "the answer was cut at openai.max_tokens = 1024; raise it"),
        (Reply("", finish_reason="content_filter"), "the server's content filter held the answer back"),
        (Reply(body=b"<html>hello</html>"), "the server's answer cannot be read; it is not OpenAI-compatible JSON"),
        (Reply(body=b'{"choices": []}'), "the server's answer holds no message; it is not OpenAI-compatible"),
        (Reply(body=b'{"choices": [{}]}'), "the server's answer holds no message; it is not OpenAI-compatible"),
        (Reply(body=b"[1]"), "the server's answer holds no message; it is not OpenAI-compatible"),
        (
            Reply(body=b"<html></html>", headers={"Content-Type": "text/html"}),
            "the server's answer holds no message; it is not OpenAI-compatible",
        ),
        (Reply(status=429), "the server answered with status 429"),
        (
            Reply(status=400, body=b'{"error": {"code": "context_length_exceeded", "message": "Cook at place 0"}}'),
            "the server answered with status 400, context_length_exceeded",
        ),
        (
            Reply(status=400, body=b'{"error": {"code": "Cook at place 0", "message": "Cook at place 0"}}'),
            "the server answered with status 400",
        ),
    ],
)
def test_a_bad_answer_is_a_failure_that_says_what_was_wrong(reply: Reply, reason: str) -> None:
    with scripted_server(lambda *_: reply) as server:
        assert ask(server, people(1)) == [Failure(reason)]


def test_control_characters_of_an_answer_are_left_out() -> None:
    body = json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": "Co\x00ok\x1b\r\n\ud800bar"}}]})
    with scripted_server(lambda *_: Reply(body=body.encode())) as server:
        (made,) = ask(server, people(1))
    assert isinstance(made, Completion)
    assert made.text == "Cook\n\ufffdbar"
    assert (made.provenance.tokens_in, made.provenance.tokens_out) == (0, 0), "this server did not count"


def test_a_busy_server_is_asked_again() -> None:
    def answer(prompt: str, number: int) -> Reply:
        return Reply() if number else Reply(status=503, headers={"Retry-After-Ms": "1"})

    with scripted_server(answer) as server:
        (made,) = ask(server, people(1), max_retries=1)
    assert isinstance(made, Completion)
    assert len(server.requests) == 2


def test_a_silent_server_is_given_up() -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        gate.wait(10)
        return Reply()

    with scripted_server(answer) as server:
        assert ask(server, people(1), timeout_s=0.1) == [Failure("no answer within openai.timeout_s = 0.1; raise it")]
        gate.set()


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
            ask(server, people(100), concurrency=2)
        assert len(server.requests) <= 4
    assert "Cook" not in str(raised.value)
    assert raised.value.__suppress_context__, "a traceback does not show what was sent"


def test_a_server_that_refuses_every_request_is_given_up() -> None:
    with scripted_server(lambda *_: Reply(status=422)) as server:
        with pytest.raises(BackendError, match="status 422"):
            ask(server, people(100), concurrency=2)
        assert len(server.requests) <= 12


def test_refusals_after_an_answer_are_single_rows() -> None:
    with scripted_server(lambda prompt, number: Reply(status=400 if number else 200)) as server:
        results = ask(server, people(40), concurrency=1)
    assert [isinstance(result, Failure) for result in results] == [False] + [True] * 39


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with scripted_server(lambda *_: Reply()) as server:
        pass
    with pytest.raises(BackendError, match=r"cannot reach the language model server http://127.*start it, or correct"):
        ask(server, people(3))


def test_a_server_that_dies_on_the_way_is_given_up_and_what_was_made_is_kept(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "made.sqlite") as store:
        with scripted_server(lambda *_: Reply()) as server:
            cached = CachedCompleter(completer(server, concurrency=2), store, batch=5)
            results = cached.complete(people(200))
            first = [next(results) for _ in range(5)]
        assert all(isinstance(result, Completion) for result in first)
        with pytest.raises(BackendError, match="cannot reach"):
            list(results)
        assert len(store) >= 5


def test_hostile_text_reaches_the_server_fenced() -> None:
    with scripted_server(lambda *_: Reply()) as server:
        results = ask(server, list(HOSTILE.values()), concurrency=1)
        prompts = server.prompts()
    assert [(result.text, result.statements, result.provenance.model) for result in results[:2]] == [("", (), None)] * 2
    assert all(isinstance(result, Completion) for result in results[2:])
    for query, prompt in zip(list(HOSTILE.values())[2:], prompts, strict=True):
        lines = [line for line in prompt.split("\n") if line.startswith("~~~")]
        assert len(lines) == 2 * (1 + len(query.jobs))
        assert prompt.endswith("Use the language of the sources.\n")


def test_what_changes_the_text_changes_the_fingerprint_and_nothing_else_does() -> None:
    here = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    plain = OpenAICompleter(OpenAIConfig(**here)).fingerprint
    for change in (
        {"model": "n"},
        {"temperature": 0.1},
        {"seed": 1},
        {"max_tokens": 5},
        {"max_jobs": 5},
        {"max_job_chars": 5},
        {"max_resume_chars": 5},
        {"max_answer_chars": 5},
    ):
        assert OpenAICompleter(OpenAIConfig(**{**here, **change})).fingerprint != plain, change
    assert OpenAICompleter(OpenAIConfig(**here), "src").fingerprint != plain
    assert OpenAICompleter(OpenAIConfig(**here), "irc", "zh").fingerprint != plain
    for change in (
        {"base_url": "http://127.0.0.1:10/v1"},
        {"timeout_s": 5.0},
        {"max_retries": 1},
        {"concurrency": 2},
        {"max_tokens_name": "max_completion_tokens"},
    ):
        assert OpenAICompleter(OpenAIConfig(**{**here, **change})).fingerprint == plain, change
