"""Completing a whole dataset: planned, bounded, resumed, accounted for."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lgir.complete.budget import Limits
from lgir.completion import CompletionSummary, complete_dataset, completion_rows, plan_completion
from lgir.core.config import parse_config
from lgir.core.errors import BackendError, BadInput
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import open_material
from lgir.testing.scripted_server import Reply, ScriptedServer, scripted_server

Configure = Callable[..., ExperimentConfig]


@pytest.fixture
def data(trained: SimpleNamespace, tmp_path: Path) -> Path:
    """A small world without completions."""
    save_dataset(trained.world, tmp_path / "data", source="synthetic")
    return tmp_path / "data"


@pytest.fixture
def served() -> Iterator[tuple[ScriptedServer, Configure]]:
    """A server whose every answer is another, and a configuration for it."""

    def configure(**llm: Any) -> ExperimentConfig:
        openai = {"base_url": server.base_url, "model": "m", "max_retries": 0, "concurrency": 4}
        llm = {"answer": "lines", "bad_answer_retries": 0, **llm}
        complete = {"backend": "openai", "folds": 2, "openai": openai, "llm": llm}
        return parse_config(ExperimentConfig, {"complete": complete}, source="test")

    def answer(_: str, number: int) -> Reply:
        return Reply(f"Cook {number}", finish_reason="length" if number in failing else "stop")

    failing: set[int] = set()
    with scripted_server(answer) as server:
        server.failing = failing  # type: ignore[attr-defined]
        yield server, configure


def adds_up(summary: CompletionSummary) -> bool:
    parts = (summary.completed, summary.kept, summary.failed, summary.failed_before, summary.open)
    return sum(parts) == summary.rows


def letters(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / "derived" / "dead-letters.jsonl").read_text().splitlines()]


def test_a_second_run_asks_for_nothing(data: Path, served: tuple[ScriptedServer, Configure]) -> None:
    server, configure = served
    config = configure()
    first = complete_dataset(data, config, Silent())
    assert adds_up(first)
    asked = len(server.requests)
    assert asked > 100
    assert first.completed == asked + 1, "nobody is asked for who left no word and looked at nothing"
    assert (first.tokens_in, first.tokens_out) == (7 * asked, 3 * asked)
    assert first.tokens_per_s > 0
    assert first.note == "written by the language model m"
    second = complete_dataset(data, config, Silent())
    assert len(server.requests) == asked
    assert (second.rows, second.kept, second.completed) == (first.rows, first.rows, 0)
    assert (second.tokens_in, second.dead_letters) == (0, None)
    assert not (data / "derived" / "dead-letters.jsonl").exists()


def test_rows_are_people_and_their_folds_one_person_after_the_other(data: Path) -> None:
    config = parse_config(ExperimentConfig, {"complete": {"folds": 2}}, source="test")
    material = open_material(data, config)
    rows = list(completion_rows(material, config))
    people = [material.user_ids[index] for index in material.people()]
    assert list(dict.fromkeys(row.query.user_id for row in rows)) == people
    assert {row.part for row in rows} == {"whole", "without fold 1", "without fold 2"}
    simple = config.model_copy(update={"complete": config.complete.model_copy(update={"mode": "src"})})
    assert len(list(completion_rows(material, simple))) == len(people), "without jobs, folds are all the same"


def test_failures_are_listed_with_reasons_and_asked_for_again_on_request(
    data: Path, served: tuple[ScriptedServer, Configure]
) -> None:
    server, configure = served
    config = configure()
    server.failing.update(range(3, 9))  # type: ignore[attr-defined]
    first = complete_dataset(data, config, Silent())
    assert (first.failed, adds_up(first)) == (6, True)
    reason = "the answer was cut at llm.max_tokens = 1024; raise it"
    assert first.reasons == {reason: 6}
    assert first.dead_letters == data / "derived" / "dead-letters.jsonl"
    found = letters(data)
    assert [line["reason"] for line in found] == [reason] * 6
    assert {line["part"] for line in found} <= {"whole", "without fold 1", "without fold 2"}
    assert len({(line["user_id"], line["part"]) for line in found}) == 6
    asked = len(server.requests)
    second = complete_dataset(data, config, Silent())
    assert (second.failed, second.failed_before, second.kept) == (0, 6, first.completed + first.kept)
    assert len(server.requests) == asked
    assert sorted(map(str, letters(data))) == sorted(map(str, found)), "the list is whole after every run"
    third = complete_dataset(data, config, Silent(), retry_failed=True)
    assert (third.completed, third.kept, third.failed_before, adds_up(third)) == (6, second.kept, 0, True)
    assert len(server.requests) == asked + 6
    assert not (data / "derived" / "dead-letters.jsonl").exists()


def test_a_row_that_a_busy_server_refuses_again_and_again_has_failed(data: Path) -> None:
    busy = {3, 4}
    with scripted_server(lambda _, number: Reply(f"Cook {number}", status=429 if number in busy else 200)) as server:
        openai = {"base_url": server.base_url, "model": "m", "max_retries": 0, "concurrency": 1}
        complete = {"backend": "openai", "folds": 2, "openai": openai, "llm": {"answer": "lines"}}
        config = parse_config(ExperimentConfig, {"complete": complete}, source="test")
        found = complete_dataset(data, config, Silent())
        assert (found.failed, found.open, adds_up(found)) == (2, 0, True)
        assert found.reasons == {"the server answered with status 429": 2}
        assert len(letters(data)) == 2
        asked = len(server.requests)
        assert complete_dataset(data, config, Silent()).failed_before == 2
        assert len(server.requests) == asked


def test_rows_that_a_server_leaves_when_it_dies_stay_open(data: Path) -> None:
    def answer(_: str, number: int) -> Reply:
        return Reply(f"Cook {number}", status=200 if number < 20 else 503)

    with scripted_server(answer) as server:
        openai = {"base_url": server.base_url, "model": "m", "max_retries": 0, "concurrency": 2}
        complete = {"backend": "openai", "folds": 2, "openai": openai, "llm": {"answer": "lines"}}
        config = parse_config(ExperimentConfig, {"complete": complete}, source="test")
        with pytest.raises(BackendError):
            complete_dataset(data, config, Silent())
    plan = plan_completion(data, config, Silent())
    assert plan.failed_before == 0, "nothing was wrong with these rows"
    assert plan.kept >= 20


def test_limits_leave_rows_open_and_the_next_run_goes_on(data: Path, served: tuple[ScriptedServer, Configure]) -> None:
    server, configure = served
    config = configure(price_in=1e6, price_out=0.0)
    first = complete_dataset(data, config, Silent(), Limits(rows=10))
    assert (first.completed, adds_up(first), len(server.requests)) == (10, True, 10)
    assert first.open > 0
    assert first.stopped == "the limit of 10 rows was reached"
    assert first.cost == 70.0
    second = complete_dataset(data, config, Silent(), Limits(tokens=2_000))
    assert second.kept >= 10
    assert 0 < second.tokens_in + second.tokens_out <= 2_000
    assert second.stopped == "the limit of 2,000 tokens was reached"
    third = complete_dataset(data, config, Silent())
    assert (third.open, third.stopped, third.kept + third.completed) == (0, "", third.rows)


def test_a_most_cost_without_prices_is_one_sentence(data: Path, served: tuple[ScriptedServer, Configure]) -> None:
    with pytest.raises(BadInput, match=r"set llm\.price_in and llm\.price_out under \[complete\]"):
        complete_dataset(data, served[1](), Silent(), Limits(cost=1.0))


def test_a_plan_asks_nobody_and_counts(data: Path, served: tuple[ScriptedServer, Configure]) -> None:
    server, configure = served
    config = configure(price_in=2.0, price_out=4.0, max_tokens=50)
    before = plan_completion(data, config, Silent())
    assert server.requests == []
    assert before.to_ask == before.rows
    assert (before.kept, before.answers, before.seconds) == (0, 0, None)
    assert before.tokens_out == 50 * before.rows
    assert before.cost == pytest.approx((2 * before.tokens_in + 4 * before.tokens_out) / 1e6)
    complete_dataset(data, config, Silent(), Limits(rows=30))
    after = plan_completion(data, config, Silent())
    assert (after.rows, after.kept + after.to_ask) == (before.rows, before.rows)
    assert (after.answers, after.tokens_out) == (30, 3 * after.to_ask)
    assert after.seconds is not None
    prompts = [len(str(request["messages"])) for request in server.requests]
    assert before.tokens_in / before.rows == pytest.approx(sum(prompts) / len(prompts) / 3.5, rel=0.4)


def test_fit_has_left_nothing_to_complete(trained: SimpleNamespace, config: ExperimentConfig) -> None:
    found = complete_dataset(trained.data, config, Silent())
    assert (found.kept, found.completed, found.note) == (found.rows, 0, "no language model was used")


def test_a_plan_without_a_language_model_costs_nothing(data: Path) -> None:
    plan = plan_completion(data, ExperimentConfig(), Silent())
    assert (plan.tokens_in, plan.tokens_out, plan.cost) == (0, 0, 0.0)
    assert plan.note == "no language model was used"
