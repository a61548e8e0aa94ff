import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lgir.evaluate.study.page import case_page, page
from lgir.evaluate.study.summary import summarize

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Tags with their attributes, text by tag, and whether everything is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self._open = [], [], []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def having(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def text(summary, drawn):
    return page(summary, drawn)


@pytest.fixture(scope="module")
def hostile_page(hostile, hostile_drawn):
    return page(hostile, hostile_drawn)


@pytest.fixture(params=["text", "hostile_page"])
def any_page(request):
    return request.getfixturevalue(request.param)


def test_every_figure_and_table_is_there(text):
    read = Reader(text)
    assert [figure["id"] for figure in read.having("figure")] == [
        "figure-systems",
        "figure-groups",
        "figure-case",
        "figure-curves",
    ]
    assert len(read.having("svg")) == 6 + 4 + 13
    assert all(svg["aria-label"] for svg in read.having("svg"))
    tables = [table["id"] for table in read.having("table")]
    assert {"table-1", "table-2-1", "table-2-2", "table-3-1", "slices-2", "tests-1", "groups-2", "cost-table"} <= set(
        tables
    )
    words = "".join(read.words)
    assert "sampled: 20 negatives per positive" in words
    assert "f1f2f3" in words


def test_nothing_is_loaded_and_nothing_runs(any_page):
    read = Reader(any_page)
    assert not read.having("script") + read.having("link") + read.having("img") + read.having("iframe")
    for _, attributes in read.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href", "action", "srcset"):
                assert value.startswith("#")
    style = re.search("<style>(.*?)</style>", any_page, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert any("default-src 'none'" in meta.get("content", "") for meta in read.having("meta"))


def test_links_lead_somewhere_and_ids_are_unique(any_page):
    read = Reader(any_page)
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for _, attributes in read.tags if attributes.get("href")}
    assert targets <= set(ids)


def test_colours_are_defined_for_light_and_dark(text):
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    defined = [set(re.findall(r"--([\w-]+):", block)) for block in (light, dark)]
    assert defined[0] == defined[1]
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= defined[0]


def test_marks_of_numbers(text, summary):
    part = summary.protocols[0]
    assert f"<strong>{part.estimates['LGIR']['MRR'].mean:.4f}</strong>" in text
    assert f"<u>{part.estimates['logistic regression']['MRR'].mean:.4f}</u>" in text
    assert f'{part.estimates["MF"]["MRR"].mean:.4f}<span class="star">*</span>' in text


def test_marks_of_the_case(text):
    assert '<mark class="resume history said">Photoshop</mark>' in text
    assert '<mark class="inferred">Led a team of twelve in print production.</mark>' in text
    assert '<mark class="history from-job">Interface prototypes</mark>' in text
    assert "width:61.0%" in text


def test_case_alone(result):
    read = Reader(case_page(result.case))
    assert [figure["id"] for figure in read.having("figure")] == ["figure-case"]
    assert not read.having("nav")
    assert "résumé 0.38, SRC 0.45, IRC 0.61" in "".join(read.words)


def test_hostile_texts_are_shown_and_do_nothing(hostile_page):
    words = "".join(Reader(hostile_page).words)
    assert '<script>alert("1")</script> & $x_1$ \\input{a}' in words
    assert "</td>" in words
    assert not {"\x1b", "\u202e"} & set(hostile_page)


def test_case_and_figures_may_be_absent(make_result):
    made = replace(make_result(n=20, n_seeds=1), case=None)
    read = Reader(page(summarize(made, resamples=20), []))
    assert read.having("figure") == []
    assert "case" not in [section["id"] for section in read.having("section")]
