from typing import ClassVar

import numpy as np
import pytest

from lgir.core.errors import BadInput, LgirError
from lgir.core.records import Candidates, Jobs, Users
from lgir.core.seams import Recommender, TwoTower
from lgir.data.candidates import FullCatalogue
from lgir.evaluate import protocol
from lgir.evaluate.metrics import measure, rank_relevant
from lgir.evaluate.protocol import FULL_METRICS, evaluate_candidates, evaluate_full

N_USERS, N_JOBS = 7, 30


class Dot:
    """Scores by the inner product of the text vectors."""

    needs: ClassVar = frozenset({"text"})
    serves_unseen_users: ClassVar = True
    serves_unseen_jobs: ClassVar = True

    def fit(self, data, run): ...

    def score(self, users, jobs):
        return users.text @ jobs.text.T

    def weights(self):
        return {}

    def load_weights(self, weights): ...


class DotTowers(Dot):
    """The same as two towers; counts the vectors computed."""

    def __init__(self):
        self.users = self.jobs = 0

    def user_vectors(self, users):
        self.users += len(users)
        return users.text

    def job_vectors(self, jobs):
        self.jobs += len(jobs)
        return jobs.text


def batches(rng, n_users=N_USERS):
    """Users and jobs with whole-number vectors: scores are exact in float32, and tie often."""
    job_text = rng.integers(-2, 3, size=(N_JOBS, 3)).astype(np.float32)
    user_text = rng.integers(-2, 3, size=(n_users, 3)).astype(np.float32)
    jobs = Jobs(np.arange(N_JOBS), job_text, np.zeros((N_JOBS, 0), dtype=np.int64))
    nothing = np.zeros(0, dtype=np.int64)
    users = Users(
        np.arange(n_users), user_text, user_text, jobs.take(nothing), nothing, np.zeros(n_users + 1, dtype=np.int64)
    )
    return users, jobs


def offsets_of(lists):
    return np.concatenate([[0], np.cumsum([len(some) for some in lists])]).astype(np.int64)


def sampled(rng):
    """Candidate lists of different lengths, the first candidate of each relevant, and then some."""
    lists = [np.sort(rng.choice(N_JOBS, size=rng.integers(2, 20), replace=False)) for _ in range(N_USERS)]
    offsets = offsets_of(lists)
    relevant = rng.random(offsets[-1]) < 0.3
    relevant[offsets[:-1]] = True
    return Candidates(np.arange(N_USERS), offsets, np.concatenate(lists), relevant)


def full(rng):
    """A catalogue with gaps; two to four relevant and zero to five excluded jobs per user."""
    catalogue = np.sort(rng.choice(N_JOBS, size=22, replace=False))
    drawn = [rng.permutation(catalogue) for _ in range(N_USERS)]
    relevant = [np.sort(jobs[: rng.integers(2, 5)]) for jobs in drawn]
    excluded = [np.sort(jobs[5 : rng.integers(5, 11)]) for jobs in drawn]
    return FullCatalogue(
        np.arange(N_USERS),
        catalogue,
        offsets_of(relevant),
        np.concatenate(relevant),
        offsets_of(excluded),
        np.concatenate(excluded),
    )


def written_out(some):
    """The same protocol as plain candidate lists."""
    lists, marks = [], []
    for user in range(len(some)):
        left_out = some.excluded[some.excluded_offsets[user] : some.excluded_offsets[user + 1]]
        lists.append(np.setdiff1d(some.catalogue, left_out))
        marks.append(np.isin(lists[-1], some.relevant[some.offsets[user] : some.offsets[user + 1]]))
    return Candidates(some.users, offsets_of(lists), np.concatenate(lists), np.concatenate(marks))


@pytest.fixture(params=[1, 3, 64])
def block_size(request, monkeypatch):
    monkeypatch.setattr(protocol, "USERS_AT_ONCE", request.param)
    monkeypatch.setattr(protocol, "SCORES_AT_ONCE", 4 * request.param)


