"""The embedded default: a résumé completed only with phrases found in its sources. No language model, no invention."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lgir.complete.config import ExtractiveConfig, Mode
from lgir.complete.grounding.ground import VERSION as GROUNDING_VERSION
from lgir.complete.grounding.ground import statement
from lgir.complete.grounding.verbatim import locate, place_of
from lgir.core.fingerprint import fingerprint
from lgir.core.phrases import phrases
from lgir.core.records import Completion, Failure, Origin, Provenance, Query, Statement

_VERSION = 0 + GROUNDING_VERSION
"""The number is raised whenever some query would get another text. Other origins make another completion too: it costs
nothing. The sum of two numbers that only grow is another whenever one of them is."""


class ExtractiveCompleter:
    """Completes a résumé from the person's own text and, in mode "irc", from the jobs they engaged with (paper eq. 2).

    The text is the résumé word for word, then one line per phrase that only jobs say, those that most of the jobs share
    first. A job text of few phrases (title, company, place) is kept whole; of a long description the phrases that the
    person's other jobs share are kept first, then those that come first.

    Modes "none" and "src" give the résumé itself: a back end that cannot invent has nothing to add to a person's own
    text but the list of its statements.

    The same query gives the same completion, always; seconds are not measured so that this holds for the whole record.
    """

    def __init__(self, mode: Mode = "irc", config: ExtractiveConfig | None = None) -> None:
        self._mode: Mode = mode
        self._config = config or ExtractiveConfig()
        self.fingerprint = fingerprint("extractive", _VERSION, mode, self._config.model_dump())

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One completion per query, in order, lazily; never a failure."""
        return map(self._one, queries)

    def _one(self, query: Query) -> Completion:
        shown = query if self._mode == "irc" else replace(query, jobs=())
        said, from_jobs = _statements(shown)
        added = self._select(from_jobs, shown)
        text = "\n".join([query.resume, *(one.text for one in added)] if query.resume else [one.text for one in added])
        parameters = {"mode": self._mode, **self._config.model_dump(), "phrases_left_out": len(from_jobs) - len(added)}
        job_ids = tuple(job.job_id for job in shown.jobs)
        return Completion(text, (*said, *added), Provenance("extractive", None, None, parameters, job_ids))

    def _select(self, found: list[Statement], query: Query) -> list[Statement]:
        """The statements to add, those of most weight first; ties in order of occurrence."""
        ranked = sorted(found, key=lambda one: -one.weight)  # a stable sort
        limit = max(-(-self._config.max_phrases // max(len(query.jobs), 1)), self._config.whole_job_phrases)
        room = {job.job_id: limit for job in query.jobs}
        kept = []
        for one in ranked:
            if any(room[job_id] > 0 for job_id in one.job_ids):
                kept.append(one)
                for job_id in one.job_ids:
                    room[job_id] -= 1
        return kept


def _statements(query: Query) -> tuple[list[Statement], list[Statement]]:
    """Every phrase of the sources as a statement: those the résumé says, and those only jobs say."""
    sources = [query.resume, *(job.text for job in query.jobs)]
    own: dict[str, tuple[str, set[int]]] = {}
    for place, source in enumerate(sources):
        for key, phrase in phrases(source).items():
            own.setdefault(key, (phrase, set()))[1].add(place)
    said: list[Statement] = []
    from_jobs: list[Statement] = []
    for (key, (text, places)), found in zip(own.items(), locate(own, sources), strict=True):
        # a source always has its own phrases, also those that are cut within an endless word
        cut = {place: span for place in places - found.keys() if (span := place_of(key, sources[place]))}
        one = statement(text, found | cut, query)
        (said if one.origin is Origin.SAID else from_jobs).append(one)
    return said, from_jobs
