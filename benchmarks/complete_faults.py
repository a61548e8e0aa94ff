"""Résumés completed through a server that goes wrong, by a process that is killed again and again: is anything lost?

    .venv/bin/python benchmarks/complete_faults.py [--rows N] [--faults SHARE] [--kills N] [--concurrency N] [--json]

`lgir complete` runs as a user runs it, against `lgir.testing.faulty_proxy` in a process of its own, over a dataset of
so many people made for this (mode "src": one row each). It is killed with SIGKILL each time another share of the rows
is done, and started again; the last run goes to its end. Then everything is counted from what lies on the disk:

    rows            people of the dataset
    completed       rows with a completion in the store
    dead            rows in the dead-letter file, each with its reason
    duplicates      rows that ended twice: with two completions, in the file twice, or in both
    lost            rows that ended in neither
    answered_again  good answers that the server gave to a prompt it had answered well before: those that were under
                    way when the process was killed, at most `concurrency` each time
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from lgir.core.records import Query
from lgir.data.check import tables_fingerprint
from lgir.data.dataset import Dataset
from lgir.data.folder import save_dataset
from lgir.store.completions import CompletionStore, subject_of
from lgir.testing.faulty_proxy import faulty_process


@dataclass
class Counts:
    """What was found on the disk."""

    rows: int
    completed: int
    dead: int
    duplicates: int
    lost: int
    answered_again: int
    killed: int
    asked_again: int
    store: str
    reasons: dict[str, int]
    injected: dict[str, int]
    seconds: float


def people(n: int) -> Dataset:
    """`n` different people who looked at three jobs each."""
    users, jobs = [f"u{i}" for i in range(n)], [f"j{i}" for i in range(60)]
    resumes = [f"Cook number {i}, {i % 40} years, town {i % 97}" for i in range(n)]
    pairs = [(users[i], jobs[(7 * i + 11 * k) % 60]) for i in range(n) for k in range(3)]
    tables = (
        pl.DataFrame({"user_id": users, "resume": resumes}),
        pl.DataFrame({"job_id": jobs, "text": [f"Server\nHouse {i}\nNewark" for i in range(60)]}),
        pl.DataFrame(pairs, schema=["user_id", "job_id"], orient="row"),
    )
    return Dataset(*tables, tables_fingerprint(*tables))


def start(data: Path, config: Path, log: Path) -> "subprocess.Popen[bytes]":
    """`lgir complete`, as a user starts it."""
    command = [sys.executable, "-c", "import sys; from lgir.cli.app import main; sys.exit(main())"]
    with log.open("ab") as stream:
        return subprocess.Popen(
            [*command, "complete", data, "--config", config, "--json"], stdout=stream, stderr=stream
        )


def done(store: Path) -> int:
    """Completions and failures so far."""
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
            return sum(db.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in ("completions", "failures"))
    except sqlite3.Error:
        return 0


def measure(rows: int, faults: float, kills: int, concurrency: int, seed: int) -> Counts:
    """Runs, kills, and counts."""
    with tempfile.TemporaryDirectory() as folder, faulty_process(faults=faults, seed=seed) as url:
        home = Path(folder)
        data, config, log = home / "data", home / "config.toml", home / "log"
        save_dataset(people(rows), data, source="synthetic")
        config.write_text(
            '[complete]\nbackend = "openai"\nmode = "src"\n[complete.openai]\nmodel = "m"\ntimeout_s = 2.0\n'
            f'base_url = "{url}"\nconcurrency = {concurrency}\n'
        )
        store = data / "derived" / "completions.sqlite"
        began, killed = time.monotonic(), 0
        for number in range(kills):
            process = start(data, config, log)
            while process.poll() is None and done(store) < rows * (number + 1) / (kills + 1):
                time.sleep(0.02)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
        last = start(data, config, log)
        last.wait()
        if last.returncode not in (0, 1):
            raise RuntimeError(f"the last run ended with {last.returncode}:\n{log.read_text()[-2000:]}")
        seconds = time.monotonic() - began
        before = server_counts(url)
        start(data, config, log).wait()
        after = server_counts(url)
        completed, dead, duplicates, lost, state, reasons = counted(data, rows)
        asked_again = sum(after["injected"].values()) + after["prompts"] + after["done_twice"]
        asked_again -= sum(before["injected"].values()) + before["prompts"] + before["done_twice"]
        return Counts(
            rows=rows,
            completed=completed,
            dead=dead,
            duplicates=duplicates,
            lost=lost,
            answered_again=after["done_twice"],
            killed=killed,
            asked_again=asked_again,
            store=state,
            reasons=reasons,
            injected=after["injected"],
            seconds=round(seconds, 1),
        )


def server_counts(url: str) -> dict[str, Any]:
    """What the server has counted."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/counts") as reply:
        found: dict[str, Any] = json.loads(reply.read())
        return found


def counted(data: Path, rows: int) -> tuple[int, int, int, int, str, dict[str, int]]:
    """(completed, dead, duplicates, lost, state of the store, reasons), from the files alone."""
    path = data / "derived" / "completions.sqlite"
    with CompletionStore(path) as store:
        ended = {f"u{i}": Counter(kind(store, f"u{i}")) for i in range(rows)}
    letters = data / "derived" / "dead-letters.jsonl"
    lines: list[dict[str, Any]] = (
        [json.loads(line) for line in letters.read_text().splitlines()] if letters.exists() else []
    )
    dead = Counter(line["user_id"] for line in lines)
    completed = sum(1 for one in ended.values() if one["completed"])
    duplicates = sum(1 for user, one in ended.items() if one["completed"] + dead[user] > 1)
    lost = sum(1 for user, one in ended.items() if one["completed"] + dead[user] == 0)
    with sqlite3.connect(path) as db:
        state = db.execute("PRAGMA integrity_check").fetchone()[0]
    return completed, len(dead), duplicates, lost, state, dict(Counter(line["reason"] for line in lines))


def kind(store: CompletionStore, user_id: str) -> list[str]:
    """What the store holds of one person."""
    keys = store.keys_of(subject_of(Query("", (), user_id)))
    return ["completed"] * len(store.known(keys)) + ["failed"] * len(store.failures(keys))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rows, given.faults, given.kills, given.concurrency, given.seed)
    values = asdict(found)
    print(json.dumps(values) if given.json else "\n".join(f"{name:<15} {value}" for name, value in values.items()))
    if found.completed + found.dead != found.rows or found.duplicates or found.lost or found.store != "ok":
        sys.exit("the sum does not add up")


if __name__ == "__main__":
    main()
