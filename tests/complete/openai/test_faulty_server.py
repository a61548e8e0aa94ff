"""A server that does wrong in every way there is: no row is lost, and nobody gets somebody else's answer."""

import json
import time
import urllib.request
from collections import Counter
from email.utils import formatdate
from typing import Any

import pytest

from lgir.complete.config import CompleteConfig
from lgir.complete.factory import build_completer
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.server import OpenAIServer
from lgir.core.errors import BackendError
from lgir.core.records import Answer, Completion, EngagedJob, Failure, Query
from lgir.testing.faulty_proxy import KINDS, OF_THE_MODEL, FaultyProxy, faulty_process, faulty_proxy, statements_of
from lgir.testing.language_models import prompts
from lgir.testing.slow_server import slow_server

ROWS = 12

REASONS = {
    "429": "the server answered with status 429, busy",
    "429 with Retry-After": "the server answered with status 429, rate_limit",
    "500": "the server answered with status 500, busy",
    "503": "the server answered with status 503, busy",
    "reset": "the connection to the server was lost; run the same command again",
    "stall": "no answer within openai.timeout_s = 0.5; raise it",
    "drip": "no answer within openai.timeout_s = 0.5; raise it",
    "cut body": "the connection to the server was lost; run the same command again",
    "not JSON": "the server's answer cannot be read; it is not OpenAI-compatible JSON",
    "wrong model": "another model 'another-model' answered in place of 'm'; if that is its name there, set"
    " openai.served_as",
    "duplicate": "the server repeated its answer to another prompt, which may belong to somebody else",
}
OF_THE_SERVER = tuple(kind for kind in KINDS if kind not in OF_THE_MODEL)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgir.complete.openai.ask._FIRST_PAUSE_S", 0.02)


def model_at(proxy: FaultyProxy, **options: Any) -> OpenAIServer:
    config = {"base_url": proxy.base_url, "model": "m", "concurrency": 4, "timeout_s": 0.5, "max_retries": 6, **options}
    return OpenAIServer(OpenAIConfig(**config), max_tokens=64, temperature=0.0, seed=0)


def right(place: int) -> str:
    prompt = prompts(place + 1)[place]
    return statements_of(f"{prompt.instructions}\n{prompt.sources}")


def test_every_fault_is_known_to_these_tests() -> None:
    assert {*REASONS, *OF_THE_MODEL} == set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ["chat", "completions"])
@pytest.mark.parametrize("kind", OF_THE_SERVER)
def test_a_fault_that_passes_costs_no_row(kind: str, endpoint: str) -> None:
    with faulty_proxy(faults=0.4, seed=3, kinds=[kind], retry_after="0") as proxy:
        found = dict(model_at(proxy, endpoint=endpoint).answers(prompts(ROWS)))
    assert proxy.injected[kind] > 0
    assert proxy.done_twice == 0
    for place in range(ROWS):
        answer = found[place]
        assert isinstance(answer, Answer), answer
        assert answer.text == right(place), "every row has its own answer"
    assert sum(one.attempts for one in found.values()) == proxy.requests == ROWS + proxy.injected[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in OF_THE_SERVER if kind != "duplicate"])
def test_a_fault_that_stays_is_told(kind: str) -> None:
    with faulty_proxy(faults=1.0, kinds=[kind], retry_after="0") as proxy:
        ((_, answer),) = model_at(proxy, max_retries=1).answers(prompts(1))
    assert isinstance(answer, Failure)
    assert (answer.reason, answer.attempts) == (REASONS[kind], 2)
    assert proxy.injected[kind] == 2


def test_somebody_elses_answer_is_told_and_never_taken() -> None:
    with faulty_proxy(faults=0.0, kinds=["duplicate"]) as proxy:
        model = model_at(proxy, concurrency=1, max_retries=1)
        ((_, first),) = model.answers(prompts(1))
        proxy.faults = 1.0
        found = [answer for _, answer in model.answers(prompts(4)[1:])]
    assert isinstance(first, Answer)
    assert found == [Failure(REASONS["duplicate"], 2, passing=True)] * 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", OF_THE_SERVER)
