"""Ctrl-C and kill -9 in the middle of a command; then the same command again gives what an undisturbed one gives."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.cli.app import main
from lgir.data.folder import load_dataset

pytestmark = pytest.mark.slow

PROGRAM = "import sys; from lgir.cli.app import main; sys.exit(main())"
LONG = "max_epochs = 50\npatience = 50"
"""Training that lasts long enough to be disturbed."""


def _start(*arguments: object) -> "subprocess.Popen[str]":
    # one thread, as in this process, so that sums have the same order; Ctrl-C as a terminal would deliver it
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def _disturb(process: "subprocess.Popen[str]", how: signal.Signals, when: Callable[[], bool]) -> tuple[int, str]:
    """Sends a signal as soon as `when` holds; gives exit code and stderr."""
    until = time.monotonic() + 120
    while process.poll() is None and not when() and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(how)
    _, err = process.communicate(timeout=120)
    return process.returncode, err


def _run(*arguments: object) -> None:
    process = _start(*arguments)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def _contents(run: Path) -> dict[str, bytes]:
    """What a run has learned and says; all but logs, which hold what was measured on the way."""
    return {
        str(file.relative_to(run)): file.read_bytes()
        for file in sorted(run.rglob("*"))
        if file.is_file() and file.name != "log.jsonl"
    }


def test_fit(tiny: SimpleNamespace, tmp_path: Path) -> None:
    config, runs = tmp_path / "long.toml", tmp_path / "runs"
    config.write_text(tiny.config.read_text().replace("max_epochs = 2", LONG))
    _run("fit", tiny.data, "--config", config, "--out", runs / "calm", "-q")
    calm = _contents(runs / "calm")
    assert "seed-3/weights.safetensors" in calm
    for how, seed, code in ((signal.SIGINT, 3, 130), (signal.SIGKILL, 5, -signal.SIGKILL)):
        run = runs / how.name
        log = run / f"seed-{seed}" / "log.jsonl"

        def under_way(log: Path = log) -> bool:
            return log.is_file() and log.read_bytes().count(b"\n") > 5

        command = ("fit", tiny.data, "--config", config, "--out", run)
        found, err = _disturb(_start(*command), how, under_way)
        assert found == code, err
        assert not (run / f"seed-{seed}" / "result.json").exists()
        if how is signal.SIGINT:
            assert err.splitlines()[-1] == "interrupted; the same command continues where it was"
            assert "Traceback" not in err
        _run(*command)
        disturbed = _contents(run)
        assert list(disturbed) == list(calm)
        assert [name for name in calm if disturbed[name] != calm[name]] == []


def _completions(data: Path) -> dict[str, tuple[str, ...]]:
    """What the store holds, without the time of day."""
    file = data / "derived" / "completions.sqlite"
    if not file.is_file():
        return {}
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as store:
            return {
                row[0]: row[1:] for row in store.execute("SELECT key, text, statements, provenance FROM completions")
            }
    except sqlite3.OperationalError:
        return {}  # its tables are not made yet


def test_complete(tables: Callable[..., Path], tmp_path: Path) -> None:
    source = tables(tmp_path / "tables", n_users=400, n_jobs=100)
    for name in ("calm", "killed"):
        assert main(["import", "csv", str(source), str(tmp_path / name), "-q"]) == 0
    _run("complete", tmp_path / "calm", "-q")
    calm = _completions(tmp_path / "calm")
    killed, _ = _disturb(
        _start("complete", tmp_path / "killed"), signal.SIGKILL, lambda: len(_completions(tmp_path / "killed")) > 10
    )
    assert killed == -signal.SIGKILL
    assert 0 < len(_completions(tmp_path / "killed")) < len(calm)
    _run("complete", tmp_path / "killed", "-q")
    assert _completions(tmp_path / "killed") == calm


def test_import(tables: Callable[..., Path], tmp_path: Path) -> None:
    source = tables(tmp_path / "tables", n_users=4000, n_jobs=2000)
    home = tmp_path / "out"
    _run("import", "csv", source, tmp_path / "calm", "-q")
    calm = load_dataset(tmp_path / "calm").fingerprint
    # first while it reads, then while it writes
    for when in (lambda: True, lambda: any(home.glob(".data.new-*/*.parquet"))):
        _disturb(_start("import", "csv", source, home / "data"), signal.SIGKILL, when)
        if (home / "data").exists():
            assert load_dataset(home / "data").fingerprint == calm
    _run("import", "csv", source, home / "data", "-q")
    assert load_dataset(home / "data").fingerprint == calm
    assert [path.name for path in home.iterdir()] == ["data"]
