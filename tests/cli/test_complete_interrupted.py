"""`lgir complete` with a slow language model, ended by Ctrl-C, by SIGTERM, by kill -9."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.cli.app import main
from lgir.data.folder import save_dataset
from lgir.testing.scripted_server import Reply, scripted_server

pytestmark = pytest.mark.slow

PROGRAM = "import sys; from lgir.cli.app import main; sys.exit(main())"


@pytest.fixture
def slow(trained: SimpleNamespace, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A world without completions, and a server that takes its time and cuts every fifth answer."""
    save_dataset(trained.world, tmp_path / "data", source="synthetic")

    def answer(_: str, number: int) -> Reply:
        time.sleep(0.05)
        return Reply(f"Cook {number}", finish_reason="length" if number % 5 == 4 else "stop")

    with scripted_server(answer) as server:
        config = tmp_path / "config.toml"
        config.write_text(
            '[complete]\nbackend = "openai"\nfolds = 2\n[complete.llm]\nanswer = "lines"\nbad_answer_retries = 0\n'
            f'[complete.openai]\nbase_url = "{server.base_url}"\nmodel = "m"\nmax_retries = 0\nconcurrency = 4\n'
        )
        yield SimpleNamespace(data=tmp_path / "data", config=config, server=server)


def counts(data: Path) -> tuple[int, int]:
    """Completions and failures that are kept."""
    try:
        with sqlite3.connect(f"file:{data / 'derived' / 'completions.sqlite'}?mode=ro", uri=True) as store:
            return tuple(
                store.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("completions", "failures")
            )
    except sqlite3.OperationalError:
        return 0, 0


def stop(slow: SimpleNamespace, how: signal.Signals, *options: str) -> tuple[int, str, str]:
    """Starts the command and sends a signal once some rows have failed; gives exit code, stdout and stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "complete", str(slow.data), "--config", str(slow.config), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        until = time.monotonic() + 120
        while process.poll() is None and counts(slow.data)[1] < 3 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(how)
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def listed(data: Path) -> list[dict[str, object]]:
    file = data / "derived" / "dead-letters.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_summary_and_the_list_of_failures(slow: SimpleNamespace, how: signal.Signals, code: int) -> None:
    found, out, err = stop(slow, how)
    completed, failed = counts(slow.data)
    assert found == code, err
    assert failed >= 3
    assert len(listed(slow.data)) == failed
    told = re.search(r": (\d+) completed, (\d+) failed, ", out)
    assert told is not None, out
    # a result may be kept in the very moment in which the run is stopped, and be counted no more
    assert 0 <= completed - int(told[1]) + failed - int(told[2]) <= 1
    assert " not asked for; written by the language model m" in out
    assert f"failed rows, with reasons: {slow.data}/derived/dead-letters.jsonl; --retry-failed asks" in out
    assert "stopped: interrupted; the same command goes on" in out
    assert " tokens read by the model, " in out
    assert err.splitlines()[-1] == "interrupted; the same command continues where it was"
    assert "Traceback" not in err
    assert not list((slow.data / "derived").glob(".*.part"))


def test_a_summary_for_programs(slow: SimpleNamespace) -> None:
    found, out, _ = stop(slow, signal.SIGTERM, "--json", "-q")
    value = json.loads(out)
    assert (found, value["stopped"]) == (143, "interrupted")
    assert counts(slow.data)[1] - 1 <= value["failed"] <= counts(slow.data)[1]
    assert value["open"] > 0
    assert value["rows"] == sum(value[name] for name in ("completed", "kept", "failed", "failed_before", "open"))


def test_after_a_kill_the_next_run_lists_the_failures_even_if_it_asks_nobody(
    slow: SimpleNamespace, lgir: Callable[..., SimpleNamespace]
) -> None:
    found, _, _ = stop(slow, signal.SIGKILL)
    failed = counts(slow.data)[1]
    assert (found, listed(slow.data)) == (-signal.SIGKILL, [])
    asked = len(slow.server.requests)
    assert lgir("complete", slow.data, "--config", slow.config, "-q", "--max-minutes", "0").code == 0
    assert len(slow.server.requests) == asked
    assert len(listed(slow.data)) == failed


def test_the_terminal_gets_its_signals_back(slow: SimpleNamespace) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(["complete", str(slow.data), "--dry-run", "-q"]) == 0
    assert signal.getsignal(signal.SIGTERM) == before
