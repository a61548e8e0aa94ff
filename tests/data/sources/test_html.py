"""HTML job descriptions as text."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.data.sources.html import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Weld <b>pipes</b> &amp; tanks</p><ul><li>safe</li><li>fast</li></ul>", "Weld pipes & tanks\nsafe\nfast"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<script>alert('x')</script>Cook<style>p {}</style><!-- no -->", "Cook"),
        ("one\t \u00a0 two\r\n\r\n\r\nthree", "one two\nthree"),
        ("&lt;b&gt; stays &nbsp; text &eacute;", "<b> stays text é"),
        ("3 < 5 and 7 > 6", "3 < 5 and 7 > 6"),
        ("<td>a</td><td>b</td>", "a\nb"),
        ("<span style='x'>C</span>++", "C++"),
        ("", ""),
    ],
)
def test_examples(html: str, text: str) -> None:
    assert text_of_html(pl.Series([html])).to_list() == [text]


def test_null_stays_null() -> None:
    assert text_of_html(pl.Series([None, "x"], dtype=pl.String)).to_list() == [None, "x"]
    assert text_of_html(pl.Series([None, None], dtype=pl.String)).to_list() == [None, None]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_gives_text_without_loose_ends(text: str) -> None:
    (found,) = text_of_html(pl.Series([text])).to_list()
    assert found == found.strip(" \n\t")
    assert "\n\n" not in found
    assert "  " not in found
