"""The store gives back what was put in, and speaks plainly when it cannot."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import BackendError, UnreadableRun
from lgir.core.records import Completion, Failure, Origin, Provenance, Query, Span, Statement
from lgir.store import completions, database
from lgir.store.completions import CompletionStore, subject_of

anything = st.text(st.characters(exclude_categories=()))


def completion(text: str = "Cook") -> Completion:
    provenance = Provenance(
        "openai",
        "m",
        "abc",
        {"temperature": 0.1, "seed": None, "n": 3, "flag": True, "mode": "irc"},
        ("j1", "j2"),
        7,
        3,
        0.1 + 0.2,
    )
    statements = (
        Statement(text, Origin.SAID, weight=1 / 3),
        Statement("x", Origin.FROM_JOB, (Span("j1", 0, 1), Span(text, 3, 4)), 0.1),
    )
    return Completion(text, statements, provenance)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@given(text=anything)
def test_what_was_put_in_comes_out_bit_for_bit(folder: Path, text: str) -> None:
    key = f"key {text!a}"
    with CompletionStore(folder / "same.sqlite") as store:
        store.put(key, completion(text), "u")
        assert store.get([key]) == {key: completion(text)}


def test_a_file_outlives_its_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "completions.sqlite"
    with CompletionStore(path) as store:
        store.put("a", completion("é 厨师 \ud800 \ud83d\ude00 \x00"), "u")
    with CompletionStore(path) as store:
        assert store.get(["a", "b"]) == {"a": completion("é 厨师 \ud800 \ud83d\ude00 \x00")}
        assert len(store) == 1


def test_the_first_completion_of_a_key_stays(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "s.sqlite") as store:
        store.put("a", completion("first"), "u")
        store.put("a", completion("second"), "u")
        assert store.get(["a"])["a"].text == "first"


def test_thousands_of_keys_in_one_question(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "s.sqlite") as store:
        keys = [f"k{i}" for i in range(1203)]
        for key in keys[::2]:
            store.put(key, completion(key), "u")
        assert set(store.get(keys)) == set(keys[::2])
        assert store.get([]) == {}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        store.put("a", completion(), "u")
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_row_can_be_read_by_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        store.put("a", completion("厨师"), "u")
    row = sqlite3.connect(path).execute("SELECT text, model, created_at, statements FROM completions").fetchone()
    assert row[:2] == ("厨师", "m")
    assert row[2].endswith("+00:00")
    assert row[3].startswith('[["厨师","said",[],')


def test_a_newer_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    CompletionStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO lgir_migrations VALUES ('m999_later', '')")
    with pytest.raises(
        UnreadableRun, match=r"newer lgir \(it has step 'm999_later'; .*'m005_subjects'\); upgrade lgir"
    ):
        CompletionStore(path)


def test_an_older_store_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        store.put("a", completion(), "u")
    steps = {**completions._MIGRATIONS, "m999_index": "CREATE INDEX by_model ON completions (model)"}
    monkeypatch.setattr(completions, "_MIGRATIONS", steps)
    for _ in range(2):
        with CompletionStore(path) as store:
            assert store.get(["a"]) == {"a": completion()}
    names = [name for (name,) in sqlite3.connect(path).execute("SELECT name FROM lgir_migrations ORDER BY name")]
    assert names == [*list(steps)[:-1], "m999_index"]


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.sqlite"
    monkeypatch.setattr(completions, "_MIGRATIONS", {**completions._MIGRATIONS, "m999_wrong": "CREATE NONSENSE"})
    with pytest.raises(UnreadableRun, match="cannot be used"):
        CompletionStore(path)
    assert sqlite3.connect(path).execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    path.write_bytes(b"this is not a database, however long one reads it" * 100)
    with pytest.raises(UnreadableRun, match=r"s\.sqlite is damaged .*move it away and run the same command again"):
        CompletionStore(path)


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        for i in range(200):
            store.put(f"k{i}", completion("x" * 500), "u")
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(UnreadableRun, match="is damaged"), CompletionStore(path) as store:
        store.get([f"k{i}" for i in range(200)])


@pytest.mark.parametrize("column", ["statements", "provenance", "text"])
def test_a_damaged_row_is_one_sentence(tmp_path: Path, column: str) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        store.put("a", completion(), "u")
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE completions SET {column} = CAST(x'ff5b5b' AS TEXT)")
    with pytest.raises(UnreadableRun, match=r"damaged \(a row cannot be read\)"), CompletionStore(path) as store:
        store.get(["a"])


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(UnreadableRun, match="is a database of another program; give another path"):
        CompletionStore(path)
    assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_folder_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match="cannot be opened: Is a directory"):
        CompletionStore(tmp_path)


def test_a_locked_file_is_waited_for_and_then_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.sqlite"
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_S", 0.05)
    with CompletionStore(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackendError, match=r"stayed locked for 0\.05 s by another process; wait for it or stop it"):
            store.put("a", completion(), "u")
        other.execute("COMMIT")
        store.put("a", completion(), "u")
        assert len(store) == 1


def test_threads_share_a_store(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "s.sqlite") as store:

        def fill(start: int) -> None:
            for i in range(start, start + 50):
                store.put(f"k{i}", completion(str(i)), "u")

        threads = [threading.Thread(target=fill, args=(start,)) for start in (0, 25, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store) == 100


def test_threads_and_stores_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    failed: list[BaseException] = []

    def work(store: CompletionStore, start: int) -> None:
        try:
            for i in range(start, 600, 30):
                keys = [f"k{j}" for j in range(600)]
                for key in keys[i : i + 15]:
                    store.put(key, completion(key), "u")
                found = store.get(keys)
                assert set(keys[i : i + 15]) <= set(found)
                assert all(one.text == key for key, one in found.items())
        except BaseException as error:
            failed.append(error)

    with CompletionStore(path) as first, CompletionStore(path) as second:
        threads = [threading.Thread(target=work, args=(store, 15 * i)) for i in range(2) for store in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(first) == len(second) == 600


def test_a_failure_is_kept_until_the_row_is_completed(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "s.sqlite") as store:
        store.put_failure("a", Failure("no luck", 2), "u")
        store.put_failure("a", Failure("again none", 3), "u")
        assert store.failures(["a", "b"]) == {"a": Failure("again none", 5)}
        assert store.known(["a"]) == set()
        store.put("a", completion(), "u")
        assert store.failures(["a"]) == {}
        assert store.known(["a", "b"]) == {"a"}
        store.put_failure("a", Failure("too late"), "u")
        assert store.failures(["a"]) == {}, "what is completed has not failed"


def test_earlier_answers_of_the_same_model_in_the_same_mode_give_an_estimate(tmp_path: Path) -> None:
    def answer(model: str, mode: str, tokens: int, seconds: float) -> Completion:
        return Completion("x", (), Provenance("openai", model, "p", {"mode": mode}, (), 9, tokens, seconds))

    with CompletionStore(tmp_path / "s.sqlite") as store:
        assert store.means("small", "irc") == (0.0, None, 0)
        store.put("a", answer("small", "irc", 30, 2.0), "u")
        store.put("b", answer("small", "irc", 50, 0.0), "u")
        store.put("c", answer("small", "src", 7, 1.0), "u")
        store.put("d", answer("large", "irc", 900, 60.0), "u")
        store.put("none", Completion("x", (), Provenance("extractive", None, None, {"mode": "irc"}, ())), "u")
        assert store.means("small", "irc") == (40.0, 2.0, 2), "an answer of a batch has no seconds of its own"
        assert store.means("large", "irc") == (900.0, 60.0, 1)
        assert store.means("large", "src") == (0.0, None, 0)


def test_it_says_whether_any_row_has_failed(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "s.sqlite") as store:
        assert not store.any_failure()
        store.put_failure("a", Failure("no luck"), "u")
        assert store.any_failure()
        store.put("a", completion(), "u")
        assert not store.any_failure()


def test_a_person_is_an_id_or_else_a_resume() -> None:
    assert subject_of(Query("cook", (), "u")) == subject_of(Query("bar", (), "u"))
    assert subject_of(Query("cook")) != subject_of(Query("bar"))
    assert subject_of(Query("u")) != subject_of(Query("cook", (), "u"))


def test_a_forgotten_person_leaves_no_byte_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with CompletionStore(path) as store:
        for i in range(50):
            store.put(f"k{i}", completion(f"secret{i} " * 200), "gone" if i % 2 else "stays")
        store.put_failure("f", Failure("secret reason"), "gone")
        assert store.forget("gone") == 26
        assert store.keys_of("gone") == []
        assert len(store) == 25
        assert store.failures(["f"]) == {}
        assert store.forget("gone") == 0
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"secret48 " in left
    assert b"secret49 " not in left
    assert b"secret reason" not in left
    assert b"gone" not in left


OPEN_AND_FILL = """
import sys
from pathlib import Path
from lgir.core.records import Completion, Provenance
from lgir.store.completions import CompletionStore, subject_of

