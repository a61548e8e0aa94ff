"""Scores of whole batches from vectors or states, in blocks of bounded memory."""

import numpy as np
from jaxtyping import Float32

from lgir.core.records import Jobs, Users
from lgir.core.seams import PairScorer, TwoTower

NUMBERS_AT_ONCE = 1 << 22
"""Numbers held at a time while states are broadcast against each other: 16 MB."""


def score_by_vectors(model: TwoTower, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
    """`Recommender.score` of a `TwoTower`."""
    scores: np.ndarray = model.user_vectors(users) @ model.job_vectors(jobs).T
    return scores


def score_by_states(model: PairScorer, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
    """`Recommender.score` of a `PairScorer`."""
    of_user, of_job = model.user_states(users), model.job_states(jobs)
    scores = np.empty((len(users), len(jobs)), dtype=np.float32)
    if not scores.size:
        return scores
    rows = max(1, NUMBERS_AT_ONCE // max(1, len(jobs) * max(of_user.shape[1], of_job.shape[1])))
    for start in range(0, len(users), rows):
        scores[start : start + rows] = model.score_states(of_user[start : start + rows, None], of_job[None])
    return scores
