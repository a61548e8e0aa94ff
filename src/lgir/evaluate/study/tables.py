"""The tables of a report, laid out once; `terminal`, `markdown`, `latex` and `page` only draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lgir.evaluate.compare import Comparison
from lgir.evaluate.study.records import RowResult
from lgir.evaluate.study.summary import LEVEL, GroupSummary, ProtocolSummary, Summary
from lgir.evaluate.study.text import decimals, p_value, seconds, signed, whole

Mark = Literal["", "best", "second"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table; `star` says that the main row differs significantly from this value."""

    text: str
    mark: Mark = ""
    star: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        key: unique in the report, of letters, digits and "-".
        title: one line.
        columns: headings.
        n_left: so many first columns hold words and are set to the left, all others hold numbers.
        rows: one cell per column.
        rules: places of rows that a line is drawn above.
        notes: what a reader must know to read it right, one sentence each.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    n_left: int
    rows: tuple[tuple[Cell, ...], ...]
    rules: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def marked(self) -> bool:
        """Whether best and second values are marked."""
        return any(cell.mark for row in self.rows for cell in row)


STAR = (
    f"* where {{}} differs from that row, in either direction: paired t-test over users, Holm-corrected, p < {LEVEL}."
)


def data_table(summary: Summary) -> Table:
    """Table 1: the data."""
    data = summary.result.data
    total = max(data.n_interactions, 1)
    rows = [
        ("users", whole(data.n_users)),
        ("jobs", whole(data.n_jobs)),
        ("interactions", whole(data.n_interactions)),
        *((f"interactions, {part}", f"{whole(n)} ({100 * n / total:.1f} %)") for part, n in data.parts.items()),
        ("users with a résumé", f"{100 * data.resume_share:.1f} %"),
        *((name, f"{value:,.2f}") for name, value in data.means.items()),
    ]
    return Table("table-1", f"Table 1: Data ({data.dataset})", ("", data.dataset), 1, _cells(rows))


def main_table(summary: Summary, part: ProtocolSummary) -> Table:
    """Table 2: every baseline and reference row beside ours."""
    rows = [row for row in summary.rows if row.group != "ablation"]
    title = f"Table 2: All systems ({part.protocol.label})"
    return _scores(summary, part, f"table-2-{_place(summary, part)}", title, rows, "baseline or reference row")


def ablation_table(summary: Summary, part: ProtocolSummary) -> Table:
    """Table 3: the parts of our model beside the whole."""
    rows = [row for row in summary.rows if row.group == "ablation" or row.name == summary.result.main]
    title = f"Table 3: Ablation ({part.protocol.label})"
    return _scores(summary, part, f"table-3-{_place(summary, part)}", title, rows, "ablation row")


def slice_table(summary: Summary, part: ProtocolSummary) -> Table:
    """The main metric among users who are few-shot, richer or cold, and on jobs unseen in training."""
    protocol = part.protocol
    marks = [_marks({name: seen.mean for name, seen in some.estimates.items()}) for some in part.slices]
    rows = []
    for row in summary.rows:
        cells = [
            Cell(decimals(some.estimates[row.name].mean), mark.get(row.name, ""))
            if row.name in some.estimates
            else Cell("–")
            for some, mark in zip(part.slices, marks, strict=True)
        ]
        rows.append((Cell(row.name), *cells))
    return Table(
        f"slices-{_place(summary, part)}",
        f"Slices: {protocol.main_metric} ({protocol.label})",
        ("row", *(f"{some.label}, n = {some.n_users:,}" for some in part.slices)),
        1,
        tuple(rows),
        _rules(summary.rows),
        (
            "Numbers in parentheses are training interactions; n counts users. These values are not tested: "
            "small slices differ by chance.",
            "Cold jobs: only jobs that no training interaction has seen count as relevant.",
        ),
    )


def comparison_table(summary: Summary, part: ProtocolSummary) -> Table:
    """The main row against every other: difference, interval, two tests, each corrected."""
    main = summary.result.main
    found = [(name, one) for name, many in part.comparisons.items() for one in many]
    n_metrics = len(part.protocol.headline)
    return Table(
        f"tests-{_place(summary, part)}",
        f"{main} against every other row ({part.protocol.label})",
        ("row", "metric", "difference", "95 % interval", "p (t)", "Holm", "p (bootstrap)", "Holm"),
        2,
        tuple(_test_cells(name, one) for name, one in found),
        frozenset(range(0, len(found), n_metrics)) - {0},
        (
            f"Difference: {main} minus the row, so above 0 {main} is better; mean over {part.protocol.n_users:,} users "
            "of values averaged over seeds. Interval and second p: paired bootstrap over users, one set of "
            f"{summary.resamples:,} resamples for all rows, whose smallest p is {1 / (1 + summary.resamples):.1e}.",
            f"Holm: corrected for all {len(found)} tests of this table; * where the t-test's is below {LEVEL}.",
        ),
    )


def group_table(summary: Summary, part: ProtocolSummary) -> Table:
    """The numbers of Figure 4."""
    result = summary.result
    return Table(
        f"groups-{_place(summary, part)}",
        f"Figure 4 in numbers: {part.protocol.main_metric} by training interactions ({part.protocol.label})",
        ("users", "interactions", "n", result.main, result.contrast or "", "difference", "95 % interval"),
        1,
        tuple(_group_cells(group) for group in part.groups),
        notes=(GROUPS_NOTE,),
    )


GROUPS_NOTE = (
    "Users in five groups of equal size by number of training interactions. Users of equal number are split in the "
    "order of their ids, so a number can stand in two neighbouring groups. Intervals: 95 %, bootstrap over users; that "
    "of the difference is paired."
)


