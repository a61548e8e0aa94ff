"""`lgir batch`: what it says, how it ends, and what a kill -9 between two steps costs: nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.testing.batch_server import BatchServer, batch_server

pytestmark = pytest.mark.slow
pytest.importorskip("aiohttp")

Lgir = Callable[..., SimpleNamespace]
PROGRAM = "import sys; from lgir.cli.app import main; sys.exit(main())"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")
    with batch_server() as running:
        yield running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return world(tmp_path / "data", 30)


@pytest.fixture
def told(server: BatchServer, tmp_path: Path) -> tuple[object, ...]:
    """The options that every command gets."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[complete]\nbackend = "openai"\nmode = "src"\n[complete.openai]\nmodel = "m"\nmax_retries = 0\n'
        f'base_url = "{server.base_url}"\n[complete.llm]\nprice_in = 1.0\nprice_out = 2.0\n'
    )
    return ("--name", "one", "--config", file, "-q")


def world(folder: Path, n_users: int) -> Path:
    made = synthetic_world(SyntheticConfig(n_users=n_users, n_jobs=40, mean_interactions=5), 1)
    save_dataset(made, folder, source="test")
    return folder


def test_from_writing_to_collecting(lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]) -> None:
    server.polls = 1
    folder = data / "derived" / "batches" / "one"
    written = lgir("batch", "write", data, *told)
    assert (written.code, written.err) == (0, "")
    assert written.out.startswith("30 résumés: 4 completed, 0 failed before, 26 open; 26 requests in 1 files:")
    assert str(folder) in written.out
    assert lgir("batch", "status", data, *told).out == "requests-0001.jsonl: 26 requests, not sent\n"
    early = lgir("batch", "collect", data, *told)
    assert "for the 26 open ones: files are not sent, or were refused: 'lgir batch submit' sends them" in early.out

    sent = lgir("batch", "submit", data, *told)
    assert sent.out == "requests-0001.jsonl: validating, 0 of 26 answered, 0 failed; batch_0\n"
    early = lgir("batch", "collect", data, *told)
    assert (early.code, early.err) == (0, "")
    assert "for the 26 open ones: the batch is not over; collect again later" in early.out
    assert "batch_0" in lgir("batch", "status", data, *told).out

    found = lgir("batch", "collect", data, *told)
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "26 completed, 0 failed, 4 known before, 0 open; written by the language model m",
        "2,600 tokens read by the model, 260 written, cost 0.00 by the prices of the configuration",
    ]
    value = json.loads(lgir("batch", "collect", data, *told, "--json").out)
    assert (value["completion"]["kept"], value["batch"]["collected"], value["unreadable"]) == (30, True, 0)
    assert value["batch"]["parts"][0]["found"]["status"] == "completed"
    assert json.loads(lgir("batch", "status", data, *told, "--json").out) == value["batch"]


def test_failed_rows_end_with_code_1_and_are_asked_for_again(
    lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]
) -> None:
    server.fail_every, server.cut_bytes = 4, 5
    for action in ("write", "submit"):
        assert lgir("batch", action, data, *told).code == 0
    found = lgir("batch", "collect", data, *told)
    assert found.code == 1
    assert found.err.startswith("error: 5 résumés failed and are listed in ")
    assert found.err.endswith("5 × the server answered with status 400, context_length_exceeded\n")
    # each of the two files has lost its last line, a failure among them
    assert "2 lines of the answers cannot be read; if a download was cut, delete that file in" in found.out
    assert "'lgir batch write' with another --name, or 'lgir complete', asks for them" in found.out

    server.fail_every = server.cut_bytes = 0
    again = ("--name", "two", *told[2:])
    assert "5 requests in 1 files" in lgir("batch", "write", data, *again, "--retry-failed").out
    assert lgir("batch", "submit", data, *again).code == 0
    assert lgir("batch", "collect", data, *again).out.startswith("5 completed, 0 failed")


def test_wrong_usage_is_one_sentence(lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]) -> None:
    for arguments, code, sentence in (
        (("submit", data, *told), 2, "error: there is no batch 'one' in"),
        (("collect", data, *told, "--limit", 5), 2, "error: --limit and --retry-failed say what 'write' writes; leave"),
        (("write", data, "--name", "one", "-q"), 2, "error: a batch is for a server that is asked: set complete.back"),
        (("send", data, *told), 2, "Usage: lgir batch"),
        (("write", data, "--config", told[3]), 2, "Usage: lgir batch"),
    ):
        found = lgir("batch", *arguments)
        assert (found.code, found.out) == (code, "")
        assert found.err.startswith(sentence)
    assert server.requests == []


