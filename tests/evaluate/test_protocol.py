from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.errors import BadInput, LgirError
from lgir.core.records import Candidates, Jobs, Users
from lgir.core.seams import PairScorer, Recommender, TwoTower
from lgir.data.candidates import FullCatalogue
from lgir.evaluate import protocol
from lgir.evaluate.metrics import measure, rank_relevant
from lgir.evaluate.protocol import (
    FULL_METRICS,
    LAST,
    candidate_scores,
    evaluate_candidates,
    evaluate_full,
    top_of_catalogue,
)

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


class DotStates(Dot):
    """The same from states; counts them and the pairs put together."""

    def __init__(self):
        self.users = self.jobs = self.pairs = 0

    def user_states(self, users):
        self.users += len(users)
        return users.text

    def job_states(self, jobs):
        self.jobs += len(jobs)
        return jobs.text

    def score_states(self, users, jobs):
        scores = (users * jobs).sum(axis=-1)
        self.pairs += scores.size
        return scores


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
    assert not isinstance(DotTowers(), PairScorer)
    assert isinstance(DotStates(), PairScorer)
    assert not isinstance(DotStates(), TwoTower)


@pytest.mark.usefixtures("block_size")
@pytest.mark.parametrize("model", [Dot, DotTowers, DotStates])
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
@pytest.mark.parametrize("model", [Dot, DotTowers, DotStates])
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


@pytest.mark.parametrize("model", [Dot, DotTowers, DotStates])
def test_scores_that_are_not_finite(model):
    rng = np.random.default_rng(0)
    (users, jobs), candidates, some = batches(rng), sampled(rng), full(rng)
    users.text[0, 0] = np.nan
    with pytest.raises(LgirError, match="NaN or infinite"):
        evaluate_candidates(model(), users, jobs, candidates)
    with pytest.raises(LgirError, match="NaN or infinite"):
        evaluate_full(model(), users, jobs, some)


# ── the three ways to a score ───────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_plain_scores_towers_and_states_agree(seed, serves_users, serves_jobs):
    """Also where some people and jobs are unseen, served or not."""
    rng = np.random.default_rng(seed)
    (users, jobs), candidates, some = batches(rng), sampled(rng), full(rng)
    users.rows[rng.random(N_USERS) < 0.3] = -1
    jobs.rows[rng.random(N_JOBS) < 0.3] = -1
    models = [serving(kind, serves_users, serves_jobs)() for kind in (Dot, DotTowers, DotStates)]
    expected, *others = [candidate_scores(model, users, jobs, candidates) for model in models]
    assert all(found.tolist() == expected.tolist() for found in others)
    for evaluate, ranked in ((evaluate_candidates, candidates), (evaluate_full, some)):
        plain, *found = [evaluate(model, users, jobs, ranked) for model in models]
        for values in found:
            assert {name: value.tolist() for name, value in values.items()} == {
                name: value.tolist() for name, value in plain.items()
            }
    heads = [top_of_catalogue(model, users, jobs, some, 5) for model in models]
    assert all(head.places.tolist() == heads[0].places.tolist() for head in heads)


def serving(kind, users, jobs):
    """The model, refusing people or jobs it has not seen."""

    class Serving(kind):
        serves_unseen_users: ClassVar = users
        serves_unseen_jobs: ClassVar = jobs

        def user_vectors(self, batch):
            return self._checked(batch, users, super().user_vectors)

        def user_states(self, batch):
            return self._checked(batch, users, super().user_states)

        def job_vectors(self, batch):
            return self._checked(batch, jobs, super().job_vectors)

        def job_states(self, batch):
            return self._checked(batch, jobs, super().job_states)

        def score(self, some, others):
            self._checked(some, users, len)
            return self._checked(others, jobs, lambda batch: super(Serving, self).score(some, batch))

        @staticmethod
        def _checked(batch, served, compute):
            assert served or (batch.rows >= 0).all(), "asked for what it refuses"
            return compute(batch)

    for name in ("user_vectors", "job_vectors", "user_states", "job_states"):
        if not hasattr(kind, name):
            delattr(Serving, name)
    return Serving


def test_each_state_is_computed_once_and_only_pairs_asked_for_are_put_together():
    rng = np.random.default_rng(0)
    (users, jobs), candidates, some = batches(rng), sampled(rng), full(rng)
    model = DotStates()
    evaluate_candidates(model, users, jobs, candidates)
    assert (model.users, model.jobs) == (N_USERS, len(np.unique(candidates.jobs)))
    assert model.pairs == len(candidates.jobs)
    model = DotStates()
    evaluate_full(model, users, jobs, some)
    assert (model.users, model.jobs) == (N_USERS, len(some.catalogue))


# ── what a model refuses ────────────────────────────────────────────────────────────────────────────────────────────

KINDS = pytest.mark.parametrize("kind", [Dot, DotTowers, DotStates])


