import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.evaluate.study.latex import LONG, escape, latex, table_text
from lgir.evaluate.study.tables import comparison_table, main_table


def bare(text):
    """The text without what `escape` may write."""
    return re.sub(r"\\[a-z]+(?:\{\})?|\\[{}$&#%_]|\{[\[\]*]\}|-\{\}|\$[-]\$|\$\\[a-z]+\$", "", text)


@given(st.text(alphabet=st.sampled_from("ab1 \\{}$&#%_^~<>|\"'`[]*-−–…≥"), max_size=20))
def test_escaped_text_holds_no_sign_of_latex(text):
    assert not set(bare(escape(text))) & set("\\{}$&#%_^~<>|\"'`[]*")
    assert "--" not in escape(text)


def test_signs_by_name():
    assert escape("a_b & 5 % \\x") == r"a\_b \& 5 \% \textbackslash{}x"
    assert escape("--") == "-{}-"
    assert escape("−0.1") == "$-$0.1"


def test_table_has_rules_marks_and_cells(summary):
    part = summary.protocols[0]
    table = main_table(summary, part)
    text = table_text(table)
    assert r"\begin{tabular}{llrrr}" in text
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1 + len(table.rules), 1]
    assert rf"\textbf{{{part.estimates['LGIR']['MRR'].mean:.4f}}}" in text
    assert rf"\underline{{{part.estimates['logistic regression']['MRR'].mean:.4f}}}" in text
    assert rf"& {part.estimates['MF']['MRR'].mean:.4f}\rlap{{$^*$}} \\" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + len(table.rows)
    assert all(len(re.findall(r"(?<!\\)&", row)) == 4 for row in rows)
    assert r"\caption{All systems" in text


def test_long_tables_may_break(summary):
    table = comparison_table(summary, summary.protocols[0])
    assert len(table.rows) > LONG
    assert r"\begin{longtable}{llrrrrrr}" in table_text(table)


def environments(text):
    """Whether every environment is closed in order; the number of them."""
    open_ones, seen = [], 0
    for kind, name in re.findall(r"(?<!\\)\\(begin|end)\{(\w+)\}", text):
        seen += kind == "begin"
        if kind == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert not open_ones
    return seen


def test_structure(summary, hostile):
    assert environments(latex(summary)) > 20
    assert environments(latex(hostile)) > 20


def test_hostile_names_are_escaped(hostile):
    text = latex(hostile)
    assert r"\textless{}script\textgreater{}" in text
    assert r"\$x\_1\$" in text
    assert r"\textbackslash{}input\{a\}" in text
    assert r"\input" not in text
    # after the end of a row these would be arguments
    assert not re.search(r"\\\\\n(\\midrule\n)?[\[*]", text)
    assert "{[}0.5ex{]}" in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("which", ["summary", "hostile"])
def test_it_compiles(which, request, tmp_path):
    (tmp_path / "report.tex").write_text(latex(request.getfixturevalue(which)), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:].decode("utf-8", "replace")
