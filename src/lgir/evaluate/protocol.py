"""Two protocols: rank sampled candidates (the paper's), or the full catalogue. One value per user and metric.

Both use the definitions of `metrics`, ties included; memory is bounded by blocks, whatever the number of users.

Some models cannot score people or jobs that training has not seen. They are measured on the same lists as everybody:
jobs such a model cannot score stand last, tied; a person it cannot serve gets a list in which everything is tied.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lgir.core.errors import BadInput
from lgir.core.records import Candidates, Jobs, TopK, Users
from lgir.core.seams import PairScorer, Recommender, TwoTower
from lgir.data.candidates import FullCatalogue
from lgir.evaluate.metrics import Ranks, check_relevant, measure, rank_relevant
from lgir.rank.order import check_finite
from lgir.rank.topk import top_k

PAPER_METRICS = ("MAP@5", "NDCG@5", "MRR")
"""What the paper reports on sampled candidates."""

FULL_METRICS = ("MAP@5", "NDCG@5", "NDCG@10", "MRR", "Recall@5", "Recall@10", "Recall@20")
"""What is reported on the full catalogue."""

USERS_AT_ONCE = 64
"""Users per call of a model."""

SCORES_AT_ONCE = 1 << 20
"""Scores, or numbers of gathered vectors, held at a time: 4 MB each, which a processor keeps near."""

DENSE = 16
"""Where fewer than so many scores of a whole matrix stand behind each one asked for, the matrix is faster."""

LAST = np.finfo(np.float32).min
"""The score of a job that a model cannot score."""

Score = Callable[[Users], Float32[np.ndarray, "u j"]]


def evaluate_candidates(
    model: Recommender, users: Users, jobs: Jobs, candidates: Candidates, *, metrics: Sequence[str] = PAPER_METRICS
) -> dict[str, Float64[np.ndarray, " u"]]:
    """Ranks each user's candidates and measures the ranking.

    Args:
        users: the user at place i is candidates.users[i].
        jobs: all jobs of the dataset; a job's place is its index.

    Raises:
        BadInput: users or jobs do not fit the candidates, or a user has no relevant candidate.
        LgirError: a score is not finite.
    """
    scores = candidate_scores(model, users, jobs, candidates)
    return measure(rank_relevant(scores, candidates.relevant, candidates.offsets), metrics)


def evaluate_full(
    model: Recommender, users: Users, jobs: Jobs, full: FullCatalogue, *, metrics: Sequence[str] = FULL_METRICS
) -> dict[str, Float64[np.ndarray, " u"]]:
    """Ranks the whole catalogue without each user's excluded jobs and measures the ranking.

    Args:
        users: the user at place i is full.users[i].
        jobs: all jobs of the dataset; a job's place is its index.

    Raises:
        BadInput: users or jobs do not fit the catalogue, or a user has no relevant job.
        LgirError: a score is not finite.
    """
    _check_fit(users, jobs, len(full), full.catalogue)
    check_relevant(np.diff(full.offsets))
    score = _scorer(model, jobs.take(full.catalogue))
    parts = [_rank_full(score(users.take(block)), full, block) for block in _blocks(len(users), USERS_AT_ONCE)]
    return measure(_joined(parts, len(users)), metrics)


def top_of_catalogue(model: Recommender, users: Users, jobs: Jobs, full: FullCatalogue, k: int) -> TopK:
    """Each user's best k of the catalogue without the user's excluded jobs; places are indices in the dataset.
    Arguments and errors as `evaluate_full`."""
    _check_fit(users, jobs, len(full), full.catalogue)
    score = _scorer(model, jobs.take(full.catalogue))
    parts = []
    for block in _blocks(len(users), USERS_AT_ONCE):
        _, column = _pairs(full.excluded_offsets, full.excluded, block, full.catalogue)
        ends = full.excluded_offsets[block[0] + 1 : block[-1] + 1] - full.excluded_offsets[block[0]]
        parts.append(top_k(score(users.take(block)), k, np.split(column, ends)))
    places = np.concatenate([part.places for part in parts])
    found = np.where(places >= 0, full.catalogue[places], places)
    return TopK(found, np.concatenate([part.scores for part in parts]))


def candidate_scores(model: Recommender, users: Users, jobs: Jobs, candidates: Candidates) -> Float32[np.ndarray, " n"]:
    """One score per candidate, in the order of `candidates.jobs`; arguments and errors as `evaluate_candidates`."""
    _check_fit(users, jobs, len(candidates), candidates.jobs)
    user = np.repeat(np.arange(len(users)), np.diff(candidates.offsets))
    known_users, known_jobs = _served(model, users, jobs)
    scores = np.where(known_users[user], LAST, np.float32(0))
    scored = np.flatnonzero(known_users[user] & known_jobs[candidates.jobs])
    scores[scored] = _pair_scores(model, users, jobs, user[scored], candidates.jobs[scored])
    return scores


def _served(model: Recommender, users: Users, jobs: Jobs) -> tuple[Bool[np.ndarray, " u"], Bool[np.ndarray, " j"]]:
    """Whom and what this model can score."""
    return model.serves_unseen_users | (users.rows >= 0), model.serves_unseen_jobs | (jobs.rows >= 0)


def _pair_scores(
    model: Recommender, users: Users, jobs: Jobs, user: Int64[np.ndarray, " n"], job: Int64[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """The score of each (user, job), given by places; `user` ascends."""
    if isinstance(model, TwoTower) and len(users) * len(np.unique(job)) < DENSE * len(job):
        return _from_matrix(model, users, jobs, user, job)
    if isinstance(model, TwoTower):
        return _gathered(model.user_vectors, model.job_vectors, _inner_products, users, jobs, user, job)
    if isinstance(model, PairScorer):
        return _gathered(model.user_states, model.job_states, model.score_states, users, jobs, user, job)
    scores = np.empty(len(job), dtype=np.float32)
    for block in _blocks(len(users), USERS_AT_ONCE):
        part = slice(*np.searchsorted(user, [block[0], block[-1] + 1]))
        if part.start == part.stop:
            continue
        rows, row = np.unique(user[part], return_inverse=True)
        found, column = np.unique(job[part], return_inverse=True)
        scores[part] = model.score(users.take(rows), jobs.take(found))[row, column]
    return scores


def _from_matrix(
    model: TwoTower, users: Users, jobs: Jobs, user: Int64[np.ndarray, " n"], job: Int64[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """Scores of the pairs asked for out of all scores of their users and jobs, where most of those are asked for."""
    found, column = _distinct(job, len(jobs))
    of_job = _vectors(lambda block: model.job_vectors(jobs.take(found[block])), len(found))
    scores = np.empty(len(job), dtype=np.float32)
    for block in _blocks(len(users), max(1, SCORES_AT_ONCE // max(1, len(found)))):
        part = slice(*np.searchsorted(user, [block[0], block[-1] + 1]))
        wanted, row = _distinct(user[part], len(users))
        if len(wanted):
            scores[part] = (model.user_vectors(users.take(wanted)) @ of_job.T)[row, column[part]]
    return scores


def _gathered(
    user_side: Callable[[Users], Float32[np.ndarray, "b v"]],
    job_side: Callable[[Jobs], Float32[np.ndarray, "b w"]],
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray],
    users: Users,
    jobs: Jobs,
    user: Int64[np.ndarray, " n"],
    job: Int64[np.ndarray, " n"],
) -> Float32[np.ndarray, " n"]:
    """Scores of the pairs asked for, instead of a whole matrix; equal vectors give equal bits, so ties hold."""
    wanted, row = _distinct(user, len(users))
    found, column = _distinct(job, len(jobs))
    of_user = _vectors(lambda block: user_side(users.take(wanted[block])), len(wanted))
    of_job = _vectors(lambda block: job_side(jobs.take(found[block])), len(found))
    blocks = _blocks(len(job), max(1, SCORES_AT_ONCE // max(1, of_user.shape[1] + of_job.shape[1])))
    scores = [combine(of_user[row[block]], of_job[column[block]]) for block in blocks]
    return np.concatenate([np.zeros(0, dtype=np.float32), *scores])


def _distinct(places: Int64[np.ndarray, " n"], size: int) -> tuple[Int64[np.ndarray, " d"], Int64[np.ndarray, " n"]]:
    """`np.unique` with its inverse, for places below `size`: no sort is needed."""
    there = np.zeros(size, dtype=bool)
    there[places] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[places]


def _inner_products(a: Float32[np.ndarray, "n v"], b: Float32[np.ndarray, "n v"]) -> Float32[np.ndarray, " n"]:
    found: np.ndarray = np.einsum("nv,nv->n", a, b)
    return found


def _scorer(model: Recommender, jobs: Jobs) -> Score:
    """Scores of all these jobs for a batch of users; what belongs to the jobs alone is computed once."""
    known = np.flatnonzero(model.serves_unseen_jobs | (jobs.rows >= 0))
    score = _matrix(model, jobs.take(known))

    def all_scores(users: Users) -> Float32[np.ndarray, "u j"]:
        served = np.flatnonzero(model.serves_unseen_users | (users.rows >= 0))
        scores = np.zeros((len(users), len(jobs)), dtype=np.float32)
        scores[served] = LAST
        if len(served) and len(known):
            scores[np.ix_(served, known)] = score(users.take(served))
        return scores

    return all_scores


def _matrix(model: Recommender, jobs: Jobs) -> Score:
    if isinstance(model, TwoTower):
        of_job = _vectors(lambda block: model.job_vectors(jobs.take(block)), len(jobs))
        return lambda users: model.user_vectors(users) @ of_job.T
    if isinstance(model, PairScorer):
        states = _vectors(lambda block: model.job_states(jobs.take(block)), len(jobs))

        def score(users: Users) -> Float32[np.ndarray, "u j"]:
            rows = [model.score_states(state[None], states) for state in model.user_states(users)]
            return np.stack(rows)

        return score
    return lambda users: model.score(users, jobs)


def _vectors(
    compute: Callable[[Int64[np.ndarray, " b"]], Float32[np.ndarray, "b v"]], n: int
) -> Float32[np.ndarray, "n v"]:
    blocks = [compute(block) for block in _blocks(n, 1024)]
    return np.concatenate(blocks) if blocks else np.zeros((0, 0), dtype=np.float32)


def _rank_full(scores: Float32[np.ndarray, "u m"], full: FullCatalogue, block: Int64[np.ndarray, " u"]) -> Ranks:
    """Ranks the relevant jobs of a block of users among the catalogue without the users' excluded jobs.

    The user's number in the result is the place in the catalogue's users.
    """
    check_finite(scores)
    row, column = _pairs(full.offsets, full.relevant, block, full.catalogue)
    value = scores[row, column]
    best_first = np.lexsort((-value, row))
    row, value = row[best_first], value[best_first]
    allowed = scores.copy()
    allowed[_pairs(full.excluded_offsets, full.excluded, block, full.catalogue)] = -np.inf
    above, tied = _counts(allowed, row, value)
    # among the relevant jobs alone; also by user and best first, so the two fit together
    offsets = full.offsets[block[0] : block[-1] + 2] - full.offsets[block[0]]
    hits = rank_relevant(value, np.ones(len(value), dtype=bool), offsets)
    return Ranks(len(full), block[row], above, tied, hits.above, hits.tied)


def _counts(
    scores: Float32[np.ndarray, "u m"], row: Int64[np.ndarray, " n"], value: Float32[np.ndarray, " n"]
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """For each value: how many scores of its row are larger, and how many equal."""
    above, tied = np.empty(len(row), dtype=np.int64), np.empty(len(row), dtype=np.int64)
    for block in _blocks(len(row), max(1, SCORES_AT_ONCE // max(1, scores.shape[1]))):
        rows, limit = scores[row[block]], value[block, None]
        above[block], tied[block] = np.count_nonzero(rows > limit, axis=1), np.count_nonzero(rows == limit, axis=1)
    return above, tied


def _pairs(
    offsets: Int64[np.ndarray, " u_plus_1"],
    jobs: Int64[np.ndarray, " n"],
    block: Int64[np.ndarray, " b"],
    catalogue: Int64[np.ndarray, " m"],
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """(row in the block, column in the catalogue) of every job of these users; a block is a run of neighbours."""
    rows = np.repeat(np.arange(len(block)), np.diff(offsets)[block])
    return rows, np.searchsorted(catalogue, jobs[offsets[block[0]] : offsets[block[-1] + 1]])


def _joined(parts: Sequence[Ranks], n_users: int) -> Ranks:
    names = ("user", "above", "tied", "hits_above", "hits_tied")
    none = np.zeros(0, dtype=np.int64)
    return Ranks(n_users, *(np.concatenate([none, *(getattr(part, name) for part in parts)]) for name in names))


def _blocks(n: int, size: int) -> Iterator[Int64[np.ndarray, " b"]]:
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n), dtype=np.int64)


def _check_fit(users: Users, jobs: Jobs, n_users: int, job_indices: Int64[np.ndarray, " n"]) -> None:
    if len(users) != n_users:
        raise BadInput(f"{len(users)} users for {n_users} candidate lists; give the users of the lists, in their order")
    highest = int(job_indices.max(initial=-1))
    if highest >= len(jobs):
        raise BadInput(f"candidates name job {highest}, but there are {len(jobs)} jobs; give all jobs of the dataset")
