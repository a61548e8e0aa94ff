from dataclasses import replace

import polars as pl
import pytest

from lgir.core.errors import BadInput
from lgir.evaluate.study.check import check_study
from lgir.evaluate.study.records import MarkedText, RowResult, Span, sampled_label


@pytest.fixture(scope="module")
def small(make_result):
    return make_result(n=30, rows=ROWS, n_seeds=2)


ROWS = [("IRC", "ablation", "both", 0.5), ("LGIR", "ours", "both", 0.6)]


def with_row(result, **changes):
    return replace(result, rows=(replace(result.rows[0], **changes), result.rows[1]))


def with_protocol(result, **changes):
    return replace(result, protocols=(replace(result.protocols[0], **changes), result.protocols[1]))


def test_a_sound_result_passes(result, small):
    check_study(result)
    check_study(small)


def test_paper_protocol_says_that_it_samples(small):
    with pytest.raises(BadInput, match="must say that candidates are sampled"):
        check_study(with_protocol(small, label="full catalogue"))
    assert sampled_label(20) == "sampled: 20 negatives per positive"


def test_names_are_unique(small):
    with pytest.raises(BadInput, match=r"twice: \['LGIR'\]"):
        check_study(with_row(small, name="LGIR"))
    with pytest.raises(BadInput, match="at least one protocol"):
        check_study(replace(small, protocols=()))


@pytest.mark.parametrize("role", ["main", "contrast"])
def test_main_and_contrast_must_exist(small, role):
    with pytest.raises(BadInput, match="'nobody' is not among the rows"):
        check_study(replace(small, **{role: "nobody"}))


def test_main_metric_is_a_headline(small):
    with pytest.raises(BadInput, match="'AUC' is not among its metrics"):
        check_study(with_protocol(small, main_metric="AUC"))


def test_users_once_each_with_counts(small):
    users = small.protocols[0].users
    with pytest.raises(BadInput, match="list each user once"):
        check_study(with_protocol(small, users=pl.concat([users, users])))
    with pytest.raises(BadInput, match=r"missing: \['n_training'\]"):
        check_study(with_protocol(small, users=users.drop("n_training")))


def test_other_users_are_refused(small):
    tables = dict(small.rows[0].per_user)
    tables["paper"] = tables["paper"].filter(pl.col("user_id") != "u3")
    with pytest.raises(BadInput, match=r"row 'IRC' was measured on other users.*\(29 and 30\)"):
        check_study(with_row(small, per_user=tables))


def test_missing_protocol_needs_a_reason(small):
    tables = {"paper": small.rows[0].per_user["paper"]}
    with pytest.raises(BadInput, match="no values under 'time'; say why"):
        check_study(with_row(small, per_user=tables))
    cold = {"paper": small.rows[0].cold_jobs["paper"]}
    check_study(with_row(small, per_user=tables, cold_jobs=cold, refused="there are no dates"))


def test_missing_metric_seed_and_value(small):
    tables = dict(small.rows[0].per_user)
    with pytest.raises(BadInput, match=r"lacks \['MRR'\]"):
        check_study(with_row(small, per_user={**tables, "paper": tables["paper"].drop("MRR")}))
    with pytest.raises(BadInput, match=r"values of seeds \[0, 1\], not \(0, 7\)"):
        check_study(with_row(small, seeds=(0, 7)))
    broken = tables["paper"].with_columns(MRR=pl.lit(float("nan")))
    with pytest.raises(BadInput, match="no numbers"):
        check_study(with_row(small, per_user={**tables, "paper": broken}))


def test_cold_jobs_for_all_rows_and_the_same_users(small):
    with pytest.raises(BadInput, match="only 1 of 2 rows have values for cold jobs"):
        check_study(with_row(small, cold_jobs={}))
    cold = dict(small.rows[0].cold_jobs)
    cold["paper"] = cold["paper"].filter(pl.col("user_id") != "u0")
    with pytest.raises(BadInput, match="cold jobs of other users"):
        check_study(with_row(small, cold_jobs=cold))


@pytest.mark.parametrize("span", [Span(3, 3, "said"), Span(-1, 2, "said"), Span(0, 6, "said")])
def test_spans_lie_in_their_text(small, span):
    case = replace(small.case, interactive=MarkedText("texts", (span,)))
    with pytest.raises(BadInput, match="in a text of 5 characters"):
        check_study(replace(small, case=case))


def test_a_refused_row_alone_is_fine(small):
    check_study(replace(small, rows=(*small.rows, RowResult("SHPJF", "baseline", "both", refused="no text"))))
