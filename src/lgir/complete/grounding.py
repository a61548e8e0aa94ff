"""Grounding: which source says a phrase. A phrase that no source says is inferred, never the person's own word."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from lgir.core.phrases import phrases, squeeze
from lgir.core.records import Origin, Query, Statement

INFERRED_WEIGHT = 0.25
"""What a language model inferred stands for the person less than anything they said themselves (0.5 or more)."""

_LEAD_WORDS = 8
"""A phrase is looked up by its first words; more of them would only make the lookup slower."""

# Scripts that write no spaces between words: each character counts as a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+[+#]*")


def ground(text: str, query: Query) -> tuple[Statement, ...]:
    """The phrases of a text as statements, in order, each with the origin that the query's own texts support.

    What stands word for word in the résumé is `SAID`; what stands only in jobs is `FROM_JOB` with all of them; the rest
    is `INFERRED`.
    """
    found = phrases(text)
    places = locate(found, [query.resume, *(job.text for job in query.jobs)])
    return tuple(statement(phrase, place, query) for phrase, place in zip(found.values(), places, strict=True))


def locate(keys: Iterable[str], sources: Sequence[str]) -> list[set[int]]:
    """For each key of a phrase the places of the sources that contain it as whole words, letter case and spaces aside.

    Time grows with the length of the sources, not with their number times the number of phrases.
    """
    numbers: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    lengths: dict[str, set[int]] = defaultdict(set)
    found: list[set[int]] = []
    for key in keys:
        if words := tuple(_WORD.findall(key)[:_LEAD_WORDS]):
            numbers[words].append((len(found), key))
            lengths[words[0]].add(len(words))
        found.append(set())
    for place, source in enumerate(sources):
        folded = squeeze(source).casefold()
        words = tuple(_WORD.findall(folded))
        runs = {words[at : at + n] for at, word in enumerate(words) if word in lengths for n in lengths[word]}
        for number, key in (pair for run in runs if run in numbers for pair in numbers[run]):
            # the words alone would let "New Jersey" stand in "something new, Jersey"
            if key in folded:
                found[number].add(place)
    return found


def statement(text: str, places: set[int], query: Query) -> Statement:
    """One statement; place 0 is the résumé, place i the i-th job.

    Its weight: from jobs, the share of the jobs that contain it; said, one half for the person's own word and one half
    for that share, where no jobs at all count as full agreement; inferred, `INFERRED_WEIGHT`.
    """
    n_jobs, n_found = len(query.jobs), len(places - {0})
    if 0 in places:
        return Statement(text, Origin.SAID, weight=0.5 + 0.5 * (n_found / n_jobs if n_jobs else 1.0))
    if places:
        job_ids = tuple(dict.fromkeys(query.jobs[place - 1].job_id for place in sorted(places)))
        return Statement(text, Origin.FROM_JOB, job_ids, n_found / n_jobs)
    return Statement(text, Origin.INFERRED, weight=INFERRED_WEIGHT)