store = CompletionStore(Path(sys.argv[1]))
for i in range(int(sys.argv[2])):
    store.put(f"k{i}", Completion(f"text {i}", (), Provenance("b", None, None, {}, ())), "u")
    print(i, flush=True)
"""


def fill(path: Path, n: int) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", OPEN_AND_FILL, path, str(n)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_processes_that_create_a_store_at_once_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    started = [fill(path, 50) for _ in range(4)]
    for process in started:
        process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0] * 4
    with CompletionStore(path) as store:
        assert len(store) == 50


@pytest.mark.slow
@pytest.mark.parametrize("kill_after", [0, 1, 200])
def test_what_was_put_is_there_after_kill_9(tmp_path: Path, kill_after: int) -> None:
    path = tmp_path / "s.sqlite"
    process = fill(path, 1_000_000)
    assert process.stdout is not None
    done = -1
    if kill_after == 0:
        while not path.exists():
            time.sleep(0.001)
    while done < kill_after - 1:
        done = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.communicate()[0].split("\n")[:-1]
    done = int(rest[-1]) if rest else done
    with CompletionStore(path) as store:
        keys = [f"k{i}" for i in range(done + 1)]
        assert [store.get([key])[key].text for key in keys[-300:]] == [f"text {i}" for i in range(done + 1)][-300:]
        assert done + 1 <= len(store) <= done + 2
