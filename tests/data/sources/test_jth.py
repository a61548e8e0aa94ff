"""JTH on tiny files with the columns its publishers describe."""

import datetime as dt
from pathlib import Path

import pytest

from lgir.core.errors import BadData
from lgir.core.run import Silent
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.jth import read_jth

CANDIDATES = (
    "candidate_id,create_date,skills,expertise_area,job_category,years_experience,actual_salary,actual_daily_salary,"
    "contract_type,zipcode,source,languages,hobbies,sex\n"
    "c1,2020-01-05,Python; SQL;_rare_skill_,Data,Data Engineer,3-6 years,41000.0,,Permanent;Freelance,75,s1,"
    "French;English,chess;_rare_hobby_,F\n"
    "c2,,_rare_skill_,,,,,,,,,,,\n"
)
JOBS = (
    "job_id,create_date,job_category,skills,contract_type,expertise_area,years_experience,zipcode,salary,daily_rate,"
    "source,business_sector\n"
    "j1,2021-02-01,Data Engineer;DBA,SQL;Spark,Permanent,Data,+6 years,75,50000.0,,s2,Banking\n"
    "j2,2021-03-01,,_rare_skill_,Freelance,,,,,450.0,,\n"
)
STAGES = (
    "spontaneous_application_date,shortlist_date,qualification_date,resume_sent_to_company_date,1st_interview_date,"
    "2nd_interview_date,3rd_interview_date,4th_interview_date,job_offer_proposed_date,job_offer_accepted_date,"
    "end_of_process_date"
)
HISTORY = (
    f"candidate_id,job_id,{STAGES},last_stage_reached\n"
    "c1,j1,,2021-02-03,2021-02-05,2021-02-09,,,,,,,2021-02-20,resume_sent_to_company\n"
    "c2,j2,NaN,,,,,,,,,,2021-04-01,\n"
    "c2,j1,2021-03-01,,,,,,,,,,2021-03-02,spontaneous_application\n"
    "c9,j1,2021-03-01,,,,,,,,,,2021-03-02,spontaneous_application\n"
    "c1,j9,2021-03-01,,,,,,,,,,2021-03-02,spontaneous_application\n"
)
FILES = {"candidates.csv": CANDIDATES, "jobs.csv": JOBS, "history.csv": HISTORY}

LATER_CANDIDATES = (
    "candidate_id,create_date,skills,zipcode,llm_sex,llm_nationality,llm_age_bucket,llm_hobbies,llm_values,"
    "llm_languages_spoken,llm_highest_diploma,llm_hard_skills,llm_soft_skills,llm_seniority_level\n"
    "c1,2020-01-05,Python,92,Female,Secretland,30-40,SECRETHOBBY,SECRETVALUE,French,Master,Airflow;dbt,Teamwork,Senior\n"
)
LATER_JOBS = (
    "job_id,create_date,skills,llm_required_languages_spoken,llm_required_lowest_diploma,llm_tools_technologies,"
    "llm_job_category,llm_salary_estimation_eur_per_year\n"
    "j1,2021-02-01,Python,French,Bachelor,Docker,Data Engineer,55000.0\n"
)


def read(folder: Path, **changed: str) -> tuple[Dataset, DataReport]:
    for name, text in (FILES | {f"{stem}.csv": text for stem, text in changed.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    report = DataReport()
    return read_jth(folder, report, Silent()), report


def test_the_first_layout(tmp_path: Path) -> None:
    dataset, report = read(tmp_path)
    assert dataset.users.rows() == [
        (
            "c1",
            "Data Engineer\nData\nPython, SQL\nPermanent, Freelance\nFrench, English\nexperience: 3-6 years\n"
            "département 75",
        ),
        ("c2", ""),
    ]
    moment = dt.datetime(2021, 2, 1, tzinfo=dt.UTC)
    assert dataset.jobs.select("job_id", "text", "title", "location", "category", "posted_at").row(0) == (
        "j1",
        "Data Engineer, DBA\nData\nSQL, Spark\nBanking\nPermanent\nexperience: +6 years\ndépartement 75",
        "Data Engineer, DBA",
        "75",
        "Data",
        moment,
    )
    assert dataset.jobs.select("job_id", "text", "title", "location").row(1) == ("j2", "Freelance", None, None)
    assert not [note for note in report.notes if "llm_" in note]


def test_an_interaction_is_dated_by_its_earliest_stage(tmp_path: Path) -> None:
    dataset, report = read(tmp_path)
    assert dataset.interactions.rows() == [
        ("c1", "j1", dt.datetime(2021, 2, 3, tzinfo=dt.UTC), "resume_sent_to_company"),
        ("c2", "j2", dt.datetime(2021, 4, 1, tzinfo=dt.UTC), None),
        ("c2", "j1", dt.datetime(2021, 3, 1, tzinfo=dt.UTC), "spontaneous_application"),
    ]
    assert {(item.reason, item.count) for item in report.dropped} == {
        ("the user is in no table of users", 1),
        ("the job is in no table of jobs", 1),
    }


def test_the_later_layout_and_what_is_not_read(tmp_path: Path) -> None:
    history = HISTORY.split("\n")
    dataset, report = read(
        tmp_path, candidates=LATER_CANDIDATES, jobs=LATER_JOBS, history="\n".join(history[:2]) + "\n"
    )
    assert dataset.users["resume"].to_list() == [
        "Python\nAirflow, dbt\nTeamwork\nSenior\nFrench\nMaster\ndépartement 92"
    ]
    assert dataset.jobs["text"].to_list() == ["Data Engineer\nPython\nDocker\nFrench\nBachelor"]
    assert dataset.jobs["title"].to_list() == ["Data Engineer"]
    assert "columns named llm_… were inferred by a language model of the publishers" in report.notes
    everything = dataset.users.write_csv()
    assert not [word for word in ("Female", "Secretland", "30-40", "SECRETHOBBY", "SECRETVALUE") if word in everything]


def test_bad_rows_are_counted_and_too_many_are_refused(tmp_path: Path) -> None:
    bad = "c1,j2,soon,,,,,,,,,,2021-02-20,x\nc1,j2,\n"
    dataset, report = read(tmp_path, history=HISTORY + bad)
    assert dataset.interactions.height == 3
    (found,) = [item for item in report.dropped if item.reason.startswith("rows that cannot be read")]
    assert found.count == 2
    with pytest.raises(BadData) as caught:
        read(tmp_path, history=HISTORY + bad * 6)
    assert len(caught.value.problems) == 12
    assert any("row 7: a date is not a point in time" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_or_column_is_named(name: str, tmp_path: Path) -> None:
    key = FILES[name].partition(",")[0]
    with pytest.raises(BadData, match=rf"{name} row 1: the column '{key}' is missing; is it the original file\?"):
        read(tmp_path, **{name.removesuffix(".csv"): FILES[name].replace(key, "nobody", 1)})
    (tmp_path / name).unlink()
    with pytest.raises(BadData, match=f"{name}: the file is missing"):
        read_jth(tmp_path, DataReport(), Silent())
