"""Completing a whole dataset: planned, bounded, resumed, accounted for."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lgir.complete.budget import Limits
from lgir.complete.factory import build_cached_completer
from lgir.completion import CompletionSummary, Interrupted, complete_dataset, completion_rows, plan_completion
from lgir.core.config import parse_config
from lgir.core.errors import BackendError, BadInput
from lgir.core.records import Failure
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import open_material
from lgir.store.completions import CompletionStore
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


def agrees(data: Path, config: ExperimentConfig) -> bool:
    """Whether the list of failed rows says what the store says."""
    rows = list(completion_rows(open_material(data, config), config))
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        found = list(build_cached_completer(config.complete, store, asking="nothing").complete([r.query for r in rows]))
    failed = [
        (row.query.user_id, row.part, result.reason)
        for row, result in zip(rows, found, strict=True)
        if isinstance(result, Failure) and not result.passing
    ]
    file = data / "derived" / "dead-letters.jsonl"
    listed = [(one["user_id"], one["part"], one["reason"]) for one in letters(data)] if file.exists() else []
    return listed == failed and file.exists() == bool(failed)


class Stopping(Silent):
    """A progress that is interrupted after so many rows that were asked for."""

    def __init__(self, rows: int) -> None:
        self._left, self._asking = rows, False

    def start(self, what: str, total: int | None) -> None:
        self._asking = what == "completing résumés"

    def advance(self, steps: int = 1, note: str = "") -> None:
        self._left -= self._asking
        if self._left < 0:
            raise KeyboardInterrupt


class Noting(Silent):
    """A progress that keeps what it is told: stages with their totals and steps, and the last remark."""

    def __init__(self) -> None:
        self.stages: list[list[Any]] = []
        self.note = ""

    def start(self, what: str, total: int | None) -> None:
        self.stages.append([what, total, 0])

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.stages[-1][2] += steps
        self.note = note or self.note


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
    assert plan.kept >= 18, "an answer may have been under way when the server was given up"


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


def test_whatever_ends_a_run_the_list_of_failures_agrees_with_the_store(
    data: Path, served: tuple[ScriptedServer, Configure]
) -> None:
    server, configure = served
    config = configure()
    server.failing.update(range(5, 9))  # type: ignore[attr-defined]
    with pytest.raises(Interrupted) as interrupted:
        complete_dataset(data, config, Stopping(20))
    summary = interrupted.value.summary
    assert (summary.stopped, adds_up(summary), summary.failed) == ("interrupted", True, 4)
    assert summary.completed == 17
    assert summary.open == summary.rows - 21 - summary.kept
    assert (summary.tokens_in, summary.dead_letters) == (7 * 21, data / "derived" / "dead-letters.jsonl")
    assert len(letters(data)) == 4
    assert agrees(data, config)

    # by a limit, with failed rows that are asked for again and not reached
    again = complete_dataset(data, config, Silent(), Limits(rows=1), retry_failed=True)
    assert (again.completed, again.stopped) == (1, "the limit of 1 rows was reached")
    assert len(letters(data)) == 3
    assert agrees(data, config)

    # after a kill -9 the file is old or gone; the next run, which asks nobody, makes it anew
    for content in (None, "old\n"):
        file = data / "derived" / "dead-letters.jsonl"
        file.unlink() if content is None else file.write_text(content)
        asked = len(server.requests)
        assert (
            complete_dataset(data, config, Silent(), Limits(deadline=0.0)).stopped == "the time for this run was over"
        )
        assert len(server.requests) == asked
        assert agrees(data, config)


def test_an_error_leaves_a_list_of_failures_too(data: Path) -> None:
    def answer(_: str, number: int) -> Reply:
        return Reply(
            f"Cook {number}",
            status=200 if number < 20 else 503,
            finish_reason="length" if number in (3, 4) else "stop",
        )

    with scripted_server(answer) as server:
        openai = {"base_url": server.base_url, "model": "m", "max_retries": 0, "concurrency": 2}
        llm = {"answer": "lines", "bad_answer_retries": 0}
        complete = {"backend": "openai", "folds": 2, "openai": openai, "llm": llm}
        config = parse_config(ExperimentConfig, {"complete": complete}, source="test")
        with pytest.raises(BackendError, match="503"):
            complete_dataset(data, config, Silent())
    assert len(letters(data)) == 2
    assert agrees(data, config)


def test_progress_counts_the_rows_that_are_asked_for(data: Path, served: tuple[ScriptedServer, Configure]) -> None:
    _, configure = served
    config = configure()
    first, second, third = Noting(), Noting(), Noting()
    complete_dataset(data, config, first, Limits(rows=10))
    rows = first.stages[0][1]
    assert first.stages == [["looking up what is there", rows, rows], ["completing résumés", 10, 10]]
    summary = complete_dataset(data, config, second)
    # of equal rows one is asked for
    assert second.stages[1] == ["completing résumés", summary.completed, summary.completed]
    assert rows - 15 < summary.completed <= rows - 10
    assert summary.rows == rows
    complete_dataset(data, config, third)
    assert third.stages == [["looking up what is there", rows, rows], ["completing résumés", 0, 0]]


def test_a_plan_rests_on_answers_of_the_same_model_and_mode(
    data: Path, served: tuple[ScriptedServer, Configure]
) -> None:
    _, configure = served
    complete_dataset(data, configure(), Silent(), Limits(rows=30))
    assert plan_completion(data, configure(), Silent()).answers == 30
    other = configure(max_tokens=50)
    openai = other.complete.openai.model_copy(update={"model": "another"})
    other = other.model_copy(update={"complete": other.complete.model_copy(update={"openai": openai})})
    plan = plan_completion(data, other, Silent())
    assert (plan.answers, plan.seconds, plan.tokens_out) == (0, None, 50 * plan.to_ask)
    simple = configure()
    simple = simple.model_copy(update={"complete": simple.complete.model_copy(update={"mode": "src"})})
    assert plan_completion(data, simple, Silent()).answers == 0


def test_statements_about_somebody_else_are_counted(data: Path) -> None:
    with scripted_server(lambda *_: Reply("Cook\nOttoline Featherstonehaugh keeps bees in Larkspur Lane")) as server:
        openai = {"base_url": server.base_url, "model": "m", "concurrency": 1}
        complete = {"backend": "openai", "openai": openai, "llm": {"answer": "lines"}}
        config = parse_config(ExperimentConfig, {"complete": complete}, source="test")
        assert complete_dataset(data, config, Silent(), Limits(rows=5)).personal_left_out == 5
        assert complete_dataset(data, config, Silent(), Limits(rows=2)).personal_left_out == 2, "those of this run"
