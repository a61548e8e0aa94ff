"""What stands before any model: the dataset, its frozen split and candidates, and the training view.

A split and its candidates are drawn once and kept under DATA/derived/splits/, so that all models of all runs that ask
for the same split rank the same lists.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
from jaxtyping import Int64

from lgir.core.errors import UnknownId
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Candidates, EngagedJob, Query
from lgir.core.vocabulary import Vocabulary
from lgir.data.candidates import (
    FullCatalogue,
    HeldOut,
    draw_candidates,
    full_catalogue,
    load_candidates,
    save_candidates,
)
from lgir.data.dataset import Dataset
from lgir.data.folder import load_dataset
from lgir.data.split import Split, load_split, save_split, split, split_fingerprint
from lgir.data.view import TrainingView, training_view
from lgir.pipeline.config import ExperimentConfig

RecordT = TypeVar("RecordT")


@dataclass(frozen=True, eq=False)
class Material:
    """A dataset, divided. Only `view` may reach prompts, encoders and models."""

    folder: Path
    dataset: Dataset
    split: Split
    view: TrainingView
    validation: Candidates
    test: Candidates

    def people(self) -> Int64[np.ndarray, " u"]:
        """Indices of everybody who is trained on or evaluated, ascending."""
        rows = self.view.users.rows(self.dataset.users["user_id"].to_list())
        return np.unique(np.concatenate([np.flatnonzero(rows >= 0), self.validation.users, self.test.users]))

    def person(self, user_index: int) -> Query:
        """As `query`; somebody whom the split left out comes with every job they engaged with."""
        query = self.query(user_index)
        if user_index in self.people():
            return query
        mine = self.dataset.interactions.filter(pl.col("user_id") == query.user_id)["job_id"].to_list()
        texts = self.dataset.jobs["text"]
        return replace(query, jobs=tuple(EngagedJob(job_id, texts[self.place_of_job(job_id)]) for job_id in mine))

    def place_of_job(self, job_id: str) -> int:
        """A job's index in the dataset.

        Raises:
            UnknownId: no job has this id.
        """
        place = self._places.row(job_id)
        if place < 0:
            raise UnknownId(f"job {job_id[:80]!r} is not in this catalogue of {self.dataset.jobs.height:,} jobs")
        return place

    @cached_property
    def _places(self) -> Vocabulary:
        return Vocabulary(self.dataset.jobs["job_id"].to_list())

    def full(self) -> FullCatalogue:
        """The test part of the full protocol."""
        return full_catalogue(self.split, "test")

    def query(self, user_index: int) -> Query:
        """A user as of the end of training: known ones with their training jobs, others with their résumé alone."""
        user_id = self.user_ids[user_index]
        row = self.view.users.row(user_id)
        return self.view.query(row) if row >= 0 else Query(self.dataset.users["resume"][user_index], (), user_id)

    @cached_property
    def user_ids(self) -> list[str]:
        """The dataset's, in its order; as a list, which is read one by one many times faster than a column."""
        return self.dataset.users["user_id"].to_list()


def open_material(folder: Path, config: ExperimentConfig) -> Material:
    """Loads a dataset and its split and candidates, drawing what has not been drawn yet.

    Raises:
        BadInput: the dataset cannot be read or the split leaves a part empty.
        UnreadableRun: a saved split or candidate list is damaged.
    """
    dataset = load_dataset(folder)
    key = fingerprint(split_fingerprint(dataset, config.split), config.candidates.model_dump())
    home = folder / "derived" / "splits" / key[:16]
    parts = _kept(home / "split.npz", load_split, save_split, lambda: split(dataset, config.split))

    def drawn(part: HeldOut) -> Candidates:
        settings = config.candidates
        return _kept(
            home / f"{part}.npz",
            load_candidates,
            save_candidates,
            lambda: draw_candidates(parts, part, negatives=settings.negatives, seed=settings.seed),
        )

    view = training_view(dataset, parts.train)
    return Material(folder, dataset, parts, view, drawn("validation"), drawn("test"))


def _kept(
    file: Path, load: Callable[[Path], RecordT], save: Callable[[Path, RecordT], None], make: Callable[[], RecordT]
) -> RecordT:
    if not file.is_file():
        save(file, make())
    return load(file)
