import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lgir.evaluate.study.markdown import escape, markdown, table_text
from lgir.evaluate.study.tables import main_table
from lgir.evaluate.study.text import one_line

READER = MarkdownIt("commonmark").enable("table")


def shown(tokens):
    """What a reader sees of parsed Markdown, and the kinds of marks in it."""
    children = [child for token in tokens for child in (token.children or [])]
    return "".join(child.content for child in children if child.type in ("text", "text_special")), {
        child.type for child in children
    }


@given(st.text(alphabet=st.sampled_from("ab1 \\`*_{}[]<>()#+-=.!|~$&;\"'/:"), max_size=14))
def test_escaped_text_is_shown_as_it_is(text):
    for prefix in ("", "- ", "> ", "## "):
        tokens = READER.parse(prefix + escape(text))
        words, kinds = shown(tokens)
        assert words == one_line(text)
        assert kinds <= {"text", "text_special"}
        blocks = {token.type for token in tokens if token.nesting == 1}
        allowed = {"": set(), "- ": {"bullet_list_open", "list_item_open"}, "> ": {"blockquote_open"}, "## ": set()}
        assert blocks <= allowed[prefix] | {"paragraph_open", "heading_open"}


@pytest.mark.parametrize("text", ["$x_1$", "~~a~~", "a|b"])
def test_signs_of_githubs_dialect_are_escaped(text):
    assert all(f"\\{sign}" in escape(text) for sign in set(text) & set("$~|_"))


def test_links_of_githubs_dialect_are_broken():
    assert "://" not in escape("see http://evil.org")
    assert "www." not in escape("see www.evil.org")


def test_table_is_read_as_a_table(summary):
    part = summary.protocols[0]
    html = READER.render(table_text(main_table(summary, part)))
    assert html.count("<tr>") == 1 + 19 + 1
    assert f"<strong>{part.estimates['LGIR']['MRR'].mean:.4f}</strong>" in html
    assert f"<ins>{part.estimates['logistic regression']['MRR'].mean:.4f}</ins>" in html
    assert f'<td style="text-align:right">{part.estimates["MF"]["MRR"].mean:.4f}*</td>' in html


def test_report_has_every_section(summary):
    text = markdown(summary)
    for heading in ("# Every system", "## What was found", "## Few-shot users", "## Figure 5", "## Cost and training"):
        assert f"\n{heading}" in f"\n{text}"
    assert "<ins><b>" in text or "<b>Photoshop</b>" in text
    assert "<sup>j</sup>" in text


def test_hostile_names_are_escaped(hostile):
    text = markdown(hostile)
    assert "<script" not in text
    assert "\x1b" not in text
    html = READER.render(text)
    assert "<script" not in html
    assert "<a " not in html
    # however strange the names, every row has the cells of its heading
    for table in html.split("<table>")[1:]:
        rows = table.split("</table>")[0].split("<tr>")[1:]
        assert len({row.count("<td") + row.count("<th") - row.count("<thead") for row in rows}) == 1
