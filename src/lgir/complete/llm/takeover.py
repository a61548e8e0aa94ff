"""Answers that one job ad has taken over: nothing in them is the person's."""

from collections.abc import Sequence

from lgir.complete.llm.answer import BadAnswer
from lgir.core.phrases import phrases
from lgir.core.records import Origin, Query, Statement

_LEAST_OWN = 2
"""Phrases that somebody wrote from which on a completed résumé has to repeat one of them."""


class TakenOver(BadAnswer):
    """The answer rests on ads that had better not be shown again.

    Attributes:
        job_ids: of these ads.
    """

    def __init__(self, reason: str, job_ids: Sequence[str]) -> None:
        super().__init__(reason)
        self.job_ids = frozenset(job_ids)


def refuse_taken_over(statements: Sequence[Statement], sources: Query) -> None:
    """Raises where every statement stands in one and the same ad, and none in what the person wrote.

    A completed résumé begins with what the person says and adds what the jobs have in common. An answer that has
    neither, where somebody did describe themselves, is what an ad that commands the model would have it say.

    Raises:
        TakenOver: with that ad.
    """
    if not statements or any(one.origin is not Origin.FROM_JOB for one in statements):
        return
    supporting = [{span.job_id for span in one.spans} for one in statements]
    common = set.intersection(*supporting)
    alone = [job_id for job_id in common if job_id is not None and {job_id} in supporting]
    if alone and len(phrases(sources.resume)) >= _LEAST_OWN:
        raise TakenOver("the answer repeats one job ad and says nothing of the person", alone)
