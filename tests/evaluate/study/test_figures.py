import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from lgir.evaluate.study.figures import draw_curves, draw_figures, draw_systems
from lgir.evaluate.study.records import RowResult
from lgir.evaluate.study.summary import summarize
from lgir.evaluate.study.svg import style


@pytest.fixture(scope="module")
def small(make_result):
    made = make_result(n=20, n_seeds=1)
    return replace(made, rows=made.rows[-3:])


@pytest.fixture(name="figure")
def by_key(drawn):
    return {drawing.key: drawing for drawing in drawn}


def panels(drawing):
    return [panel for _, some in drawing.panels for panel in some]


def texts(panel):
    return [element.text for element in ElementTree.fromstring(panel.svg).iter() if element.tag.endswith("text")]


def test_every_figure_has_its_panels(figure):
    assert {key: len(panels(drawing)) for key, drawing in figure.items()} == {"systems": 6, "groups": 4, "curves": 13}
    assert [heading for heading, _ in figure["systems"].panels] == [
        "paper: sampled: 20 negatives per positive",
        "time: open jobs after a global time split",
    ]


def test_panels_name_rows_metric_and_users(figure, summary):
    seen = texts(panels(figure["systems"])[1])
    assert {row.name for row in summary.rows} <= set(seen)
    assert "NDCG@5" in seen
    assert "NDCG@5, n = 300 users" in seen


def test_axes_begin_at_zero(figure):
    for key in ("systems", "curves"):
        assert all("0.0" in texts(panel) for panel in panels(figure[key]))
    assert "0.0" in texts(panels(figure["groups"])[0])


def test_figure_4_prints_limits_and_sizes(figure, summary):
    seen = texts(panels(figure["groups"])[0])
    for group in summary.protocols[0].groups:
        limits = f"{group.fewest}–{group.most}" if group.fewest < group.most else str(group.fewest)
        assert {group.label, limits, f"n = {group.n_users}"} <= set(seen)
    assert "split in the order of their ids" in figure["groups"].caption[0]


def test_points_stand_at_the_means(figure, summary):
    """On an axis from 0, places are proportional to means."""
    part = summary.protocols[0]
    svg = panels(figure["systems"])[0].svg
    places = [float(x) for x in re.findall(r'<use href="#[^"]+" x="([\d.]+)"[^>]*var\(--baseline\)', svg)]
    means = [part.estimates[row.name]["MAP@5"].mean for row in summary.rows if row.group == "baseline"]
    markers = places[-len(means) :]
    scale = (markers[-1] - markers[0]) / (means[-1] - means[0])
    assert markers == pytest.approx([markers[0] + scale * (mean - means[0]) for mean in means], abs=0.01)


def test_panels_refer_to_nothing_outside_and_to_their_own_ids(figure):
    seen = set()
    for drawing in figure.values():
        for panel in panels(drawing):
            assert "http" not in panel.svg
            assert "<style" not in panel.svg
            assert "#00a0" not in panel.svg
            assert "DejaVu" not in panel.svg
            ids = set(re.findall(r' id="([^"]+)"', panel.svg))
            used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', panel.svg))
            assert {name for pair in used for name in pair if name} == ids
            assert not ids & seen
            seen |= ids


def test_hostile_names_are_text(hostile_drawn):
    assert [drawing.key for drawing in hostile_drawn] == ["systems", "groups", "curves"]
    root = ElementTree.fromstring(panels(hostile_drawn[0])[0].svg)
    assert not [element for element in root.iter() if "script" in element.tag]
    assert any((element.text or "").startswith('<script>alert("1")') for element in root.iter())


def test_two_dollars_are_no_formula(small):
    rows = (*small.rows[:-1], replace(small.rows[-1], name="$\\frac$"))
    summary = summarize(replace(small, rows=rows, main="$\\frac$"), resamples=20)
    assert "$\\frac$" in texts(panels(draw_systems(summary))[0])


def test_what_has_no_data_is_not_drawn(small):
    rows = tuple(replace(row, curves={}) for row in small.rows)
    summary = summarize(replace(small, rows=rows, contrast=None), resamples=20)
    assert [drawing.key for drawing in draw_figures(summary)] == ["systems"]


def test_refused_rows_are_named_below(small):
    rows = (*small.rows, RowResult("newest", "reference", "none", refused="there are no dates"))
    drawing = draw_systems(summarize(replace(small, rows=rows), resamples=20))
    assert any("newest was not run" in sentence for sentence in drawing.caption)
    assert "newest" not in texts(panels(drawing)[0])


def test_no_settings_are_left_behind(small):
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["text.parse_math"] is False
    draw_curves(summarize(small, resamples=20))
    assert dict(mpl.rcParams) == before
