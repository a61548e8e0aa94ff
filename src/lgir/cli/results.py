"""Recommendations, people and reasons, as lines for people and as values for JSON."""

from collections.abc import Iterator
from typing import Any

from lgir.core.plain_text import one_line
from lgir.core.records import Completion, Evidence, Statement
from lgir.explain.sentence import SOURCES, sentence
from lgir.recommend import CandidateUser, Recommendation, RecommendedJob


def job_lines(job: RecommendedJob) -> Iterator[str]:
    """A job, then its reasons."""
    named = ", ".join(one_line(part) for part in (job.title, job.company, job.location) if part)
    yield f"{job.rank:>3}. {named}"
    yield f"     job {one_line(job.job_id)}, score {job.score:.3f}"
    yield from _reason_lines(job.reasons)


def person_lines(person: CandidateUser) -> Iterator[str]:
    """A person, then the reasons."""
    yield f"{person.rank:>3}. user {one_line(person.user_id)}, score {person.score:.3f}"
    yield from _reason_lines(person.reasons)


def recommendation_values(found: Recommendation) -> dict[str, Any]:
    """A whole answer."""
    return {
        "user_id": found.user_id,
        "note": found.note,
        "display": {
            "own": found.display.own,
            "suggestions": [_statement_values(one) for one in found.display.suggestions],
        },
        "ranking_profile": found.profile.text,
        "completion": None if found.completion is None else _completion_values(found.completion),
        "jobs": [
            {
                "rank": job.rank,
                "job_id": job.job_id,
                "title": job.title,
                "company": job.company,
                "location": job.location,
                "score": job.score,
                "reasons": [_reason_values(reason) for reason in job.reasons],
            }
            for job in found.jobs
        ],
    }


def person_values(person: CandidateUser) -> dict[str, Any]:
    """One place of a job's list."""
    reasons = [_reason_values(reason) for reason in person.reasons]
    return {"rank": person.rank, "user_id": person.user_id, "score": person.score, "reasons": reasons}


def _reason_lines(reasons: tuple[Evidence, ...]) -> Iterator[str]:
    for reason in reasons:
        yield f"     - {one_line(sentence(reason))}"


def _reason_values(reason: Evidence) -> dict[str, Any]:
    return {
        "sentence": sentence(reason),
        "phrase": reason.phrase,
        "job_phrase": reason.job_phrase,
        "source": SOURCES[reason.origin],
        "job_ids": list(reason.job_ids),
        "weight": reason.weight,
    }


def _completion_values(completion: Completion) -> dict[str, Any]:
    backend, model = completion.provenance.backend, completion.provenance.model
    statements = [_statement_values(one) for one in completion.statements]
    return {"backend": backend, "language_model": model, "statements": statements}


def _statement_values(one: Statement) -> dict[str, Any]:
    return {
        "text": one.text,
        "source": SOURCES[one.origin],
        "contradicted": one.contradicted,
        "spans": [{"job_id": span.job_id, "start": span.start, "end": span.end} for span in one.spans],
        "job_ids": list(one.job_ids),
        "weight": one.weight,
    }