@KINDS
def test_jobs_a_model_cannot_score_stand_last_and_tied(kind):
    """Four jobs with scores 3, 2, −9 and, unseen, 8 and 7: by hand."""
    users, jobs = small(scores=[3, 2, -9, 8, 7], unseen=[3, 4])
    lists = Candidates(np.arange(1), np.array([0, 5]), np.arange(5), np.array([False, True, False, True, False]))
    model = serving(kind, users=True, jobs=False)()
    scores = candidate_scores(model, users, jobs, lists)
    assert scores.tolist() == [3, 2, -9, LAST, LAST]
    found = evaluate_candidates(model, users, jobs, lists, metrics=("MRR", "MAP@5", "NDCG@5", "Recall@1"))
    # the seen one at rank 2; the unseen one at rank 4 or 5, each as likely
    assert found["MRR"][0] == pytest.approx(1 / 2)
    assert found["MAP@5"][0] == pytest.approx((1 / 2 + (2 / 4 + 2 / 5) / 2) / 2)
    gain = 1 / np.log2(3) + (1 / np.log2(5) + 1 / np.log2(6)) / 2
    assert found["NDCG@5"][0] == pytest.approx(gain / (1 + 1 / np.log2(3)))
    everything = FullCatalogue(
        np.arange(1), np.arange(5), np.array([0, 2]), np.array([1, 3]), np.zeros(2, np.int64), np.zeros(0, np.int64)
    )
    of_all = evaluate_full(model, users, jobs, everything, metrics=("MRR", "MAP@5", "NDCG@5", "Recall@1"))
    assert {name: value.tolist() for name, value in of_all.items()} == {
        name: value.tolist() for name, value in found.items()
    }
    top = top_of_catalogue(model, users, jobs, everything, 5)
    assert top.places.tolist() == [[0, 1, 2, 3, 4]]
    assert top.scores.tolist() == [[3, 2, -9, LAST, LAST]]
    # a model that serves them is ranked by its scores
    assert top_of_catalogue(kind(), users, jobs, everything, 5).places.tolist() == [[3, 4, 0, 1, 2]]


@KINDS
def test_a_person_a_model_cannot_serve_gets_everything_tied(kind):
    """One relevant of five, no order: MRR is the mean of 1 to 1/5, and each rank as likely as any."""
    users, jobs = small(scores=[3, 2, -9, 8, 7], unseen=[])
    users.rows[:] = -1
    lists = Candidates(np.arange(1), np.array([0, 5]), np.arange(5), np.array([False, True, False, False, False]))
    model = serving(kind, users=False, jobs=True)()
    assert len(set(candidate_scores(model, users, jobs, lists).tolist())) == 1
    found = evaluate_candidates(model, users, jobs, lists, metrics=("MRR", "MAP@5", "NDCG@5", "Recall@1", "Recall@3"))
    assert found["MRR"][0] == pytest.approx(np.mean([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]))
    assert found["MAP@5"][0] == pytest.approx(np.mean([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]))
    assert found["NDCG@5"][0] == pytest.approx(np.mean(1 / np.log2(np.arange(2, 7))))
    assert (found["Recall@1"][0], found["Recall@3"][0]) == (pytest.approx(1 / 5), pytest.approx(3 / 5))


@KINDS
def test_nobody_and_nothing_that_a_model_can_score(kind):
    users, jobs = small(scores=[3, 2, -9, 8, 7], unseen=range(5))
    lists = Candidates(np.arange(1), np.array([0, 5]), np.arange(5), np.array([False, True, False, False, False]))
    everything = FullCatalogue(
        np.arange(1), np.arange(5), np.array([0, 1]), np.array([1]), np.zeros(2, np.int64), np.zeros(0, np.int64)
    )
    model = serving(kind, users=False, jobs=False)()
    for rows in (0, -1):
        users.rows[:] = rows
        for values in (
            evaluate_candidates(model, users, jobs, lists, metrics=("Recall@1",)),
            evaluate_full(model, users, jobs, everything, metrics=("Recall@1",)),
        ):
            assert values["Recall@1"][0] == pytest.approx(1 / 5)


def small(*, scores, unseen):
    """One user, and a job per score."""
    text = np.array(scores, dtype=np.float32)[:, None]
    jobs = Jobs(np.arange(len(scores)), text, np.zeros((len(scores), 0), dtype=np.int64))
    jobs.rows[list(unseen)] = -1
    one, nothing = np.ones((1, 1), dtype=np.float32), np.zeros(0, dtype=np.int64)
    return Users(np.arange(1), one, one, jobs.take(nothing), nothing, np.zeros(2, dtype=np.int64)), jobs


# ── the head of every ranking ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("block_size")
@KINDS
@pytest.mark.parametrize("seed", range(3))
def test_the_head_of_the_catalogue_is_that_of_a_sort(kind, seed):
    rng = np.random.default_rng(seed)
    (users, jobs), some = batches(rng), full(rng)
    top = top_of_catalogue(kind(), users, jobs, some, 25)
    lists = written_out(some)
    assert top.places.shape == (N_USERS, 25)
    for user in range(N_USERS):
        ranked = lists.jobs[lists.offsets[user] : lists.offsets[user + 1]]
        scores = users.text[user] @ jobs.text[ranked].T
        order = np.lexsort((ranked, -scores))
        filled = 25 - len(ranked)
        assert top.places[user].tolist() == [*ranked[order].tolist(), *[-1] * filled]
        assert top.scores[user].tolist() == [*scores[order].tolist(), *[-np.inf] * filled]
