"""The contract, and both weightings person by person."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.run import Run
from lgir.models.bags import Collection, bm25, tf_idf, word_counts
from lgir.models.profile import Profile, ProfileConfig
from lgir.testing.recommenders import RecommenderContract
from lgir.testing.worlds import make_world


class TestBm25(RecommenderContract):
    sees = frozenset({"words"})

    def make(self, shape, max_epochs):
        return Profile(ProfileConfig(), shape)


class TestTfIdf(RecommenderContract):
    sees = frozenset({"words"})

    def make(self, shape, max_epochs):
        return Profile(ProfileConfig(weighting="tfidf"), shape)


def fitted(weighting):
    world = make_world("words")
    model = Profile(ProfileConfig(weighting=weighting), world.data.shape)
    model.fit(world.data, Run())
    return model, world


def learned(world):
    counts = word_counts(world.jobs, world.data.shape.n_words).toarray()
    return Collection(len(counts), (counts > 0).sum(axis=0).astype(np.float32), float(counts.sum(axis=1).mean()))


def bags_of(batch, world):
    return word_counts(batch, world.data.shape.n_words)


@pytest.mark.parametrize("u", [0, 3, 20])
def test_bm25_asks_for_all_words_of_resume_and_engaged_jobs(u):
    model, world = fitted("bm25")
    engaged = world.jobs.take(world.users.history[world.users.offsets[u] : world.users.offsets[u + 1]])
    words = np.concatenate([world.users.words[u], engaged.words.reshape(-1)])
    offered = bm25(bags_of(world.jobs, world), learned(world)).toarray()
    expected = sum(offered[:, word] for word in words.tolist() if word >= 2)
    found = model.score(world.users.take(np.array([u])), world.jobs)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("u", [0, 3, 20])
def test_tf_idf_adds_the_cosine_of_the_resume_and_the_mean_cosine_of_the_engaged_jobs(u):
    model, world = fitted("tfidf")
    history = world.users.history[world.users.offsets[u] : world.users.offsets[u + 1]]
    jobs = tf_idf(bags_of(world.jobs, world), learned(world)).toarray()
    resume = tf_idf(bags_of(world.users, world), learned(world)).toarray()[u]
    expected = jobs @ resume + np.mean([jobs @ jobs[job] for job in history], axis=0)
    np.testing.assert_allclose(model.score(world.users.take(np.array([u])), world.jobs)[0], expected, rtol=1e-4)


@pytest.mark.parametrize("weighting", ["bm25", "tfidf"])
def test_a_rare_word_says_more_than_a_common_one(weighting):
    model, world = fitted(weighting)
    by_df = np.argsort(model.weights()["df"][2:], kind="stable") + 2
    words = np.zeros((2, 10), dtype=np.int32)
    words[:, :2] = by_df[[0, -1]]
    jobs = replace(world.jobs.take(np.array([0, 1])), words=np.diag(words[0, :2]).astype(np.int32))
    person = replace(world.strangers.take(np.array([0])), words=words[:1])
    rare, common = model.score(person, jobs)[0]
    assert rare > common > 0


@pytest.mark.parametrize("weighting", ["bm25", "tfidf"])
def test_who_wrote_nothing_and_a_job_without_words_score_0(weighting):
    model, world = fitted(weighting)
    person = replace(world.strangers.take(np.array([0])), words=np.ones((1, 4), dtype=np.int32))
    assert not model.score(person, world.jobs).any()
    silent = replace(world.jobs, words=np.zeros_like(world.jobs.words))
    assert not model.score(world.users, silent).any()


def test_training_jobs_without_any_word_do_no_harm():
    world = make_world("words")
    model = Profile(ProfileConfig(), world.data.shape)
    silent = replace(world.jobs, words=np.zeros_like(world.jobs.words))
    model.fit(replace(world.data, jobs=silent), Run())
    scores = model.score(world.users, world.jobs)
    assert np.isfinite(scores).all()
    assert scores.any(), "a new job may have words"


def test_no_seed_changes_it():
    assert Profile.deterministic
