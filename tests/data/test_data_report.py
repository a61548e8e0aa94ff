"""The data report in figures and in words."""

import json

import polars as pl

from lgir.data.check import check_frames
from lgir.data.report import DataReport


def filled() -> DataReport:
    report = DataReport("csv", read={"users.csv": 3})
    report.drop("users.csv", "nothing at all", 0)
    report.drop("jobs.csv", "too short", 1234)
    report.note("a choice was made")
    check_frames(
        pl.DataFrame({"user_id": ["u1", "u2", "u3"], "resume": ["abc", "", "abcde"]}),
        pl.DataFrame(
            {"job_id": ["j1", "j2", "j3", "j4"], "text": ["a", "bb", "", "dd"], "company": ["X", None, "", None]}
        ),
        pl.DataFrame(
            {
                "user_id": ["u1", "u1", "u1", "u2"],
                "job_id": ["j1", "j2", "j3", "j1"],
                "timestamp": ["2015-01-02", "", None, ""],
            }
        ),
        report,
    )
    return report


def test_the_figures() -> None:
    stats = filled().stats
    assert (stats["users"], stats["jobs"], stats["interactions"]) == (3, 4, 4)
    assert stats["users with a résumé"] == 2
    assert stats["users with interactions"] == 2
    assert stats["jobs with interactions"] == 3
    assert stats["interactions per user"] == {"0%": 1, "25%": 1, "50%": 1, "75%": 1, "90%": 1, "99%": 1, "100%": 3}
    assert stats["characters per résumé"]["100%"] == 5
    assert stats["share of interactions with a timestamp"] == 0.25
    assert stats["share of jobs with"] == {"company": 0.25}


def test_the_lines_say_what_was_read_dropped_and_why() -> None:
    lines = filled().lines()
    assert lines[0] == "source: csv"
    assert "dropped        1,234 of jobs.csv: too short" in lines
    assert not any("nothing at all" in line for line in lines)
    assert "note     a choice was made" in lines
    assert "users: 3" in lines
    assert all("\n" not in line for line in lines)


def test_the_report_goes_through_json() -> None:
    report = filled()
    again = json.loads(json.dumps(report.as_json()))
    assert again == report.as_json()
    assert again["dropped"] == [{"table": "jobs.csv", "reason": "too short", "count": 1234}]
