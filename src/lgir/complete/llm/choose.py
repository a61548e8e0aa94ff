"""Which jobs a prompt shows: those that say most about the person, and not the same thing twice."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from lgir.core.records import EngagedJob

RELEVANCE = 0.7
"""Weight of relevance; the rest is that of not repeating what is shown already (maximal marginal relevance, Carbonell
and Goldstein 1998, there called lambda)."""

# words of spaced scripts; single characters of the others
_TERM = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\\W_]+")


def choose_jobs(resume: str, jobs: Sequence[EngagedJob], *, most: int) -> list[int]:
    """Places of at most `most` jobs, those to be shown first standing first.

    A job is relevant as far as its words are those of the résumé and, all of them together, of the jobs. Each further
    one is that of most relevance, less its likeness to the most similar job chosen before. Equal ones come in order.
    """
    if len(jobs) <= 1:
        return list(range(len(jobs)))[:most]
    bags = [_bag(job.text) for job in jobs]
    wanted = _bag(resume)
    for bag in bags:
        for term, weight in bag.items():
            wanted[term] = wanted.get(term, 0.0) + weight / len(bags)
    relevance = [_likeness(bag, wanted) for bag in bags]
    repeats = [0.0] * len(jobs)
    left, chosen = list(range(len(jobs))), list[int]()
    while left and len(chosen) < most:
        best = max(left, key=lambda place: RELEVANCE * relevance[place] - (1 - RELEVANCE) * repeats[place])
        chosen.append(best)
        left.remove(best)
        for place in left:
            repeats[place] = max(repeats[place], _likeness(bags[place], bags[best]))
    return chosen


def _bag(text: str) -> dict[str, float]:
    """Term weights 1 + log(count), as a vector of length 1."""
    counts = Counter(_TERM.findall(text.casefold()))
    weights = {term: 1 + math.log(count) for term, count in counts.items()}
    norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {term: weight / norm for term, weight in weights.items()}


def _likeness(bag: dict[str, float], other: dict[str, float]) -> float:
    """Cosine, where `bag` has length 1."""
    norm = math.sqrt(sum(weight * weight for weight in other.values())) or 1.0
    return sum(weight * other.get(term, 0.0) for term, weight in bag.items()) / norm
