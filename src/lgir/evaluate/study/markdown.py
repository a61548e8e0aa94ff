"""The report as Markdown, GitHub's dialect; everything a stranger wrote is escaped."""

import re

from lgir.evaluate.study.document import CASE, Section, case_texts, sections
from lgir.evaluate.study.marked import LEGEND, ORIGIN_SIGNS, pieces
from lgir.evaluate.study.records import Case, MarkedText
from lgir.evaluate.study.summary import Summary
from lgir.evaluate.study.tables import Cell, Table
from lgir.evaluate.study.text import one_line, plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$>])")
_BEGINS_BLOCK = re.compile(r"^(\d*)([.)](?=\s|$)|[-+](?=\s|$)|[-=](?=[-=]|$))")
"""What would make a list, a rule or a heading of a line: "- ", "1. ", "---", "==="."""


def markdown(summary: Summary) -> str:
    """The whole report, without figures."""
    parts = [f"# {escape(summary.result.title)}"]
    for section in sections(summary):
        parts.append(_section(section))
        if section.key == CASE and summary.result.case:
            parts.append(_case(summary.result.case))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """One line of plain words: no markup, no HTML, no mathematics, no link."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    line = _SPECIAL.sub(r"\\\1", line).replace("://", r":\/\/").replace("www.", r"www\.")
    return _BEGINS_BLOCK.sub(r"\1\\\2", line)


def table_text(table: Table) -> str:
    """Title, the table, notes."""
    head = [escape(column) for column in table.columns]
    marks = [":--" if place < table.n_left else "--:" for place in range(len(head))]
    body = [[_cell(cell) for cell in row] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in (head, marks, *body)]
    legend = ["Best value bold, second underlined."] if table.marked else []
    notes = [*legend, *(escape(note) for note in table.notes)]
    return "\n".join([f"**{escape(table.title)}**", "", *lines, *(["", " ".join(notes)] if notes else [])])


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    marked = {"": text, "best": f"**{text}**", "second": f"<ins>{text}</ins>"}[cell.mark]
    return f"{marked}\\*" if cell.star else marked


def _section(section: Section) -> str:
    sentences = "\n".join(f"- {escape(sentence)}" for sentence in section.sentences)
    tables = (table_text(table) for table in section.tables)
    return "\n\n".join(part for part in (f"## {section.title}", sentences, *tables) if part)


def _case(case: Case) -> str:
    signs = {"resume": "**bold**", "history": "<ins>underlined</ins>"}
    signs |= {kind: f"<sup>{sign}</sup>" for kind, sign in ORIGIN_SIGNS.items()}
    legend = [f"- {signs[kind]}: {meaning}" for kind, meaning in LEGEND]
    parts = [f"### {escape(heading)}\n\n{_quoted(text)}" for heading, text in case_texts(case)]
    return "\n\n".join(["\n".join(legend), *parts])


def _quoted(text: MarkedText) -> str:
    marked = "".join(
        "\n".join(_piece(line, "resume" in piece.kinds, "history" in piece.kinds) for line in _lines(piece.text))
        + "".join(f"<sup>{ORIGIN_SIGNS[kind]}</sup>" for kind in piece.ends)
        for piece in pieces(text)
    )
    return "\n".join(f"> {line}<br>" for line in marked.split("\n"))


def _piece(line: str, bold: bool, underlined: bool) -> str:
    """A piece of a line; HTML marks, since asterisks mark nothing beside a space."""
    inner = escape(line)
    # the escaped words stand alone, the spaces around them are kept
    before, after = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :] if line.strip() else ""
    if not inner:
        return " " if line else ""
    inner = f"<b>{inner}</b>" if bold else inner
    inner = f"<ins>{inner}</ins>" if underlined else inner
    return f"{' ' if before else ''}{inner}{' ' if after else ''}"


def _lines(text: str) -> list[str]:
    return plain(text).split("\n")
