"""Scores of a batch: equal to the pairs one by one, whatever the size of the blocks."""

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.records import Jobs, Users
from lgir.models import scoring
from lgir.models.scoring import score_by_states, score_by_vectors


class Both:
    """A score of two states that is no inner product, and one that is."""

    needs: ClassVar = frozenset({"text"})
    serves_unseen_users: ClassVar = True
    serves_unseen_jobs: ClassVar = True

    def fit(self, data: Any, run: Any) -> None: ...

    def score(self, users: Any, jobs: Any) -> Any: ...

    def weights(self) -> Any: ...

    def load_weights(self, weights: Any) -> None: ...

    def user_vectors(self, users):
        return users.text

    def job_vectors(self, jobs):
        return jobs.text

    def user_states(self, users):
        return users.text

    def job_states(self, jobs):
        return np.concatenate([jobs.text, jobs.text[:, :1]], axis=1)

    def score_states(self, users, jobs):
        return np.abs(users[..., :] - jobs[..., :-1]).max(axis=-1) + jobs[..., -1]


def batches(n_users: int, n_jobs: int) -> tuple[Users, Jobs]:
    rng = np.random.default_rng(0)
    jobs = Jobs(np.arange(n_jobs), rng.normal(size=(n_jobs, 3)).astype(np.float32), np.zeros((n_jobs, 0), np.int64))
    text = rng.normal(size=(n_users, 3)).astype(np.float32)
    nothing = np.zeros(0, dtype=np.int64)
    return Users(np.arange(n_users), text, text, jobs.take(nothing), nothing, np.zeros(n_users + 1, np.int64)), jobs


@given(st.integers(0, 7), st.integers(0, 9), st.sampled_from([1, 8, 30, 1 << 22]))
def test_every_pair_gets_its_own_score(n_users, n_jobs, at_once):
    users, jobs = batches(n_users, n_jobs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "NUMBERS_AT_ONCE", at_once)
        found = score_by_states(Both(), users, jobs)
    assert (found.shape, found.dtype) == ((n_users, n_jobs), np.float32)
    for user in range(n_users):
        for job in range(n_jobs):
            expected = np.abs(users.text[user] - jobs.text[job]).max() + jobs.text[job, 0]
            assert found[user, job] == expected
    np.testing.assert_allclose(score_by_vectors(Both(), users, jobs), users.text @ jobs.text.T, rtol=1e-6)


def test_blocks_hold_no_more_numbers_than_allowed(monkeypatch):
    monkeypatch.setattr(scoring, "NUMBERS_AT_ONCE", 100)
    users, jobs = batches(20, 5)
    sizes: list[int] = []

    class Watching(Both):
        def score_states(self, users, jobs):
            sizes.append(np.broadcast_shapes(users.shape[:-1], jobs.shape[:-1])[0])
            return super().score_states(users, jobs)

    score_by_states(Watching(), users, jobs)
    assert sum(sizes) == 20
    assert max(sizes) * 5 * 4 <= 100
