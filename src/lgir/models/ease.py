"""EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019), in closed form:
B_ij = −P_ij / P_jj and B_jj = 0 (eq. 8), where P = (XᵀX + λI)⁻¹."""

from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64
from pydantic import PositiveFloat
from scipy.linalg import lapack
from scipy.sparse import csr_array

from lgir.core.config import Config
from lgir.core.errors import BadConfig
from lgir.core.records import Shape
from lgir.models.item_to_item import ItemToItem

MOST_JOBS = 20_000
"""More are refused: time grows with their third power, and memory is 17 bytes × jobs × jobs, 7 GB here."""


class EaseConfig(Config):
    """What to solve."""

    kind: Literal["ease"] = "ease"
    l2: PositiveFloat = 100.0
    """λ: the larger, the closer B stays to 0."""


class Ease(ItemToItem):
    """The recommender; its weight is B. `BadConfig` where there are more than `MOST_JOBS`."""

    def __init__(self, config: EaseConfig, shape: Shape) -> None:
        if shape.n_jobs > MOST_JOBS:
            raise BadConfig(f"ease inverts jobs × jobs: {shape.n_jobs} jobs exceed {MOST_JOBS}; choose item-knn")
        super().__init__(shape, B=np.zeros((shape.n_jobs, shape.n_jobs), dtype=np.float32))
        self.config = config

    def learn(self, x: csr_array) -> dict[str, np.ndarray]:
        """Solves for B in double precision."""
        p = (x.T @ x).astype(np.float64).toarray(order="F")
        np.fill_diagonal(p, np.diag(p) + self.config.l2)
        p, _ = lapack.dpotri(lapack.dpotrf(p, overwrite_a=True)[0], overwrite_c=True)  # the upper triangle of P
        p += np.triu(p, 1).T
        p /= -np.diag(p)
        np.fill_diagonal(p, 0)
        return {"B": p.astype(np.float32, order="C")}

    def between(self, engaged: Int64[np.ndarray, " i"], jobs: Int64[np.ndarray, " j"]) -> Float32[np.ndarray, "i j"]:
        """B between these job rows."""
        return np.asarray(self._learned["B"][np.ix_(engaged, jobs)])
