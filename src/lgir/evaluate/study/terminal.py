"""The report as plain lines: tables aligned with spaces, ¹ for the best value, ² for the second."""

import textwrap
from collections.abc import Sequence

from lgir.evaluate.study.document import CASE, CASE_TITLE, case_sentences, case_texts, sections
from lgir.evaluate.study.marked import LEGEND, ORIGIN_SIGNS, pieces
from lgir.evaluate.study.records import Case, MarkedText, SpanKind
from lgir.evaluate.study.summary import Summary
from lgir.evaluate.study.tables import Cell, Mark, Table
from lgir.evaluate.study.text import one_line, plain

WIDTH = 100
"""Columns that sentences are wrapped to; a table is as wide as it must be."""

_NAME_WIDTH = 28
_SIGNS: dict[Mark, str] = {"": "", "best": "¹", "second": "²"}


def terminal_lines(summary: Summary) -> list[str]:
    """The whole report, without figures."""
    lines = [one_line(summary.result.title)]
    for section in sections(summary):
        lines += ["", section.title.upper()]
        lines += [line for sentence in section.sentences for line in _wrapped(f"- {sentence}", "  ")]
        for table in section.tables:
            lines += ["", *table_lines(table)]
        if section.key == CASE and summary.result.case:
            lines += _marked_lines(summary.result.case)
    return lines


def case_lines(case: Case) -> list[str]:
    """Figure 5 alone."""
    sentences = [line for sentence in case_sentences(case) for line in _wrapped(f"- {sentence}", "  ")]
    return [CASE_TITLE, *sentences, *_marked_lines(case)]


def table_lines(table: Table) -> list[str]:
    """Title, headings, rows and notes."""
    body = [[_cut(cell.text, _NAME_WIDTH) for cell in row] for row in table.rows]
    widest = [max(map(len, column)) for column in zip(*body, strict=True)]
    # a heading that is wider than its values goes over several lines
    heads = [textwrap.wrap(one_line(c), max(w, 10)) or [""] for c, w in zip(table.columns, widest, strict=True)]
    height = max(map(len, heads))
    over = list(zip(*([""] * (height - len(head)) + head for head in heads), strict=True))
    marks = [any(row[place].mark or row[place].star for row in table.rows) for place in range(len(widest))]
    signs = [["  " if marked else "" for marked in marks]] * height
    signs += [[_sign(cell) if marked else "" for cell, marked in zip(row, marks, strict=True)] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(*over, *body, strict=True)]
    lines = [_line(row, widths, some, table.n_left) for row, some in zip([*over, *body], signs, strict=True)]
    rule = "─" * max(map(len, lines))
    for place in sorted({0, *table.rules}, reverse=True):
        lines.insert(height + place, rule)
    legend = ["¹ best, ² second."] if table.marked else []
    notes = [line for note in (*legend, *table.notes) for line in _wrapped(note, "")]
    return [*_wrapped(table.title, ""), *lines, *notes]


def _line(texts: Sequence[str], widths: Sequence[int], signs: Sequence[str], n_left: int) -> str:
    """One line of a table: words to the left, numbers to the right, signs behind them."""
    padded = [
        text.ljust(width) if place < n_left else text.rjust(width)
        for place, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    return "  ".join(f"{text}{sign}" for text, sign in zip(padded, signs, strict=True)).rstrip()


def _sign(cell: Cell) -> str:
    return f"{_SIGNS[cell.mark] or ' '}{'*' if cell.star else ' '}"


def _cut(text: str, width: int) -> str:
    line = one_line(text)
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _marked_lines(case: Case) -> list[str]:
    signs: dict[SpanKind, str] = {
        "resume": "[+…+]",
        "history": "[~…~]",
        **{kind: f"[{sign}]" for kind, sign in ORIGIN_SIGNS.items()},
    }
    lines = [f"{signs[kind]:<6} {meaning}" for kind, meaning in LEGEND]
    for heading, text in case_texts(case):
        lines += ["", *_wrapped(heading, "")]
        lines += [line for part in plain(_marked(text)).split("\n") for line in _wrapped(f"  {part}", "  ")]
    return lines


def _marked(text: MarkedText) -> str:
    return "".join(
        _between("[+", _between("[~", piece.text, "~]", on="history" in piece.kinds), "+]", on="resume" in piece.kinds)
        + "".join(f" [{ORIGIN_SIGNS[kind]}]" for kind in piece.ends)
        for piece in pieces(text)
    )


def _between(before: str, text: str, after: str, *, on: bool) -> str:
    return f"{before}{text}{after}" if on else text


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(plain(text), WIDTH, subsequent_indent=indent)
