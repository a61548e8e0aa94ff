import sqlite3
import threading
from pathlib import Path

import pytest

from lgir.core.errors import BackendError, UnreadableRun
from lgir.store.database import MAX_VALUES, Database

MIGRATIONS = {
    "m001_words": "CREATE TABLE words (word TEXT)",
    "m002_place": "ALTER TABLE words ADD COLUMN place INTEGER",
}


def opened(path: Path) -> Database:
    return Database(path, MIGRATIONS, called="word store", content="words", if_damaged="delete it")


def test_steps_are_applied_in_order_and_once(tmp_path: Path) -> None:
    for place in range(2):
        database = opened(tmp_path / "w.sqlite")
        database.execute("INSERT INTO words VALUES ('cook', ?)", [place])
        database.close()
    database = opened(tmp_path / "w.sqlite")
    assert database.execute("SELECT word, place FROM words ORDER BY place") == [("cook", 0), ("cook", 1)]
    database.close()


@pytest.mark.parametrize("n", [0, 1, MAX_VALUES, MAX_VALUES + 1, 3 * MAX_VALUES])
def test_a_question_may_have_any_number_of_keys(tmp_path: Path, n: int) -> None:
    database = opened(tmp_path / "w.sqlite")
    database.execute(
        "INSERT INTO words WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 2 FROM n WHERE i < 3000)"
        " SELECT 'w' || i, i FROM n"
    )
    found = database.select_in("SELECT word FROM words WHERE place IN", range(n))
    assert [word for (word,) in found] == [f"w{i}" for i in range(0, n, 2)]
    database.close()


def test_threads_take_turns_on_one_connection(tmp_path: Path) -> None:
    database, other = opened(tmp_path / "w.sqlite"), opened(tmp_path / "w.sqlite")
    failed: list[BaseException] = []

    def work(shared: Database) -> None:
        try:
            for i in range(100):
                shared.execute("INSERT INTO words VALUES ('cook', ?)", [i])
                assert len(shared.execute("SELECT * FROM words")) > i
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(shared,)) for shared in (database, other) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert database.execute("SELECT COUNT(*) FROM words") == [(400,)]
    database.close()
    other.close()


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    database = opened(tmp_path / "w.sqlite")
    database.execute("PRAGMA max_page_count=5")
    with pytest.raises(BackendError, match=r"the word store .*w\.sqlite cannot be written \(.*full\); make room"):
        database.execute("INSERT INTO words VALUES (?, 0)", ["x" * 100_000])
    database.execute("INSERT INTO words VALUES ('cook', 0)")
    assert database.execute("SELECT word FROM words") == [("cook",)]
    database.close()


def test_several_statements_are_one(tmp_path: Path) -> None:
    database = opened(tmp_path / "w.sqlite")
    insert = "INSERT INTO words VALUES (?, 0)"
    database.execute_all((insert, ["cook"]), (insert, ["bar"]))
    with pytest.raises(UnreadableRun, match="cannot be used: no such table"):
        database.execute_all((insert, ["server"]), ("INSERT INTO absent VALUES (1)", []))
    database.execute("PRAGMA max_page_count=5")
    with pytest.raises(BackendError, match="cannot be written"):
        database.execute_all((insert, ["pilot"]), (insert, ["x" * 100_000]))
    assert database.execute("SELECT word FROM words") == [("cook",), ("bar",)]
    database.close()


def test_a_purged_file_holds_no_byte_of_what_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    database = opened(path)
    for i in range(200):
        database.execute("INSERT INTO words VALUES (?, ?)", [f"secret{i} " * 50, i])
    database.execute("DELETE FROM words")
    database.purge()
    assert not [file for file in tmp_path.iterdir() if b"secret" in file.read_bytes()]
    database.close()


def test_using_a_closed_file_is_our_own_mistake(tmp_path: Path) -> None:
    database = opened(tmp_path / "w.sqlite")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        database.execute("SELECT * FROM words")
