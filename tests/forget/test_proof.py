"""The proof finds what is left, wherever it is, and takes a number for an id only where a user's id belongs."""

import gzip
import html
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from lgir.forget.dataset import without_person
from lgir.forget.proof import ID, UNREADABLE, WORDS, knows, prove
from lgir.forget.traces import Traces, find_traces


@pytest.fixture
def traces(world: SimpleNamespace) -> Traces:
    return find_traces("person-0042", world.RESUME, without_person(world.dataset(), "person-0042"))


def numbered(world: SimpleNamespace) -> Traces:
    """Of somebody whose id is a job's id too."""
    return find_traces("10051", world.RESUME, without_person(world.dataset("10051"), "10051"))


def in_sqlite(file: Path, text: str) -> None:
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE odd (a TEXT, b BLOB)")
        db.execute("INSERT INTO odd VALUES (?, ?)", ("", text.encode()))
    db.close()


def in_free_pages(file: Path, text: str) -> None:
    """Deleted, and still in the file."""
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA secure_delete = 0")
        db.execute("CREATE TABLE odd (a TEXT)")
        db.execute("INSERT INTO odd VALUES (?)", (text,))
        db.execute("DELETE FROM odd")
    db.close()


def in_zip(file: Path, text: str) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/inside", text * 3)


PLACES: dict[str, Callable[[Path, str], object]] = {
    "notes": lambda file, text: file.write_text(text),
    "binary": lambda file, text: file.write_bytes(b"\0\xff" * 999 + text.encode() + b"\xfe\0"),
    "far": lambda file, text: file.write_bytes(b"\0" * (8 * 2**20 - 40) + text.encode()),
    "table.parquet": lambda file, text: pl.DataFrame({"anything": ["", text]}).write_parquet(file),
    "odd.sqlite": in_sqlite,
    "freed.sqlite": in_free_pages,
    "packed.npz": in_zip,
    "old.log.gz": lambda file, text: file.write_bytes(gzip.compress(text.encode())),
    "report.json": lambda file, text: file.write_text(json.dumps({"case": {"text": text}})),
    "page.html": lambda file, text: file.write_text(html.escape(text).replace(" ", "</i> <i class='said'>")),
    "run.log": lambda file, text: file.write_text(f"INFO {text}"),
    "dead-letters.jsonl": lambda file, text: file.write_text(json.dumps({"why": text})),
}


@pytest.mark.parametrize("name", PLACES)
def test_words_are_found_in_every_kind_of_file(
    name: str, traces: Traces, world: SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    PLACES[name](tmp_path / "deep" / name, world.RESUME)
    found = prove([tmp_path], traces).found
    assert any("résumé" in one.what and one.times > 0 for one in found), found
    assert all(name in one.place for one in found)
    assert "laminate" not in str(found)
    assert knows(tmp_path, traces)


@pytest.mark.parametrize("name", PLACES)
def test_an_id_is_found_in_every_kind_of_file(name: str, traces: Traces, tmp_path: Path) -> None:
    PLACES[name](tmp_path / name, "see person-0042 there")
    found = prove([tmp_path], traces).found
    assert found
    assert all("id" in one.what for one in found)


@pytest.mark.parametrize("name", PLACES)
def test_texts_of_others_are_no_trace(name: str, traces: Traces, world: SimpleNamespace, tmp_path: Path) -> None:
    PLACES[name](tmp_path / name, f"{world.OTHER} person-0043 {world.JOB} xperson-00420")
    proof = prove([tmp_path], traces)
    assert (proof.found, proof.files) == ([], 1)


NAMED: dict[str, Callable[[Path], object]] = {
    "vocabulary.json": lambda file: file.write_text('{"users": ["1", "10051"], "jobs": ["5"]}'),
    "report.json": lambda file: file.write_text('{"case": {"user_id": "10051"}}'),
    "per-user.parquet": lambda file: pl.DataFrame({"user_id": ["10051"], "MRR": [0.5]}).write_parquet(file),
    "numbers.parquet": lambda file: pl.DataFrame({"user_id": [10051]}).write_parquet(file),
    "run.trec": lambda file: file.write_text("7 Q0 552 1 0.5 lgir\n10051 Q0 552 1 0.5 lgir\n"),
    "report.md": lambda file: file.write_text("# One person: user 10051"),
    "dead-letters.jsonl": lambda file: file.write_text('{"user_id": "10051", "reason": "away"}\n'),
    "fit.log": lambda file: file.write_text("INFO asked for 10051\n"),
}
UNNAMED: dict[str, Callable[[Path], object]] = {
    "vocabulary.json": lambda file: file.write_text('{"users": ["1"], "jobs": ["10051"], "n_users": 10051}'),
    "jobs.parquet": lambda file: pl.DataFrame({"job_id": ["10051"], "n": [10051]}).write_parquet(file),
    "run.trec": lambda file: file.write_text("7 Q0 10051 1 0.5 lgir\n"),
    "report.md": lambda file: file.write_text("10051 users were tested"),
    "log.jsonl": lambda file: file.write_text('{"epoch": 10051, "job_id": "10051", "loss": 0.10051}\n'),
    "state": lambda file: file.write_text("10051"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_number_is_an_id_where_a_users_id_belongs(name: str, world: SimpleNamespace, tmp_path: Path) -> None:
    NAMED[name](tmp_path / name)
    assert [one.times for one in prove([tmp_path], numbered(world)).found] == [1]


@pytest.mark.parametrize("name", UNNAMED)
def test_a_number_is_no_id_elsewhere(name: str, world: SimpleNamespace, tmp_path: Path) -> None:
    UNNAMED[name](tmp_path / name)
    assert prove([tmp_path], numbered(world)).found == []


@pytest.mark.parametrize("name", ["a.parquet", "b.json", "c.gz", "d.npz"])
def test_what_cannot_be_read_proves_nothing(name: str, traces: Traces, tmp_path: Path) -> None:
    start = {"c.gz": b"\x1f\x8b", "d.npz": b"PK\x03\x04"}.get(name, b"")
    (tmp_path / name).write_bytes(start + b"{ damaged")
    (found,) = prove([tmp_path], traces).found
    assert (found.what, found.times) == (UNREADABLE, 1)
    assert not knows(tmp_path, traces)


def test_links_are_not_followed(traces: Traces, world: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(world.RESUME)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to(tmp_path / "outside")
    assert prove([tmp_path / "home"], traces).files == 0


def test_a_subject_in_a_store_is_found(traces: Traces, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c.sqlite") as db:
        db.execute("CREATE TABLE subjects (subject TEXT)")
        db.execute("INSERT INTO subjects VALUES (?)", (traces.subjects[0],))
    db.close()
    (found,) = prove([tmp_path], traces).found
    assert found.what == "a fingerprint of the person"
    assert found.what not in (ID, WORDS)
