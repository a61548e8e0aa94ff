"""Folds: every training job can be ranked with a résumé that was completed without it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from lgir.core.fingerprint import fingerprint
from lgir.core.records import Query
from lgir.data.view import TrainingView


@dataclass(frozen=True, slots=True, eq=False)
class FoldedQueries:
    """Queries that each leave out a part of one user's training jobs.

    Attributes:
        queries: one per user and fold, ordered by user row, then by fold.
        fold_of_pair: for each pair of the view, the place in `queries` of one that has not seen the pair's job.
    """

    queries: list[Query]
    fold_of_pair: Int64[np.ndarray, " n"]


def fold_queries(view: TrainingView, folds: int) -> FoldedQueries:
    """Deals each user's n training jobs into min(n, folds) folds whose sizes differ by at most one.

    Which fold a job falls into depends on user and job ids alone: neither seeds nor the order of the data change it.
    A user with one training job has one query without any job.

    Raises:
        ValueError: fewer than two folds.
    """
    queries: list[Query] = []
    fold_of_pair = np.full(len(view.pairs), -1, dtype=np.int64)
    for user_row in range(len(view.users)):
        dealt, found = folds_of_user(view, user_row, folds)
        start = int(view.offsets[user_row])
        fold_of_pair[start : start + len(dealt)] = len(queries) + dealt
        queries += found
    return FoldedQueries(queries, fold_of_pair)


def folds_of_user(view: TrainingView, user_row: int, folds: int) -> tuple[Int64[np.ndarray, " h"], list[Query]]:
    """(the fold of each of a user's training jobs, a query without the jobs of each fold).

    Raises:
        ValueError: fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"folds is {folds}; expected at least 2")
    rows = view.job_rows(user_row)
    dealt = _deal(view, user_row, rows, folds)
    left_out = (frozenset(rows[dealt == fold].tolist()) for fold in range(min(len(rows), folds)))
    return dealt, [view.query(user_row, without=without) for without in left_out]


def _deal(view: TrainingView, user_row: int, rows: Int64[np.ndarray, " h"], folds: int) -> Int64[np.ndarray, " h"]:
    """The fold of each of a user's jobs: sorted by hash, dealt in turn like cards."""
    user_id = view.users.ids[user_row]
    hashes = [fingerprint(user_id, view.jobs.ids[row]) for row in rows]
    dealt = np.empty(len(rows), dtype=np.int64)
    dealt[np.argsort(hashes, kind="stable")] = np.arange(len(rows)) % min(len(rows), folds)
    return dealt
