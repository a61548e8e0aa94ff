"""The report as one HTML page: it needs no network and runs no script; everything a stranger wrote is escaped."""

import html
from collections.abc import Mapping, Sequence
from importlib.resources import files

from lgir.evaluate.study.document import CASE, CASE_TITLE, Section, case_sentences, case_texts, sections
from lgir.evaluate.study.drawing import Drawing
from lgir.evaluate.study.marked import LEGEND, Piece, pieces
from lgir.evaluate.study.records import Case, MarkedText
from lgir.evaluate.study.summary import Summary
from lgir.evaluate.study.tables import Cell, Table
from lgir.evaluate.study.text import decimals, one_line, plain

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
"""

_SHORT_NAME = 28
"""Longer names are broken into lines."""

_LEGEND_BEST = "Best value bold, second underlined."


def page(summary: Summary, figures: Sequence[Drawing]) -> str:
    """The whole report."""
    drawn = {figure.key: figure for figure in figures}
    found = sections(summary)
    links = "".join(f'<li><a href="#{section.key}">{escape(section.title)}</a></li>' for section in found)
    contents = f'<p class="sub">{escape(_subtitle(summary))}</p>\n<nav aria-label="Contents"><ul>{links}</ul></nav>\n'
    body = "\n".join(_section(section, drawn, summary) for section in found)
    return _document(summary.result.title, contents, body)


def case_page(case: Case) -> str:
    """Figure 5 alone."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in case_sentences(case))
    return _document(CASE_TITLE, "", f'<ul class="sentences">{items}</ul>\n{_case(case)}')


def escape(text: str) -> str:
    """One line of plain words, also within quotes."""
    return html.escape(one_line(text))


def table_html(table: Table, main: str = "") -> str:
    """A table that scrolls by itself where the screen is narrow; the row named `main` stands out."""
    heads = "".join(f'<th scope="col" class="{_side(table, p)}">{escape(c)}</th>' for p, c in enumerate(table.columns))
    rows = "\n".join(_row(table, place, main) for place in range(len(table.rows)))
    title = escape(table.title)
    notes = " ".join([*([_LEGEND_BEST] if table.marked else []), *(escape(note) for note in table.notes)])
    fits = ' class="fits"' if all(len(row[0].text) <= _SHORT_NAME for row in table.rows) else ""
    return (
        f'<div class="table">\n<p class="table-title" id="{table.key}-title">{title}</p>\n'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{title}">\n'
        f'<table id="{table.key}"{fits} aria-labelledby="{table.key}-title">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n"
        + (f'<p class="note">{notes}</p>\n' if notes else "")
        + "</div>\n"
    )


def figure_html(figure: Drawing) -> str:
    """A figure with its legend, panels and caption."""
    legend = "".join(
        f'<li><span style="color:var(--{key.color})" aria-hidden="true">{key.sign}</span> {escape(key.meaning)}</li>'
        for key in figure.legend
    )
    panels = "\n".join(
        (f'<p class="panel-heading">{escape(heading)}</p>\n' if heading else "")
        + f'<div class="panels">{"".join(panel.svg for panel in some)}</div>'
        for heading, some in figure.panels
    )
    return (
        f'<figure id="figure-{figure.key}">\n<p class="figure-title">{escape(figure.title)}</p>\n'
        + (f'<ul class="legend">{legend}</ul>\n' if legend else "")
        + f"{panels}\n<figcaption>{' '.join(escape(sentence) for sentence in figure.caption)}</figcaption>\n</figure>"
    )


def _document(title: str, contents: str, body: str) -> str:
    style = files("lgir.evaluate.study").joinpath("page.css").read_text(encoding="utf-8")
    head = _HEAD.format(title=escape(title), style=style)
    header = f"<header>\n<h1>{escape(title)}</h1>\n{contents}</header>"
    return f"{head}<body>\n{header}\n<main>\n{body}\n</main>\n</body>\n</html>\n"


def _subtitle(summary: Summary) -> str:
    data = summary.result.data
    labels = "; ".join(part.protocol.label for part in summary.protocols)
    return f"{data.dataset}: {len(summary.rows)} rows. Protocols: {labels}."


def _section(section: Section, drawn: Mapping[str, Drawing], summary: Summary) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in section.sentences)
    sentences = f'<ul class="sentences">{items}</ul>' if items else ""
    if section.key == "findings":
        sentences = f'<div class="findings">{sentences}</div>'
    figures = [figure_html(drawn[key]) for key in section.figures if key in drawn]
    if section.key == CASE and summary.result.case:
        figures.append(_case(summary.result.case))
    tables = "".join(table_html(table, summary.result.main) for table in section.tables)
    tables = f'<div class="tables">{tables}</div>' if tables else ""
    parts = [f"<h2>{escape(section.title)}</h2>", sentences, *figures, tables]
    return f'<section id="{section.key}">\n' + "\n".join(part for part in parts if part) + "\n</section>"


def _row(table: Table, place: int, main: str) -> str:
    first, *others = table.rows[place]
    classes = [*(["rule"] if place in table.rules else []), *(["main"] if first.text == main else [])]
    cells = "".join(f'<td class="{_side(table, p)}">{_cell(cell)}</td>' for p, cell in enumerate(others, start=1))
    opening = f'<tr class="{" ".join(classes)}">' if classes else "<tr>"
    name = escape(first.text)
    return f'{opening}<th scope="row" class="name left" title="{name}">{name}</th>{cells}</tr>'


def _side(table: Table, place: int) -> str:
    return ("name left" if place == 0 else "left") if place < table.n_left else "number"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    marked = {"": text, "best": f"<strong>{text}</strong>", "second": f"<u>{text}</u>"}[cell.mark]
    # the star takes no room, so that the digits stay one below the other
    return f'{marked}<span class="star">*</span>' if cell.star else marked


def _case(case: Case) -> str:
    meters = "".join(
        f'<div><span>{name}</span><span class="bar"><i style="width:{100 * min(max(value, 0), 1):.1f}%"></i></span>'
        f"<span>{decimals(value, 2)}</span></div>"
        for name, value in (
            ("résumé", case.similarity_resume),
            ("SRC", case.similarity_simple),
            ("IRC", case.similarity_interactive),
        )
    )
    legend = "".join(f'<li><mark class="{_class(kind)}">{escape(meaning)}</mark></li>' for kind, meaning in LEGEND)
    *cards, target = (_card(heading, text) for heading, text in case_texts(case))
    return (
        '<figure id="figure-case">\n'
        f'<div class="meter" role="group" aria-label="similarity to the target, from 0 to 1">{meters}</div>\n'
        f'<ul class="legend">{legend}</ul>\n'
        f'<div class="case">{"".join(cards)}{target.replace("card", "card target", 1)}</div>\n</figure>'
    )


def _card(heading: str, text: MarkedText) -> str:
    body = "".join(_piece(piece) for piece in pieces(text)) or "–"
    return f'<div class="card"><h3>{escape(heading)}</h3><p>{body}</p></div>\n'


def _piece(piece: Piece) -> str:
    text = html.escape(plain(piece.text))
    classes = " ".join(_class(kind) for kind, _ in LEGEND if kind in piece.kinds)
    return f'<mark class="{classes}">{text}</mark>' if classes else text


def _class(kind: str) -> str:
    return kind.replace(" ", "-")
