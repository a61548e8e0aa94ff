"""Nothing is completed twice, and a killed run goes on where it was."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lgir.complete.cached import CachedCompleter
from lgir.complete.config import OpenAIConfig
from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.openai import OpenAICompleter
from lgir.core.records import Completion, EngagedJob, Failure, Query
from lgir.store.completions import CompletionStore
from lgir.testing.completers import HOSTILE, CompleterContract, people
from lgir.testing.scripted_server import Reply, ScriptedServer, scripted_server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CompletionStore]:
    with CompletionStore(tmp_path / "completions.sqlite") as opened:
        yield opened


class Counting:
    """Extractive completion that remembers what it was asked and fails for some people."""

    def __init__(self, fails: frozenset[str] = frozenset(), fingerprint: str = "counting") -> None:
        self.asked: list[Query] = []
        self.fails = fails
        self.fingerprint = fingerprint

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        for query in queries:
            self.asked.append(query)
            (made,) = ExtractiveCompleter().complete([query])
            yield Failure("no luck") if query.user_id in self.fails else made


class TestContract(CompleterContract):
    read_ahead = 3

    @pytest.fixture(autouse=True)
    def _open(self, store: CompletionStore) -> None:
        self.store = store

    def make(self) -> CachedCompleter:
        return CachedCompleter(ExtractiveCompleter(), self.store, batch=4)


def test_a_second_run_does_no_work_and_gives_the_same(store: CompletionStore) -> None:
    queries = people(20) + list(HOSTILE.values())
    direct = list(ExtractiveCompleter().complete(queries))
    for _ in range(2):
        inner = Counting()
        assert list(CachedCompleter(inner, store, batch=7).complete(queries)) == direct
    assert inner.asked == []


def test_only_what_is_missing_is_asked_for(store: CompletionStore) -> None:
    queries = people(12)
    list(CachedCompleter(Counting(), store).complete(queries[3:6]))
    inner = Counting()
    results = list(CachedCompleter(inner, store, batch=5).complete(queries))
    assert inner.asked == queries[:3] + queries[6:]
    assert results == list(ExtractiveCompleter().complete(queries))


def test_equal_queries_are_asked_once_whoever_asks(store: CompletionStore) -> None:
    query = people(1)[0]
    inner = Counting()
    results = list(CachedCompleter(inner, store).complete([query, replace(query, user_id="other"), query]))
    assert len(inner.asked) == 1
    assert results[0] == results[1] == results[2]


def test_failures_are_handed_on_and_tried_again(store: CompletionStore) -> None:
    queries = people(4)
    results = list(CachedCompleter(Counting(frozenset({"user1"})), store).complete(queries))
    assert [isinstance(result, Failure) for result in results] == [False, True, False, False]
    inner = Counting()
    assert all(isinstance(result, Completion) for result in CachedCompleter(inner, store).complete(queries))
    assert inner.asked == [queries[1]]


def test_any_change_of_content_asks_anew(store: CompletionStore) -> None:
    query = Query("Cook", (EngagedJob("j1", "Server"), EngagedJob("j2", "Bar")))
    changed = [
        query,
        Query("Cook ", query.jobs),
        Query("Cook", query.jobs[:1]),
        Query("Cook", query.jobs[::-1]),
        Query("Cook", (EngagedJob("j3", "Server"), query.jobs[1])),
        Query("Cook", (EngagedJob("j1", "Waiter"), query.jobs[1])),
    ]
    inner = Counting()
    list(CachedCompleter(inner, store).complete(changed))
    assert inner.asked == changed
    other = Counting(fingerprint="another prompt")
    list(CachedCompleter(other, store).complete([query]))
    assert other.asked == [query]


def test_a_result_is_kept_the_moment_it_is_ready_though_an_earlier_one_is_not(store: CompletionStore) -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if "Cook at place 0\n" in prompt:
            gate.wait(20)
        return Reply()

    with scripted_server(answer) as server:
        slow = OpenAICompleter(OpenAIConfig(base_url=server.base_url, model="m", concurrency=2))
        results = CachedCompleter(slow, store).complete(people(5))
        reader = threading.Thread(target=lambda: made.extend(results))
        made: list[Completion | Failure] = []
        reader.start()
        deadline = time.monotonic() + 20
        while len(store) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(store) == 4
        assert made == [], "order is kept all the same"
        gate.set()
        reader.join()
    assert len(made) == len(store) == 5


def test_two_processes_may_share_a_store(tmp_path: Path) -> None:
    path = tmp_path / "completions.sqlite"
    with scripted_server(lambda prompt, number: Reply(f"answer {place_in(prompt)}")) as server:
        both = [start(path, server, 30) for _ in range(2)]
        texts = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert texts[0] == texts[1] == "".join(f"answer {place}\n" for place in range(30))
    with CompletionStore(path) as store:
        assert len(store) == 30


N, WORKERS = 40, 4

SCRIPT = f"""
import sys
from pathlib import Path
from lgir.complete.cached import CachedCompleter
from lgir.complete.config import OpenAIConfig
from lgir.complete.openai import OpenAICompleter
from lgir.core.records import Completion
from lgir.store.completions import CompletionStore
from lgir.testing.completers import people

path, base_url, n = sys.argv[1:]
inner = OpenAICompleter(OpenAIConfig(base_url=base_url, model="m", concurrency={WORKERS}, max_retries=0))
for result in CachedCompleter(inner, CompletionStore(Path(path)), batch=16).complete(people(int(n))):
    assert isinstance(result, Completion), result
    print(result.text, flush=True)
"""


def place_in(prompt: str) -> int:
    return int(prompt.split("Cook at place ")[1].split("\n")[0])


def start(path: Path, server: ScriptedServer, n: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SCRIPT, str(path), server.base_url, str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("kill_after", [1, 17, 38])
def test_a_run_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path, kill_after: int) -> None:
    path = tmp_path / "completions.sqlite"
    reached = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if number >= kill_after:
            reached.set()
        time.sleep(0.005)
        return Reply(f"answer {place_in(prompt)}")

    with scripted_server(answer) as server:
        first = start(path, server, N)
        assert reached.wait(60)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        assert first.returncode == -signal.SIGKILL
        again = start(path, server, N)
        text, _ = again.communicate(timeout=60)
        assert again.returncode == 0
        # answered but not yet kept: at most what was under way when the process died
        assert len(server.requests) <= N + WORKERS
        third = start(path, server, N)
        assert third.communicate(timeout=60)[0] == text
        assert len(server.requests) <= N + WORKERS, "the third run asked for nothing"
    assert text == "".join(f"answer {place}\n" for place in range(N)), "as an undisturbed run"
