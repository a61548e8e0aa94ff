"""Logistic: logistic regression on the plain features of (history, résumé, job) that `pair_features` explains, fitted
on training pairs and random other jobs, with histories and completed résumés that have not seen the pair's own job.
All jobs count one interaction fewer then: a positive without its own, the others lest 0 alone tell positives apart."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32
from pydantic import PositiveFloat, PositiveInt

from lgir.core.config import Config
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.pair_features import feature_count, linear_scores, separating_weights, training_features
from lgir.models.plain import PlainModel


class LogisticConfig(Config):
    """How it is fitted."""

    kind: Literal["logistic"] = "logistic"
    negatives: PositiveInt = 20
    """Other jobs per training pair, drawn once and alike for all seeds."""
    l2: PositiveFloat = 1.0
    """λ of λ/2·‖w‖² beside the summed log-loss; features are standardised."""


class Logistic(PlainModel):
    """The recommender; everybody and everything is served, what is unseen with popularity 0."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text", "history", "fields"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, config: LogisticConfig, shape: Shape) -> None:
        w, popularity = (np.zeros(n, dtype=np.float32) for n in (feature_count(shape), shape.n_jobs))
        super().__init__(shape, w=w, popularity=popularity)
        self.config = config

    def fit(self, data: TrainingData, run: Run) -> None:
        """Counts interactions and solves for w."""
        popularity = np.bincount(data.pairs[:, 1], minlength=self.shape.n_jobs).astype(np.float32)
        features = training_features(data, (popularity - 1).clip(0), self.config.negatives)
        self._learned = {"w": separating_weights(features, self.config.l2), "popularity": popularity}

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The log odds, up to a constant."""
        return linear_scores(users, jobs, self._learned["popularity"], self.shape, self._learned["w"])
