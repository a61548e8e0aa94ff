"""No job is ranked with a résumé that was completed from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.folds import fold_queries
from lgir.core.vocabulary import Vocabulary
from lgir.data.view import TrainingView

histories = st.lists(st.sets(st.integers(0, 15), min_size=1).map(sorted), max_size=6)


def view_of(jobs_of_users: list[list[int]]) -> TrainingView:
    pairs = [(user, job) for user, jobs in enumerate(jobs_of_users) for job in jobs]
    return TrainingView(
        users=Vocabulary([f"u{i}" for i in range(len(jobs_of_users))]),
        resumes=tuple(f"résumé {i}" for i in range(len(jobs_of_users))),
        jobs=Vocabulary([f"j{i}" for i in range(16)]),
        job_texts=tuple(f"text {i}" for i in range(16)),
        columns={},
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
    )


@given(histories, st.integers(2, 7))
def test_no_query_holds_the_job_of_a_pair_that_points_to_it(jobs_of_users: list[list[int]], folds: int) -> None:
    view = view_of(jobs_of_users)
    folded = fold_queries(view, folds)
    for (user, job), place in zip(view.pairs, folded.fold_of_pair, strict=True):
        query = folded.queries[place]
        assert query.user_id == view.users.ids[user]
        assert view.jobs.ids[job] not in {shown.job_id for shown in query.jobs}


@given(histories, st.integers(2, 7))
def test_folds_are_even_and_leave_out_nothing_else(jobs_of_users: list[list[int]], folds: int) -> None:
    view = view_of(jobs_of_users)
    folded = fold_queries(view, folds)
    left_out: dict[str, list[int]] = {}
    for query in folded.queries:
        assert query.user_id is not None
        user = view.users.row(query.user_id)
        assert query.resume == view.resumes[user]
        left_out.setdefault(query.user_id, []).append(len(jobs_of_users[user]) - len(query.jobs))
    for user, jobs in enumerate(jobs_of_users):
        sizes = left_out[f"u{user}"]
        assert len(sizes) == min(len(jobs), folds)
        assert sum(sizes) == len(jobs)
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= 1


def test_a_fold_does_not_depend_on_the_order_of_the_data() -> None:
    def dealt(jobs: list[int]) -> set[frozenset[str]]:
        return {frozenset(job.job_id for job in query.jobs) for query in fold_queries(view_of([jobs]), 3).queries}

    assert dealt([1, 2, 3, 4, 5, 6, 7]) == dealt([7, 3, 1, 2, 6, 5, 4])


def test_one_job_leaves_a_query_without_jobs() -> None:
    (query,) = fold_queries(view_of([[4]]), 5).queries
    assert query.jobs == ()


def test_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="folds is 1; expected at least 2"):
        fold_queries(view_of([[1]]), 1)
