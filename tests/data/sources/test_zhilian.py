"""The Tianchi data of Zhilian on tiny files in its own form."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.errors import BadData
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.zhilian import read_zhilian

USERS = (
    "user_id\tlive_city_id\tdesire_jd_city_id\tdesire_jd_industry_id\tdesire_jd_type_id\tdesire_jd_salary_id\t"
    "cur_industry_id\tcur_jd_type\tcur_salary_id\tcur_degree_id\tbirthday\tstart_work_date\texperience\n"
    "u1\t530\t530,801,-\t房地产/建筑\t工程造价\t0600108000\t房地产\t预算员\t0400106000\t大专 \t31\t2010\t"
    "预算|结算|CAD\n"
    "u2\t-\t-,-,-\t-\t-\t0000000000\t-\t-\t-\t请选择\t25\t-\t\\N\n"
)
JOBS = (
    "jd_no\tjd_title\tcompany_name\tcity\tjd_sub_type\trequire_nums\tmax_salary\tmin_salary\tstart_date\tend_date\t"
    "is_travel\tmin_years\tkey\tmin_edu_level\tmax_edu_level\tis_mangerial\tresume_language_required\tjob_description\n"
    'j1\t造价师\t甲公司\t530\t工程造价\t2\t8000\t6000\t20190420\t20190620\t0\t103\t预算|"BIM"\t大专\t\\N\t\\N\t\\N\t编制预算。\n'
    "j2\t出纳\t\\N\t801\t财务\t1\t5000\t4000\t\\N\t\\N\t0\t-1\t\\N\t请选择\t\\N\t\\N\t\\N\t\n"
    "j3\t司机\t乙\t719\t物流\t1\t5000\t4000\t20190501\t20190401\t0\t1\t\\N\t初中\t\\N\t\\N\t\\N\t开车\n"
    "j4\t无人\t丙\t719\t物流\t1\t5000\t4000\t20190401\t20190501\t0\t1\t\\N\t初中\t\\N\t\\N\t\\N\t没人看\n"
)
ACTIONS = (
    "user_id\tjd_no\tbrowsed\tdelivered\tsatisfied\n"
    "u1\tj1\t1\t1\t0\n"
    "u1\tj2\t1\t0\t0\n"
    "u1\tj1\t1\t1\t1\n"
    "u2\tj2\t1\t1\t0\n"
    "u2\tj3\t0\t0\t1\n"
    "u2\tj4\t1\t0\t0\n"
    "u9\tj1\t1\t1\t0\n"
    "u1\tj9\t1\t1\t0\n"
)
FILES = {"table1_user": USERS, "table2_jd": JOBS, "table3_action": ACTIONS}


def read(folder: Path, *, ending: str = ".txt", **changed: str) -> tuple[Dataset, DataReport]:
    for name, text in (FILES | changed).items():
        (folder / f"{name}{ending}").write_text(text, encoding="utf-8")
    report = DataReport()
    return read_zhilian(folder, report, Silent()), report


@pytest.mark.parametrize("ending", ["", ".txt"])
def test_the_three_tables(ending: str, tmp_path: Path) -> None:
    dataset, report = read(tmp_path, ending=ending)
    assert dataset.users.rows() == [
        ("u1", "工程造价\n房地产/建筑\n预算员\n房地产\n大专\n预算|结算|CAD"),
        ("u2", ""),
    ]
    assert dataset.jobs.select("job_id", "text", "title", "company", "location", "category").rows() == [
        ("j1", '造价师\n甲公司\n工程造价\n预算|"BIM"\n大专\n编制预算。', "造价师", "甲公司", "530", "工程造价"),
        ("j2", "出纳\n财务", "出纳", None, "801", "财务"),
        ("j3", "司机\n乙\n物流\n初中\n开车", "司机", "乙", "719", "物流"),
    ]
    first, second, third = dataset.jobs.select("posted_at", "expires_at").rows()
    assert first == (dt.datetime(2019, 4, 20, tzinfo=dt.UTC), dt.datetime(2019, 6, 20, tzinfo=dt.UTC))
    assert second == (None, None)
    assert third == (dt.datetime(2019, 5, 1, tzinfo=dt.UTC), None)
    assert any("only the jobs that somebody sent a résumé to" in note for note in report.notes)


def test_an_interaction_is_a_resume_sent_or_an_employer_satisfied(tmp_path: Path) -> None:
    dataset, report = read(tmp_path)
    assert dataset.interactions.columns == ["user_id", "job_id", "kind"]
    assert dataset.interactions.rows() == [
        ("u1", "j1", "satisfied"),  # the stronger of two rows
        ("u2", "j2", "delivered"),
        ("u2", "j3", "satisfied"),
    ]
    assert {(item.reason, item.count) for item in report.dropped} == {
        ("neither satisfied nor delivered", 2),
        ("the user is in no table of users", 1),
        ("the job is in no table of jobs", 1),
        ("the same user and job again; the earliest row is kept", 1),
        ("the listing ends before it starts; the end date was left out", 1),
    }


ROWS = st.lists(
    st.tuples(st.sampled_from(["u1", "u2"]), st.sampled_from(["j1", "j2", "j3"]), *[st.sampled_from("01")] * 3),
    min_size=1,
    max_size=20,
)


@settings(max_examples=30)
@given(rows=ROWS)
def test_every_pair_has_its_strongest_kind_whatever_the_order(
    rows: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected: dict[tuple[str, str], str] = {}
    for user, job, _, delivered, satisfied in rows:
        if satisfied == "1" or (delivered == "1" and (user, job) not in expected):
            expected[user, job] = "satisfied" if satisfied == "1" else "delivered"
    # one interaction at least: without any there is no dataset
    expected.setdefault(("u1", "j3"), "delivered")
    text = "".join("\t".join(row) + "\n" for row in (*rows, ("u1", "j3", "1", "1", "0")))
    dataset, report = read(tmp_path_factory.mktemp("z"), table3_action=ACTIONS.partition("\n")[0] + "\n" + text)
    assert {(user, job): kind for user, job, kind in dataset.interactions.rows()} == expected
    assert sum(item.count for item in report.dropped if "listing" not in item.reason) == len(rows) + 1 - len(expected)


def test_what_is_personal_is_not_read(tmp_path: Path) -> None:
    secret = USERS
    for shown, hidden in (("31\t2010", "BORN\tFIRST"), ("0600108000", "WISH"), ("\t530\t", "\tHOME\t")):
        assert shown in secret
        secret = secret.replace(shown, hidden)
    dataset, _ = read(tmp_path, table1_user=secret)
    everything = dataset.users.write_csv()
    assert "预算" in everything
    assert not [word for word in ("BORN", "FIRST", "WISH", "HOME") if word in everything]


def test_bad_rows_are_counted_and_too_many_are_refused(tmp_path: Path) -> None:
    bad = "u1\tj2\t1\t2\t0\nu1\tj2\t1\nu2\tj2\t1\t\t0\n"
    dataset, report = read(tmp_path, table3_action=ACTIONS + bad)
    assert dataset.interactions.height == 3
    (found,) = [item for item in report.dropped if item.reason.startswith("rows that cannot be read")]
    assert found.count == 3
    assert "row 11: the number of columns is 3" in found.reason
    with pytest.raises(BadData) as caught:
        read(tmp_path, table3_action=ACTIONS + bad * 5)
    assert len(caught.value.problems) == 15
    assert "row 10: satisfied or delivered is neither 0 nor 1; write one of them" in "\n".join(caught.value.problems)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_or_column_is_named(name: str, tmp_path: Path) -> None:
    key = FILES[name].partition("\t")[0]
    with pytest.raises(BadData, match=rf"{name}.txt row 1: the column '{key}' is missing; is it the original file\?"):
        read(tmp_path, **{name: FILES[name].replace(key, "nobody", 1)})
    (tmp_path / f"{name}.txt").unlink()
    with pytest.raises(BadData, match=f"{name}.txt: the file is missing"):
        read_zhilian(tmp_path, DataReport(), Silent())
