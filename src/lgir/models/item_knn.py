"""Item-kNN (Sarwar et al., WWW 2001): jobs are as similar as the sets of people who engaged with them.

    B_ij = c_ij / (√(c_i·c_j) + shrinkage) where i is one of the k jobs most similar to j, else 0

c_ij counts the users who engaged with both, c_i those who engaged with i; of equal neighbours the lower row stays.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64
from pydantic import NonNegativeFloat, PositiveInt
from scipy.sparse import csr_array

from lgir.core.config import Config
from lgir.core.records import Shape
from lgir.models.item_to_item import ItemToItem, cosines


class ItemKnnConfig(Config):
    """How jobs are compared."""

    kind: Literal["item-knn"] = "item-knn"
    neighbours: PositiveInt = 100
    """k, the similar jobs that count for a job."""
    shrinkage: NonNegativeFloat = 10.0
    """Pulls similarities that few interactions speak for towards 0."""


class ItemKnn(ItemToItem):
    """The recommender. Its weights: job j's neighbours and B_ij stand from starts[j] to starts[j + 1]."""

    def __init__(self, config: ItemKnnConfig, shape: Shape) -> None:
        starts, none = np.zeros(shape.n_jobs + 1, dtype=np.int64), np.zeros(0, dtype=np.int64)
        super().__init__(shape, starts=starts, neighbours=none, similarities=none.astype(np.float32))
        self.config = config

    def learn(self, x: csr_array) -> dict[str, np.ndarray]:
        """Compares all training jobs with each other."""
        i, j, value = cosines(x, self.config.shrinkage)
        near = np.arange(len(j)) - np.searchsorted(j, j) < self.config.neighbours
        starts = np.searchsorted(j[near], np.arange(self.shape.n_jobs + 1))
        return {"starts": starts, "neighbours": i[near], "similarities": value[near]}

    def between(self, engaged: Int64[np.ndarray, " i"], jobs: Int64[np.ndarray, " j"]) -> Float32[np.ndarray, "i j"]:
        """B between these job rows."""
        parts = (self._learned[name] for name in ("similarities", "neighbours", "starts"))
        by_job = csr_array(tuple(parts), shape=(self.shape.n_jobs, self.shape.n_jobs))
        return np.asarray(by_job[jobs][:, engaged].toarray().T)
