"""matplotlib's SVG, made fit to stand inside a page: no fonts, ids, colours or addresses of its own."""

import html
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from lgir.evaluate.study.drawing import Panel
from lgir.evaluate.study.text import one_line

INK, MUTED, GRID = "#00a001", "#00a002", "#00a003"
COLORS: Mapping[str, str] = {
    "baseline": "#00a004",
    "reference": "#00a005",
    "ablation": "#00a006",
    "ours": "#00a007",
}
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid", **{color: name for name, color in COLORS.items()}}
"""Stand-in color → the page's CSS variable."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's font
    "svg.hashsalt": "lgir",  # equal figures have equal ids
    "text.parse_math": False,  # a name with two $ is no formula
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 8,
}

_PIXELS_PER_POINT = 96 / 72
_TAG = re.compile("<[^>]*>")  # matplotlib escapes < and > in text
_OUTSIDE = re.compile(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", re.DOTALL)
_FONT = re.compile(r" ?font-family:[^;\"]*;?")


@contextmanager
def style() -> Iterator[None]:
    """matplotlib as our figures want it; as it was before when they are drawn."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # matplotlib measures with its own font, which lacks some scripts; the page's fonts have them
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def panel(figure: Figure, key: str, label: str) -> Panel:
    """The figure as an element of a page.

    Args:
        key: unique in the page, of letters, digits and "-"; ids begin with it.
        label: what a screen reader says.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    body = _OUTSIDE.sub("", text[text.index("<svg") :])
    rest = body[body.index(">") + 1 :]  # the opening tag is ours
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', rest))
    ids = {name for pair in used for name in pair if name}
    width, height = figure.get_size_inches() * 72
    start = (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width * _PIXELS_PER_POINT:.0f}" role="img" '
        f'aria-label="{html.escape(one_line(label))}">'
    )
    return Panel(start + _TAG.sub(lambda tag: _tag(tag[0], key, ids), rest).strip())


def _tag(tag: str, key: str, ids: set[str]) -> str:
    tag = re.sub(r' id="([^"]*)"', lambda found: f' id="{key}-{found[1]}"' if found[1] in ids else "", tag)
    tag = tag.replace("xlink:href", "href").replace('href="#', f'href="#{key}-').replace("url(#", f"url(#{key}-")
    for color, variable in _VARIABLES.items():
        tag = tag.replace(color, f"var(--{variable})")
    # the size may stand alone, or with the family in one property
    return _FONT.sub("", re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", tag))
