"""Newest: ranks jobs by when they appeared, the latest first, for everybody alike. It learns nothing."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from lgir.core.config import Config
from lgir.core.errors import BadInput
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.plain import PlainModel


class NewestConfig(Config):
    """Nothing to choose."""

    kind: Literal["newest"] = "newest"


class Newest(PlainModel):
    """The recommender: a `TwoTower` of 1 and days since 1970, exact to three minutes; −10⁹ without a date."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"dates"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, config: NewestConfig, shape: Shape) -> None:
        super().__init__(shape)
        self.config = config

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns nothing; raises `BadInput` where no training job has a date."""
        if data.jobs.posted is None or np.isnan(data.jobs.posted).all():
            raise BadInput("no training job has a date, so none is the newest; add dates, or choose another model")

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The jobs' days, once per user."""
        return np.asarray(self.user_vectors(users) @ self.job_vectors(jobs).T)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u 1"]:
        """Ones."""
        return np.ones((len(users), 1), dtype=np.float32)

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j 1"]:
        """Days."""
        assert jobs.posted is not None, "`needs` asks for it"
        return np.asarray(np.nan_to_num(jobs.posted, nan=-1e9), dtype=np.float32)[:, None]
