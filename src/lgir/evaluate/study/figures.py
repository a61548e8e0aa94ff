"""The figures, of narrow panels that a page sets side by side or, on a phone, one below the other.

Import late: this loads matplotlib.
"""

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lgir.evaluate.study.drawing import Drawing, Key, Panel
from lgir.evaluate.study.findings import not_run
from lgir.evaluate.study.records import Group, RowResult
from lgir.evaluate.study.summary import GroupSummary, ProtocolSummary, Summary
from lgir.evaluate.study.svg import COLORS, INK, MUTED, panel, style
from lgir.evaluate.study.tables import GROUPS_NOTE, limits
from lgir.evaluate.study.text import one_line

MARKERS: Mapping[Group, str] = {"baseline": "o", "reference": "s", "ablation": "^", "ours": "D"}
_SIGNS: Mapping[Group, str] = {"baseline": "●", "reference": "■", "ablation": "▲", "ours": "◆"}
"""Shapes say the group too: not everybody tells the colours apart."""

_WIDTH = 3.6
"""Inches of a panel: the width of a phone."""


def draw_figures(summary: Summary) -> list[Drawing]:
    """Every figure there is data for: all systems, Figure 4, training curves."""
    drawn = [draw_systems(summary), draw_groups(summary), draw_curves(summary)]
    return [drawing for drawing in drawn if drawing.panels]


@style()
def draw_systems(summary: Summary) -> Drawing:
    """Every row's mean with its interval, one panel per metric."""
    parts = [part for part in summary.protocols if part.estimates]
    panels = [(_heading(part), tuple(_systems(summary, part, m) for m in part.protocol.headline)) for part in parts]
    groups = [group for group in MARKERS if any(row.group == group for row in summary.rows)]
    caption = (
        "Points: mean over users and seeds. Bars: 95 % bootstrap interval over users. Dashed line: "
        f"{summary.result.main}. All axes begin at 0. Rows overlap more here than in a paired test, which compares "
        "them user by user.",
        *not_run(summary),
    )
    legend = tuple(Key(group, _SIGNS[group], group) for group in groups)
    return Drawing("systems", "Every row, with 95 % intervals", legend, tuple(panels), caption)


@style()
def draw_groups(summary: Summary) -> Drawing:
    """Figure 4: the main row beside its contrast in five groups of users, and their paired difference."""
    result = summary.result
    parts = [part for part in summary.protocols if part.groups]
    panels = [(_heading(part), (_groups(summary, part), _differences(summary, part))) for part in parts]
    legend = (
        Key("ours", _SIGNS["ours"], result.main),
        Key("ablation", _SIGNS["ablation"], f"{result.contrast} (dashed)"),
    )
    title = "Figure 4: users by number of training interactions"
    caption = (
        "Below each group: the fewest and most training interactions in it, and its number of users. The left axis "
        "begins at 0; the right one shows the difference alone, above 0 where "
        f"{result.main} is better. {GROUPS_NOTE}"
    )
    return Drawing("groups", title, legend, tuple(panels), (caption,))


@style()
def draw_curves(summary: Summary) -> Drawing:
    """The validation metric of every epoch, one panel per row, one line per seed, all on one scale."""
    rows = [row for row in summary.rows if any(row.curves.values())]
    top = max((record["validation"] for row in rows for curve in row.curves.values() for record in curve), default=0)
    panels = tuple(_curves(summary, row, top) for row in rows)
    caption = (
        f"{summary.result.validation_metric} after every epoch, one line per seed; dots: the epoch that was kept. All "
        "vertical axes are the same and begin at 0. Rows that do not train have no panel.",
    )
    return Drawing("curves", "Training", (), (("", panels),) if panels else (), caption)


