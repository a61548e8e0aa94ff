"""Hand-written completions with the right origin of every statement: what the grounding checker is measured by."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from lgir.complete.grounding.report import Outcome
from lgir.core.records import EngagedJob, Query

Kind = Literal[
    "verbatim", "paraphrase", "employer", "degree", "date", "number", "certificate", "tool", "negation", "skill"
]
Part = Literal["development", "held-out"]
"""The rules and the threshold were chosen on the development part; of the held-out part only totals were read."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A statement, where it comes from, and the kind of fact that decides it."""

    text: str
    gold: Outcome
    kind: Kind


@dataclass(frozen=True, slots=True)
class GroundingCase:
    """A person's sources and statements about them."""

    case_id: str
    part: Part
    language: Literal["en", "zh"]
    query: Query
    statements: tuple[Labelled, ...]


def load_cases(part: Part | None = None) -> Iterator[GroundingCase]:
    """The cases of one part, or all of them."""
    for line in files(__name__).joinpath("cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if part in (None, case["part"]):
            yield GroundingCase(
                case["id"],
                case["part"],
                case["language"],
                Query(case["resume"], tuple(EngagedJob(job["job_id"], job["text"]) for job in case["jobs"])),
                tuple(Labelled(**one) for one in case["statements"]),
            )
