"""Nothing of the validation or test part reaches a prompt: the type that builds prompts cannot see it."""

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.folds import fold_queries
from lgir.complete.llm.config import Language, PromptMode
from lgir.complete.llm.prompt import load_prompt
from lgir.core.records import Completion
from lgir.data.dataset import Dataset
from lgir.data.view import TrainingView, training_view

PROMPTS = [load_prompt(mode, language) for mode in get_args(PromptMode) for language in get_args(Language)]


def world(n_users: int, n_jobs: int, pairs: list[tuple[int, int]]) -> Dataset:
    """A dataset whose every job and user text holds a token of its own."""
    return Dataset(
        users=pl.DataFrame(
            {"user_id": [f"u{i}" for i in range(n_users)], "resume": [f"Cook usertoken{i}q" for i in range(n_users)]}
        ),
        jobs=pl.DataFrame(
            {
                "job_id": [f"idtoken{i}q" for i in range(n_jobs)],
                "text": [f"Server\nHouse jobtoken{i}q\nNewark" for i in range(n_jobs)],
                "company": [f"House jobtoken{i}q" for i in range(n_jobs)],
                "location": [f"Newark, jobtoken{i}q" for i in range(n_jobs)],
            }
        ),
        interactions=pl.DataFrame(
            {"user_id": [f"u{u}" for u, _ in pairs], "job_id": [f"idtoken{j}q" for _, j in pairs]},
            schema={"user_id": pl.String, "job_id": pl.String},
        ),
        fingerprint="",
    )


@st.composite
def split_worlds(draw: st.DrawFn) -> tuple[Dataset, np.ndarray, set[int], set[int]]:
    """(dataset, training pairs, jobs and users that only occur outside the training part)."""
    n_users, n_jobs = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    pair = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_jobs - 1))
    pairs = draw(st.lists(pair, unique=True, min_size=1, max_size=30))
    parts = draw(st.lists(st.sampled_from(["train", "valid", "test"]), min_size=len(pairs), max_size=len(pairs)))
    train = [pair for pair, part in zip(pairs, parts, strict=True) if part == "train"]
    hidden_jobs = set(range(n_jobs)) - {job for _, job in train}
    hidden_users = set(range(n_users)) - {user for user, _ in train}
    return world(n_users, n_jobs, pairs), np.array(train, dtype=np.int64).reshape(-1, 2), hidden_jobs, hidden_users


def everything_in(root: object) -> Iterator[object]:
    """Every object that can be reached from `root` by attributes, keys and elements."""
    seen: set[int] = set()
    todo: list[Any] = [root]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            todo += one
        elif isinstance(one, np.ndarray):
            todo += [one.base, *(one.tolist() if one.dtype == object else ())]
        else:
            todo += vars(one).values() if hasattr(one, "__dict__") else ()
            todo += [getattr(one, name) for name in getattr(one, "__slots__", ()) if hasattr(one, name)]


def tokens(jobs: set[int], users: set[int]) -> list[str]:
    """The tokens of these jobs and users; users' résumés are theirs, but must not turn up with somebody else."""
    return [f"{kind}{i}q" for i in jobs for kind in ("jobtoken", "idtoken")] + [f"usertoken{i}q" for i in users]


def prompts_of(view: TrainingView) -> Iterator[str]:
    """All that a completer is ever shown: every prompt for every user, with all training jobs and with some of them."""
    queries = [view.query(row) for row in range(len(view.users))] + fold_queries(view, 3).queries
    for query in queries:
        yield repr(query)
        yield from (prompt.render(query).sources for prompt in PROMPTS)
    for result in ExtractiveCompleter("irc").complete(queries):
        assert isinstance(result, Completion)
        yield repr(result)


@settings(deadline=None)
@given(split_worlds())
def test_no_prompt_holds_a_job_from_outside_the_training_part(
    drawn: tuple[Dataset, np.ndarray, set[int], set[int]],
) -> None:
    dataset, train, hidden_jobs, hidden_users = drawn
    shown = "\n".join(prompts_of(training_view(dataset, train)))
    assert not [token for token in tokens(hidden_jobs, hidden_users) if token in shown]
    # the same search does find what may be seen
    for user, job in train:
        assert f"jobtoken{job}q" in shown
        assert f"usertoken{user}q" in shown


@given(split_worlds())
def test_a_users_prompt_holds_that_users_training_jobs_and_no_other(
    drawn: tuple[Dataset, np.ndarray, set[int], set[int]],
) -> None:
    dataset, train, _, _ = drawn
    view = training_view(dataset, train)
    for row, user_id in enumerate(view.users.ids):
        own = {int(job) for user, job in train if f"u{user}" == user_id}
        for prompt in PROMPTS:
            shown = prompt.render(view.query(row)).sources
            found = {job for job in range(len(dataset.jobs)) if f"jobtoken{job}q" in shown}
            assert found == (own if prompt.mode == "irc" else set())


@given(split_worlds())
def test_nothing_hidden_can_be_reached_from_the_view(drawn: tuple[Dataset, np.ndarray, set[int], set[int]]) -> None:
    dataset, train, hidden_jobs, hidden_users = drawn
    view = training_view(dataset, train)
    reached = list(everything_in([view, view.vocabularies()]))
    assert not [one for one in reached if isinstance(one, Dataset | pl.DataFrame | pl.Series)]
    strings = "\n".join(one for one in reached if isinstance(one, str))
    assert not [token for token in tokens(hidden_jobs, hidden_users) if token in strings]
    assert all(f"jobtoken{job}q" in strings and f"idtoken{job}q" in strings for _, job in train)
    numbers = {number for one in reached if isinstance(one, np.ndarray) for number in one.ravel().tolist()}
    assert max(numbers, default=0) <= max(len(view.users), len(view.jobs), len(view.pairs)), "rows of the view only"
