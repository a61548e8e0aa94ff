"""Is one model better than another, or were its users lucky? Paired tests over the same users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from lgir.core.errors import BadInput
from lgir.evaluate.report import SEED, USER, metric_columns

RESAMPLES = 10_000
"""Bootstrap samples; the smallest p they can show is 1 in 10,001."""

_DRAWS_AT_ONCE = 1 << 20

_TOO_FEW = "a paired test needs at least 2 users, there are {}; evaluate more users"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over users and its 95 % percentile bootstrap interval; users are resampled, seeds averaged before."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """First model minus second, over the same users.

    Attributes:
        metric: which metric.
        n_users: users compared.
        difference: mean of the per-user differences; > 0 says that the first is better.
        low, high: 95 % percentile bootstrap interval of that mean.
        p_t: two-sided p of the paired t-test.
        p_bootstrap: two-sided p of the paired bootstrap: how often a mean of resampled differences, shifted to have no
            effect, lies as far from 0 as the one seen; (1 + such samples) / (1 + samples).
        p_holm: `p_t` corrected for the number of tests made together (Holm): models times metrics.
        p_bootstrap_holm: `p_bootstrap`, corrected likewise.
    """

    metric: str
    n_users: int
    difference: float
    low: float
    high: float
    p_t: float
    p_bootstrap: float
    p_holm: float
    p_bootstrap_holm: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Many models over the same users, and one of them against each of the others.

    Attributes:
        estimates: model → metric → mean over users, with its interval.
        comparisons: other model → one comparison per metric, the main model first; all are one Holm family.
    """

    estimates: Mapping[str, Mapping[str, Estimate]]
    comparisons: Mapping[str, tuple[Comparison, ...]]


def compare(
    first: pl.DataFrame, second: pl.DataFrame, *, metrics: Sequence[str] = (), seed: int = 0, resamples: int = RESAMPLES
) -> list[Comparison]:
    """Compares two models by their per-user tables (see `report.per_user_table`).

    A user's value is the mean over seeds, so that seeds do not count as further users, and a model that runs once can
    be compared with one that runs under five seeds.

    Args:
        metrics: which to compare; none named: all that both tables have.

    Raises:
        BadInput: the tables have other users, lack a metric, or hold fewer than two users.
    """
    names = list(metrics) or [name for name in metric_columns(first) if name in metric_columns(second)]
    compared = compare_rows("first", {"first": first, "second": second}, metrics=names, seed=seed, resamples=resamples)
    return list(compared.comparisons["second"])


