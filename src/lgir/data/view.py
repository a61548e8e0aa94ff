"""The training view: all that prompts, histories, counts, vocabularies and encoders may see.

It is built from the training pairs alone and holds copies, not the dataset: a validation or test interaction, and a job
or user that only occurs in one, cannot be reached from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

from lgir.core.records import EngagedJob, Query
from lgir.core.vocabulary import Vocabularies, Vocabulary
from lgir.data.dataset import Dataset

FIELDS = ("location", "region", "company", "category")
"""Structured columns a model may match on; `region` is what follows the last comma of `location`."""


@dataclass(frozen=True, eq=False)
class TrainingView:
    """Users and jobs with at least one training interaction, and those interactions.

    Attributes:
        users: ids of users; the place of an id is its row.
        resumes: their own words.
        jobs: ids of jobs, likewise.
        job_texts: their texts.
        columns: per structured column the jobs' values, "" where absent.
        pairs: training interactions as (user row, job row), ordered by user, then as in the dataset.
    """

    users: Vocabulary
    resumes: tuple[str, ...]
    jobs: Vocabulary
    job_texts: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    pairs: Int64[np.ndarray, "n 2"]
    _offsets: Int64[np.ndarray, " u_plus_1"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        counts = np.bincount(self.pairs[:, 0], minlength=len(self.users))
        object.__setattr__(self, "_offsets", np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    @property
    def offsets(self) -> Int64[np.ndarray, " u_plus_1"]:
        """User row i's pairs are pairs[offsets[i]:offsets[i + 1]]."""
        return self._offsets

    def job_rows(self, user_row: int) -> Int64[np.ndarray, " h"]:
        """The rows of the jobs one user engaged with."""
        return self.pairs[self._offsets[user_row] : self._offsets[user_row + 1], 1]

    def query(self, user_row: int, *, without: frozenset[int] = frozenset()) -> Query:
        """One user as a completer may see them; jobs whose rows are in `without` are left out."""
        shown = [int(row) for row in self.job_rows(user_row) if int(row) not in without]
        jobs = tuple(EngagedJob(self.jobs.ids[row], self.job_texts[row]) for row in shown)
        return Query(self.resumes[user_row], jobs, self.users.ids[user_row])

    def vocabularies(self) -> Vocabularies:
        """Ids and structured values seen in training; a value's row is its code. Empty columns are left out."""
        values = {name: Vocabulary(sorted(set(column) - {""})) for name, column in self.columns.items()}
        return Vocabularies(self.users, self.jobs, {name: found for name, found in values.items() if len(found)})


def training_view(dataset: Dataset, train: Int64[np.ndarray, "n 2"]) -> TrainingView:
    """Builds the view from training pairs, given as (user index, job index) in the dataset's tables."""
    user_indices = np.unique(train[:, 0])
    job_indices = np.unique(train[:, 1])
    pairs = np.stack([np.searchsorted(user_indices, train[:, 0]), np.searchsorted(job_indices, train[:, 1])], axis=1)
    order = np.argsort(pairs[:, 0], kind="stable")
    users, jobs = dataset.users[user_indices], dataset.jobs[job_indices]
    values = field_columns(dataset, job_indices)
    return TrainingView(
        users=Vocabulary(users["user_id"].to_list()),
        resumes=tuple(users["resume"].to_list()),
        jobs=Vocabulary(jobs["job_id"].to_list()),
        job_texts=tuple(jobs["text"].to_list()),
        columns=values,
        pairs=pairs[order].astype(np.int64),
    )


def field_columns(dataset: Dataset, job_indices: Int64[np.ndarray, " j"]) -> dict[str, tuple[str, ...]]:
    """The structured columns of these jobs, folded to lower case; columns the dataset lacks are left out."""
    jobs = dataset.jobs[job_indices]
    found: dict[str, tuple[str, ...]] = {}
    for name in FIELDS:
        column = "location" if name == "region" else name
        if column not in jobs.columns:
            continue
        texts = [(value or "").strip().casefold() for value in jobs[column].to_list()]
        found[name] = tuple(text.rpartition(",")[2].strip() for text in texts) if name == "region" else tuple(texts)
    return found
