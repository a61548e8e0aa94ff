"""Two made-up people among others, one of whom is to be forgotten."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from lgir.core.fingerprint import fingerprint
from lgir.core.records import Completion, Failure, Provenance, Query
from lgir.core.run import Silent
from lgir.data.check import build_dataset
from lgir.data.dataset import Dataset
from lgir.data.folder import save_dataset
from lgir.data.report import DataReport
from lgir.forget.person import Outcome, forget
from lgir.store.completions import CompletionStore, subject_of
from lgir.store.vectors import VectorStore

RESUME = (
    "Baker from Little Snoring, eleven years at the wood-fired oven of Mrs Quill.\nI laminate dough and teach "
    "apprentices to judge a crumb by its sound. Write to oven.door@example.org or call +44 1328 555 0199."
)
OTHER = "Carpenter, seven years of staircases and window frames, some of them round. I read plans and mend old tools."
JOB = "Night baker wanted: shape loaves, mind the oven, clean up. You teach apprentices and keep the flour dry."


def small_dataset(user_id: str = "person-0042", resume: str = RESUME) -> Dataset:
    """Three people; the first is the one to be forgotten."""
    users = pl.DataFrame({"user_id": [user_id, "person-0043", "person-0044"], "resume": [resume, OTHER, ""]})
    jobs = pl.DataFrame({"job_id": ["job-1", "job-2", "10051"], "text": [JOB, "Joiner for stairs.", "Driver by day."]})
    pairs = [(user_id, "job-1"), (user_id, "10051"), ("person-0043", "job-2"), ("person-0044", "job-1")]
    return build_dataset(users, jobs, pl.DataFrame(pairs, schema=["user_id", "job_id"], orient="row"))


def completed(store: CompletionStore, query: Query, text: str) -> str:
    """Keeps a completion as the line does."""
    key = fingerprint("test", query.resume, [[job.job_id, job.text] for job in query.jobs])
    store.put(key, Completion(text, (), Provenance("test", "m", "p", {}, ("job-1",))), subject_of(query))
    return key


def write_dataset(folder: Path, dataset: Dataset) -> None:
    """The dataset with something in all that a dataset's folder may hold."""
    save_dataset(dataset, folder, source="test", report=DataReport(source="test", read={"users.csv": 3}))
    derived = folder / "derived"
    with CompletionStore(derived / "completions.sqlite") as store:
        for user_id, resume in dataset.users.iter_rows():
            completed(store, Query(resume, (), user_id), f"{resume} And what a model adds to {user_id}.")
        failed = Query("never completed", (), dataset.users["user_id"][0])
        store.put_failure("f" * 64, Failure("the server is away"), subject_of(failed))
    with VectorStore(derived / "vectors.sqlite") as vectors:
        vectors.put([fingerprint(RESUME), fingerprint(OTHER)], np.ones((2, 4), dtype=np.float32), np.zeros(2, bool))
    for name in ("splits/abc", "encoders"):
        (derived / name).mkdir(parents=True)
    (derived / "splits" / "abc" / "split.npz").write_bytes(b"places")
    (derived / "encoders" / "abc.safetensors").write_bytes(b"words")
    lines = [f'{{"user_id": "{user_id}", "reason": "away"}}\n' for user_id in dataset.users["user_id"]]
    (derived / "dead-letters.jsonl").write_text("".join(lines))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once; tests get copies."""
    folder = tmp_path_factory.mktemp("written") / "data"
    write_dataset(folder, small_dataset())
    return folder


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A dataset of one's own."""
    shutil.copytree(written, tmp_path / "home" / "data")
    return tmp_path / "home" / "data"


@pytest.fixture
def forgotten() -> Callable[..., Outcome]:
    """Forgets somebody without asking."""

    def run(data: Path, user_id: str | None = "person-0042", **options: object) -> Outcome:
        options = {"confirm": lambda plan: True, **options}
        return forget(data, Silent(), user_id=user_id, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture
def world() -> SimpleNamespace:
    """The texts and the functions above, for tests that import nothing of one another."""
    return SimpleNamespace(
        RESUME=RESUME, OTHER=OTHER, JOB=JOB, dataset=small_dataset, write=write_dataset, completed=completed
    )
