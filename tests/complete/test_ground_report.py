"""Shares are counted per group, add up, and say so where there is nothing to count."""

import json

import pytest

from lgir.complete.grounding.report import Group, grounding_report, outcome
from lgir.core.records import Completion, Origin, Provenance, Span, Statement

SAID = Statement("a", Origin.SAID, (Span(None, 0, 1),))
FROM_JOB = Statement("b", Origin.FROM_JOB, (Span("j", 0, 1),))
INFERRED = Statement("c", Origin.INFERRED)
CONTRADICTED = Statement("d", Origin.INFERRED, contradicted=True)


def completion(*statements: Statement) -> Completion:
    return Completion("", statements, Provenance("openai", None, None, {}, ()))


def test_the_shares_of_each_group() -> None:
    few: Group = "few-shot"
    results = [(completion(SAID, SAID, INFERRED, CONTRADICTED), few), (completion(SAID, FROM_JOB), "many-shot")]
    report = grounding_report(iter(results))
    assert [outcome(one) for one in (SAID, FROM_JOB, INFERRED, CONTRADICTED)] == [
        "said", "from job", "inferred", "contradicted",
    ]  # fmt: skip
    everybody = report.groups["all"]
    assert (everybody.resumes, everybody.statements, everybody.statements_per_resume) == (2, 6, 3.0)
    assert (everybody.said, everybody.from_job, everybody.inferred, everybody.contradicted) == pytest.approx(
        (3 / 6, 1 / 6, 1 / 6, 1 / 6)
    )
    assert report.groups["few-shot"].contradicted == 1 / 4
    assert report.groups["many-shot"].inferred == 0.0
    assert json.loads(json.dumps(report.json_ready()))["many-shot"]["from_job"] == 0.5
    assert report.lines()[1] == (
        "few-shot: 1 résumés, 4.0 statements each; said 50.0 %, from job 0.0 %, inferred 25.0 %, contradicted 25.0 %"
    )


def test_nothing_to_count_is_said_in_words() -> None:
    report = grounding_report([(completion(), "few-shot")])
    assert report.groups["few-shot"].said is None
    assert report.lines() == [
        "all: 1 résumés, 0.0 statements each; nothing to trace",
        "few-shot: 1 résumés, 0.0 statements each; nothing to trace",
        "many-shot: no résumé",
    ]
