"""The report as a LaTeX document with booktabs tables; everything a stranger wrote is escaped."""

import re

from lgir.evaluate.study.document import CASE, Section, case_texts, sections
from lgir.evaluate.study.marked import LEGEND, ORIGIN_SIGNS, pieces
from lgir.evaluate.study.records import Case, MarkedText
from lgir.evaluate.study.summary import Summary
from lgir.evaluate.study.tables import Cell, Table
from lgir.evaluate.study.text import one_line, plain

LONG = 40
"""Tables of more rows may break across pages."""

_PREAMBLE = r"""% Text in other than Latin scripts needs LuaLaTeX or XeLaTeX, and a font that has it.
\documentclass{article}
\usepackage[a4paper, margin=2cm]{geometry}
\usepackage{iftex}
\ifpdftex
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
\fi
\usepackage{booktabs}
\usepackage{float}
\usepackage{longtable}
\setlength{\tabcolsep}{4pt}
\begin{document}
"""

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    # at the start of a table row, these would be taken as arguments of the \\ before
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "−": "$-$",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "…": r"\ldots{}",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "→": r"$\rightarrow$",
}


def latex(summary: Summary) -> str:
    """The whole report, without figures; each table can be copied into a paper that loads booktabs."""
    parts = [_PREAMBLE + rf"\section*{{{escape(summary.result.title)}}}"]
    for section in sections(summary):
        parts.append(_section(section))
        if section.key == CASE and summary.result.case:
            parts.append(_case(summary.result.case))
    return "\n\n".join([*parts, "\\end{document}\n"])


def escape(text: str) -> str:
    """One line of plain words: no command, no argument, no mathematics."""
    found = "".join(_ESCAPED.get(letter, letter) for letter in one_line(text))
    return re.sub("-(?=-)", "-{}", found)  # two hyphens would become a dash


def table_text(table: Table) -> str:
    """A table environment, or a longtable for more than `LONG` rows."""
    columns = "l" * table.n_left + "r" * (len(table.columns) - table.n_left)
    head = _row([escape(column) for column in table.columns])
    body = [
        ("\\midrule\n" if place in table.rules else "") + _row([_cell(cell) for cell in row])
        for place, row in enumerate(table.rows)
    ]
    legend = ["Best value bold, second underlined."] if table.marked else []
    notes = " ".join([*legend, *(escape(note) for note in table.notes)])
    title = re.sub(r"^Table \d+: ", "", table.title)  # LaTeX counts by itself
    caption = rf"\caption{{{escape(title)}}}\label{{tab:{table.key}}}"
    inside = [r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
    if len(table.rows) > LONG:
        inside[2] = "\\midrule\n\\endhead"
        lines = [
            rf"{{\footnotesize\begin{{longtable}}{{{columns}}}",
            rf"{caption}\\",
            *inside,
            r"\end{longtable}",
            rf"\noindent {notes}\par}}",
        ]
    else:
        lines = [
            r"\begin{table}[H]\centering\footnotesize",
            caption,
            rf"\begin{{tabular}}{{{columns}}}",
            *inside,
            r"\end{tabular}",
            *([rf"\par\smallskip\begin{{minipage}}{{\linewidth}}{notes}\end{{minipage}}"] if notes else []),
            r"\end{table}",
        ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    marked = {"": text, "best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}"}[cell.mark]
    # the star takes no room, so that the digits stay one below the other
    return rf"{marked}\rlap{{$^*$}}" if cell.star else marked


def _section(section: Section) -> str:
    items = [rf"\item {escape(sentence)}" for sentence in section.sentences]
    sentences = "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"]) if items else ""
    tables = (table_text(table) for table in section.tables)
    return "\n\n".join(part for part in (rf"\subsection*{{{escape(section.title)}}}", sentences, *tables) if part)


def _case(case: Case) -> str:
    signs = {"resume": r"\textbf{bold}", "history": r"\emph{italic}"}
    signs |= {kind: rf"\textsuperscript{{{sign}}}" for kind, sign in ORIGIN_SIGNS.items()}
    items = [rf"\item {{}}{signs[kind]}: {escape(meaning)}" for kind, meaning in LEGEND]
    lines = [r"\begin{itemize}", *items, r"\end{itemize}"]
    for heading, text in case_texts(case):
        lines += [rf"\paragraph{{{escape(heading)}}}~\par", _marked(text)]
    return "\n".join(lines)


def _marked(text: MarkedText) -> str:
    found = ""
    for piece in pieces(text):
        kept = re.split(r"(\n+)", plain(piece.text))
        found += "".join("\n\n" if part.startswith("\n") else _piece(part, piece.kinds) for part in kept)
        found += "".join(rf"\textsuperscript{{{ORIGIN_SIGNS[kind]}}}" for kind in piece.ends)
    return found


def _piece(line: str, kinds: frozenset[str]) -> str:
    """A piece of a line, with the spaces around its words."""
    inner = escape(line)
    if not inner:
        return " " if line else ""
    inner = rf"\textbf{{{inner}}}" if "resume" in kinds else inner
    inner = rf"\emph{{{inner}}}" if "history" in kinds else inner
    return f"{' ' if line[0].isspace() else ''}{inner}{' ' if line[-1].isspace() else ''}"
