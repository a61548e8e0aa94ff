"""Cosine: ranks jobs by the similarity of their text and the completed résumé, and learns nothing.

With a sentence encoder this is the paper's row SGPT-ST (Reimers and Gurevych 2019), with a decoder SGPT-BE
(Muennighoff 2022), and with simply completed résumés SGPT-ST + SRC.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from lgir.core.config import Config
from lgir.core.errors import BadConfig, UnreadableRun
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.scoring import score_by_vectors


class CosineConfig(Config):
    """What to compare."""

    kind: Literal["cosine"] = "cosine"
    block: str | None = None
    """Name of the one encoder whose vectors are compared, such as "minilm" or "sentence-2"; None compares all blocks
    side by side, each with the same weight."""


class Cosine:
    """The recommender: a `TwoTower` that knows nobody by id, so that everybody is served alike.

    A score lies in [−1, 1]; somebody without any text scores 0 with every job, and a job without text with everybody.
    """

    needs: ClassVar[frozenset[Feature]] = frozenset({"text"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, config: CosineConfig, shape: Shape) -> None:
        """
        Raises:
            BadConfig: the dataset's text vectors have no block of that name.
        """
        self.config, self.shape = config, shape
        self._columns = _columns(config.block, shape)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Nothing to learn."""

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """Cosines of the completed résumés and the jobs."""
        return score_by_vectors(self, users, jobs)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """The completed résumés' vectors, of length 1 or 0."""
        return _normalised(users.text[:, self._columns])

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j v"]:
        """The jobs' vectors, likewise."""
        return _normalised(jobs.text[:, self._columns])

    def weights(self) -> dict[str, np.ndarray]:
        """None."""
        return {}

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Takes none.

        Raises:
            UnreadableRun: there are some, so they are another model's.
        """
        if weights:
            raise UnreadableRun(
                f"a cosine has no weights and was given {sorted(weights)[:3]}, which another model learned; "
                "fit the run again"
            )


def _columns(block: str | None, shape: Shape) -> slice:
    if block is None:
        return slice(None)
    start = 0
    for one in shape.blocks:
        if one.name == block:
            return slice(start, start + one.dim)
        start += one.dim
    names = ", ".join(repr(one.name) for one in shape.blocks)
    raise BadConfig(f"block = {block!r} is none of the run's text encoders; give one of {names}, or leave it out")


def _normalised(vectors: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
