"""Every number of a report, computed once; its forms only lay them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lgir.evaluate.compare import (
    RESAMPLES,
    Comparison,
    Estimate,
    compare_rows,
    estimate,
    means_over_seeds,
    resampled_means,
)
from lgir.evaluate.report import USER
from lgir.evaluate.study.check import TRAINING, check_study
from lgir.evaluate.study.groups import equal_groups, slices
from lgir.evaluate.study.records import GROUPS, Protocol, RowResult, StudyResult

LEVEL = 0.01
"""Significance level of the paper's tables."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceSummary:
    """Some users under one protocol: how many, and each row's mean of the protocol's main metric."""

    label: str
    n_users: int
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class GroupSummary:
    """A point of Figure 4: users with `fewest` to `most` training interactions; the difference is main − contrast."""

    label: str
    n_users: int
    fewest: int
    most: int
    main: Estimate
    contrast: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class ProtocolSummary:
    """One protocol.

    Attributes:
        protocol: which.
        estimates: row → metric → mean over users with its 95 % interval; only rows that ran.
        per_seed: row → metric → the mean over users of every seed.
        comparisons: other row → main row minus it, one per metric; one Holm family.
        slices: in the order of the report.
        groups: Figure 4; empty without a contrast or with too few users.
    """

    protocol: Protocol
    estimates: Mapping[str, Mapping[str, Estimate]]
    per_seed: Mapping[str, Mapping[str, tuple[float, ...]]]
    comparisons: Mapping[str, tuple[Comparison, ...]]
    slices: Sequence[SliceSummary]
    groups: Sequence[GroupSummary]

    def comparison(self, row: str, metric: str) -> Comparison | None:
        """Main row minus this one; None for the main row itself and for what did not run."""
        return next((found for found in self.comparisons.get(row, ()) if found.metric == metric), None)

    def differs(self, row: str, metric: str) -> bool:
        """Whether the main row differs from this one: paired t-test, Holm-corrected p below `LEVEL`."""
        found = self.comparison(row, metric)
        return found is not None and found.p_holm < LEVEL


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A result with everything computed from it.

    Attributes:
        result: what went in.
        rows: in the order of the tables.
        protocols: one per protocol of the result.
        resamples: bootstrap samples behind every interval.
    """

    result: StudyResult
    rows: tuple[RowResult, ...]
    protocols: tuple[ProtocolSummary, ...]
    resamples: int


def summarize(result: StudyResult, *, resamples: int = RESAMPLES, seed: int = 0) -> Summary:
    """Computes means, intervals, paired tests, slices and groups.

    Raises:
        BadInput: the result compares unlike things (see `check_study`), or a protocol has fewer than two users.
    """
    check_study(result)
    rows = tuple(row for group in GROUPS for row in result.rows if row.group == group)
    protocols = tuple(_protocol(result, rows, protocol, resamples, seed) for protocol in result.protocols)
    return Summary(result, rows, protocols, resamples)


def _protocol(
    result: StudyResult, rows: Sequence[RowResult], protocol: Protocol, resamples: int, seed: int
) -> ProtocolSummary:
    ran = [row for row in rows if protocol.name in row.per_user]
    tables = {row.name: row.per_user[protocol.name] for row in ran}
    if not tables:
        return ProtocolSummary(protocol, {}, {}, {}, (), ())
    main = result.main if result.main in tables else None
    compared = compare_rows(main, tables, metrics=protocol.headline, seed=seed, resamples=resamples)
    # of each user the main metric, users ordered by id, as `means_over_seeds` has them
    values = {name: means_over_seeds(table, [protocol.main_metric])[1][:, 0] for name, table in tables.items()}
    return ProtocolSummary(
        protocol,
        compared.estimates,
        {row.name: _per_seed(row, protocol) for row in ran},
        compared.comparisons,
        _slices(protocol, values, ran, compared.estimates, resamples, seed),
        _groups(protocol, values.get(result.main), values.get(result.contrast or ""), resamples, seed),
    )


def _per_seed(row: RowResult, protocol: Protocol) -> dict[str, tuple[float, ...]]:
    _, _, of_seed = means_over_seeds(row.per_user[protocol.name], protocol.headline)
    return {metric: tuple(of_seed[:, place].tolist()) for place, metric in enumerate(protocol.headline)}


def _slices(
    protocol: Protocol,
    values: Mapping[str, Float64[np.ndarray, " u"]],
    ran: Sequence[RowResult],
    whole: Mapping[str, Mapping[str, Estimate]],
    resamples: int,
    seed: int,
) -> list[SliceSummary]:
    everybody = {name: of_metric[protocol.main_metric] for name, of_metric in whole.items()}
    found = [SliceSummary("all users", protocol.n_users, everybody)]
    for group in slices(_counts(protocol), protocol.few_shot).values():
        some = {name: of_user[group.places] for name, of_user in values.items()}
        found.append(SliceSummary(group.label, len(group), _estimates(some, resamples, seed)))
    cold = {row.name: row.cold_jobs[protocol.name] for row in ran if protocol.name in row.cold_jobs}
    some = {name: means_over_seeds(t, [protocol.main_metric])[1][:, 0] for name, t in cold.items() if len(t)}
    if some:
        n_users = len(next(iter(some.values())))
        found.append(SliceSummary("cold jobs", n_users, _estimates(some, resamples, seed)))
    return found


def _groups(
    protocol: Protocol,
    main: Float64[np.ndarray, " u"] | None,
    contrast: Float64[np.ndarray, " u"] | None,
    resamples: int,
    seed: int,
) -> list[GroupSummary]:
    if main is None or contrast is None:
        return []
    found = []
    for group in equal_groups(_counts(protocol)):
        some = {"main": main[group.places], "contrast": contrast[group.places]}
        # the difference is paired: within a resample both rows see the same users
        seen = _estimates({**some, "difference": some["main"] - some["contrast"]}, resamples, seed)
        found.append(GroupSummary(group.label, len(group), group.fewest, group.most, **seen))
    return found


def _counts(protocol: Protocol) -> np.ndarray:
    """Training interactions, users ordered by id."""
    return protocol.users.sort(USER)[TRAINING].to_numpy().astype(np.int64)


def _estimates(values: Mapping[str, Float64[np.ndarray, " u"]], resamples: int, seed: int) -> dict[str, Estimate]:
    drawn = resampled_means(np.column_stack(list(values.values())), seed=seed, resamples=resamples)
    return {name: estimate(some, drawn[:, place]) for place, (name, some) in enumerate(values.items())}
