"""What of a person a prompt may show: untrusted text made harmless, cut to size, and rid of personal data."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lgir.complete.llm.choose import choose_jobs
from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.tokens import estimated_tokens
from lgir.complete.privacy.redact import Redaction, Redactor
from lgir.core.instructions import neutralise
from lgir.core.records import Completion, EngagedJob, Query
from lgir.core.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class Cuts:
    """What was not shown, or not as it stood.

    Attributes:
        resume_chars_cut: characters of the résumé beyond the most.
        job_chars_cut: characters of the shown jobs beyond the most, together.
        jobs_left_out: jobs that were not chosen or had no room.
        instructions_neutralised: sentences that speak to a language model, each replaced by a mark.
        personal_replaced: occurrences of personal data, each replaced by a placeholder.
    """

    resume_chars_cut: int = 0
    job_chars_cut: int = 0
    jobs_left_out: int = 0
    instructions_neutralised: int = 0
    personal_replaced: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown, what was cut, and how placeholders are put back.

    Attributes:
        query: résumé and jobs as they stand in the prompt.
        sources: the same résumé and jobs, whole and with personal data, but with blanks for what speaks to a language
            model: what an answer may rest on.
        cuts: what was not shown.
        redaction: the placeholders; None where personal data stay.
    """

    query: Query
    sources: Query
    cuts: Cuts
    redaction: Redaction | None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to complete from."""
        return not (self.query.resume.strip() or any(job.text.strip() for job in self.query.jobs))


def clean_query(query: Query) -> tuple[Query, int]:
    """The person's texts without what hides in them, and how much did; spans of statements point into these."""
    resume = sanitize(query.resume)
    jobs = [_clean(job.text) for job in query.jobs]
    cleaned = tuple(replace(job, text=text) for job, (text, _) in zip(query.jobs, jobs, strict=True))
    hidden = sum(resume.found.values()) + sum(count for _, count in jobs)
    return replace(query, resume=resume.text, jobs=cleaned), hidden


def show(query: Query, config: LlmConfig, redactor: Redactor | None) -> Shown:
    """Chooses, neutralises, cuts and redacts the texts of a cleaned query, in that order."""
    resume = _prepared(query.resume, min(config.max_resume_chars, _fitting(query.resume, config.max_prompt_tokens)))
    found = Counter({"resume_chars_cut": resume.cut, "instructions_neutralised": resume.instructions})
    room = config.max_prompt_tokens - estimated_tokens(resume.text)
    kept: dict[int, _Prepared] = {}
    for place in _order(query, config, room):
        job = _job(query.jobs[place].text, config.max_job_chars)
        needed = estimated_tokens(job.text)
        if needed > room:
            continue
        room -= needed
        kept[place] = job
        found.update({"job_chars_cut": job.cut, "instructions_neutralised": job.instructions})
    # in their own order, so that the prompts of one person begin alike
    places = sorted(kept)
    texts: tuple[str, ...] = (resume.text, *(kept[place].text for place in places))
    redaction = None if redactor is None else redactor.redact(texts)
    if redaction is not None:
        texts = redaction.texts
        found["personal_replaced"] = sum(redaction.counts.values())
    shown = replace(query, resume=texts[0], jobs=_with_texts(query, places, texts[1:]))
    blanked = [kept[place].blanked for place in places]
    sources = replace(query, resume=resume.blanked, jobs=_with_texts(query, places, blanked))
    return Shown(shown, sources, Cuts(**found, jobs_left_out=len(query.jobs) - len(places)), redaction)


def _fitting(text: str, tokens: int) -> int:
    """Characters of the beginning of a text that take no more than so many tokens, as estimated."""
    needed = estimated_tokens(text)
    while needed > tokens:
        text = text[: len(text) * tokens // needed]
        needed = estimated_tokens(text)
    return len(text)


def sources_of(query: Query, completion: Completion) -> Query:
    """The texts that a completion was made from, as its statements were checked against them: those of the jobs that
    were shown, without what hides in them and, behind a language model, without what speaks to it."""
    told = completion.provenance
    shown = set(told.job_ids)
    cleaned, _ = clean_query(replace(query, jobs=tuple(job for job in query.jobs if job.job_id in shown)))
    if told.model is None:
        return cleaned
    limits = LlmConfig()
    resume = _prepared(cleaned.resume, int(told.parameters.get("max_resume_chars") or limits.max_resume_chars))
    most = int(told.parameters.get("max_job_chars") or limits.max_job_chars)
    blanked = [_job(job.text, most).blanked for job in cleaned.jobs]
    return replace(cleaned, resume=resume.blanked, jobs=_with_texts(cleaned, range(len(blanked)), blanked))


def _with_texts(query: Query, places: Sequence[int], texts: Sequence[str]) -> tuple[EngagedJob, ...]:
    return tuple(replace(query.jobs[place], text=text) for place, text in zip(places, texts, strict=True))


def _order(query: Query, config: LlmConfig, room: int) -> list[int]:
    """Places of jobs, those to be shown first standing first; in their own order where all of them fit."""
    longest = sum(min(len(job.text), config.max_job_chars) for job in query.jobs)  # no token is less than a character
    if len(query.jobs) <= config.max_jobs and longest <= room:
        return list(range(len(query.jobs)))
    return choose_jobs(query.resume, query.jobs, most=config.max_jobs)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One source: what is shown of it, the whole of it with its instructions blanked, and what was done."""

    text: str
    blanked: str
    cut: int
    instructions: int


_BEYOND = 1000
"""Characters beyond the cut that are searched too: an instruction that the cut divides is seen as a whole."""


def _prepared(text: str, most: int) -> _Prepared:
    head, tail = text[: most + _BEYOND], text[most + _BEYOND :]
    safe = neutralise(head)
    blanked = head
    for start, end in safe.spans:
        # as long as before, so that places in the text stay what they are
        blanked = blanked[:start] + re.sub(r"\S", " ", blanked[start:end]) + blanked[end:]
    return _Prepared(safe.text[:most], blanked + tail, max(0, len(text) - most), len(safe.spans))


_LONGEST_KEPT = 3_000
"""Characters of the longest ad whose prepared form is remembered: a few thousand of them must fit into memory."""


def _job(text: str, most: int) -> _Prepared:
    return _job_once(text, most) if len(text) <= _LONGEST_KEPT else _prepared(text, most)


def _clean(text: str) -> tuple[str, int]:
    return _clean_once(text) if len(text) <= _LONGEST_KEPT else _cleaned(text)


def _cleaned(text: str) -> tuple[str, int]:
    found = sanitize(text)
    return found.text, sum(found.found.values())


# an ad is shown to many people, and prepared once
_job_once = lru_cache(maxsize=2048)(_prepared)
_clean_once = lru_cache(maxsize=2048)(_cleaned)
