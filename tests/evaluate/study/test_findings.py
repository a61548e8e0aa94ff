from dataclasses import replace

from lgir.evaluate.study.findings import findings, not_run
from lgir.evaluate.study.records import RowResult
from lgir.evaluate.study.summary import summarize


def test_better_and_level(summary):
    paper, _ = findings(summary)
    assert paper.startswith("Protocol paper (sampled: 20 negatives per positive): LGIR reaches NDCG@5 0.")
    assert "significantly better than 20 of 21 other rows" in paper
    assert "No significant difference from: logistic regression." in paper
    assert "worse" not in paper


def test_a_loss_is_told(result):
    paper, _ = findings(summarize(replace(result, main="BASE"), resamples=50))
    assert "Significantly worse than: logistic regression, " in paper
    assert "LGIR" in paper.partition("Significantly worse than: ")[2]


def test_reasons_for_gaps(result):
    rows = (*result.rows, RowResult("newest", "reference", "none", refused="the dataset has no dates"))
    found = summarize(replace(result, rows=rows), resamples=20)
    assert not_run(found) == ["newest was not run (paper, time): the dataset has no dates."]


def test_main_row_that_did_not_run(result):
    rows = tuple(
        RowResult("LGIR", "ours", "both", refused="it failed") if row.name == "LGIR" else row for row in result.rows
    )
    assert all("nothing is compared" in one for one in findings(summarize(replace(result, rows=rows), resamples=20)))
