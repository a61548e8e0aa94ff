"""Evidence by leaving out: a phrase carried a score as far as the score falls without it.

Nothing is approximated or attributed: every number is a difference of scores that the model itself gives.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64

from lgir.core.records import Evidence, Statement

WORTH_NAMING = 0.1
"""A statement is named if it carries more than this share of what the strongest one does."""

WORTH_MEETING = 1 / 3
"""A phrase of the job is named if this share of what the statement carries hangs on it."""


def explain(
    user_vectors: Float32[np.ndarray, "n_statements_plus_1 v"],
    job_vectors: Float32[np.ndarray, "n_phrases_plus_1 v"],
    statements: Sequence[Statement],
    job_phrases: Sequence[str],
    *,
    limit: int,
) -> tuple[Evidence, ...]:
    """The statements that carried one job's score, most first.

    Args:
        user_vectors: row 0 is the person; row 1 + i the person without statement i.
        job_vectors: row 0 is the job; row 1 + q the job without phrase q.
        statements: what the person's completed résumé says.
        job_phrases: what the job says.
        limit: how many at most.

    Returns:
        Evidence whose weight is score − score without the statement, > 0. Left out is what carries less than a tenth of
        what the strongest statement does, and what only repeats a stronger one. Its job phrase is the one that the
        statement needs most: the one whose absence takes away most of that difference; "" where none takes a third.
    """
    scores: Float64[np.ndarray, "s q"] = user_vectors.astype(np.float64) @ job_vectors.astype(np.float64).T
    carried = scores[0, 0] - scores[1:, 0]
    # second difference: what statement i and phrase q add only together
    together = carried[:, None] - (scores[:1, 1:] - scores[1:, 1:])
    least = max(carried.max(initial=0.0) * WORTH_NAMING, 0.0)
    best: list[int] = []
    for i in np.argsort(-carried, kind="stable").tolist():
        if len(best) == limit or carried[i] <= least:
            break
        if not any(_repeats(statements[i].text, statements[other].text) for other in best):
            best.append(i)
    return tuple(
        Evidence(
            phrase=statements[i].text,
            job_phrase=_met(together[i], job_phrases, carried[i]),
            origin=statements[i].origin,
            job_ids=statements[i].job_ids,
            weight=float(carried[i]),
        )
        for i in best
    )


def _repeats(phrase: str, other: str) -> bool:
    """Whether one of two phrases is a part of the other: as a second reason it would say nothing new."""
    first, second = phrase.casefold(), other.casefold()
    return first in second or second in first


def _met(together: Float64[np.ndarray, " q"], job_phrases: Sequence[str], carried: float) -> str:
    if not len(together) or together.max() < carried * WORTH_MEETING:
        return ""
    return job_phrases[int(together.argmax())]
