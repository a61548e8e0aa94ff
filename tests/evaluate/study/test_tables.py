from dataclasses import replace

import pytest

from lgir.evaluate.study.records import RowResult
from lgir.evaluate.study.summary import summarize
from lgir.evaluate.study.tables import (
    ablation_table,
    comparison_table,
    cost_table,
    data_table,
    group_table,
    main_table,
    slice_table,
)


def rows_by_name(table):
    return {row[0].text: row for row in table.rows}


def test_table_1(summary):
    table = rows_by_name(data_table(summary))
    assert table["jobs"][1].text == "900"
    assert table["interactions, training"][1].text == "4,115 (33.3 %)"
    assert table["users with a résumé"][1].text == "93.0 %"
    assert table["interactions per user (mean)"][1].text == "41.15"


def test_table_2_has_all_but_ablations(result, summary):
    table = main_table(summary, summary.protocols[0])
    names = [row[0].text for row in table.rows]
    assert names == [row.name for row in result.rows if row.group != "ablation"] + ["gain of LGIR"]
    assert table.columns == ("row", "learns from", "MAP@5", "NDCG@5", "MRR")
    assert "sampled: 20 negatives per positive" in table.title
    assert table.rules == {11, 18, 19}


def test_table_3_has_ablations_and_the_whole(summary):
    table = ablation_table(summary, summary.protocols[0])
    assert [row[0].text for row in table.rows] == ["BASE", "SRC", "IRC", "LGIR", "gain of LGIR"]


@pytest.mark.parametrize("place", [0, 1])
def test_marks_follow_the_numbers(summary, place):
    part = summary.protocols[place]
    table = main_table(summary, part)
    for column, metric in enumerate(part.protocol.headline, start=2):
        means = {name: of[metric].mean for name, of in part.estimates.items()}
        shown = {name: row[column] for name, row in rows_by_name(table).items() if name in means}
        first, second, *others = sorted(shown, key=lambda name: -means[name])
        assert (shown[first].mark, shown[second].mark) == ("best", "second")
        assert all(shown[name].mark == "" for name in others)
        assert {name for name, cell in shown.items() if cell.star} == {n for n in shown if part.differs(n, metric)}
        assert shown["MF"].text == f"{means['MF']:.4f}"
        assert shown["MF"].star


def test_equal_values_share_a_mark(make_result):
    made = make_result(n=20, n_seeds=1)
    twin = replace(made.rows[-1], name="twin", group="baseline")
    summary = summarize(replace(made, rows=(*made.rows, twin)), resamples=20)
    table = rows_by_name(main_table(summary, summary.protocols[0]))
    assert [cell.mark for cell in table["twin"]] == [cell.mark for cell in table["LGIR"]]
    assert not any(cell.star for cell in table["twin"])


def test_gain_is_over_the_best_other_system(summary):
    part = summary.protocols[0]
    table = main_table(summary, part)
    best = max(of["MRR"].mean for name, of in part.estimates.items() if name not in ("LGIR", "IRC", "SRC", "BASE"))
    gain = 100 * (part.estimates["LGIR"]["MRR"].mean / best - 1)
    assert table.rows[-1][4].text.replace("−", "-") == f"{gain:+.2f} %"
    assert "best baseline or reference row" in table.notes[1]
    assert "logistic regression (MRR)" in table.notes[1]


def test_refused_rows_are_shown(result):
    refused = RowResult("newest", "reference", "none", refused="there are no dates")
    summary = summarize(replace(result, rows=(*result.rows, refused)), resamples=20)
    assert [cell.text for cell in rows_by_name(main_table(summary, summary.protocols[0]))["newest"][2:]] == [
        "not run"
    ] * 3
    assert [cell.text for cell in rows_by_name(slice_table(summary, summary.protocols[0]))["newest"][1:]] == ["–"] * 4


def test_ours_alone_makes_no_table(make_result):
    made = make_result(n=20, n_seeds=1)
    rows = tuple(row for row in made.rows if row.name == "LGIR")
    summary = summarize(replace(made, rows=rows, contrast=None), resamples=20)
    assert main_table(summary, summary.protocols[0]).rows == ()
    assert ablation_table(summary, summary.protocols[0]).rows == ()


def test_slices_name_metric_and_sizes(summary):
    table = slice_table(summary, summary.protocols[1])
    assert table.title == "Slices: NDCG@10 (open jobs after a global time split)"
    assert table.columns[1] == "all users, n = 300"
    assert table.columns[-1] == "cold jobs, n = 60"
    assert sum(cell.mark == "best" for row in table.rows for cell in row) == 5


def test_comparisons_of_every_row_and_metric(summary):
    part = summary.protocols[0]
    table = comparison_table(summary, part)
    assert len(table.rows) == 21 * 3
    found = part.comparison("MF", "NDCG@5")
    row = next(row for row in table.rows if (row[0].text, row[1].text) == ("MF", "NDCG@5"))
    assert row[2].text == f"{found.difference:+.4f}"
    assert row[2].star
    assert row[3].text == f"{found.low:+.4f} to {found.high:+.4f}"
    assert float(row[5].text) == pytest.approx(found.p_holm, rel=0.1)
    assert float(row[7].text) == pytest.approx(found.p_bootstrap_holm, abs=0.001)
    assert "all 63 tests" in table.notes[1]


def test_groups_in_numbers(summary):
    table = group_table(summary, summary.protocols[0])
    assert [row[0].text for row in table.rows] == ["0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"]
    assert table.columns[3:5] == ("LGIR", "IRC")
    assert table.rows[0][1].text == "1"


def test_cost_is_per_seed(summary):
    table = rows_by_name(cost_table(summary))
    assert [cell.text for cell in table["MF"][1:]] == ["5", "1,234,567", "40", "12.5", "0.8", "900", "0", "9,000"]
    assert table["EASE"][1].text == "1"
    assert table["EASE"][3].text == "–"
