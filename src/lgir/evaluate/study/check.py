"""A report's input, checked before anything is computed: a table that compares unlike things is worse than none."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from lgir.core.errors import BadInput
from lgir.evaluate.report import SEED, USER, metric_columns
from lgir.evaluate.study.records import PAPER, Case, MarkedText, Protocol, RowResult, StudyResult

TRAINING = "n_training"
"""Column of a protocol's users: how many training interactions they have."""


def check_study(result: StudyResult) -> None:
    """Checks names, users, seeds, metrics and spans.

    Raises:
        BadInput: something does not fit; the sentence names the row or protocol.
    """
    names = [row.name for row in result.rows]
    _refuse_twice("row", names)
    _refuse_twice("protocol", [protocol.name for protocol in result.protocols])
    for role, name in (("compared", result.main), ("contrast", result.contrast)):
        if name is not None and name not in names:
            raise BadInput(f"the {role} row {name!r} is not among the rows {names}; name one of them")
    for protocol in result.protocols:
        _check_protocol(protocol)
    for row in result.rows:
        _check_row(row, result.protocols)
    for protocol in result.protocols:
        _check_cold_jobs(protocol, result.rows)
    for text in _texts(result.case) if result.case else ():
        _check_spans(text)


def _refuse_twice(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise BadInput(f"a report needs at least one {what}, each of another name; twice: {twice}")


def _check_protocol(protocol: Protocol) -> None:
    name = protocol.name
    if name == PAPER and not protocol.label.startswith("sampled: "):
        raise BadInput(f"protocol {name!r} is labelled {protocol.label!r}; it must say that candidates are sampled")
    if protocol.main_metric not in protocol.headline:
        raise BadInput(f"protocol {name!r}: {protocol.main_metric!r} is not among its metrics {protocol.headline}")
    missing = {USER, TRAINING} - set(protocol.users.columns)
    if missing or protocol.users[USER].n_unique() != protocol.n_users:
        raise BadInput(f"protocol {name!r} must list each user once with {TRAINING}; missing: {sorted(missing)}")


def _check_row(row: RowResult, protocols: tuple[Protocol, ...]) -> None:
    for protocol in protocols:
        if protocol.name not in row.per_user:
            if not row.refused:
                raise BadInput(f"row {row.name!r} has no values under {protocol.name!r}; say why it was refused")
            continue
        table = row.per_user[protocol.name]
        if set(table[USER]) != set(protocol.users[USER]):
            raise BadInput(
                f"row {row.name!r} was measured on other users than protocol {protocol.name!r} lists "
                f"({table[USER].n_unique()} and {protocol.n_users}); evaluate it on the protocol's candidates"
            )
        _check_values(row, protocol, table)


def _check_values(row: RowResult, protocol: Protocol, table: pl.DataFrame) -> None:
    missing = [metric for metric in protocol.headline if metric not in metric_columns(table)]
    if missing:
        raise BadInput(f"row {row.name!r} lacks {missing} under {protocol.name!r}; evaluate it with these metrics")
    if sorted(table[SEED].unique()) != sorted(row.seeds):
        raise BadInput(f"row {row.name!r} has values of seeds {sorted(table[SEED].unique())}, not {row.seeds}")
    if not np.isfinite(table.select(protocol.headline).to_numpy()).all():
        raise BadInput(f"row {row.name!r} has values under {protocol.name!r} that are no numbers; evaluate it again")


def _check_cold_jobs(protocol: Protocol, rows: tuple[RowResult, ...]) -> None:
    """Cold jobs are compared where every row that ran has them, over the same users."""
    ran = [row for row in rows if protocol.name in row.per_user]
    have = [row for row in ran if protocol.name in row.cold_jobs]
    if have and len(have) < len(ran):
        raise BadInput(f"only {len(have)} of {len(ran)} rows have values for cold jobs under {protocol.name!r}")
    for row in have:
        table = row.cold_jobs[protocol.name]
        if set(table[USER]) != set(have[0].cold_jobs[protocol.name][USER]):
            raise BadInput(f"rows {have[0].name!r} and {row.name!r} have cold jobs of other users; use the same ones")
        if len(table):
            _check_values(row, protocol, table)


def _texts(case: Case) -> Iterator[MarkedText]:
    yield from (case.resume, case.simple, case.interactive, case.target.text)
    yield from (job.text for job in case.jobs)


def _check_spans(text: MarkedText) -> None:
    for span in text.spans:
        if not 0 <= span.start < span.end <= len(text.text):
            raise BadInput(
                f"a span of kind {span.kind!r} reaches from {span.start} to {span.end} in a text of {len(text.text)} "
                "characters; it must lie inside and hold at least one"
            )
