"""Evidence → one sentence, with the source it comes from."""

from lgir.core.records import Evidence, Origin

SOURCES = {Origin.SAID: "résumé", Origin.FROM_JOB: "job you looked at", Origin.INFERRED: "completion"}
"""How a person reads an origin. Only what comes from the résumé is the person's own word."""


def sentence(evidence: Evidence) -> str:
    """For example: “New Jersey” (job you looked at) meets “Newark, New Jersey” in the ad."""
    source = SOURCES[evidence.origin]
    if len(evidence.job_ids) > 1:
        source = f"{len(evidence.job_ids)} jobs you looked at"
    if not evidence.job_phrase:
        return f"“{evidence.phrase}” ({source})"
    if evidence.job_phrase.casefold() == evidence.phrase.casefold():
        return f"“{evidence.phrase}” ({source}) stands in the ad"
    return f"“{evidence.phrase}” ({source}) meets “{evidence.job_phrase}” in the ad"
