"""Dates that stand in for posting dates come from the training part alone."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.data.dataset import Dataset
from lgir.data.posted import posted_days

START = datetime(2015, 1, 1, tzinfo=UTC)
FIRST = (START - datetime(1970, 1, 1, tzinfo=UTC)).days


def moments(days):
    some = [None if day is None else START + timedelta(days=day) for day in days]
    return pl.Series(some, dtype=pl.Datetime("us", "UTC"))


def made(events, *, posted=None, n_jobs=4):
    """`events`: (user, job, day) by place; `posted`: a day per job."""
    jobs = {"job_id": [f"j{job}" for job in range(n_jobs)], "text": [""] * n_jobs}
    if posted is not None:
        jobs["posted_at"] = moments(posted)
    return Dataset(
        users=pl.DataFrame({"user_id": ["ann", "bob", "cat"], "resume": [""] * 3}),
        jobs=pl.DataFrame(jobs),
        interactions=pl.DataFrame(
            {
                "user_id": [["ann", "bob", "cat"][user] for user, _, _ in events],
                "job_id": [f"j{job}" for _, job, _ in events],
                "timestamp": moments([day for _, _, day in events]),
            },
            schema={"user_id": pl.String, "job_id": pl.String, "timestamp": pl.Datetime("us", "UTC")},
        ),
        fingerprint="f",
    )


def pairs(*some):
    return np.array(some, dtype=np.int64).reshape(-1, 2)


EVENTS = [(0, 0, 3), (1, 0, 1), (2, 0, 0), (0, 1, 5), (1, 2, 2.5)]


def test_posting_dates_where_there_are_any():
    dataset = made(EVENTS, posted=[9, None, 0.25, 7])
    days = posted_days(dataset, pairs((0, 0)))
    np.testing.assert_array_equal(days, [FIRST + 9, np.nan, FIRST + 0.25, FIRST + 7])


def test_the_first_training_interaction_stands_in():
    train = pairs((0, 0), (1, 0), (1, 2))
    # cat looked at job 0 before bob, and ann at job 1, but neither is training
    np.testing.assert_array_equal(posted_days(made(EVENTS), train), [FIRST + 1, np.nan, FIRST + 2.5, np.nan])
    empty = made(EVENTS, posted=[None] * 4)
    np.testing.assert_array_equal(posted_days(empty, train), [FIRST + 1, np.nan, FIRST + 2.5, np.nan])


def test_a_training_interaction_without_date_dates_nothing():
    dataset = made([(0, 0, None), (1, 0, 4), (0, 1, None)])
    np.testing.assert_array_equal(
        posted_days(dataset, pairs((0, 0), (1, 0), (0, 1))), [FIRST + 4, np.nan, np.nan, np.nan]
    )


@pytest.mark.parametrize("how", ["no column", "nothing in it"])
def test_a_dataset_without_any_date(how):
    dataset = made([(0, 0, None), (1, 2, None)])
    if how == "no column":
        dataset = Dataset(dataset.users, dataset.jobs, dataset.interactions.drop("timestamp"), "f")
    assert posted_days(dataset, pairs((0, 0), (1, 2))) is None


event = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 50))


@given(st.lists(event, min_size=2, max_size=12, unique_by=lambda one: one[:2]), st.data())
def test_nothing_outside_training_moves_a_date(events, data):
    cut = data.draw(st.integers(1, len(events) - 1))
    train = pairs(*[event[:2] for event in events[:cut]])
    before = posted_days(made(events), train)
    moved = [*events[:cut], *[(user, job, data.draw(st.integers(0, 50))) for user, job, _ in events[cut:]]]
    np.testing.assert_array_equal(posted_days(made(moved), train), before)
    for job in range(4):
        days = [day for _, other, day in events[:cut] if other == job]
        assert np.isnan(before[job]) if not days else before[job] == FIRST + min(days)
