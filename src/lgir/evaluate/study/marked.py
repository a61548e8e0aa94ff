"""A marked text in pieces: each with the kinds of marks that lie on all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from lgir.evaluate.study.records import MarkedText, SpanKind

ORIGIN_SIGNS: Mapping[SpanKind, str] = {"said": "s", "from job": "j", "inferred": "i"}
"""Set behind a statement of a completion where there is no colour."""

LEGEND: tuple[tuple[SpanKind, str], ...] = (
    ("resume", "in the résumé and in the target job"),
    ("history", "in a job of the history and in the target job"),
    ("said", "the person's own words"),
    ("from job", "from a job of the history"),
    ("inferred", "written by the language model"),
)
"""Kind → what its mark says."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters, the kinds of spans over them, and the origins of the statements that end with them."""

    text: str
    kinds: frozenset[SpanKind]
    ends: tuple[SpanKind, ...]


def pieces(marked: MarkedText) -> list[Piece]:
    """The text cut wherever a span begins or ends; joined together it is the whole text.

    Example:
        >>> from lgir.evaluate.study.records import Span
        >>> [(piece.text, sorted(piece.kinds)) for piece in pieces(MarkedText("Python", (Span(0, 2, "resume"),)))]
        [('Py', ['resume']), ('thon', [])]
    """
    cuts = sorted({0, len(marked.text)} | {end for span in marked.spans for end in (span.start, span.end)})
    found = []
    for start, end in pairwise(cuts):
        kinds = frozenset(span.kind for span in marked.spans if span.start <= start and end <= span.end)
        ends = tuple(kind for kind in ORIGIN_SIGNS if any(s.end == end and s.kind == kind for s in marked.spans))
        found.append(Piece(marked.text[start:end], kinds, ends))
    return found
