import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lgir.core.errors import BackendError, UnreadableRun
from lgir.core.fingerprint import fingerprint
from lgir.store.vectors import VectorStore


def keys(n: int) -> list[str]:
    return [fingerprint(i) for i in range(n)]


def fill(store: VectorStore, n: int, dim: int = 4) -> np.ndarray:
    vectors = np.random.default_rng(n).normal(size=(n, dim)).astype(np.float32)
    store.put(keys(n), vectors, np.arange(n) % 3 == 0)
    return vectors


def test_vectors_come_back_bit_for_bit_with_their_flag(tmp_path: Path) -> None:
    with VectorStore(tmp_path / "deep" / "v.sqlite") as store:
        vectors = fill(store, 2500)
        assert len(store) == 2500
    with VectorStore(tmp_path / "deep" / "v.sqlite") as store:
        found = store.get([*keys(2500), fingerprint("absent")])
    assert len(found) == 2500
    for i, key in enumerate(keys(2500)):
        assert found[key].vector.tobytes() == vectors[i].tobytes()
        assert found[key].truncated == (i % 3 == 0)


@settings(max_examples=50, deadline=None)
@given(vector=arrays(np.float32, st.integers(0, 8), elements=st.floats(width=32, allow_nan=True)))
def test_every_bit_pattern_survives(tmp_path_factory: pytest.TempPathFactory, vector: np.ndarray) -> None:
    with VectorStore(tmp_path_factory.mktemp("bits") / "v.sqlite") as store:
        store.put(keys(1), vector[None], np.array([False]))
        assert store.get(keys(1))[keys(1)[0]].vector.tobytes() == vector.tobytes()


def test_the_first_vector_of_a_key_stays(tmp_path: Path) -> None:
    with VectorStore(tmp_path / "v.sqlite") as store:
        vectors = fill(store, 3)
        store.put(keys(4), np.ones((4, 4), dtype=np.float32), np.zeros(4, dtype=bool))
        found = store.get(keys(4))
    assert found[keys(4)[0]].vector.tobytes() == vectors[0].tobytes()
    assert (found[keys(4)[3]].vector == 1).all()


def test_cleared_vectors_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    with VectorStore(file) as store:
        vectors = fill(store, 500, dim=64)
        assert store.clear() == 500
        assert (len(store), store.clear()) == (0, 0)
        held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert not any(vector.tobytes() in held for vector in vectors)
        fill(store, 3)
        assert len(store) == 3
    assert file.stat().st_size < 500 * 64


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    with VectorStore(tmp_path / "v.sqlite") as store:
        store.put([], np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=bool))
        assert store.get([]) == {}
        assert len(store) == 0


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    with VectorStore(tmp_path / "v.sqlite") as store:
        fill(store, 1)
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}


def test_threads_and_stores_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    first, second = VectorStore(file), VectorStore(file)
    wanted = keys(2000)
    vectors = np.random.default_rng(0).normal(size=(2000, 8)).astype(np.float32)
    failed: list[BaseException] = []

    def work(store: VectorStore, start: int) -> None:
        try:
            for place in range(start, 2000, 100):
                rows = slice(place, place + 150)
                store.put(wanted[rows], vectors[rows], np.zeros(len(wanted[rows]), dtype=bool))
                assert store.get([wanted[place]])[wanted[place]].vector.tobytes() == vectors[place].tobytes()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(store, 50 * i)) for i in range(2) for store in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = second.get(wanted)
    assert all(found[key].vector.tobytes() == vectors[i].tobytes() for i, key in enumerate(wanted))
    first.close()
    second.close()


WRITER = """
import sys
from pathlib import Path
import numpy as np
from lgir.core.fingerprint import fingerprint
from lgir.store.vectors import VectorStore
store = VectorStore(Path(sys.argv[1]))
for i in range(10**9):
    store.put([fingerprint(i)], np.full((1, 300), i, dtype=np.float32), np.array([False]))
    print(i, flush=True)
"""


@pytest.mark.slow
def test_what_was_put_survives_kill_9(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 200:
                os.kill(process.pid, signal.SIGKILL)
                break
        reported = max([200, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
    with VectorStore(file) as store:
        found = store.get(keys(reported + 1))
        assert len(found) == reported + 1
        assert all((found[key].vector == i).all() for i, key in enumerate(keys(reported + 1)))
        fill(store, 1)


def test_a_damaged_vector_is_not_handed_out(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    with VectorStore(file) as store:
        vectors = fill(store, 50, dim=64)
    data = bytearray(file.read_bytes())
    place = data.find(vectors[7].tobytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))
    with VectorStore(file) as store, pytest.raises(UnreadableRun, match=r"damaged.*checksum.*delete it and run"):
        store.get(keys(50))


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one" * 20, b"SQLite format 3\0"]
)
def test_a_file_of_another_kind_gives_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "v.sqlite"
    file.write_bytes(content)
    with pytest.raises(UnreadableRun, match=r"v\.sqlite"):
        VectorStore(file)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(UnreadableRun, match=r"another program; give another path"):
        VectorStore(file)
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    other.close()


def test_a_newer_format_says_so(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    VectorStore(file).close()
    with sqlite3.connect(file) as newer:
        newer.execute("INSERT INTO lgir_migrations VALUES ('m999_later', '')")
    newer.close()
    with pytest.raises(UnreadableRun, match=r"newer lgir \(it has step 'm999_later'; .*'m001_vectors'\); upgrade lgir"):
        VectorStore(file)


def test_a_folder_or_a_missing_place_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match=r"cannot be opened"):
        VectorStore(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableRun, match=r"cannot be opened"):
        VectorStore(tmp_path / "file" / "v.sqlite")


def test_a_lock_that_stays_gives_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "v.sqlite"
    VectorStore(file).close()
    monkeypatch.setattr("lgir.store.database._BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(file, isolation_level=None)
    with VectorStore(file) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackendError, match=r"locked for 0\.05 s by another process; wait"):
            fill(store, 1)
        other.execute("ROLLBACK")
        fill(store, 1)
    other.close()
