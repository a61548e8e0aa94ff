"""Which lines of a log go, and that the others stay as they are."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.forget.dataset import without_person
from lgir.forget.lines import log_files, remove_lines, telling_lines
from lgir.forget.traces import Traces, find_traces


@pytest.fixture
def traces(world: SimpleNamespace) -> Traces:
    return find_traces("person-0042", world.RESUME, without_person(world.dataset(), "person-0042"))


def test_lines_with_the_id_or_words_of_the_resume_go(traces: Traces, world: SimpleNamespace, tmp_path: Path) -> None:
    lines = [
        "INFO begin",
        "INFO person-0042 asked",
        "INFO person-00420 asked",
        "WARNING text: I laminate dough and teach apprentices, it says",
        "INFO I laminate dough",  # too few words
        "INFO wood-fired oven of Mrs Quill",
        f"INFO job: {world.JOB}",
        json.dumps({"reason": "see oven.door@example.org"}),
        f"subject {traces.subjects[0]}",
        "the end",
    ]
    file = tmp_path / "a.log"
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o640)
    numbers = telling_lines(file, traces)
    assert numbers == {1, 3, 5, 7, 8}
    remove_lines(file, numbers)
    assert file.read_text().split("\n") == [line for n, line in enumerate(lines) if n not in numbers] + [""]
    assert file.stat().st_mode & 0o777 == 0o640
    assert telling_lines(file, traces) == set()


def test_few_but_long_words_are_enough(world: SimpleNamespace, tmp_path: Path) -> None:
    resume = "Telecommunications infrastructure maintenance specialist"
    traces = find_traces("u-77", resume, without_person(world.dataset(), "person-0042"))
    (tmp_path / "a.log").write_text(f"x {resume} y\nTelecommunications infrastructure\n")
    assert telling_lines(tmp_path / "a.log", traces) == {0}


def test_bytes_that_are_no_text_stay_as_they_are(traces: Traces, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'\xff\xfe\r\n{"user_id": "person-0042"}\r\n[[[\n\n"\xc3')
    remove_lines(file, telling_lines(file, traces))
    assert file.read_bytes() == b'\xff\xfe\r\n[[[\n\n"\xc3'


def test_a_number_goes_where_it_may_be_the_user(world: SimpleNamespace, tmp_path: Path) -> None:
    traces = find_traces("10051", "", without_person(world.dataset("10051"), "10051"))
    records = [
        {"user_id": "10051"},
        {"user_id": 10051},
        {"users": ["7", "10051"]},
        {"message": "asked for 10051"},
        {"epoch": 10051, "loss": 0.10051},
        {"job_id": "10051"},
        {"user_id": "100510"},
        {"n_users": 10051},
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records))
    assert telling_lines(file, traces) == {0, 1, 2, 3}


def test_logs_are_found_at_any_depth(tmp_path: Path) -> None:
    for name in ("a.log", "deep/b.jsonl", "deep/c.txt", "deep/d.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "e.log").symlink_to(tmp_path / "a.log")
    assert [file.name for file in log_files(tmp_path)] == ["a.log", "b.jsonl"]
