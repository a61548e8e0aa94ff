"""Negative sampling for pairwise training: jobs the user has not engaged with (R_{i,j2} = 0, paper eq. 13)."""

import numpy as np
from jaxtyping import Int64

REDRAWS = 16
"""How often a drawn job that the user has engaged with is drawn anew. A user who engaged with half of all jobs keeps a
wrong negative with probability 2⁻¹⁶; one who engaged with every job always does."""


class NegativeSampler:
    """Draws jobs uniformly from the training jobs a user has no training interaction with."""

    def __init__(self, pairs: Int64[np.ndarray, "n 2"], n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._keys = np.unique(pairs[:, 0] * n_jobs + pairs[:, 1])

    def draw(self, users: Int64[np.ndarray, " n"], k: int, rng: np.random.Generator) -> Int64[np.ndarray, "n k"]:
        """k job rows per given user row, with replacement."""
        drawn = rng.integers(self._n_jobs, size=(len(users), k))
        for _ in range(REDRAWS):
            wrong = self._engaged(users, drawn)
            count = int(wrong.sum())
            if count == 0:
                break
            drawn[wrong] = rng.integers(self._n_jobs, size=count)
        return drawn

    def _engaged(self, users: Int64[np.ndarray, " n"], jobs: Int64[np.ndarray, "n k"]) -> np.ndarray:
        keys = users[:, None] * self._n_jobs + jobs
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found: np.ndarray = self._keys[places] == keys
        return found
