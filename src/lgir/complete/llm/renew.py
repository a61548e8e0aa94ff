"""Kept completions brought up to date: the answer stays, the origins of its statements are those of today's rules."""

from dataclasses import replace

from lgir.complete.grounding.ground import VERSION, ground
from lgir.complete.llm.show import sources_of
from lgir.core.records import Completion, Query


def renewed(query: Query, completion: Completion) -> Completion | None:
    """The completion grounded anew in its own sources, if a language model wrote it and other rules of grounding than
    today's were used; None where it is up to date.

    Args:
        query: what it was completed from.
        completion: as it is kept.
    """
    told = completion.provenance
    if told.model is None or told.parameters.get("grounding") == VERSION:
        return None
    provenance = replace(told, parameters={**told.parameters, "grounding": VERSION})
    return replace(completion, statements=ground(completion.text, sources_of(query, completion)), provenance=provenance)
