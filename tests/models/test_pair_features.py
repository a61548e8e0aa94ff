"""Features one by one, and what a training pair may not see."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.models import pair_features as module
from lgir.models.pair_features import (
    feature_count,
    linear_scores,
    pair_features,
    separating_weights,
    training_features,
    without_target,
)
from lgir.testing.worlds import BLOCKS, FIELDS, make_world


def one_by_one(text, own_text, engaged, job, popularity):
    """The features of one person and job."""
    found, start = [], 0
    for block in BLOCKS:
        columns = slice(start, start := start + block.dim)
        similar = [other[columns] @ job.text[0, columns] for other in engaged.text] or [0]
        found += [np.mean(similar), np.max(similar)]
        found += [text[columns] @ job.text[0, columns], own_text[columns] @ job.text[0, columns]]
    for column in range(len(FIELDS)):
        value = job.fields[0, column]
        same = [value >= 0 and other == value for other in engaged.fields[:, column]] or [0]
        found.append(np.mean(same))
    return np.array([*found, np.log(1 + popularity)])


def test_features_are_those_of_the_definition():
    world = make_world("text")
    users, jobs = world.users.take(np.array([5, 2, 7])), world.jobs.take(np.arange(20))
    # the second has no history
    lengths = np.diff(users.offsets)
    history = np.concatenate([users.history[: lengths[0]], users.history[lengths[0] + lengths[1] :]])
    users = replace(users, history=history, offsets=np.cumsum([0, lengths[0], 0, lengths[2]]))
    # an absent value agrees with nothing, not even with an absent one
    fields = users.bank.fields.copy()
    fields[users.history[0], 1] = jobs.fields[0, 1] = -1
    users = replace(users, bank=replace(users.bank, fields=fields))
    popularity = np.arange(20, dtype=np.float32)
    found = pair_features(users, jobs, popularity, world.data.shape)
    assert found.shape == (3, 20, feature_count(world.data.shape))
    for u in range(3):
        engaged = users.bank.take(users.history[users.offsets[u] : users.offsets[u + 1]])
        for j in range(20):
            job = jobs.take(np.array([j]))
            expected = one_by_one(users.text[u], users.own_text[u], engaged, job, popularity[j])
            np.testing.assert_allclose(found[u, j], expected, atol=1e-5)
    assert found[..., -3:-1].any()


def test_linear_scores_do_not_depend_on_blocks(monkeypatch):
    world = make_world("text")
    shape = world.data.shape
    w = np.random.default_rng(0).normal(size=feature_count(shape)).astype(np.float32)
    popularity = np.arange(shape.n_jobs, dtype=np.float32)
    whole = linear_scores(world.users, world.jobs, popularity, shape, w)
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(
        linear_scores(world.users, world.jobs, popularity, shape, w), whole, rtol=1e-4, atol=1e-5
    )
    unseen = linear_scores(world.users, world.new_jobs(), popularity, shape, w)
    np.testing.assert_allclose(whole - unseen, np.broadcast_to(w[-1] * np.log1p(popularity), whole.shape), atol=1e-4)


def test_a_training_pair_has_a_history_and_a_resume_without_its_own_job():
    data = make_world("ids").data
    rng = np.random.default_rng(1)
    data = replace(
        data,
        fold_text=rng.normal(size=(9, data.shape.dim)).astype(np.float32),
        fold_of_pair=rng.integers(9, size=len(data.pairs)),
    )
    pairs = np.array([3, 3, 40, 0])
    users = without_target(data, pairs)
    for place, pair in enumerate(pairs):
        user, job = data.pairs[pair]
        others = [one for one in data.pairs[data.pairs[:, 0] == user, 1] if one != job]
        assert users.history[users.offsets[place] : users.offsets[place + 1]].tolist() == others
        np.testing.assert_array_equal(users.text[place], data.fold_text[data.fold_of_pair[pair]])
        np.testing.assert_array_equal(users.own_text[place], data.users.own_text[user])


def test_a_pairs_own_job_changes_none_of_its_features_through_the_profile():
    """The job's text is changed wherever it is an engaged job, and nothing happens to the pair."""
    data = make_world("history").data
    popularity = np.ones(data.shape.n_jobs, dtype=np.float32)
    before = training_features(data, popularity, 3)
    target = int(data.pairs[6, 1])
    bank = replace(data.users.bank, text=data.users.bank.text.copy(), fields=data.users.bank.fields.copy())
    bank.text[target] += 5
    bank.fields[target] = 0
    after = training_features(replace(data, users=replace(data.users, bank=bank)), popularity, 3)
    np.testing.assert_array_equal(after[6], before[6])
    same_user = np.flatnonzero(data.pairs[:, 0] == data.pairs[6, 0])
    assert len(same_user) > 1
    assert not np.array_equal(after[same_user[same_user != 6]], before[same_user[same_user != 6]])


@pytest.mark.parametrize("at_once", [1, 5, 1000])
def test_training_features_are_of_the_pair_then_of_jobs_not_engaged_with(monkeypatch, at_once):
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", at_once)
    data = make_world("text").data
    # as popularity, each job's row: the last feature tells which job it is
    rows = np.arange(data.shape.n_jobs, dtype=np.float32)
    found = training_features(data, rows, 4)
    jobs = np.rint(np.expm1(found[..., -1])).astype(np.int64)
    np.testing.assert_array_equal(jobs[:, 0], data.pairs[:, 1])
    engaged = set(map(tuple, data.pairs.tolist()))
    for place, (user, _) in enumerate(data.pairs.tolist()):
        assert not engaged & {(user, job) for job in jobs[place, 1:].tolist()}
        expected = pair_features(without_target(data, np.array([place])), data.jobs, rows, data.shape)[0]
        np.testing.assert_allclose(found[place], expected[jobs[place]], atol=1e-5)


def test_separating_weights_minimise_the_penalised_log_loss():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 3, 2)).astype(np.float32) * [3, 0.2] + 1
    features[:, 0] += np.array([1.0, 0.1])
    features = np.concatenate([features, np.full((200, 3, 1), 7.0)], axis=2).astype(np.float32)
    w = separating_weights(features, 4.0)
    assert w[2] == 0, "a column that never varies says nothing"
    rows = features.reshape(-1, 3).astype(np.float64)
    wanted = np.tile([1, 0, 0], 200)
    scaled = (rows - rows.mean(axis=0)) / np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1)
    w_scaled = w * rows.std(axis=0)
    # the gradient vanishes for some intercept
    intercepts = np.linspace(-3, 1, 4001)
    residuals = 1 / (1 + np.exp(-(scaled @ w_scaled)[:, None] - intercepts)) - wanted[:, None]
    best = np.argmin(np.abs(residuals.sum(axis=0)))
    np.testing.assert_allclose(scaled.T @ residuals[:, best] + 4.0 * w_scaled, 0, atol=0.2)
    assert (w[:2] > 0).all()
