"""Is one model better than another, or were its users lucky? Paired tests over the same users."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from lgir.core.errors import BadInput
from lgir.evaluate.report import USER, metric_columns

RESAMPLES = 10_000
"""Bootstrap samples; the smallest p they can show is 1 in 10,001."""

_DRAWS_AT_ONCE = 1 << 20


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
        p_holm: `p_t` corrected for the number of metrics compared together (Holm).
    """

    metric: str
    n_users: int
    difference: float
    low: float
    high: float
    p_t: float
    p_bootstrap: float
    p_holm: float


def compare(
    first: pl.DataFrame, second: pl.DataFrame, *, metrics: Sequence[str] = (), seed: int = 0, resamples: int = RESAMPLES
) -> list[Comparison]:
    """Compares two models by their per-user tables (see `report.per_user_table`).

    A user's value is the mean over seeds, so that seeds do not count as further users.

    Args:
        metrics: which to compare; none named: all that both tables have.

    Raises:
        BadInput: the tables have other users or seeds, lack a metric, or hold fewer than two users.
    """
    names = list(metrics) or [name for name in metric_columns(first) if name in metric_columns(second)]
    differences = _differences(first, second, names)
    p_values = [t_test(values) for values in differences]
    found = []
    for name, values, p_t, p_holm in zip(names, differences, p_values, holm(p_values), strict=True):
        low, high, p_bootstrap = bootstrap(values, seed=seed, resamples=resamples)
        found.append(Comparison(name, len(values), float(values.mean()), low, high, p_t, p_bootstrap, p_holm))
    return found


def t_test(differences: Float64[np.ndarray, " u"]) -> float:
    """Two-sided p of Student's t-test that the mean of paired differences is 0.

    Raises:
        BadInput: fewer than two users.
    """
    if len(differences) < 2:
        raise BadInput(f"a paired test needs at least 2 users, there are {len(differences)}; evaluate more users")
    if np.ptp(differences) == 0:
        # no variance: t is 0 / 0 for "all equal", and infinite else
        return 1.0 if differences[0] == 0 else 0.0
    from scipy.stats import ttest_1samp  # takes a second to import

    return float(ttest_1samp(differences, 0.0).pvalue)


def bootstrap(
    differences: Float64[np.ndarray, " u"], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """(low, high, p): 95 % percentile interval of the mean difference, and its two-sided p; users are resampled."""
    rng = np.random.default_rng(seed)
    n, block = len(differences), max(1, _DRAWS_AT_ONCE // len(differences))
    sizes = [min(block, resamples - start) for start in range(0, resamples, block)]
    means = np.concatenate([differences[rng.integers(n, size=(size, n))].mean(axis=1) for size in sizes])
    seen = differences.mean()
    # the tolerance keeps rounding from deciding whether an equal mean counts as equally far
    as_far = np.abs(means - seen) >= abs(seen) - 1e-12
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high), (1 + int(as_far.sum())) / (1 + resamples)


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


def _differences(first: pl.DataFrame, second: pl.DataFrame, names: Sequence[str]) -> list[Float64[np.ndarray, " u"]]:
    for table in (first, second):
        missing = [name for name in names if name not in metric_columns(table)]
        if missing or not names:
            raise BadInput(f"there is no metric {missing or 'at all'} in a table with {metric_columns(table)}")
    keys = ["seed", USER]
    if not first.select(keys).sort(keys).equals(second.select(keys).sort(keys)):
        raise BadInput(
            f"the two results are not about the same users and seeds ({len(first)} and {len(second)} rows); "
            "evaluate both models on the same candidates"
        )
    means = [table.group_by(USER).agg(pl.col(names).mean()).sort(USER) for table in (first, second)]
    return [means[0][name].to_numpy() - means[1][name].to_numpy() for name in names]