def _systems(summary: Summary, part: ProtocolSummary, metric: str) -> Panel:
    rows = [row for row in summary.rows if row.name in part.estimates]
    figure, axes = _axes(_WIDTH, 0.75 + 0.185 * len(rows))
    for place, row in enumerate(rows):
        seen = part.estimates[row.name][metric]
        color = COLORS[row.group]
        axes.plot([seen.low, seen.high], [place, place], color=color, linewidth=1.6, solid_capstyle="butt")
        axes.plot([seen.mean], [place], MARKERS[row.group], color=color, markersize=4.5)
    if summary.result.main in part.estimates:
        axes.axvline(
            part.estimates[summary.result.main][metric].mean, color=COLORS["ours"], linewidth=0.8, dashes=(4, 3)
        )
    axes.set_yticks(range(len(rows)), [_short(row.name) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    for place in range(1, len(rows)):
        if rows[place].group != rows[place - 1].group:
            axes.axhline(place - 0.5, color=MUTED, linewidth=0.5)
    axes.set_xlim(0, _top(part.estimates[row.name][metric].high for row in rows))
    axes.set_title(_short(metric))
    axes.set_xlabel(f"{_short(metric)}, n = {part.protocol.n_users:,} users")
    label = f"{metric} of {len(rows)} rows with intervals, {part.protocol.label}; the numbers are in the table"
    return panel(figure, _key(summary, part, "systems", metric), label)


def _groups(summary: Summary, part: ProtocolSummary) -> Panel:
    figure, axes = _axes(_WIDTH, 2.7)
    groups, metric = part.groups, part.protocol.main_metric
    places = range(len(groups))
    for group, name, lines in (("ablation", "contrast", "--"), ("ours", "main", "-")):
        seen = [getattr(one, name) for one in groups]
        axes.fill_between(
            places, [e.low for e in seen], [e.high for e in seen], color=COLORS[group], alpha=0.18, linewidth=0
        )
        marker = MARKERS["ours" if group == "ours" else "ablation"]
        axes.plot(
            places, [e.mean for e in seen], lines, color=COLORS[group], marker=marker, markersize=4.5, linewidth=1.5
        )
    axes.set_ylim(0, _top(e.high for one in groups for e in (one.main, one.contrast)))
    _name_groups(axes, groups)
    axes.set_title(f"{_short(metric)}, with 95 % bands")
    label = (
        f"{metric} of {summary.result.main} and {summary.result.contrast} in five groups; the numbers are in the table"
    )
    return panel(figure, _key(summary, part, "groups", metric), label)


def _differences(summary: Summary, part: ProtocolSummary) -> Panel:
    figure, axes = _axes(_WIDTH, 2.7)
    for place, one in enumerate(part.groups):
        seen = one.difference
        axes.plot([place, place], [seen.low, seen.high], color=COLORS["ours"], linewidth=1.8, solid_capstyle="butt")
        axes.plot([place], [seen.mean], MARKERS["ours"], color=COLORS["ours"], markersize=5)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.margins(x=0.1, y=0.12)
    _name_groups(axes, part.groups)
    result = summary.result
    axes.set_title(f"{_short(result.main)} − {_short(result.contrast or '')}, paired, 95 % intervals")
    label = f"{result.main} minus {result.contrast} in five groups; the numbers are in the table"
    return panel(figure, _key(summary, part, "differences", ""), label)


def _curves(summary: Summary, row: RowResult, top: float) -> Panel:
    figure, axes = _axes(2.4, 1.75)
    color = COLORS[row.group]
    for curve in row.curves.values():
        if not curve:
            continue
        axes.plot([r["epoch"] for r in curve], [r["validation"] for r in curve], color=color, linewidth=0.9, alpha=0.75)
        best = max(curve, key=lambda record: record["validation"])
        axes.plot([best["epoch"]], [best["validation"]], "o", color=color, markersize=3)
    axes.set_xlim(left=0)
    axes.set_ylim(0, _top([top]))
    axes.set_title(_short(row.name))
    axes.set_xlabel("epoch")
    place = next(place for place, one in enumerate(summary.rows) if one is row)
    return panel(figure, f"curves-{place}", f"validation metric of {row.name} by epoch")


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    return figure, axes


def _name_groups(axes: Axes, groups: Sequence[GroupSummary]) -> None:
    names = [f"{one.label}\n{limits(one)}\nn = {one.n_users}" for one in groups]
    axes.set_xticks(range(len(groups)), names)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("users ranked by training interactions")


def _heading(part: ProtocolSummary) -> str:
    return f"{part.protocol.name}: {part.protocol.label}"


def _key(summary: Summary, part: ProtocolSummary, what: str, metric: str) -> str:
    """Protocols and metrics by number: their names are no ids."""
    number = next(place for place, one in enumerate(summary.protocols) if one is part)
    place = part.protocol.headline.index(metric) if metric else 0
    return f"{what}-{number}-{place}"


def _top(values: Iterable[float]) -> float:
    """Where an axis that begins at 0 ends; 1 where all is 0."""
    return 1.06 * max(values) or 1.0


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= 24 else f"{line[:23]}…"
