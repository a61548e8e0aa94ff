"""Grounding: which source says a statement. What no source says is inferred, never the person's own word."""

from collections.abc import Sequence
from functools import lru_cache

from lgir.complete.grounding.claim import Claim, core_name, read_claim
from lgir.complete.grounding.judge import Verdict, judge
from lgir.complete.grounding.lexicon import HEADINGS, SEEKING
from lgir.complete.grounding.reading import missing_han, read_words
from lgir.complete.grounding.source import Source
from lgir.complete.grounding.verbatim import FoldedText, Found, locate
from lgir.core.phrases import phrases, squeeze
from lgir.core.records import Origin, Query, Span, Statement

VERSION = 1
"""Raised whenever some statement would get another origin or weight. No part of a key: a kept answer stays, and is
grounded anew when it is read."""

INFERRED_WEIGHT = 0.25
"""What a language model inferred stands for the person less than anything they said themselves (0.5 or more)."""

_SHARED_CHARS = 1_500
"""Longer jobs are not kept for the next person who engaged with them."""

_KEPT_CHARS = 6_000
"""Longer résumés are not kept for the next row of the same person."""


def ground(text: str, query: Query) -> tuple[Statement, ...]:
    """The statements of a text, in order, each with the origin that the query's own texts support.

    What the résumé says, word for word or in other words, is `SAID`; what only jobs say is `FROM_JOB` with all of them;
    the rest is `INFERRED`, and so is a claim to have worked for a company that only a job names.
    """
    found = phrases(text)
    sources = [query.resume, *(job.text for job in query.jobs)]
    places = locate(found, sources)
    checker = Checker(query)
    statements = []
    claimed = checker.employers_in_lines(text)
    for (key, phrase), place in zip(found.items(), places, strict=True):
        if key in claimed:
            statements.append(statement(phrase, {}, query))
        elif place or key not in HEADINGS:
            statements.append(checker.check(phrase, key, place))
    return tuple(statements)


class Checker:
    """Checks statements against the texts of one query, each of which is read at most once."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self.sources: Sequence[Source] = [_resume_source(query.resume), *(_job_source(job.text) for job in query.jobs)]
        self._companies = [name for source in self.sources[1:] for name in source.companies]

    def check(self, text: str, key: str, found: Found) -> Statement:
        """One statement; `found` says where it stands word for word."""
        if found:
            affirmed = {at: span for at, first in found.items() if (span := self._affirmed(key, at, first))}
            contradicted = 0 in found.keys() - affirmed.keys()
        else:
            verdicts = self._verdicts(self.claim(text))
            contradicted = bool(verdicts) and verdicts[0].contradicted
            affirmed = {at: one.span for at, one in enumerate(verdicts) if one.span}
        return statement(text, {} if contradicted else affirmed, self._query, contradicted=contradicted)

    def _affirmed(self, key: str, at: int, first: tuple[int, int]) -> tuple[int, int] | None:
        """Where the source says the phrase without denying it, first where it stands first."""
        source = self.sources[at]
        if not source.denied(first[0]) or key in phrases(source.text):
            return first
        return next((one for one in FoldedText(source.text).find_all(key) if not source.denied(one[0])), None)

    def claim(self, text: str) -> Claim:
        """What a statement claims, next to the companies of the jobs."""
        return read_claim(text, self._companies, [source.text for source in self.sources[1:]])

    def employers_in_lines(self, text: str) -> set[str]:
        """Keys of the phrases that are a job's company in a line like "Barista, Blue Bottle Coffee, 2019".

        Alone they would only repeat the job. Beside a post they claim that the person held it there.
        """
        found: set[str] = set()
        for line in text.split("\n") if self._companies else ():
            folded = squeeze(line).casefold()
            named = [name for name in self._companies if name in folded]
            if named and not SEEKING.search(folded) and len(said := phrases(line)) > 1:
                jobs = (source.folded for source in self.sources[1:])
                if not all(map(self._has_worked_for, named)) and not any(folded in job for job in jobs):
                    found.update(key for key in said if core_name(key) in named)
        return found

    def supporting(self, claim: Claim) -> Sequence[Source]:
        """The sources that may support a claim: all, but none if it is one of employment with somebody whom the résumé
        does not name."""
        return self.sources if all(map(self._has_worked_for, claim.employers)) else ()

    def _verdicts(self, claim: Claim) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for source in self.supporting(claim):
            verdicts.append(judge(claim, source))
            if verdicts[0].contradicted:
                break
        return verdicts

    def _has_worked_for(self, employer: str) -> bool:
        resume = self.sources[0]
        words, han = read_words(employer)
        return resume.has_name(employer, set(words)) and (not han or missing_han(han, resume.folded) == 0)


def _resume_source(text: str) -> Source:
    return _lately(text) if len(text) <= _KEPT_CHARS else Source(text)


@lru_cache(maxsize=64)
def _lately(text: str) -> Source:
    """A résumé: the rows of one person, each without a part of the jobs, follow each other."""
    return Source(text)


def _job_source(text: str) -> Source:
    return _shared_source(text) if len(text) <= _SHARED_CHARS else Source(text)


@lru_cache(maxsize=2048)
def _shared_source(text: str) -> Source:
    """A job's text, read once for all the people who engaged with it."""
    return Source(text)


def statement(text: str, found: Found, query: Query, *, contradicted: bool = False) -> Statement:
    """One statement; source 0 is the résumé, source i the i-th job.

    Its weight: from jobs, the share of the jobs that say it; said, one half for the person's own word and one half
    for that share, where no jobs at all count as full agreement; inferred, `INFERRED_WEIGHT`.
    """
    n_jobs, n_found = len(query.jobs), len(found.keys() - {0})
    if 0 in found:
        return Statement(text, Origin.SAID, (Span(None, *found[0]),), 0.5 + 0.5 * (n_found / n_jobs if n_jobs else 1.0))
    if found:
        spans = tuple(Span(query.jobs[place - 1].job_id, *found[place]) for place in sorted(found))
        return Statement(text, Origin.FROM_JOB, spans, n_found / n_jobs)
    return Statement(text, Origin.INFERRED, weight=INFERRED_WEIGHT, contradicted=contradicted)