def test_a_server_that_only_does_that_is_given_up(kind: str) -> None:
    with faulty_proxy(faults=0.0, kinds=[kind], retry_after="0") as proxy:
        model = model_at(proxy, concurrency=2, max_retries=0)
        list(model.answers(prompts(1)))
        proxy.faults = 1.0
        with pytest.raises(BackendError, match="cannot reach|failed 8 rows one after the other"):
            list(model.answers(prompts(100)))
        assert proxy.injected[kind] <= 12


@pytest.mark.parametrize("kind", OF_THE_MODEL)
def test_what_a_model_may_be_to_blame_for_is_handed_on(kind: str) -> None:
    with faulty_proxy(faults=1.0, kinds=[kind]) as proxy:
        ((_, answer),) = model_at(proxy).answers(prompts(1))
    assert isinstance(answer, Answer)
    assert answer.attempts == 1
    assert answer.finished is (kind != "truncated")
    assert answer.text != right(0)


@pytest.mark.slow
def test_every_fault_at_once_loses_no_row_and_asks_for_none_twice() -> None:
    with faulty_proxy(faults=0.4, seed=1, retry_after="0") as proxy:
        found = dict(model_at(proxy, concurrency=16).answers(prompts(200)))
    assert set(found) == set(range(200))
    assert proxy.done_twice == 0
    assert set(proxy.injected) == set(KINDS)
    wrong = Counter("not answered" if isinstance(one, Failure) else one.text for one in found.values())
    for place in range(200):
        wrong.pop(right(place), None)
    handed_on = sum(proxy.injected[kind] for kind in OF_THE_MODEL)
    assert sum(wrong.values()) == handed_on, "only what a model may be to blame for"


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured_in_both_forms(form: str) -> None:
    # a date has whole seconds: two ahead are more than one
    asked = "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
    with faulty_proxy(faults=1.0, kinds=["429 with Retry-After"], retry_after=asked) as proxy:
        began = time.monotonic()
        list(model_at(proxy, max_retries=1, timeout_s=5.0).answers(prompts(1)))
    assert 1.0 <= time.monotonic() - began < 20


def test_it_can_stand_before_a_real_server() -> None:
    with slow_server(0.0) as upstream, faulty_proxy(upstream, faults=0.3, kinds=["500", "cut body", "empty"]) as proxy:
        found = [answer for _, answer in model_at(proxy).answers(prompts(ROWS))]
    texts = Counter(one.text for one in found if isinstance(one, Answer))
    assert texts[""] == proxy.injected["empty"]
    assert sum(texts.values()) == ROWS
    assert len(texts) <= 2
    assert proxy.injected["500"] + proxy.injected["cut body"] > 0


@pytest.mark.slow
def test_it_runs_in_a_process_of_its_own_and_tells_its_counts() -> None:
    with faulty_process(faults=0.3, seed=2, kinds=["503", "duplicate"]) as base_url:
        config = OpenAIConfig(base_url=base_url, model="m", concurrency=4, max_retries=6)
        found = list(OpenAIServer(config, max_tokens=64, temperature=0.0, seed=0).answers(prompts(ROWS)))
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{base_url}/counts", timeout=5) as told:
            counts = json.loads(told.read())
    assert all(isinstance(answer, Answer) for _, answer in found)
    assert (counts["prompts"], counts["done_twice"]) == (ROWS, 0)
    assert counts["injected"]["503"] > 0


def test_without_faults_it_answers_a_prompt_with_a_resume_from_its_sources() -> None:
    query = Query("Cook in a diner\nFood handler card", (EngagedJob("j1", "Server\nNewark"),))
    with faulty_proxy(faults=0.0) as proxy:
        config = OpenAIConfig(base_url=proxy.base_url, model="m")
        (made,) = build_completer(CompleteConfig(backend="openai", openai=config)).complete([query])
    assert isinstance(made, Completion), made
    assert made.text == "Cook in a diner\nFood handler card\nServer\nNewark"
