"""Who engages with how many jobs, and with which: a long tail of counts, and a softmax without replacement."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, Int64

_CELLS = 4_000_000
"""User-job pairs held at once: about 100 MB with their keys and order."""


def long_tail_counts(
    n: int, *, fewest: int, mean: float, most: int, exponent: float, rng: np.random.Generator
) -> Int64[np.ndarray, " n"]:
    """Counts with P(count − fewest ≥ k) = (1 + k/s)^−exponent for k up to most − fewest, and 0 beyond (a capped Lomax
    law, rounded down); s is chosen so that the expectation is `mean`.

    Quantiles are drawn one from each of n equal strata, so the mean of even a small world stays near `mean`.

    Args:
        n: how many counts.
        fewest: smallest count.
        mean: expectation, in [fewest, most].
        most: largest count.
        exponent: in [0.1, 100]; the smaller, the more of all interactions belong to a few users.
        rng: the only randomness.
    """
    scale = _lomax_scale(mean - fewest, most - fewest, exponent)
    quantiles = (rng.permutation(n) + rng.random(n)) / n
    excess = scale * np.expm1(-np.log1p(-quantiles) / exponent)
    return (fewest + np.minimum(np.floor(excess), most - fewest)).astype(np.int64)


def _lomax_scale(mean: float, cap: int, exponent: float) -> float:
    """The s with E[min(⌊X⌋, cap)] = Σ_{k=1..cap} (1 + k/s)^−exponent = mean, by bisection on log s."""
    if mean <= 0:
        return 0.0
    steps = np.arange(1, cap + 1)
    # wide enough for every exponent from 0.1 to 100, and no exponential overflows within
    low, high = -700.0, 300.0
    for _ in range(100):
        middle = (low + high) / 2
        too_low = np.sum(np.exp(-exponent * np.log1p(steps * np.exp(-middle)))) < mean
        low, high = (middle, high) if too_low else (low, middle)
    return float(np.exp(high))


def choose_jobs(
    utilities: Callable[[slice], Float32[np.ndarray, "n j"]],
    counts: Int64[np.ndarray, " u"],
    *,
    n_jobs: int,
    noise: float,
    rng: np.random.Generator,
) -> Int64[np.ndarray, "n 2"]:
    """Each user's engaged jobs: drawn one after another without replacement, each with P(j) ∝ exp(utility_j / noise).

    That is the same as taking the `counts[u]` largest of utility + noise · Gumbel (the Gumbel top-k trick), which needs
    no loop over users. Noise 0 takes the best jobs; noise without bound takes any.

    Args:
        utilities: gives the utility of every job, finite, for a slice of users.
        counts: jobs per user, in [0, n_jobs].
        n_jobs: number of jobs.
        noise: ≥ 0, in units of utility.
        rng: read row by row, so the number of users held at once changes nothing.

    Returns:
        Distinct (user, job) pairs, ordered by user and then by job, so that the order tells nothing about preference.
    """
    rows = max(1, _CELLS // n_jobs)
    parts = [np.empty((0, 2), np.int64)]
    for start in range(0, len(counts), rows):
        part = slice(start, min(start + rows, len(counts)))
        keys = utilities(part)
        # −log of an exponential draw is a Gumbel draw; a draw of 0, which 24 bits make possible, would be infinite
        draws = np.maximum(rng.standard_exponential(keys.shape, dtype=np.float32), np.float32(2.0**-24))
        keys = keys - np.float32(noise) * np.log(draws)
        users, jobs = _largest(keys, counts[part])
        parts.append(np.stack([users + start, jobs], axis=1))
    pairs = np.concatenate(parts)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _largest(
    keys: Float32[np.ndarray, "n j"], counts: Int64[np.ndarray, " n"]
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """Row and column of the counts[row] largest keys of every row."""
    most = int(counts.max())
    if most == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    columns = np.argpartition(-keys, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(keys, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    rows, places = np.nonzero(np.arange(most) < counts[:, None])
    return rows.astype(np.int64), columns[rows, places].astype(np.int64)
