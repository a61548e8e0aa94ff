"""Made-up résumés and job ads with every piece of personal data marked, and how well a redactor finds them."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from lgir.complete.privacy.redact import Redaction, Redactor
from lgir.complete.privacy.spans import KINDS, Span

PARTS: tuple[Literal["development", "held_out"], ...] = ("development", "held_out")
"""The part that the rules were developed on, and the part that they were only measured on."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text and its personal data.

    Attributes:
        id: unique within its part.
        part: one of `PARTS`.
        language: "en" or "zh".
        style: how the text is made up, such as "letter"; "negative" where nothing in it is personal.
        text: the whole text.
        spans: what has to be replaced.
    """

    id: str
    part: str
    language: str
    style: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one kind.

    Attributes:
        marked: pieces of personal data in the texts.
        found: those of which every letter and digit was replaced as this kind.
        hidden: those of which every letter and digit was replaced, as whatever kind.
        replaced: pieces that the redactor replaced as this kind.
        right: those of which every letter and digit is marked, as whatever kind.
    """

    marked: int
    found: int
    hidden: int
    replaced: int
    right: int

    @property
    def recall(self) -> float:
        """`found` of `marked`; 1 where nothing is marked."""
        return self.found / self.marked if self.marked else 1.0

    @property
    def precision(self) -> float:
        """`right` of `replaced`; 1 where nothing was replaced."""
        return self.right / self.replaced if self.replaced else 1.0


def load_cases(part: str) -> tuple[Case, ...]:
    """The cases of one part, in the order of its file."""
    lines = files(__package__).joinpath(f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_case(json.loads(line), part) for line in lines)


def _case(row: dict[str, Any], part: str) -> Case:
    spans = tuple(Span(start, end, kind) for start, end, kind in row["spans"])
    return Case(row["id"], part, row["language"], row["style"], row["text"], spans)


def replaced_spans(redaction: Redaction) -> list[Span]:
    """The places of the text that were replaced, in a redaction of one text."""
    (redacted,) = redaction.texts
    spans: list[Span] = []
    grown = 0  # how much longer the redacted text is up to here
    for match in re.finditer(r"\[([A-Z]+)_[0-9_]+\]", redacted):
        if (value := redaction.originals.get(match.group())) is not None:
            start = match.start() - grown
            spans.append(Span(start, start + len(value), match.group(1).lower()))
            grown += len(match.group()) - len(value)
    return spans


def tallies(redactor: Redactor, cases: Iterable[Case]) -> dict[str, Tally]:
    """Counts per kind that occurs, and over all kinds as "all"."""
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        found = replaced_spans(redactor.redact([case.text]))
        for span in case.spans:
            counts[span.kind, "marked"] += 1
            counts[span.kind, "found"] += covered(
                case.text, span, [other for other in found if other.kind == span.kind]
            )
            counts[span.kind, "hidden"] += covered(case.text, span, found)
        for span in found:
            counts[span.kind, "replaced"] += 1
            counts[span.kind, "right"] += covered(case.text, span, case.spans)
    fields = ("marked", "found", "hidden", "replaced", "right")
    kinds = [kind for kind in KINDS if any(counts[kind, field] for field in fields)]
    by_kind = {kind: Tally(*(counts[kind, field] for field in fields)) for kind in kinds}
    return by_kind | {"all": Tally(*(sum(counts[kind, field] for kind in kinds) for field in fields))}


def covered(text: str, span: Span, others: Iterable[Span]) -> bool:
    """Whether every letter and digit of a place of the text lies in one of the other places."""
    inside = {at for start, end, _ in others for at in range(start, end)}
    return all(at in inside for at in range(span.start, span.end) if text[at].isalnum())