def test_an_interruption_by_the_server_costs_no_second_batch(
    lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]
) -> None:
    lgir("batch", "write", data, *told)
    server.dark = {"POST /batches"}
    found = lgir("batch", "submit", data, *told)
    assert (found.code, found.out) == (1, "")
    assert "the creation of a batch at" in found.err
    assert "failed: the connection ended before the answer; run the same command again, it goes on" in found.err
    assert lgir("batch", "submit", data, *told).code == 0
    assert server.count("POST /batches") == 1
    assert lgir("batch", "collect", data, *told).out.startswith("26 completed")


# ── kill -9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def killed(when: Callable[[], bool], *arguments: object) -> None:
    """Runs a command and kills it as soon as `when` holds."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + 120
    while process.poll() is None and not when() and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, err


def step(data: Path) -> str:
    state = json.loads((data / "derived" / "batches" / "one" / "state.json").read_text())
    return str(state["parts"][0]["step"])


@pytest.mark.parametrize(
    ("call", "left", "calls"),
    [("POST /files", "uploading", (2, 1)), ("POST /batches", "creating", (1, 1))],
)
def test_a_kill_while_it_is_sent(
    lgir: Lgir,
    server: BatchServer,
    data: Path,
    told: tuple[object, ...],
    call: str,
    left: str,
    calls: tuple[int, int],
) -> None:
    """The server has done what it was asked for, and nobody has heard of it."""
    assert lgir("batch", "write", data, *told).code == 0
    server.held = {call}
    killed(lambda: call in server.requests, "batch", "submit", data, *told)
    assert step(data) == left
    server.held = set()
    assert lgir("batch", "submit", data, *told).code == 0
    assert (server.count("POST /files"), server.count("POST /batches")) == calls
    assert len(server.batches) == 1, "a second batch would be paid for"
    assert lgir("batch", "submit", data, *told).code == 0
    assert lgir("batch", "collect", data, *told).out.startswith("26 completed, 0 failed")


def test_a_kill_between_the_upload_and_the_creation(
    lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]
) -> None:
    assert lgir("batch", "write", data, *told).code == 0
    killed(lambda: step(data) in ("uploaded", "creating", "created"), "batch", "submit", data, *told)
    assert lgir("batch", "submit", data, *told).code == 0
    assert len(server.batches) == 1
    assert server.count("POST /files") == 1


def test_a_kill_while_answers_are_downloaded(
    lgir: Lgir, server: BatchServer, data: Path, told: tuple[object, ...]
) -> None:
    server.fail_every = 4
    for action in ("write", "submit"):
        assert lgir("batch", action, data, *told).code == 0
    assert lgir("batch", "status", data, *told).code == 0
    server.held = {"GET /files/file-2/content"}
    killed(lambda: bool(server.held & set(server.requests)), "batch", "collect", data, *told)
    server.held = set()
    assert lgir("batch", "collect", data, *told).out.startswith("20 completed, 6 failed, 4 known before, 0 open")
    assert server.count("GET /files/file-1/content") == 1, "what was there is not fetched again"


def test_a_kill_while_it_is_written_or_collected(
    lgir: Lgir, server: BatchServer, told: tuple[object, ...], tmp_path: Path
) -> None:
    data = world(tmp_path / "large", 800)
    folder = data / "derived" / "batches" / "one"
    part = ".requests-0001.jsonl.*.part"
    killed(lambda: any(file.stat().st_size > 0 for file in folder.glob(part)), "batch", "write", data, *told)
    assert not (folder / "state.json").exists()
    assert "error: there is no batch 'one'" in lgir("batch", "submit", data, *told).err
    assert list(folder.glob(part))
    assert lgir("batch", "write", data, *told).code == 0
    assert not list(folder.glob(part)), "what was left behind holds résumés"
    assert lgir("batch", "submit", data, *told).code == 0
    log = data / "derived" / "completions.sqlite-wal"
    killed(lambda: log.exists() and log.stat().st_size > 20_000, "batch", "collect", data, *told)
    value = json.loads(lgir("batch", "collect", data, *told, "--json").out)["completion"]
    assert (value["open"], value["failed"]) == (0, 0)
    assert value["kept"] > 0
    assert value["completed"] + value["kept"] == 800
