"""Popularity: ranks jobs by their number of training interactions, for everybody alike. An unseen job has 0."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from lgir.core.config import Config
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.plain import PlainModel
from lgir.models.scoring import score_by_vectors


class PopularityConfig(Config):
    """Nothing to choose."""

    kind: Literal["popularity"] = "popularity"


class Popularity(PlainModel):
    """The recommender: a `TwoTower` with one column, 1 for a user and the count for a job."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, config: PopularityConfig, shape: Shape) -> None:
        super().__init__(shape, counts=np.zeros(shape.n_jobs, dtype=np.float32))
        self.config = config

    def fit(self, data: TrainingData, run: Run) -> None:
        """Counts."""
        self._learned = {"counts": np.bincount(data.pairs[:, 1], minlength=self.shape.n_jobs).astype(np.float32)}

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The jobs' counts, once per user."""
        return score_by_vectors(self, users, jobs)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u 1"]:
        """Ones."""
        return np.ones((len(users), 1), dtype=np.float32)

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j 1"]:
        """Counts."""
        return np.where(jobs.rows >= 0, self._learned["counts"][jobs.rows], np.float32(0))[:, None]
