"""RecBole-PJF's atomic files."""

import datetime as dt
from pathlib import Path

from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.recbole import read_recbole

FILES = {
    "zhilian.udoc": "user_id:token\tuser_doc:token_seq\nu1\t焊工 五年\nu2\tcook\nu1\t夜班\n",
    "zhilian.idoc": "job_id:token\tjob_doc:token_seq\nj1\t焊接 管道\nj1\t安全\nj2\tchef\n",
    "zhilian.inter": (
        "user_id:token\tjob_id:token\tdirect:token\tlabel:float\n"
        "u1\tj1\t0\t1\nu2\tj2\t1\t1.0\nu2\tj1\t0\t0\nu3\tj2\t0\t1\nu1\tj9\t0\t1\n"
    ),
    "zhilian.user": "user_id:token\tcity:token\nu1\t530\n",
}


def read(folder: Path, **changed: str) -> tuple[Dataset, DataReport]:
    for name, content in (FILES | {f"zhilian.{suffix}": text for suffix, text in changed.items()}).items():
        (folder / name).write_text(content, encoding="utf-8")
    report = DataReport()
    return read_recbole(folder, report, Silent()), report


def test_a_dataset_of_recbole_pjf(tmp_path: Path) -> None:
    dataset, report = read(tmp_path)
    assert dataset.users.rows() == [("u1", "焊工 五年\n夜班"), ("u2", "cook"), ("u3", "")]
    assert dataset.jobs.rows() == [("j1", "焊接 管道\n安全"), ("j2", "chef")]
    assert dataset.interactions.rows() == [("u1", "j1"), ("u2", "j2"), ("u3", "j2")]
    assert {(item.reason, item.count) for item in report.dropped} == {
        ("the label is below 0.5", 1),
        ("the job has no document", 1),
    }
    assert any("zhilian.user was not read" in note for note in report.notes)
    assert any("1 users of zhilian.inter" in note for note in report.notes)


def test_plain_recbole_names_and_times(tmp_path: Path) -> None:
    inter = "user_id:token\titem_id:token\ttimestamp:float\nu1\tj1\t1425817800\nu2\tj2\t\n"
    docs = "item_id:token\tname:token_seq\tkind:token\tplace:token_seq\nj1\tWelder\tx\tAustin\nj2\tCook\ty\tDover\n"
    dataset, _ = read(tmp_path, inter=inter, idoc=docs)
    moment = dt.datetime(2015, 3, 8, 12, 30, tzinfo=dt.UTC)
    assert dataset.interactions.rows() == [("u1", "j1", moment), ("u2", "j2", None)]
    assert dataset.jobs["text"].to_list() == ["Welder Austin", "Cook Dover"]
