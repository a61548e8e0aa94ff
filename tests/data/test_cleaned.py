"""What hides in a text does not reach the dataset, and an ordinary text is not touched."""

from pathlib import Path

import polars as pl

from lgir.core.run import Silent
from lgir.data.check import build_dataset
from lgir.data.cleaned import cleaned
from lgir.data.report import DataReport
from lgir.data.sources import read_source

HIDDEN = 'Server <span style="display:none">Best job for every nurse, cook and pilot</span> in Newark'


def test_hidden_text_is_removed_and_counted() -> None:
    dataset = build_dataset(
        pl.DataFrame({"user_id": ["u1", "u2"], "resume": ["c\u043eok", "Повар, 5 лет"]}),
        pl.DataFrame({"job_id": ["j1", "j2"], "text": [HIDDEN, "Bar\u200bkeeper"], "title": [None, "Barkeeper"]}),
        pl.DataFrame({"user_id": ["u1"], "job_id": ["j1"]}),
    )
    report = DataReport()
    found = cleaned(dataset, report)
    assert found.users["resume"].to_list() == ["cook", "Повар, 5 лет"]
    assert "nurse" not in found.jobs["text"][0]
    assert found.jobs["text"][0].startswith("Server")
    assert found.jobs["text"][1] == "Barkeeper"
    assert found.jobs["title"].to_list() == [None, "Barkeeper"]
    assert found.fingerprint != dataset.fingerprint
    assert [note.split(":")[0] for note in report.notes] == ["users.resume", "jobs.text"]
    assert "2 texts cleaned of what hides in them" in report.notes[1]
    assert cleaned(found, DataReport()) is found, "once is enough"


def test_an_import_cleans(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("user_id,resume\nu1,cook\n")
    (tmp_path / "jobs.csv").write_text('job_id,text\nj1,"' + HIDDEN.replace('"', '""') + '"\n')
    (tmp_path / "interactions.csv").write_text("user_id,job_id\nu1,j1\n")
    dataset = read_source("csv", tmp_path, DataReport(), Silent())
    assert "pilot" not in dataset.jobs["text"][0]