def compare_rows(
    main: str | None,
    tables: Mapping[str, pl.DataFrame],
    *,
    metrics: Sequence[str],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Compared:
    """Compares one model with many at once, in one Holm family; all share one set of resampled users.

    Args:
        main: the model that is compared, a key of `tables`; None gives estimates alone.
        tables: model → per-user table.
        metrics: which to compare.

    Raises:
        BadInput: the tables have other users, lack a metric, or hold fewer than two users.
    """
    values = _of_same_users(tables, metrics)
    others = [] if main is None else [name for name in tables if name != main]
    differences = [values[main] - values[other] for other in others] if main is not None else []
    drawn = resampled_means(np.column_stack([*values.values(), *differences]), seed=seed, resamples=resamples)
    width = len(metrics)
    estimates = {
        name: {metric: estimate(values[name][:, m], drawn[:, place * width + m]) for m, metric in enumerate(metrics)}
        for place, name in enumerate(values)
    }
    flat = [difference[:, m] for difference in differences for m in range(width)]
    found = _comparisons(flat, drawn[:, len(values) * width :], list(metrics) * len(others))
    return Compared(estimates, {other: tuple(found[i * width : (i + 1) * width]) for i, other in enumerate(others)})


def means_over_seeds(
    table: pl.DataFrame, metrics: Sequence[str]
) -> tuple[list[str], Float64[np.ndarray, "u m"], Float64[np.ndarray, "s m"]]:
    """(user ids in order, each user's mean over seeds, each seed's mean over users) of a per-user table.

    Raises:
        BadInput: a metric is missing, or a seed lacks users that another has.
    """
    missing = [name for name in metrics if name not in metric_columns(table)]
    if missing or not metrics:
        raise BadInput(f"there is no metric {missing or 'at all'} in a table with {metric_columns(table)}")
    ordered = table.sort(SEED, USER)
    seeds = ordered[SEED].n_unique()
    users = ordered[USER].to_list()[: len(ordered) // max(seeds, 1)]
    if ordered[USER].to_list() != users * seeds or len(set(users)) < len(users):
        raise BadInput(
            f"the {len(ordered)} values of {seeds} seeds are not about the same users, each once per seed; "
            "evaluate all seeds on the same candidates"
        )
    # numpy, in one order: the mean of a polars group is summed in no fixed order, and its last bit varies
    values = ordered.select(metrics).to_numpy().astype(np.float64).reshape(seeds, len(users), len(metrics))
    return users, values.mean(axis=0), values.mean(axis=1)


def t_test(differences: Float64[np.ndarray, " u"]) -> float:
    """Two-sided p of Student's t-test that the mean of paired differences is 0.

    Raises:
        BadInput: fewer than two users.
    """
    if len(differences) < 2:
        raise BadInput(_TOO_FEW.format(len(differences)))
    if np.ptp(differences) == 0:
        # no variance: t is 0 / 0 for "all equal", and infinite else
        return 1.0 if differences[0] == 0 else 0.0
    from scipy.stats import ttest_1samp  # takes a second to import

    return float(ttest_1samp(differences, 0.0).pvalue)


def bootstrap(
    differences: Float64[np.ndarray, " u"], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """(low, high, p): 95 % percentile interval of the mean difference, and its two-sided p; users are resampled."""
    means = resampled_means(differences[:, None], seed=seed, resamples=resamples)[:, 0]
    found = estimate(differences, means)
    return found.low, found.high, _bootstrap_p(differences, means)


def resampled_means(
    values: Float64[np.ndarray, "u c"], *, seed: int = 0, resamples: int = RESAMPLES
) -> Float64[np.ndarray, "r c"]:
    """Means of every column over users drawn with replacement; in one resample all columns see the same users."""
    rng = np.random.default_rng(seed)
    n, block = len(values), max(1, _DRAWS_AT_ONCE // len(values))
    means = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        # how often each user was drawn: the means of all columns are then one matrix product
        drawn = rng.integers(n, size=(size, n)) + np.arange(size)[:, None] * n
        counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        means[start : start + size] = counts @ values / n
    return means


def estimate(values: Float64[np.ndarray, " u"], means: Float64[np.ndarray, " r"]) -> Estimate:
    """The mean of `values` and the 95 % percentile interval of its `resampled_means`."""
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for several tests at once, in the order given; each at most 1.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def _of_same_users(tables: Mapping[str, pl.DataFrame], metrics: Sequence[str]) -> dict[str, Float64[np.ndarray, "u m"]]:
    """Model → its users' means over seeds; the users of all models stand in the same order."""
    found = {name: means_over_seeds(table, metrics) for name, table in tables.items()}
    (first, (users, _, _)), *rest = found.items()
    if len(users) < 2:
        raise BadInput(_TOO_FEW.format(len(users)))
    for name, (others, _, _) in rest:
        if others != users:
            raise BadInput(
                f"the results {first!r} and {name!r} are not about the same users ({len(users)} and {len(others)}); "
                "evaluate both models on the same candidates"
            )
    return {name: means for name, (_, means, _) in found.items()}


def _comparisons(
    differences: Sequence[Float64[np.ndarray, " u"]], drawn: Float64[np.ndarray, "r c"], metrics: Sequence[str]
) -> list[Comparison]:
    """One comparison per list of differences; together they are one Holm family."""
    by_t = [t_test(values) for values in differences]
    by_bootstrap = [_bootstrap_p(values, drawn[:, place]) for place, values in enumerate(differences)]
    found = []
    for place, corrected in enumerate(zip(holm(by_t), holm(by_bootstrap), strict=True)):
        seen = estimate(differences[place], drawn[:, place])
        p_values = (by_t[place], by_bootstrap[place], *corrected)
        found.append(Comparison(metrics[place], len(differences[place]), seen.mean, seen.low, seen.high, *p_values))
    return found


def _bootstrap_p(differences: Float64[np.ndarray, " u"], means: Float64[np.ndarray, " r"]) -> float:
    seen = differences.mean()
    # the tolerance keeps rounding from deciding whether an equal mean counts as equally far
    as_far = np.abs(means - seen) >= abs(seen) - 1e-12
    return (1 + int(as_far.sum())) / (1 + len(means))
