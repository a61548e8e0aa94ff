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


def test_files_as_the_script_for_zhilian_writes_them(tmp_path: Path) -> None:
    """One sentence of words per line, `label` the employer's satisfaction, `direct` drawn at random."""
    dataset, report = read(
        tmp_path,
        inter="user_id:token\tjob_id:token\tdirect:token\tlabel:float\nu1\tj1\t1\t1\nu1\tj2\t0\t1\n",
        udoc="user_id:token\tuser_doc:token_seq\nu1\t工程 造价\nu1\t预算 结算\n",
        idoc="job_id:token\tjob_doc:token_seq\nj1\t编制 预算\nj1\t五险 一金\nj2\t开车\n",
        user="user_id:token\tlive_city_id:token\tdesire_jd_salary_id:token\nu1\t530\t0600108000\n",
        item="job_id:token\tcity:token\tkey:token\nj1\t530\t\\N\n",
    )
    assert dataset.users.rows() == [("u1", "工程 造价\n预算 结算")]
    assert dataset.jobs.rows() == [("j1", "编制 预算\n五险 一金"), ("j2", "开车")]
    assert dataset.interactions.rows() == [("u1", "j1"), ("u1", "j2")]
    assert [note.partition(" was not")[0] for note in report.notes if " was not read" in note] == [
        "zhilian.item",
        "zhilian.user",
    ]


def test_files_as_the_script_for_jobrec_writes_them(tmp_path: Path) -> None:
    """`item_id` instead of `job_id`, quotes that mean nothing, a timestamp and no label."""
    dataset, _ = read(
        tmp_path,
        inter="user_id:token\titem_id:token\ttimestamp:float\n47\t169528\t1333497791\n",
        udoc='user_id:token\tuser_doc:token_seq\n47\tStudent Worker "Lead\n47\tHigh School\n',
        idoc='item_id:token\titem_doc:token_seq\n169528\tWe are looking for a "cook who cleans.\n',
    )
    assert dataset.users.rows() == [("47", 'Student Worker "Lead\nHigh School')]
    assert dataset.jobs.rows() == [("169528", 'We are looking for a "cook who cleans.')]
    assert dataset.interactions.rows() == [("47", "169528", dt.datetime(2012, 4, 4, 0, 3, 11, tzinfo=dt.UTC))]


def test_the_sample_of_the_repository(tmp_path: Path) -> None:
    """ml-100: rating instead of label, and other columns beside the text, whose name is free."""
    dataset, report = read(
        tmp_path,
        inter="user_id:token\titem_id:token\trating:float\ttimestamp:float\tdirect:token\n2\t242\t3\t881250949\t0\n",
        udoc=(
            "user_id:token\tage:token\tgender:token\tgeek_sents:token_seq\tzip_code:token\n"
            "2\t24\tM\ttechnician\t85711\n2\t53\tF\tother\t94043\n"
        ),
        idoc="item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n242\tKolya\t1996\tComedy\n",
    )
    assert dataset.users.rows() == [("2", "technician\nother")]
    assert dataset.jobs.rows() == [("242", "Kolya Comedy")]
    assert dataset.interactions.height == 1
    assert any("zhilian.udoc: columns ignored: 3" in note for note in report.notes)
