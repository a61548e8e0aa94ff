"""Prompts made by two processes are the prompts that one makes, and none is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from lgir.complete.llm import prepare as module
from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.prepare import Preparer, Ready, prepared
from lgir.complete.llm.prompt import load_prompt
from lgir.complete.privacy.redact import RuleRedactor
from lgir.core.records import Query
from lgir.testing.completers import HOSTILE, people

PREPARE = Preparer(load_prompt("irc", "en"), LlmConfig(), RuleRedactor())
QUERIES = [*people(40), *HOSTILE.values(), *people(100), Query("")]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process is started after a few rows."""
    monkeypatch.setattr(module, "_ALONE", 5)


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_another_process_changes_nothing_but_the_order() -> None:
    alone = list(prepared(PREPARE, enumerate(QUERIES), helper=False))
    assert [place for place, _ in alone] == list(range(len(QUERIES)))
    assert alone[-1][1].prompt is None
    assert sorted(prepared(PREPARE, enumerate(QUERIES), helper=True), key=lambda ready: ready[0]) == alone


def test_what_puts_personal_data_back_carries_no_texts() -> None:
    ((_, ready),) = prepared(PREPARE, enumerate([Query("Cook. Mail: ann@example.org")]), helper=False)
    assert ready.redaction is not None
    assert ready.redaction.texts == ()
    assert ready.redaction.restore("write to [EMAIL_1]") == "write to ann@example.org"


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_the_first_rows_do_not_wait_for_the_other_process() -> None:
    found = prepared(PREPARE, enumerate(people(60)), helper=True)
    assert [place for place, _ in islice(found, 5)] == list(range(5))
    assert sorted(place for place, _ in found) == list(range(5, 60))


def test_a_few_rows_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)
    assert len(list(prepared(PREPARE, enumerate(people(50)), helper=True))) == 50


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_rows_of_a_killed_process_are_made_here() -> None:
    def kill_children() -> None:
        found = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False)
        for child in map(int, found.stdout.split()):
            command = open(f"/proc/{child}/cmdline", "rb").read()  # noqa: SIM115
            if b"spawn_main" in command:
                os.kill(child, signal.SIGKILL)

    rows: list[Ready] = []
    for number, ready in enumerate(prepared(PREPARE, enumerate(people(300)), helper=True)):
        rows.append(ready)
        if number == 40:
            kill_children()
    assert sorted(place for place, _ in rows) == list(range(300))


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_rows_are_read_as_they_are_needed() -> None:
    read = 0

    def endless() -> Iterator[tuple[int, Query]]:
        nonlocal read
        while True:
            read += 1
            yield read, people(1)[0]

    found = prepared(PREPARE, endless(), helper=True)
    for _ in range(6):
        next(found)
    assert read <= 5 + module._CHUNK * (module._CHUNKS + 1) + 1
    found.close()  # type: ignore[attr-defined]  # a generator


SCRIPT = """
from itertools import count
from lgir.complete.llm import prepare as module
from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.prepare import Preparer, prepared
from lgir.complete.llm.prompt import load_prompt
from lgir.testing.completers import people

module._ALONE = 1
prepare = Preparer(load_prompt("irc", "en"), LlmConfig(), None)
for number, _ in enumerate(prepared(prepare, ((i, people(1)[0]) for i in count()), helper=True)):
    if number == 2000:
        print("ready", flush=True)
"""


@pytest.mark.slow
def test_a_killed_run_leaves_no_process_behind() -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    children = [int(child) for child in found.stdout.split()]
    assert children
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [child for child in children if alive(child)]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
