import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.data.negatives import NegativeSampler


@st.composite
def logs(draw):
    """Pairs over a few users and jobs; nobody engaged with more than half of the jobs."""
    n_users, n_jobs = draw(st.integers(1, 6)), draw(st.integers(2, 12))
    engaged = [draw(st.lists(st.integers(0, n_jobs - 1), unique=True, max_size=n_jobs // 2)) for _ in range(n_users)]
    engaged[0] = engaged[0] or [0]
    pairs = [(user, job) for user, jobs in enumerate(engaged) for job in jobs]
    return np.array(draw(st.permutations(pairs)), dtype=np.int64), n_users, n_jobs, engaged


@given(logs(), st.integers(0, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_nobody_gets_a_job_they_engaged_with(log, k, seed):
    pairs, n_users, n_jobs, engaged = log
    users = np.random.default_rng(seed).integers(n_users, size=40)
    drawn = NegativeSampler(pairs, n_jobs).draw(users, k, np.random.default_rng(seed))
    assert drawn.shape == (40, k)
    assert ((drawn >= 0) & (drawn < n_jobs)).all()
    # after 16 redraws the chance of a wrong one is below 40 · 4 · 2^−17 per example; should that ever be drawn,
    # it is the seed that is unlucky
    wrong = sum(int(job) in engaged[user] for user, row in zip(users, drawn, strict=True) for job in row)
    assert wrong == 0


def test_all_other_jobs_are_equally_likely():
    pairs = np.array([[0, 1], [0, 4], [1, 0]])
    drawn = NegativeSampler(pairs, 6).draw(np.zeros(10_000, dtype=np.int64), 2, np.random.default_rng(0))
    counts = np.bincount(drawn.ravel(), minlength=6)
    assert counts[[1, 4]].tolist() == [0, 0]
    others = counts[[0, 2, 3, 5]]
    # chi-square with three degrees of freedom: 16.3 is passed once in a thousand times
    assert ((others - 5000) ** 2 / 5000).sum() < 16.3


def test_draws_depend_on_the_generator_alone():
    pairs = np.array([[0, 1], [1, 0]])
    sampler, users = NegativeSampler(pairs, 50), np.array([0, 1, 1, 0])
    first = sampler.draw(users, 3, np.random.default_rng(1))
    sampler.draw(users, 3, np.random.default_rng(2))
    np.testing.assert_array_equal(sampler.draw(users, 3, np.random.default_rng(1)), first)
    assert not np.array_equal(sampler.draw(users, 3, np.random.default_rng(2)), first)


def test_someone_who_engaged_with_everything_gets_some_job():
    pairs = np.array([[0, 0], [0, 1]])
    drawn = NegativeSampler(pairs, 2).draw(np.zeros(5, dtype=np.int64), 3, np.random.default_rng(0))
    assert set(drawn.ravel()) <= {0, 1}


def test_someone_who_engaged_with_all_but_one_gets_that_one_mostly():
    pairs = np.array([[0, job] for job in range(9)])
    drawn = NegativeSampler(pairs, 10).draw(np.zeros(1000, dtype=np.int64), 1, np.random.default_rng(0))
    # 17 draws of which each is right with probability 1/10
    assert (drawn == 9).mean() > 1 - 0.9**17 - 0.05


def test_large_rows_do_not_overflow():
    n_jobs = 2**31
    pairs = np.array([[2**31, n_jobs - 1], [5, 3]])
    sampler = NegativeSampler(pairs, n_jobs)
    assert sampler.draw(np.array([2**31, 5]), 2, np.random.default_rng(0)).shape == (2, 2)
    assert sampler._engaged(np.array([2**31, 5]), np.array([[n_jobs - 1], [4]])).tolist() == [[True], [False]]
