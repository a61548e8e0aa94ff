"""The straight line: one person asking → completed résumé → vectors → ranked jobs with reasons; and the way back."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
from jaxtyping import Float32, Int64

from lgir.complete.grounding.profile import DisplayResume, RankingProfile, display_resume, in_own_words
from lgir.complete.llm.show import clean_query
from lgir.core.errors import BadInput, UnknownId
from lgir.core.records import Completion, Evidence, Failure, Origin, Query
from lgir.core.run import Progress
from lgir.pipeline.features import catalogue_batch, make_features
from lgir.pipeline.opened import OpenRun
from lgir.pipeline.reasons import Reasons
from lgir.rank.exact import ExactIndex

REASONS = 3
"""Reasons given per recommendation."""


@dataclass(frozen=True, slots=True)
class RecommendedJob:
    """One place in somebody's list; rank starts at 1."""

    rank: int
    job_id: str
    title: str
    company: str
    location: str
    score: float
    reasons: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer to one person.

    Attributes:
        user_id: None for somebody new.
        display: what may be shown: their own words, and suggestions marked as such.
        profile: what the list is made from; it may hold what is inferred, and is shown to nobody as the person's own.
        completion: the completed résumé; None where completion failed.
        note: how the completion came about, or why there is none.
        jobs: the list, best first.
    """

    user_id: str | None
    display: DisplayResume
    profile: RankingProfile
    completion: Completion | None
    note: str
    jobs: tuple[RecommendedJob, ...]


@dataclass(frozen=True, slots=True)
class CandidateUser:
    """One place in a job's list of people; rank starts at 1.

    Reasons are the person's own sentences alone: nothing that was inferred, reworded or read off other jobs reaches an
    employer.
    """

    rank: int
    user_id: str
    score: float
    reasons: tuple[Evidence, ...]


def known_person(run: OpenRun, user_id: str) -> Query:
    """A person of the dataset with the jobs they engaged with: those of the training part, or all of them for somebody
    whom the split left out, where no part has to stay unseen.

    Raises:
        UnknownId: nobody has this id.
    """
    users = run.material.dataset.users
    found = np.flatnonzero((users["user_id"] == user_id).to_numpy())
    if not len(found):
        raise UnknownId(f"user {user_id[:80]!r} is not among the {users.height:,} users of this dataset")
    return run.material.person(int(found[0]))


def recommend(
    run: OpenRun, query: Query, *, k: int = 10, open_at: datetime | None = None, progress: Progress
) -> Recommendation:
    """Ranks every job of the dataset for one person, known or new, without the jobs they have engaged with.

    Args:
        run: a trained run; the seed that was best on validation answers.
        query: the person.
        k: length of the list.
        open_at: leaves out jobs that were not posted yet or had expired at this moment.
        progress: where finding reasons reports itself.

    Raises:
        BadInput: there is nothing to go by: no résumé and no job.
    """
    if not query.resume.strip() and not query.jobs:
        raise BadInput("there is neither a résumé nor a job to go by; give a résumé of at least a few words")
    query, _ = clean_query(query)
    model, catalogue = run.tower(), catalogue_batch(run.material, run.batcher)
    result, profile = _completed(run, query)
    completion = None if isinstance(result, Failure) else result
    person = run.batcher.users(
        [query.user_id],
        [profile],
        [query.resume],
        [[run.material.place_of_job(job.job_id) for job in query.jobs]],
        catalogue,
    )
    left_out = np.concatenate([_engaged(run, query.user_id), person.history, _closed(run, open_at)])
    top = _search(ExactIndex(model.job_vectors(catalogue)), model.user_vectors(person), k, left_out)
    reasons = Reasons(run, model, query, completion, profile, person)
    progress.start("finding reasons", len(top))
    jobs = []
    for rank, (place, score) in enumerate(top, start=1):
        jobs.append(_recommended(run, rank, place, score, reasons.for_job(place, limit=REASONS)))
        progress.advance()
    progress.finish()
    note = result.reason if isinstance(result, Failure) else result.provenance.note
    display = DisplayResume(query.resume, ()) if completion is None else display_resume(query, completion)
    return Recommendation(query.user_id, display, RankingProfile(profile), completion, note, tuple(jobs))


def candidates(run: OpenRun, job_id: str, *, k: int = 10, progress: Progress) -> tuple[CandidateUser, ...]:
    """Ranks everybody the run was trained or evaluated on for one job, without those who have engaged with it.

    Raises:
        UnknownId: no job has this id.
    """
    place = run.material.place_of_job(job_id)
    model = run.tower()
    features = make_features(run.material, run.tools, run.batcher, progress)
    pairs = run.material.dataset.interactions.filter(pl.col("job_id") == job_id)["user_id"].to_list()
    names = run.material.dataset.users["user_id"].gather(features.user_indices).to_list()
    engaged = np.flatnonzero(np.isin(names, pairs))
    job = features.catalogue.take(np.array([place], dtype=np.int64))
    top = _search(ExactIndex(model.user_vectors(features.users)), model.job_vectors(job), k, engaged)
    progress.start("finding reasons", len(top))
    people = []
    for rank, (row, score) in enumerate(top, start=1):
        query = run.material.query(int(features.user_indices[row]))
        result, profile = _completed(run, query)
        completion = None if isinstance(result, Failure) else _in_own_words(query, result)
        person = features.users.take(np.array([row], dtype=np.int64))
        reasons = Reasons(run, model, query, completion, profile, person, origins=(Origin.SAID,))
        people.append(CandidateUser(rank, names[row], score, reasons.for_job(place, limit=REASONS)))
        progress.advance()
    progress.finish()
    return tuple(people)


def _in_own_words(query: Query, completion: Completion) -> Completion:
    """The completion with nothing but what the person said, in their own sentences."""
    resume = clean_query(query)[0].resume
    return replace(completion, statements=in_own_words(resume, completion.statements))


def _completed(run: OpenRun, query: Query) -> tuple[Completion | Failure, str]:
    """A person's completion, or why there is none, and their ranking profile."""
    profiles = run.tools.profiles
    results = profiles.checked([query], list(run.tools.completer.complete([query])))
    return results[0], profiles.texts([query], results)[0]


