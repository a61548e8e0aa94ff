"""Prompts into request files and answers out of what came back: by id, in any order, whatever stands between."""

import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.complete.openai.batch_files import (
    NO_ANSWER,
    WAITING,
    BatchAnswers,
    BatchRequests,
    BatchWriter,
    asked_ids,
)
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.server import OpenAIServer
from lgir.core.records import Answer, Failure, Prompt
from lgir.core.seams import LanguageModel
from lgir.testing.language_models import HOSTILE, SCHEMA, LanguageModelContract, prompts

CONFIG = OpenAIConfig(model="m")


def requests(config: OpenAIConfig = CONFIG, *, max_tokens: int = 64) -> BatchRequests:
    return BatchRequests(config, max_tokens=max_tokens, temperature=0.0, seed=0)


def written(folder: Path, asked: BatchRequests, some: Sequence[Prompt], **options: Any) -> BatchWriter:
    with BatchWriter(asked, folder, **options) as writer:
        found = list(writer.answers(some))
    assert found == [(place, Failure(WAITING, attempts=0, passing=True)) for place in range(len(some))]
    return writer


def body(content: str = "Cook", model: str = "m", finish_reason: str = "stop") -> dict[str, Any]:
    choice = {"message": {"content": content}, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return {"id": "x", "model": model, "choices": [choice], "usage": usage}


def line(custom_id: str, **said: Any) -> bytes:
    answered = {"response": {"status_code": 200, "request_id": "r", "body": body()}, "error": None}
    return json.dumps({"id": "batch_req_1", "custom_id": custom_id, **answered, **said}).encode() + b"\n"


@pytest.fixture
def looked_up(tmp_path: Path) -> Callable[..., tuple[Answer | Failure, BatchAnswers]]:
    """What becomes of one prompt whose batch has given some lines."""

    def look_up(*lines: Callable[[str], bytes], config: OpenAIConfig = CONFIG) -> tuple[Answer | Failure, BatchAnswers]:
        asked, prompt = requests(config), prompts(1)[0]
        written(tmp_path, asked, [prompt])
        custom_id = asked.custom_id(prompt)
        (tmp_path / "output-0001.jsonl").write_bytes(b"".join(make(custom_id) for make in lines))
        answers = BatchAnswers(asked, [tmp_path / "requests-0001.jsonl"], [tmp_path / "output-0001.jsonl"])
        ((place, found),) = answers.answers([prompt])
        assert place == 0
        return found, answers

    return look_up


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_is_the_request_that_a_server_would_get(tmp_path: Path) -> None:
    asked, (prompt,) = requests(), [replace(prompts(1)[0], schema=SCHEMA)]
    assert isinstance(writer := written(tmp_path, asked, [prompt]), LanguageModel)
    assert writer.written == {"requests-0001.jsonl": 1}
    (one,) = (tmp_path / "requests-0001.jsonl").read_text().splitlines()
    value = json.loads(one)
    assert list(value) == ["custom_id", "method", "url", "body"]
    assert (value["method"], value["url"]) == ("POST", "/v1/chat/completions")
    assert [message["content"] for message in value["body"]["messages"]] == [prompt.instructions, prompt.sources]
    assert value["body"]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (value["body"]["model"], value["body"]["max_tokens"], value["body"]["seed"]) == ("m", 64, 0)


def test_other_settings_write_other_requests(tmp_path: Path) -> None:
    prompt = replace(prompts(1)[0], schema=SCHEMA)
    plain, texts = OpenAIConfig(model="m", json_schema="off"), OpenAIConfig(model="m", endpoint="completions")
    values = [json.loads(requests(config).line("0", prompt)) for config in (plain, texts)]
    assert "response_format" not in values[0]["body"]
    assert (values[1]["url"], "prompt" in values[1]["body"]) == ("/v1/completions", True)


def test_name_and_fingerprint_are_those_of_the_server() -> None:
    server = OpenAIServer(CONFIG, max_tokens=64, temperature=0.0, seed=0)
    assert (requests().name, requests().fingerprint) == (server.name, server.fingerprint)


def test_an_id_stands_for_the_whole_prompt_and_the_model() -> None:
    asked, (prompt,) = requests(), prompts(1)
    others = [
        asked.custom_id(replace(prompt, instructions="another")),
        asked.custom_id(replace(prompt, sources="another")),
        asked.custom_id(replace(prompt, schema=SCHEMA)),
        requests(max_tokens=63).custom_id(prompt),
        requests(OpenAIConfig(model="n")).custom_id(prompt),
    ]
    assert len({asked.custom_id(prompt), *others}) == 6
    assert all(len(one) == 64 for one in others)
    assert asked.custom_id(prompt) == requests().custom_id(replace(prompt)), "whoever renders it again has its id"


def test_files_are_cut_by_requests_and_by_bytes(tmp_path: Path) -> None:
    asked, some = requests(), prompts(10)
    writer = written(tmp_path, asked, some, most_requests=4)
    assert writer.written == {"requests-0001.jsonl": 4, "requests-0002.jsonl": 4, "requests-0003.jsonl": 2}
    files = sorted(tmp_path.glob("requests-*"))
    assert list(asked_ids(files)) == [bytes.fromhex(asked.custom_id(prompt)) for prompt in some]

    most = 3 * len(asked.line("0" * 64, some[0]))
    (tmp_path / "bytes").mkdir()
    writer = written(tmp_path / "bytes", asked, some, most_bytes=most)
    assert list(writer.written.values()) == [3, 3, 3, 1]
    assert all(file.stat().st_size <= most for file in (tmp_path / "bytes").iterdir())


def test_equal_prompts_are_written_once_and_those_of_others_not_at_all(tmp_path: Path) -> None:
    asked, some = requests(), prompts(4)
    writer = written(tmp_path, asked, [*some, *some], leave_out={bytes.fromhex(asked.custom_id(some[3]))})
    assert (writer.written, writer.left_out) == ({"requests-0001.jsonl": 3}, 2)
    assert written(tmp_path / "none", asked, []).written == {}


def test_prompts_are_read_one_by_one_and_in_several_rounds(tmp_path: Path) -> None:
    read = []
    with BatchWriter(requests(), tmp_path) as writer:
        for place, _ in writer.answers(read.append(number) or one for number, one in enumerate(prompts(3))):
            assert read == list(range(place + 1))
        list(writer.answers(prompts(5)))
    assert writer.written == {"requests-0001.jsonl": 5}


def test_what_is_interrupted_leaves_no_file(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Prompt]:
        yield from prompts(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), BatchWriter(requests(), tmp_path) as writer:
        list(writer.answers(interrupted()))
    assert list(tmp_path.iterdir()) == []


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestBatchAnswers(LanguageModelContract):
    """A batch that knows every prompt of the contract but the hostile ones."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, *, max_tokens: int = 64) -> BatchAnswers:
        asked = requests(max_tokens=max_tokens)
        some = prompts(9)
        some += [replace(one, schema=SCHEMA) for one in some[:2]]
        written(self.folder, asked, some)
        reason = "length" if max_tokens == 1 else "stop"
        lines = []
        for one in reversed(some):
            said = body(json.dumps({"statements": [one.sources]}), finish_reason=reason)
            said["usage"] = {"prompt_tokens": 70, "completion_tokens": min(max_tokens, 9)}
            lines.append(line(asked.custom_id(one), response={"status_code": 200, "body": said}))
        (self.folder / "output-0001.jsonl").write_bytes(b"".join(lines))
        return BatchAnswers(asked, [self.folder / "requests-0001.jsonl"], [self.folder / "output-0001.jsonl"])

    def check(self, answer: Answer | Failure) -> None:
        """Nobody knows how long a batch has worked on a row."""
        assert isinstance(answer, Answer)
        assert answer.seconds == 0
        super().check(replace(answer, seconds=1.0))


def test_hostile_prompts_are_found_again(tmp_path: Path) -> None:
    asked, some = requests(), [Prompt("Complete the résumé.", text) for text in HOSTILE.values()]
    written(tmp_path, asked, some)
    lines = [line(json.loads(one)["custom_id"]) for one in (tmp_path / "requests-0001.jsonl").read_text().splitlines()]
    assert len(lines) == len(some)
    (tmp_path / "output").write_bytes(b"".join(lines))
    answers = BatchAnswers(asked, [tmp_path / "requests-0001.jsonl"], [tmp_path / "output"])
    assert all(isinstance(found, Answer) for _, found in answers.answers(some))


def test_an_answer(looked_up: Callable[..., Any]) -> None:
    found, answers = looked_up(line)
    assert found == Answer("Cook", True, tokens_in=7, tokens_out=3)
    assert (answers.found, answers.unknown, answers.unreadable) == (1, 0, 0)


EXPIRED = {"code": "batch_expired", "message": "quotes a résumé"}
FAILED: dict[str, tuple[dict[str, Any], str, bool]] = {
    "expired": (
        {"response": None, "error": EXPIRED},
        "the batch ended without an answer to this row: batch_expired",
        True,
    ),
    "an error of the row": (
        {"response": None, "error": {"code": "invalid_prompt", "message": "quotes"}},
        "the batch ended without an answer to this row: invalid_prompt",
        False,
    ),
    "an error that is a sentence": (
        {"response": None, "error": "quotes a résumé"},
        "the batch ended without an answer to this row",
        False,
    ),
    "nothing at all": ({"response": None}, "the batch ended without an answer to this row", False),
    "a refused request": (
        {"response": {"status_code": 400, "body": {"error": {"code": "context_length_exceeded"}}}},
        "the server answered with status 400, context_length_exceeded",
        False,
    ),
    "a busy server": (
        {"response": {"status_code": 429, "body": {"error": {"code": "rate_limit_exceeded"}}}},
        "the server answered with status 429, rate_limit_exceeded",
        True,
    ),
    "a server at fault": ({"response": {"status_code": 500, "body": {}}}, "the server answered with status 500", True),
    "an error beside a body": (
        {"response": {"status_code": 200, "body": body()}, "error": {"code": "odd"}},
        "the batch ended without an answer to this row: odd",
        False,
    ),
    "no message": (
        {"response": {"status_code": 200, "body": {}}},
        "the server's answer holds no message; it is not OpenAI-compatible",
        True,
    ),
    "a filter": (
        {"response": {"status_code": 200, "body": body(finish_reason="content_filter")}},
        "the server's content filter held the answer back",
        False,
    ),
}


@pytest.mark.parametrize("case", FAILED)
def test_a_line_without_an_answer_is_a_failure(looked_up: Callable[..., Any], case: str) -> None:
    said, reason, passing = FAILED[case]
    found, answers = looked_up(lambda custom_id: line(custom_id, **said))
    assert found == Failure(reason, passing=passing)
    assert answers.unreadable == 0


def test_a_row_without_a_line_stays_open(looked_up: Callable[..., Any]) -> None:
    found, answers = looked_up()
    assert found == Failure(NO_ANSWER, attempts=0, passing=True)
    assert answers.found == 0


def test_another_model_is_refused_and_another_name_of_it_is_not(looked_up: Callable[..., Any]) -> None:
    def other(custom_id: str) -> bytes:
        return line(custom_id, response={"status_code": 200, "body": body(model="m-large")})

    found, _ = looked_up(other)
    assert found.passing
    assert found.reason.startswith("another model 'm-large' answered in place of 'm'; if that is its name there, set")
    found, _ = looked_up(other, config=OpenAIConfig(model="m", served_as="m-large"))
    assert found.text == "Cook"


def test_lines_that_stand_twice(looked_up: Callable[..., Any]) -> None:
    def says(text: str) -> Callable[[str], bytes]:
        return lambda custom_id: line(custom_id, response={"status_code": 200, "body": body(text)})

    def fails(custom_id: str) -> bytes:
        return line(custom_id, response=None, error=EXPIRED)

    twice = Failure("the batch answered this row twice, and differently")
    for lines, wanted in (
        ([says("Cook"), says("Cook")], "Cook"),
        ([fails, says("Cook")], "Cook"),
        ([says("Cook"), fails], "Cook"),
        ([fails, fails], "the batch ended without an answer to this row: batch_expired"),
        ([says("Cook"), says("Bar")], twice),
        ([says("Cook"), says("Bar"), says("Cook"), fails], twice),
    ):
        found, _ = looked_up(*lines)
        assert wanted in (found, getattr(found, "text", None), getattr(found, "reason", None))


def test_what_is_no_line_of_this_batch_is_counted(looked_up: Callable[..., Any]) -> None:
    found, answers = looked_up(
        lambda _: b"\n  \n",
        lambda _: b"not JSON\n",
        lambda _: b"\xff\xfe\n",
        lambda _: b"[]\n",
        lambda _: b'{"custom_id": 7}\n',
        lambda _: b"[" * 100_000 + b"\n",
        lambda _: line("f" * 64),
        lambda _: line("request-1"),
        line,
        lambda custom_id: line(custom_id)[:-30],
    )
    assert found.text == "Cook"
    assert (answers.unreadable, answers.unknown) == (6, 2)


@given(lines=st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_may_come_back(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    folder, asked = tmp_path_factory.mktemp("fuzz"), requests()
    written(folder, asked, prompts(2))
    ids = [asked.custom_id(one) for one in prompts(2)]
    (folder / "output").write_bytes(line(ids[0]) + b"\n".join(lines) + b"\n" + line(ids[1]))
    answers = BatchAnswers(asked, [folder / "requests-0001.jsonl"], [folder / "output"])
    assert [found.text for _, found in answers.answers(prompts(2)) if isinstance(found, Answer)] == ["Cook", "Cook"]


KEYS = st.sampled_from(["response", "error", "status_code", "body", "choices", "message", "content", "code", "model"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=50)
@given(response=JSON, error=JSON)
def test_any_json_may_come_back(tmp_path_factory: pytest.TempPathFactory, response: Any, error: Any) -> None:
    folder, asked = tmp_path_factory.mktemp("fuzz"), requests()
    written(folder, asked, prompts(1))
    one = line(asked.custom_id(prompts(1)[0]), response=response, error=error)
    (folder / "output").write_bytes(one + one)
    answers = BatchAnswers(asked, [folder / "requests-0001.jsonl"], [folder / "output"])
    assert answers.found == 1
    ((_, found),) = answers.answers(prompts(1))
    assert isinstance(found, Failure | Answer)


@pytest.mark.slow
def test_memory_holds_no_answers(tmp_path: Path) -> None:
    asked, some = requests(), prompts(1000)
    written(tmp_path, asked, some)
    long = {"status_code": 200, "body": body("long " * 4000)}
    with (tmp_path / "output").open("wb") as stream:
        stream.writelines(line(asked.custom_id(one), response=long) for one in some)
    assert (tmp_path / "output").stat().st_size > 20e6
    tracemalloc.start()
    answers = BatchAnswers(asked, [tmp_path / "requests-0001.jsonl"], [tmp_path / "output"])
    assert sum(isinstance(found, Answer) for _, found in answers.answers(some)) == 1000
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1e6
