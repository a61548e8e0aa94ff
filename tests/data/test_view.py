"""The training view holds what training has, and nothing else."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.data.dataset import Dataset
from lgir.data.view import field_columns, training_view

USERS = pl.DataFrame({"user_id": ["ann", "bob", "cleo", "dan"], "resume": ["cook", "", "nurse", "SECRET"]})
JOBS = pl.DataFrame(
    {
        "job_id": ["a", "b", "c", "d", "e"],
        "text": ["line cook", "chef", "night nurse", "SECRET", "barista"],
        "location": ["Newark, New Jersey", " newark, NEW JERSEY ", None, "SECRET", "Boston"],
        "company": ["X", None, "x ", "SECRET", ""],
        "category": [None, None, "", "SECRET", None],
    }
)


def dataset_of(users=USERS, jobs=JOBS):
    interactions = pl.DataFrame({"user_id": ["dan"], "job_id": ["d"]})
    return Dataset(users, jobs, interactions, "fingerprint")


# user and job indices, out of order; user 3 and job 3 have no training interaction
TRAIN = np.array([[2, 4], [0, 1], [2, 2], [0, 0], [1, 1], [0, 4]])


@pytest.fixture
def view():
    return training_view(dataset_of(), TRAIN)


def test_rows_stand_for_ids_in_the_datasets_order(view):
    assert view.users.ids == ("ann", "bob", "cleo")
    assert view.resumes == ("cook", "", "nurse")
    assert view.jobs.ids == ("a", "b", "c", "e")
    assert view.job_texts == ("line cook", "chef", "night nurse", "barista")


def test_pairs_are_by_user_and_keep_each_users_order(view):
    assert view.pairs.tolist() == [[0, 1], [0, 0], [0, 3], [1, 1], [2, 3], [2, 2]]
    assert view.offsets.tolist() == [0, 3, 4, 6]
    assert [view.job_rows(row).tolist() for row in range(3)] == [[1, 0, 3], [1], [3, 2]]


def test_a_query_has_the_training_jobs_and_no_others(view):
    query = view.query(0)
    assert (query.user_id, query.resume) == ("ann", "cook")
    assert [(job.job_id, job.text) for job in query.jobs] == [("b", "chef"), ("a", "line cook"), ("e", "barista")]
    assert [job.job_id for job in view.query(0, without=frozenset({0, 2})).jobs] == ["b", "e"]
    assert view.query(1, without=frozenset({1})).jobs == ()


def test_structured_values_are_folded_and_absent_ones_are_empty(view):
    assert view.columns["location"] == ("newark, new jersey", "newark, new jersey", "", "boston")
    assert view.columns["region"] == ("new jersey", "new jersey", "", "boston")
    assert view.columns["company"] == ("x", "", "x", "")


def test_vocabularies_hold_every_value_once_and_no_empty_column(view):
    found = view.vocabularies()
    assert (found.users, found.jobs) == (view.users, view.jobs)
    assert {name: values.ids for name, values in found.fields.items()} == {
        "location": ("boston", "newark, new jersey"),
        "region": ("boston", "new jersey"),
        "company": ("x",),
    }


def test_what_has_no_training_interaction_cannot_be_reached(view):
    assert "SECRET" not in repr(view)
    assert "SECRET" not in repr([view.query(row) for row in range(len(view.users))])
    assert "secret" not in repr({name: values.ids for name, values in view.vocabularies().fields.items()}).lower()
    assert "dan" not in view.users
    assert "d" not in view.jobs
    held = [value for name, value in vars(view).items() if name != "columns"]
    assert not any(isinstance(value, Dataset | pl.DataFrame) for value in [*held, *view.columns.values()])


def test_a_dataset_without_structured_columns():
    view = training_view(dataset_of(jobs=JOBS.select("job_id", "text")), TRAIN)
    assert view.columns == {}
    assert view.vocabularies().fields == {}


def test_columns_of_chosen_jobs():
    found = field_columns(dataset_of(), np.array([4, 0]))
    assert list(found) == ["location", "region", "company", "category"]
    assert found["location"] == ("boston", "newark, new jersey")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), unique=True, min_size=1), st.randoms())
def test_the_view_is_the_training_pairs(pairs, random):
    random.shuffle(pairs)
    view = training_view(dataset_of(), np.array(pairs))
    found = [(view.users.ids[user], view.jobs.ids[job]) for user, job in view.pairs]
    names = [(USERS["user_id"][user], JOBS["job_id"][job]) for user, job in pairs]
    assert sorted(found) == sorted(names)
    assert set(view.users.ids) == {user for user, _ in names}
    assert set(view.jobs.ids) == {job for _, job in names}
    for row, user in enumerate(view.users.ids):
        assert [job.job_id for job in view.query(row).jobs] == [job for name, job in names if name == user]