def test_fakes_are_what_they_say():
    assert isinstance(Dot(), Recommender)
    assert not isinstance(Dot(), TwoTower)
    assert isinstance(DotTowers(), TwoTower)


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("model", [Dot, DotTowers])
@pytest.mark.parametrize("seed", range(3))
def test_candidates_are_scored_pair_by_pair(model, seed):
    rng = np.random.default_rng(seed)
    (users, jobs), candidates = batches(rng), sampled(rng)
    row = np.repeat(np.arange(N_USERS), np.diff(candidates.offsets))
    scores = (users.text @ jobs.text.T)[row, candidates.jobs]
    expected = measure(rank_relevant(scores, candidates.relevant, candidates.offsets), ["MAP@5", "NDCG@5", "MRR"])
    found = evaluate_candidates(model(), users, jobs, candidates)
    assert list(found) == ["MAP@5", "NDCG@5", "MRR"]
    for name, values in expected.items():
        assert found[name].tolist() == values.tolist()


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("model", [Dot, DotTowers])
@pytest.mark.parametrize("seed", range(5))
def test_full_catalogue_equals_its_lists_written_out(model, seed):
    rng = np.random.default_rng(seed)
    (users, jobs), some = batches(rng), full(rng)
    expected = evaluate_candidates(Dot(), users, jobs, written_out(some), metrics=FULL_METRICS)
    found = evaluate_full(model(), users, jobs, some)
    assert list(found) == list(FULL_METRICS)
    for name, values in expected.items():
        assert found[name].tolist() == values.tolist()


def test_each_vector_is_computed_once():
    rng = np.random.default_rng(0)
    (users, jobs), candidates, some = batches(rng), sampled(rng), full(rng)
    model = DotTowers()
    evaluate_candidates(model, users, jobs, candidates)
    assert (model.users, model.jobs) == (N_USERS, len(np.unique(candidates.jobs)))
    model = DotTowers()
    evaluate_full(model, users, jobs, some)
    assert (model.users, model.jobs) == (N_USERS, len(some.catalogue))


def test_constant_scorer_gets_the_expected_recall_on_the_full_catalogue():
    rng = np.random.default_rng(0)
    (users, jobs), some = batches(rng), full(rng)
    users.text[:] = 0
    n_candidates = len(some.catalogue) - np.diff(some.excluded_offsets)
    np.testing.assert_allclose(evaluate_full(DotTowers(), users, jobs, some)["Recall@10"], 10 / n_candidates)


def test_users_that_do_not_fit():
    rng = np.random.default_rng(0)
    users, jobs = batches(rng, n_users=3)
    with pytest.raises(BadInput, match="3 users for 7 candidate lists"):
        evaluate_candidates(Dot(), users, jobs, sampled(rng))
    with pytest.raises(BadInput, match="3 users for 7 candidate lists"):
        evaluate_full(Dot(), users, jobs, full(rng))


def test_jobs_that_do_not_fit():
    rng = np.random.default_rng(0)
    (users, jobs), candidates = batches(rng), sampled(rng)
    few = jobs.take(np.arange(5))
    with pytest.raises(BadInput, match=rf"name job {candidates.jobs.max()}, but there are 5 jobs"):
        evaluate_candidates(Dot(), users, few, candidates)


def test_user_without_held_out_job_on_the_full_catalogue():
    rng = np.random.default_rng(0)
    (users, jobs), some = batches(rng), full(rng)
    offsets = some.offsets.copy()
    offsets[3] = offsets[4]
    offsets[1:3] = offsets[1]
    broken = FullCatalogue(some.users, some.catalogue, offsets, some.relevant, some.excluded_offsets, some.excluded)
    with pytest.raises(BadInput, match="2 of 7 users have no relevant candidate"):
        evaluate_full(Dot(), users, jobs, broken)


@pytest.mark.parametrize("model", [Dot, DotTowers])
def test_scores_that_are_not_finite(model):
    rng = np.random.default_rng(0)
    (users, jobs), candidates, some = batches(rng), sampled(rng), full(rng)
    users.text[0, 0] = np.nan
    with pytest.raises(LgirError, match="NaN or infinite"):
        evaluate_candidates(model(), users, jobs, candidates)
    with pytest.raises(LgirError, match="NaN or infinite"):
        evaluate_full(model(), users, jobs, some)
