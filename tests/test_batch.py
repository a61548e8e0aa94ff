"""A batch from its writing to its collecting, against a real HTTP server, with all that can go wrong between."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lgir.batch import (
    BatchSummary,
    batch_status,
    batch_values,
    cancel_batch,
    collect_batch,
    submit_batch,
    write_batch,
)
from lgir.completion import complete_dataset
from lgir.core.config import parse_config
from lgir.core.errors import BackendError, BadConfig, BadInput, UnreadableRun
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.pipeline.config import ExperimentConfig
from lgir.testing.batch_server import BatchServer, batch_server

pytestmark = pytest.mark.slow
pytest.importorskip("aiohttp")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")
    with batch_server() as running:
        yield running


@pytest.fixture
def config(server: BatchServer) -> ExperimentConfig:
    return configured(server.base_url)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return world(tmp_path / "data")


def world(folder: Path) -> Path:
    save_dataset(synthetic_world(SyntheticConfig(n_users=30, n_jobs=40, mean_interactions=5), 1), folder, source="test")
    return folder


def configured(base_url: str, **complete: object) -> ExperimentConfig:
    told = {"base_url": base_url, "model": "m", "max_retries": 3, "timeout_s": 20}
    values = {"backend": "openai", "mode": "src", "openai": told, "llm": {"price_in": 1.0, "price_out": 2.0}}
    return parse_config(ExperimentConfig, {"complete": {**values, **complete}}, source="test")


def written_and_sent(data: Path, config: ExperimentConfig, name: str = "one") -> BatchSummary:
    summary = write_batch(data, config, name, Silent())
    submit_batch(data, config, name, Silent())
    return summary


def asked_for(summary: BatchSummary) -> int:
    """Requests; equal résumés share one."""
    return sum(part.requests for part in summary.batch.parts)


def completions(data: Path) -> dict[str, tuple[str, ...]]:
    """What the store holds: key, text, statements, who made it."""
    with sqlite3.connect(data / "derived" / "completions.sqlite") as store:
        rows = store.execute("SELECT key, text, statements, model FROM completions").fetchall()
    return {row[0]: row[1:] for row in rows}


def state(data: Path, name: str = "one") -> Path:
    return data / "derived" / "batches" / name / "state.json"


def test_a_batch_gives_what_asking_one_by_one_gives(
    server: BatchServer, config: ExperimentConfig, data: Path, tmp_path: Path
) -> None:
    server.polls, server.shuffle = 1, True
    written = write_batch(data, config, "one", Silent())
    rows = written.completion.rows
    assert rows == 30
    asked = asked_for(written)
    assert 20 < asked < rows
    assert written.completion.open == asked, "whoever wrote nothing is complete without a model"
    assert written.completion.stopped == "waiting for the batch"
    assert server.requests == [], "writing asks nobody"

    sent = submit_batch(data, config, "one", Silent())
    assert [part.step for part in sent.parts] == ["created"]
    assert server.batches["batch_0"]["metadata"] == {"lgir_batch": "one", "part": "1"}
    assert server.keys == {"Bearer secret-key"}
    early = collect_batch(data, config, "one", Silent())
    assert (early.completion.open, early.batch.collected) == (asked, False)

    assert batch_status(data, config, "one", Silent()).parts[0].over
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.completed, found.completion.kept) == (asked, rows - asked)
    assert (found.completion.open, found.completion.failed, found.unknown, found.unreadable) == (0, 0, 0, 0)
    assert found.batch.collected
    assert found.completion.tokens_in == 100 * found.completion.completed
    assert found.completion.cost == pytest.approx(found.completion.completed * (100 + 20) / 1e6)

    other = world(tmp_path / "online")
    assert complete_dataset(other, config, Silent()).failed == 0
    assert server.count("POST /chat/completions") == found.completion.completed
    assert completions(data) == completions(other)
    assert found.completion.note == "written by the language model m"

    calls = len(server.requests)
    again = collect_batch(data, config, "one", Silent())
    assert (again.completion.kept, again.completion.completed) == (rows, 0)
    assert len(server.requests) == calls, "what is downloaded is not asked for again"
    assert write_batch(data, config, "two", Silent()).batch.parts == [], "nothing is left to ask for"
    assert collect_batch(data, config, "two", Silent()).completion.kept == rows


def test_jobs_and_folds_are_asked_for_as_online(server: BatchServer, data: Path, tmp_path: Path) -> None:
    config = configured(server.base_url, mode="irc", folds=2)
    asked = asked_for(written_and_sent(data, config))
    assert asked > 60
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.completed, found.completion.open) == (asked, 0)
    other = world(tmp_path / "online")
    complete_dataset(other, config, Silent())
    assert completions(data) == completions(other)


def test_rows_that_fail_are_listed_and_written_again_when_asked_for(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.fail_every = 4
    failed = asked_for(written_and_sent(data, config)) // 4
    found = collect_batch(data, config, "one", Silent()).completion
    assert found.failed == failed > 3
    assert dict(found.reasons) == {
        "the server answered with status 400, context_length_exceeded": failed + found.failed_before
    }
    assert found.dead_letters is not None
    letters = [json.loads(line) for line in found.dead_letters.read_text().splitlines()]
    assert len(letters) == failed + found.failed_before
    assert "quotes" not in found.dead_letters.read_text()

    assert write_batch(data, config, "two", Silent()).batch.parts == []
    server.fail_every = 0
    again = write_batch(data, config, "three", Silent(), retry_failed=True)
    assert [part.requests for part in again.batch.parts] == [failed]
    submit_batch(data, config, "three", Silent())
    mended = collect_batch(data, config, "three", Silent()).completion
    assert (mended.completed, mended.failed, mended.dead_letters) == (failed, 0, None)
    again = collect_batch(data, config, "one", Silent()).completion
    assert (again.kept, again.rows) == (30, 30)


def test_what_no_answer_came_for_stays_open_and_the_next_batch_asks_for_it(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.expire_after, server.leave_out_every = 20, 5
    asked = asked_for(written_and_sent(data, config))
    during = write_batch(data, config, "two", Silent())
    assert (during.batch.parts, during.batch.left_out) == ([], asked), "another batch is under way for them"
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.completed, found.completion.failed) == (16, 0)
    assert found.completion.open == asked - 16
    assert found.batch.collected
    after = write_batch(data, config, "two", Silent())
    assert ([part.requests for part in after.batch.parts], after.batch.left_out) == ([asked - 16], 0)


def test_answers_that_contradict_each_other_are_not_believed(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.repeat_every = 3
    written_and_sent(data, config, "same")
    assert collect_batch(data, config, "same", Silent()).completion.failed == 0

    server.contradict = True
    other = configured(server.base_url, openai={"base_url": server.base_url, "model": "n"})
    asked = asked_for(written_and_sent(data, other))
    found = collect_batch(data, other, "one", Silent()).completion
    assert dict(found.reasons) == {"the batch answered this row twice, and differently": asked // 3}
    assert found.completed == asked - asked // 3


def test_answers_of_another_model_are_refused(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    server.model = "m-mini"
    asked = asked_for(written_and_sent(data, config))
    found = collect_batch(data, config, "one", Silent()).completion
    assert (found.completed, found.failed, found.open) == (0, 0, asked)
    assert found.stopped.startswith("another model 'm-mini' answered in place of 'm'")


def test_a_cut_download_loses_its_last_row_alone_and_can_be_fetched_again(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.cut_bytes = 10
    written_and_sent(data, config)
    found = collect_batch(data, config, "one", Silent())
    assert (found.unreadable, found.completion.open) == (1, 1)
    server.cut_bytes = 0
    state(data).with_name("output-0001.jsonl").unlink()
    whole = collect_batch(data, config, "one", Silent())
    assert (whole.unreadable, whole.completion.open, whole.completion.completed) == (0, 0, 1)


def test_answers_of_strangers_are_counted(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    written_and_sent(data, config)
    lines = [{"custom_id": "f" * 64, "response": None}, {"custom_id": "request-1"}]
    state(data).with_name("output-9.jsonl").write_text("\n\n".join(map(json.dumps, lines)))
    found = collect_batch(data, config, "one", Silent())
    assert (found.unknown, found.unreadable, found.completion.open) == (2, 0, 0)


def test_several_files(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    written = write_batch(data, config, "one", Silent())
    asked, folder = asked_for(written), state(data).parent
    lines = (folder / "requests-0001.jsonl").read_bytes().splitlines(keepends=True)
    parts = []
    for number, start in enumerate(range(0, asked, 12), start=1):
        name, some = f"requests-{number:04}.jsonl", lines[start : start + 12]
        (folder / name).write_bytes(b"".join(some))
        parts.append({"file": name, "requests": len(some)})
    assert len(parts) == 3
    state(data).write_text(json.dumps(batch_values(written.batch) | {"parts": parts}))
    submit_batch(data, config, "one", Silent())
    assert [batch["metadata"]["part"] for batch in server.batches.values()] == ["1", "2", "3"]
    assert collect_batch(data, config, "one", Silent()).completion.completed == asked
    assert sorted(file.name for file in folder.glob("output-*")) == [f"output-000{n}.jsonl" for n in (1, 2, 3)]


def test_a_limit_of_rows(config: ExperimentConfig, data: Path) -> None:
    limited = write_batch(data, config, "one", Silent(), rows=5)
    assert 0 < asked_for(limited) <= 5
    assert limited.completion.stopped == "the limit of 5 rows was reached"
    assert asked_for(write_batch(data, config, "one", Silent())) > 5, "not sent, so written anew"


def test_a_file_that_the_server_refuses_is_sent_again(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.refuse_file = "token_limit_exceeded"
    written_and_sent(data, config)
    (part,) = batch_status(data, config, "one", Silent()).parts
    assert part.refused
    assert part.found is not None
    assert part.found.problem == "token_limit_exceeded"
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.completed, found.completion.open > 20) == (0, True)
    server.refuse_file = ""
    submit_batch(data, config, "one", Silent())
    assert len(server.batches) == 2
    assert collect_batch(data, config, "one", Silent()).completion.open == 0


def test_a_cancelled_batch_is_over(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    server.polls = 5
    asked = asked_for(written_and_sent(data, config))
    assert [part.over for part in cancel_batch(data, config, "one", Silent()).parts] == [True]
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.open, found.batch.collected) == (asked, True)


def test_submitting_twice_sends_once(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    server.polls = 5
    written_and_sent(data, config)
    submit_batch(data, config, "one", Silent())
    assert (server.count("POST /files"), server.count("POST /batches")) == (1, 1)
    with pytest.raises(BadInput, match="the batch 'one' has been sent and cannot be written anew; give another --name"):
        write_batch(data, config, "one", Silent())


def test_a_creation_that_ends_in_the_dark_is_not_repeated(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.dark, server.busy = {"POST /batches"}, 1
    written_and_sent(data, config)
    assert (len(server.batches), server.count("POST /batches")) == (1, 1)
    assert collect_batch(data, config, "one", Silent()).completion.open == 0


@pytest.mark.parametrize("created", [True, False])
def test_a_kill_during_the_creation(server: BatchServer, config: ExperimentConfig, data: Path, created: bool) -> None:
    write_batch(data, config, "one", Silent())
    file = state(data).with_name("requests-0001.jsonl").read_bytes()
    server.files["file-0"] = file
    if created:
        for other in ("file-7", "file-0", "file-8", "file-9"):
            server.files[other] = file
            server._create({"input_file_id": other, "completion_window": "24h", "metadata": {}, "endpoint": "/v1/x"})
    values = json.loads(state(data).read_text())
    values["parts"][0] |= {"step": "creating", "file_id": "file-0"}
    state(data).write_text(json.dumps(values))
    sent = submit_batch(data, config, "one", Silent())
    assert sent.parts[0].found is not None
    assert server.batches[sent.parts[0].found.id]["input_file_id"] == "file-0"
    assert server.count("POST /batches") == (0 if created else 1)
    assert server.count("POST /files") == 0


def test_where_nobody_can_tell_whether_a_batch_was_created_nothing_is_sent(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    server.lists, server.dark = False, {"POST /batches"}
    with pytest.raises(BackendError, match="refused the list of batches"):
        written_and_sent(data, config)
    with pytest.raises(BackendError, match="Whether a batch was made from the upload file-0 before the interruption"):
        submit_batch(data, config, "one", Silent())
    assert server.count("POST /batches") == 1
    # what the message tells to do
    values = json.loads(state(data).read_text())
    values["parts"][0] |= {"step": "created", "found": {"id": "batch_0"}}
    state(data).write_text(json.dumps(values))
    submit_batch(data, config, "one", Silent())
    assert server.count("POST /batches") == 1
    assert collect_batch(data, config, "one", Silent()).completion.open == 0


def test_a_busy_server_is_tried_again_and_one_that_stays_so_is_one_sentence(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    write_batch(data, config, "one", Silent())
    server.busy = 4
    with pytest.raises(BackendError, match=r"refused the upload \(status 429, rate_limit_exceeded\); wait, then run"):
        submit_batch(data, config, "one", Silent())
    server.busy = 2
    submit_batch(data, config, "one", Silent())
    assert len(server.batches) == 1


def test_an_answer_that_cannot_be_used_is_counted_once(
    server: BatchServer, config: ExperimentConfig, data: Path
) -> None:
    asked = asked_for(written_and_sent(data, config))
    batch_status(data, config, "one", Silent())
    server.files["file-1"] = server.files["file-1"].replace(b"statements", b"remarks")
    found = collect_batch(data, config, "one", Silent()).completion
    assert (found.failed, found.tokens_in) == (asked, 100 * asked)
    assert found.dead_letters is not None
    assert {json.loads(line)["attempts"] for line in found.dead_letters.read_text().splitlines()} == {1}
    assert next(iter(found.reasons)).startswith("the answer is JSON of another form than")


def test_answers_made_elsewhere_can_be_collected(server: BatchServer, config: ExperimentConfig, data: Path) -> None:
    """As by `vllm run-batch`: nothing is sent, and the file is laid into the folder."""
    write_batch(data, config, "one", Silent())
    folder = state(data).parent
    asked = [json.loads(line) for line in (folder / "requests-0001.jsonl").read_text().splitlines()]
    done = [line for number, one in enumerate(asked, start=1) for line in server._lines(number, one)]
    (folder / "output-0001.jsonl").write_text("".join(json.dumps(line) + "\n" for line in done))
    found = collect_batch(data, config, "one", Silent())
    assert (found.completion.open, found.completion.completed) == (0, len(asked))
    assert server.requests == []


def test_personal_data_are_placeholders_on_disk_and_put_back(
    server: BatchServer, config: ExperimentConfig, tmp_path: Path
) -> None:
    made = synthetic_world(SyntheticConfig(n_users=20, n_jobs=30, mean_interactions=5), 1)
    resume = "Cook, write to jane.roe@example.org\nFive years in kitchens"
    users = made.users.with_columns(pl.lit(resume).alias("resume"))
    save_dataset(replace(made, users=users), tmp_path / "data", source="test")
    (tmp_path / "data" / "manifest.json").unlink()
    written_and_sent(tmp_path / "data", config)
    requests = state(tmp_path / "data").with_name("requests-0001.jsonl").read_text()
    assert "Five years in kitchens" in requests
    assert "jane.roe" not in requests
    collect_batch(tmp_path / "data", config, "one", Silent())
    assert "jane.roe" not in state(tmp_path / "data").with_name("output-0001.jsonl").read_text()
    assert any("jane.roe@example.org" in row[0] for row in completions(tmp_path / "data").values())


WRONG: list[tuple[str, Callable[[Path, ExperimentConfig], object], type[Exception], str]] = [
    (
        "a back end that asks nobody",
        lambda data, config: write_batch(data, ExperimentConfig(), "one", Silent()),
        BadConfig,
        "a batch is for a server that is asked: set complete.backend = 'openai'",
    ),
    (
        "a name that leads elsewhere",
        lambda data, config: write_batch(data, config, "../one", Silent()),
        BadInput,
        r"the name of a batch is that of a folder: .* \(given: '../one'\)",
    ),
    (
        "no such batch",
        lambda data, config: submit_batch(data, config, "none", Silent()),
        BadInput,
        "there is no batch 'none' in .*batches; 'lgir batch write' makes one",
    ),
    (
        "another configuration",
        lambda data, config: (
            write_batch(data, config, "one", Silent()),
            submit_batch(data, configured("http://127.0.0.1:9/v1", mode="irc"), "one", Silent()),
        ),
        BadConfig,
        "the batch 'one' was written with another configuration or version of lgir",
    ),
    (
        "another server",
        lambda data, config: (
            written_and_sent(data, config),
            batch_status(data, configured("http://127.0.0.1:9/v1"), "one", Silent()),
        ),
        BadConfig,
        "the batch 'one' is at http://127.0.0.1:[0-9]+/v1; set openai.base_url to that address",
    ),
    (
        "no server",
        lambda data, config: (
            write_batch(data, config, "one", Silent()),
            submit_batch(
                data,
                configured("x", openai={"base_url": "http://127.0.0.1:9/v1", "model": "m", "max_retries": 0}),
                "one",
                Silent(),
            ),
        ),
        BackendError,
        "the upload at http://127.0.0.1:9/v1 failed: no connection was made; run the same command again",
    ),
]


@pytest.mark.parametrize(("do", "error", "sentence"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_one_sentence(
    data: Path,
    config: ExperimentConfig,
    do: Callable[[Path, ExperimentConfig], object],
    error: type[Exception],
    sentence: str,
) -> None:
    with pytest.raises(error, match=sentence) as caught:
        do(data, config)
    assert "secret-key" not in str(caught.value)


def test_a_damaged_state_is_one_sentence(config: ExperimentConfig, data: Path) -> None:
    values = batch_values(write_batch(data, config, "one", Silent()).batch)
    for damaged in ("", "[]", json.dumps(values | {"format": 2}), json.dumps(values)[:-3]):
        state(data).write_text(damaged)
        with pytest.raises(UnreadableRun, match="state.json is damaged or of a newer lgir; mend it, or move"):
            submit_batch(data, config, "one", Silent())


def test_two_processes_do_not_work_on_one_batch(config: ExperimentConfig, data: Path) -> None:
    write_batch(data, config, "one", Silent())
    other = os.open(state(data).parent, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another process is at work on the batch 'one'; wait until it ends"):
            submit_batch(data, config, "one", Silent())
    finally:
        os.close(other)
    submit_batch(data, config, "one", Silent())
