"""Plain numbers about a person and a job, and the logistic regression on them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float32, Int64

from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.data.negatives import NegativeSampler
from lgir.models.scoring import NUMBERS_AT_ONCE

PAIRS_AT_ONCE = 8
"""Training pairs looked at together; each is compared with the others' candidates too, for nothing."""


def feature_count(shape: Shape) -> int:
    """Columns of `pair_features`."""
    return 4 * len(shape.blocks) + len(shape.fields) + 1


def pair_features(
    users: Users, jobs: Jobs, popularity: Float32[np.ndarray, " j"], shape: Shape
) -> Float32[np.ndarray, "u j f"]:
    """The numbers of every user and job.

    Per block of the text vectors: mean and largest similarity of the engaged jobs and the job, similarity of the
    completed résumé and of the own résumé and the job. Per structured column: share of the engaged jobs that have the
    job's value. Last ln(1 + popularity). Where a history is empty, its numbers are 0.
    """
    engaged = users.bank.take(users.history)
    found, start = [], 0
    for block in shape.blocks:
        columns = slice(start, start := start + block.dim)
        texts = jobs.text[:, columns].T
        similar = engaged.text[:, columns] @ texts
        found += [_mean(similar, users), _over_histories(np.maximum, similar, users)]
        found += [users.text[:, columns] @ texts, users.own_text[:, columns] @ texts]
    for column in range(len(shape.fields)):
        value = jobs.fields[:, column]
        same = (engaged.fields[:, column, None] == value) & (value >= 0)
        found.append(_mean(same.astype(np.float32), users))
    found.append(np.broadcast_to(np.log1p(popularity), (len(users), len(jobs))))
    return np.stack(found, axis=-1)


def linear_scores(
    users: Users, jobs: Jobs, popularity: Float32[np.ndarray, " n_jobs"], shape: Shape, w: Float32[np.ndarray, " f"]
) -> Float32[np.ndarray, "u j"]:
    """The features times w, in blocks of bounded memory; popularity: of every training job, an unseen one has 0."""
    of_job = np.where(jobs.rows >= 0, popularity[jobs.rows], np.float32(0))
    scores = np.empty((len(users), len(jobs)), dtype=np.float32)
    step = max(1, NUMBERS_AT_ONCE // max(1, len(jobs) * len(w)))
    for block in _blocks(len(users), step):
        scores[block] = pair_features(users.take(block), jobs, of_job, shape) @ w
    return scores


def training_features(
    data: TrainingData, popularity: Float32[np.ndarray, " n_jobs"], negatives: int
) -> Float32[np.ndarray, "n k_plus_1 f"]:
    """The numbers of every training pair and, after it, of its user and random jobs they have not engaged with; all of
    them as if the pair's own job were unknown. The random jobs are the same in every call."""
    sampler, rng = NegativeSampler(data.pairs, len(data.jobs)), np.random.default_rng(0)
    candidates = np.concatenate([data.pairs[:, 1:], sampler.draw(data.pairs[:, 0], negatives, rng)], axis=1)
    parts = []
    for block in _blocks(len(data.pairs), PAIRS_AT_ONCE):
        jobs = candidates[block].reshape(-1)
        every = pair_features(without_target(data, block), data.jobs.take(jobs), popularity[jobs], data.shape)
        own = np.arange(len(jobs)).reshape(len(block), -1)
        parts.append(every[np.arange(len(block))[:, None], own])
    return np.concatenate(parts)


def without_target(data: TrainingData, pairs: Int64[np.ndarray, " n"]) -> Users:
    """The users of these training pairs as if the pair's own job were unknown: their histories do not contain it, and
    their completed résumés have not seen it."""
    users = data.users.take(data.pairs[pairs, 0])
    owner = np.repeat(np.arange(len(pairs)), np.diff(users.offsets))
    kept = users.history != data.pairs[pairs, 1][owner]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[kept], minlength=len(pairs)))])
    text = data.fold_text[data.fold_of_pair[pairs]]
    return replace(users, text=text, history=users.history[kept], offsets=offsets)


def separating_weights(features: Float32[np.ndarray, "n k_plus_1 f"], l2: float) -> Float32[np.ndarray, " f"]:
    """w of a logistic regression that tells the first of each row from the others, with features standardised for the
    penalty l2/2·‖w‖²; the weights returned are for features as they are."""
    from sklearn.linear_model import LogisticRegression

    wanted = np.zeros(features.shape[:2], dtype=bool)
    wanted[:, 0] = True
    rows = features.reshape(-1, features.shape[-1]).astype(np.float64)
    scale = rows.std(axis=0)
    scale[scale == 0] = 1
    regression = LogisticRegression(C=1 / l2, max_iter=1000).fit((rows - rows.mean(axis=0)) / scale, wanted.reshape(-1))
    return np.asarray(regression.coef_[0] / scale, dtype=np.float32)


def _mean(values: Float32[np.ndarray, "h j"], users: Users) -> Float32[np.ndarray, "u j"]:
    lengths = np.diff(users.offsets).clip(min=1).astype(np.float32)
    return _over_histories(np.add, values, users) / lengths[:, None]


def _over_histories(combine: np.ufunc, values: Float32[np.ndarray, "h j"], users: Users) -> Float32[np.ndarray, "u j"]:
    """The rows of each user's engaged jobs combined; 0 where there are none."""
    some = np.flatnonzero(np.diff(users.offsets))
    found = np.zeros((len(users), values.shape[1]), dtype=np.float32)
    if len(some):
        found[some] = combine.reduceat(values, users.offsets[:-1][some], axis=0)
    return found


def _blocks(n: int, size: int) -> Iterator[Int64[np.ndarray, " b"]]:
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n), dtype=np.int64)
