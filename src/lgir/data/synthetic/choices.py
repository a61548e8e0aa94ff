"""Who engages with how many jobs, and with which: a long tail of counts, and a softmax without replacement."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, Int64

from lgir.core.run import Progress, Silent

_CELLS = 100_000
"""User-job pairs held at once: their keys and noise stay in a core's own cache, which halves the time."""

_GROUPS = 512
"""Fewest groups that a long row is divided into to find what its largest keys exceed."""

_TOLD_EVERY = 500
"""Users between two reports of progress."""


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


def with_total(
    counts: Int64[np.ndarray, " n"], total: int, *, fewest: int, most: int, rng: np.random.Generator
) -> Int64[np.ndarray, " n"]:
    """The counts, with as many of them changed by one, in random places, as it takes for their sum to be `total`.

    Drawn by strata their sum is near its expectation already, so few are changed.

    Args:
        counts: each in [fewest, most].
        total: in [n · fewest, n · most].
        fewest: smallest count allowed.
        most: largest count allowed.
        rng: chooses the places.
    """
    found = counts.copy()
    while missing := total - int(found.sum()):
        free = np.flatnonzero(found < most if missing > 0 else found > fewest)
        found[rng.permutation(free)[: abs(missing)]] += np.sign(missing)
    return found


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
    progress: Progress | None = None,
) -> Int64[np.ndarray, "n 2"]:
    """Each user's engaged jobs: drawn one after another without replacement, each with P(j) ∝ exp(utility_j / noise).

    That is the same as taking the `counts[u]` largest of utility + noise · Gumbel (the Gumbel top-k trick). Noise 0
    takes the best jobs; noise without bound takes any. Every job of every user gets its own Gumbel draw, so the sample
    is exact, not one among preselected jobs.

    Args:
        utilities: gives the utility of every job, finite, for a slice of users.
        counts: jobs per user, in [0, n_jobs].
        n_jobs: number of jobs.
        noise: ≥ 0, in units of utility.
        rng: read row by row, so the number of users held at once changes nothing.
        progress: counts users.

    Returns:
        Distinct (user, job) pairs, ordered by user and then by job, so that the order tells nothing about preference.
    """
    progress = Silent() if progress is None else progress
    progress.start("choosing jobs", len(counts))
    rows, told, chosen = max(1, _CELLS // n_jobs), 0, [np.empty(0, np.int64)]
    for start in range(0, len(counts), rows):
        part = slice(start, min(start + rows, len(counts)))
        keys = _noisy(utilities(part), noise, rng)
        chosen += [np.sort(_largest(row, int(count))) for row, count in zip(keys, counts[part], strict=True)]
        if part.stop - told >= _TOLD_EVERY or part.stop == len(counts):
            progress.advance(part.stop - told)
            told = part.stop
    progress.finish()
    return np.stack([np.repeat(np.arange(len(counts)), counts), np.concatenate(chosen)], axis=1)


def _noisy(utilities: Float32[np.ndarray, "n j"], noise: float, rng: np.random.Generator) -> Float32[np.ndarray, "n j"]:
    """The utilities plus noise · Gumbel: −log of an exponential draw is a Gumbel draw."""
    draws = rng.standard_exponential(utilities.shape, dtype=np.float32)
    # a draw of 0, which 24 bits make possible, would be infinite
    np.maximum(draws, np.float32(2.0**-24), out=draws)
    np.log(draws, out=draws)
    draws *= np.float32(noise)
    np.subtract(utilities, draws, out=draws)
    return draws


def _largest(keys: Float32[np.ndarray, " j"], count: int) -> Int64[np.ndarray, " _"]:
    """The places of the `count` largest keys, in no order.

    A long row is first divided into groups: the `count`-th largest of the groups' maxima is exceeded or met by `count`
    keys at least, so whatever lies below it is none of the largest, and few keys are left to be ordered.
    """
    if not count:
        return np.empty(0, np.int64)
    groups = max(_GROUPS, 8 * count)
    width = len(keys) // groups
    if width < 2:
        return np.argpartition(keys, len(keys) - count)[len(keys) - count :]
    maxima = keys[: width * groups].reshape(width, groups).max(axis=0)
    places = np.flatnonzero(keys >= np.partition(maxima, groups - count)[groups - count])
    if len(places) == len(keys):  # so many ties that nothing lies below
        return np.argpartition(keys, len(keys) - count)[len(keys) - count :]
    found: Int64[np.ndarray, " _"] = places[_largest(keys[places], count)]
    return found
