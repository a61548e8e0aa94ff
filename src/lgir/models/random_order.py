"""Random: a score in [0, 1) from a hash of (seed, user, job). It knows nothing, and is the floor of every table.

Seen users and jobs are told apart by their rows, unseen ones by their text vectors: two without text are one and the
same. The hash is the last step of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
"""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from lgir.core.config import Config
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.hashing import hashed, identities
from lgir.models.plain import PlainModel


class RandomOrderConfig(Config):
    """Nothing to choose."""

    kind: Literal["random"] = "random"


class RandomOrder(PlainModel):
    """The recommender; what it "learns" is its seed."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: RandomOrderConfig, shape: Shape) -> None:
        super().__init__(shape, seed=np.zeros(1, dtype=np.int64))
        self.config = config

    def fit(self, data: TrainingData, run: Run) -> None:
        """Takes the run's seed."""
        self._learned = {"seed": np.array([run.seed], dtype=np.int64)}

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The upper 24 bits of each pair's hash, as many as a float32 holds; the same whatever the batch."""
        of_user = hashed(identities(users) + hashed(self._learned["seed"].astype(np.uint64)))
        pairs = hashed(of_user[:, None] + hashed(identities(jobs)))
        return (pairs >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