def _search(
    index: ExactIndex, query: Float32[np.ndarray, "1 v"], k: int, left_out: Int64[np.ndarray, " n"]
) -> list[tuple[int, float]]:
    """(place, score), best first; of equal scores the lower place comes first."""
    top = index.search(query, k, excluded=[np.unique(left_out).astype(np.int64)])
    return [(int(p), float(s)) for p, s in zip(top.places[0], top.scores[0], strict=True) if p >= 0]


def _recommended(run: OpenRun, rank: int, place: int, score: float, reasons: tuple[Evidence, ...]) -> RecommendedJob:
    row = run.material.dataset.jobs.row(place, named=True)
    return RecommendedJob(
        rank=rank,
        job_id=row["job_id"],
        title=row.get("title") or row["text"].split("\n")[0],
        company=row.get("company") or "",
        location=row.get("location") or "",
        score=score,
        reasons=reasons,
    )


def _engaged(run: OpenRun, user_id: str | None) -> Int64[np.ndarray, " n"]:
    """Places of every job the person has engaged with, in whichever part."""
    if user_id is None:
        return np.zeros(0, dtype=np.int64)
    mine = run.material.dataset.interactions.filter(pl.col("user_id") == user_id)["job_id"].to_list()
    return np.array([run.material.place_of_job(job_id) for job_id in mine], dtype=np.int64)


def _closed(run: OpenRun, open_at: datetime | None) -> Int64[np.ndarray, " n"]:
    """Places of the jobs that were not open at a moment; a job without dates is always open."""
    jobs = run.material.dataset.jobs
    if open_at is None:
        return np.zeros(0, dtype=np.int64)
    moment = open_at.replace(tzinfo=UTC) if open_at.tzinfo is None else open_at.astimezone(UTC)
    closed = np.zeros(jobs.height, dtype=bool)
    if "posted_at" in jobs.columns:
        closed |= (jobs["posted_at"] > moment).fill_null(value=False).to_numpy()
    if "expires_at" in jobs.columns:
        closed |= (jobs["expires_at"] <= moment).fill_null(value=False).to_numpy()
    return np.flatnonzero(closed)
