"""Nothing is completed twice, and a killed run goes on where it was."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lgir.complete.cached import CachedCompleter, Outcome
from lgir.complete.config import CompleteConfig
from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.factory import build_completer
from lgir.core.config import parse_config
from lgir.core.records import Completion, EngagedJob, Failure, Query
from lgir.core.seams import Completer
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


def test_a_failure_is_kept_and_asked_for_again_only_on_request(store: CompletionStore) -> None:
    queries = people(4)
    failing = Counting(frozenset({"user1"}))
    results = list(CachedCompleter(failing, store).complete(queries))
    assert [isinstance(result, Failure) for result in results] == [False, True, False, False]
    inner = Counting()
    assert list(CachedCompleter(inner, store).complete(queries)) == results, "the same again: nothing is asked"
    assert inner.asked == []
    outcomes = list(CachedCompleter(inner, store, asking="failed").outcomes([*queries, *people(6)[4:]]))
    assert inner.asked == [queries[1]]
    assert sorted((one.place, one.state) for one in outcomes) == [
        (0, "kept"),
        (1, "completed"),
        (2, "kept"),
        (3, "kept"),
        (4, "open"),
        (5, "open"),
    ]
    assert all(isinstance(result, Completion) for result in CachedCompleter(inner, store).complete(queries))


def test_a_passing_failure_is_not_kept(store: CompletionStore) -> None:
    class Late(Counting):
        def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
            return (Failure("too late", attempts=0, passing=True) for _ in queries)

    (outcome,) = CachedCompleter(Late(), store).outcomes(people(1))
    assert outcome == Outcome(0, "open", Failure("too late", attempts=0, passing=True))
    inner = Counting()
    assert len(list(CachedCompleter(inner, store).complete(people(1)))) == 1
    assert len(inner.asked) == 1


def test_nothing_is_asked_where_nothing_is_wanted(store: CompletionStore) -> None:
    list(CachedCompleter(Counting(frozenset({"user0"})), store).complete(people(2)))
    inner = Counting()
    outcomes = CachedCompleter(inner, store, asking="nothing").outcomes(people(3), results=False)
    assert sorted((one.place, one.state, one.result) for one in outcomes if not isinstance(one.result, Failure)) == [
        (1, "kept", None),
        (2, "open", None),
    ]
    assert inner.asked == []


def test_resumes_alone_are_equal_whatever_the_jobs(store: CompletionStore) -> None:
    folds = [Query("Cook", (EngagedJob(f"j{i}", "Server"),), "u") for i in range(5)]
    inner = Counting()
    assert len(set(map(repr, CachedCompleter(inner, store, jobs=False).complete(folds)))) == 1
    assert inner.asked == [Query("Cook", (), "u")]


def test_equal_queries_far_apart_and_close_together_are_asked_once(store: CompletionStore) -> None:
    """Whether an equal one is under way, has just been answered, or was answered long ago."""
    queries = [people(7)[i % 7] for i in range(50)]
    inner = Counting(frozenset({"user3"}))
    results = list(CachedCompleter(inner, store, batch=20).complete(queries))
    assert len(inner.asked) == 7
    assert [isinstance(result, Failure) for result in results] == [i % 7 == 3 for i in range(50)]


def test_what_waits_is_bounded(store: CompletionStore) -> None:
    list(CachedCompleter(Counting(), store).complete(people(3)))
    read = 0

    def mostly_known() -> Iterator[Query]:
        nonlocal read
        for i in range(20_000):
            read += 1
            yield people(3)[i % 3] if i else Query("new")

    results = CachedCompleter(Counting(), store).complete_ready(mostly_known())
    next(results)
    assert read <= 2000
    assert len(list(results)) == 19_999


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


def served(base_url: str, **options: object) -> Completer:
    """Completion behind a server, answers as plain lines."""
    openai = {"base_url": base_url, "model": "m", "max_retries": 0, **options}
    values = {"backend": "openai", "openai": openai, "llm": {"answer": "lines"}}
    return build_completer(parse_config(CompleteConfig, values, source="test"))


def test_a_result_is_kept_the_moment_it_is_ready_though_an_earlier_one_is_not(store: CompletionStore) -> None:
    gate = threading.Event()

    def answer(prompt: str, number: int) -> Reply:
        if "Cook at place 0\n" in prompt:
            gate.wait(20)
        return Reply(f"answer {place_in(prompt)}")

    with scripted_server(answer) as server:
        results = CachedCompleter(served(server.base_url, concurrency=2), store).complete(people(5))
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


def test_each_result_is_kept_before_its_lane_asks_again(store: CompletionStore) -> None:
    """Whenever the server gets a request, all answers but those of the other lanes are kept."""
    kept: list[int] = []

    def answer(prompt: str, number: int) -> Reply:
        kept.append(number - len(store))
        return Reply(f"answer {place_in(prompt)}")

    with scripted_server(answer) as server:
        list(CachedCompleter(served(server.base_url, concurrency=3), store).complete(people(60)))
    assert max(kept) <= 3 - 1


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
from lgir.complete.config import CompleteConfig
from lgir.complete.factory import build_completer
from lgir.core.config import parse_config
from lgir.core.records import Completion
from lgir.store.completions import CompletionStore
from lgir.testing.completers import people

path, base_url, n = sys.argv[1:]
openai = {{"base_url": base_url, "model": "m", "max_retries": 0, "concurrency": {WORKERS}}}
values = {{"backend": "openai", "openai": openai, "llm": {{"answer": "lines"}}}}
inner = build_completer(parse_config(CompleteConfig, values, source="test"))
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


class Noted(CompletionStore):
    """A store that remembers how many rows were looked up at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.sizes: list[int] = []

    def known(self, keys: Sequence[str]) -> set[str]:
        self.sizes.append(len(keys))
        return super().known(keys)


def test_few_rows_are_looked_up_at_a_time_while_others_are_asked_for(tmp_path: Path) -> None:
    queries = [Query(f"cook {number}") for number in range(1000)]
    with Noted(tmp_path / "completions.sqlite") as store:
        completer = CachedCompleter(Counting(), store)
        assert {outcome.state for outcome in completer.outcomes(queries, results=False)} == {"completed"}
        assert set(store.sizes[:-1]) == {16}, "answers wait while rows are looked up"
        store.sizes.clear()
        assert {outcome.state for outcome in completer.outcomes(queries, results=False)} == {"kept"}
        assert store.sizes == [16, 32, 64, 128, 256, 256, 248]