def cost_table(summary: Summary) -> Table:
    """Time, memory, size and language-model tokens of every row."""
    return Table(
        "cost-table",
        "Cost",
        ("row", "seeds", "weights", "epochs", "fit, s", "evaluation, s", "memory, MiB", "tokens in", "tokens out"),
        1,
        tuple(_cost_cells(row) for row in summary.rows),
        _rules(summary.rows),
        (
            "Seconds and epochs are per seed (mean), seconds of all protocols together. Memory is the peak of the "
            "whole process. Tokens are of the language model whose completions the row reads; rows that read the same "
            "completions share them.",
        ),
    )


def _scores(
    summary: Summary, part: ProtocolSummary, key: str, title: str, rows: Sequence[RowResult], rivals: str
) -> Table:
    main, metrics = summary.result.main, part.protocol.headline
    if all(row.name == main for row in rows):
        return Table(key, title, (), 0, ())  # nothing stands beside the main row
    marks = {
        metric: _marks({row.name: part.estimates[row.name][metric].mean for row in rows if row.name in part.estimates})
        for metric in metrics
    }
    body = [(Cell(row.name), Cell(row.kind), *_score_cells(part, row.name, marks)) for row in rows]
    notes = [f"{STAR.format(main)} {part.protocol.n_users:,} users, mean over users and seeds."]
    gains = _gains(summary, part, rows)
    rules = _rules(rows)
    if gains:
        rules |= {len(body)}
        body.append((Cell(f"gain of {main}"), Cell(""), *(Cell(gain) for gain, _ in gains.values())))
        named = ", ".join(f"{rival} ({metric})" for metric, (_, rival) in gains.items())
        notes.append(f"Gain: {main} against the best {rivals}, in per cent of it: {named}.")
    return Table(key, title, ("row", "learns from", *metrics), 2, tuple(body), rules, tuple(notes))


def _score_cells(part: ProtocolSummary, name: str, marks: Mapping[str, Mapping[str, Mark]]) -> list[Cell]:
    if name not in part.estimates:
        return [Cell("not run") for _ in marks]
    return [
        Cell(decimals(part.estimates[name][metric].mean), marks[metric].get(name, ""), part.differs(name, metric))
        for metric in marks
    ]


def _gains(summary: Summary, part: ProtocolSummary, rows: Sequence[RowResult]) -> dict[str, tuple[str, str]]:
    """Metric → (gain of the main row in per cent, the best row that is not ours)."""
    main = summary.result.main
    rivals = [row.name for row in rows if row.group != "ours" and row.name != main and row.name in part.estimates]
    if main not in part.estimates or not rivals:
        return {}
    found = {}
    for metric in part.protocol.headline:
        values = {name: part.estimates[name][metric].mean for name in rivals}
        best = max(values, key=lambda name: values[name])
        ours = part.estimates[main][metric].mean
        gain = f"{signed(100 * (ours / values[best] - 1), 2)} %" if values[best] > 0 else "–"
        found[metric] = (gain, best)
    return found


def _marks(values: Mapping[str, float]) -> dict[str, Mark]:
    """Which rows are best and second; rows of equal value share a mark. One value alone has none."""
    ranked = sorted(set(values.values()), reverse=True)
    places: dict[float, Mark] = dict(zip(ranked, ("best", "second"), strict=False))
    return {name: places[value] for name, value in values.items() if value in places} if len(values) > 1 else {}


def _test_cells(name: str, one: Comparison) -> tuple[Cell, ...]:
    p_values = (one.p_t, one.p_holm, one.p_bootstrap, one.p_bootstrap_holm)
    return (
        Cell(name),
        Cell(one.metric),
        Cell(signed(one.difference), star=one.p_holm < LEVEL),
        Cell(_interval(one.low, one.high)),
        *(Cell(p_value(p)) for p in p_values),
    )


def _group_cells(group: GroupSummary) -> tuple[Cell, ...]:
    texts = (
        group.label,
        limits(group),
        whole(group.n_users),
        decimals(group.main.mean),
        decimals(group.contrast.mean),
        signed(group.difference.mean),
        _interval(group.difference.low, group.difference.high),
    )
    return tuple(Cell(text) for text in texts)


def limits(group: GroupSummary) -> str:
    """The smallest and largest number of training interactions in a group."""
    return str(group.fewest) if group.fewest == group.most else f"{group.fewest}–{group.most}"


def _cost_cells(row: RowResult) -> tuple[Cell, ...]:
    cost, n = row.cost, max(len(row.seeds), 1)
    epochs = [max(record["epoch"] for record in records) for records in row.curves.values() if records]
    texts = (
        row.name,
        whole(len(row.seeds)),
        whole(cost.n_weights),
        whole(sum(epochs) / len(epochs)) if epochs else "–",
        seconds(None if cost.fit_seconds is None else cost.fit_seconds / n),
        seconds(None if cost.evaluation_seconds is None else cost.evaluation_seconds / n),
        whole(cost.peak_memory_mib),
        whole(cost.tokens_in),
        whole(cost.tokens_out),
    )
    return tuple(Cell(text) for text in texts)


def _interval(low: float, high: float) -> str:
    return f"{signed(low)} to {signed(high)}"


def _rules(rows: Sequence[RowResult]) -> frozenset[int]:
    return frozenset(place for place in range(1, len(rows)) if rows[place].group != rows[place - 1].group)


def _cells(rows: Sequence[Sequence[str]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(Cell(text) for text in row) for row in rows)


def _place(summary: Summary, part: ProtocolSummary) -> int:
    """Protocols are numbered in keys: their names are strangers to HTML ids and LaTeX labels."""
    return 1 + next(place for place, one in enumerate(summary.protocols) if one is part)
