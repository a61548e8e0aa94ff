"""What rules cannot tell: a statement that a source says in quite other words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from lgir.complete.grounding.claim import Claim
from lgir.complete.grounding.ground import Checker, statement
from lgir.complete.grounding.judge import agrees
from lgir.complete.grounding.source import Source
from lgir.complete.grounding.verbatim import Found
from lgir.core.records import Origin, Query, Statement
from lgir.core.seams import TextEncoder

ENTAILED = 0.5
"""Probability from which a sentence entails a statement."""

_MOST_SENTENCES = 200
"""Of a longer source only so many sentences are compared."""
_QUERIES_AT_ONCE = 256
"""Vectors of so many people's sentences are held at a time."""


@runtime_checkable
class Entailment(Protocol):
    """Tells whether one text says another."""

    def entails(self, pairs: Sequence[tuple[str, str]]) -> Float32[np.ndarray, " n"]:
        """For each (premise, hypothesis) the probability that the premise supports the hypothesis, in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class _Open:
    """A statement to be looked for.

    Attributes:
        row: whose it is.
        place: which of theirs.
        claim: what it claims.
        checker: the texts of its query.
    """

    row: int
    place: int
    text: str
    claim: Claim
    checker: Checker


class SemanticChecker:
    """Finds sentences that mean what an inferred statement says.

    Only what the rules left open is looked at: a statement that a source contradicts stays as it is, and so does one
    with a name, a degree, a certificate, a number or a date that does not stand beside the sentence.

    Args:
        encoder: makes the vectors that are compared.
        threshold: cosine of statement and sentence from which the sentence supports the statement.
        entailment: asked about every sentence above the threshold; None: the cosine alone decides.
    """

    def __init__(self, encoder: TextEncoder, *, threshold: float, entailment: Entailment | None = None) -> None:
        self._encoder = encoder
        self._threshold = threshold
        self._entailment = entailment

    def refine(
        self, statements: Sequence[tuple[Statement, ...]], queries: Sequence[Query]
    ) -> list[tuple[Statement, ...]]:
        """The statements of each query, those that a sentence supports with that sentence as their source."""
        refined: list[tuple[Statement, ...]] = []
        for begin in range(0, len(queries), _QUERIES_AT_ONCE):
            some = slice(begin, begin + _QUERIES_AT_ONCE)
            refined.extend(self._refine(statements[some], queries[some]))
        return refined

    def _refine(
        self, statements: Sequence[tuple[Statement, ...]], queries: Sequence[Query]
    ) -> list[tuple[Statement, ...]]:
        refined = [list(of_one) for of_one in statements]
        tried = [one for row, query in enumerate(queries) for one in _open_statements(row, statements[row], query)]
        texts = [one.text for one in tried]
        texts += [sentence for one in tried for source in one.checker.sources for sentence in _sentences(source)]
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        if not tried:
            return list(statements)
        vectors = _unit(self._encoder.encode(list(places)))
        for one in tried:
            found: Found = {}
            for at, source in enumerate(one.checker.supporting(one.claim)):
                sentences = _sentences(source)
                likeness = vectors[[places[sentence] for sentence in sentences]] @ vectors[places[one.text]]
                if span := self._support(one, source, likeness):
                    found[at] = span
            if found:
                refined[one.row][one.place] = statement(one.text, found, queries[one.row])
        return [tuple(of_one) for of_one in refined]

    def _support(self, one: _Open, source: Source, likeness: Float32[np.ndarray, " s"]) -> tuple[int, int] | None:
        """The sentence that supports a statement best; None where none does."""
        for place in np.argsort(-likeness, kind="stable")[: int((likeness >= self._threshold).sum())].tolist():
            start, end = source.sentences[place]
            if agrees(one.claim, source, place) and self._entailed(source.text[start:end], one.text):
                return start, end
        return None

    def _entailed(self, premise: str, hypothesis: str) -> bool:
        return self._entailment is None or float(self._entailment.entails([(premise, hypothesis)])[0]) >= ENTAILED


def _open_statements(row: int, statements: Sequence[Statement], query: Query) -> list[_Open]:
    checker = Checker(query)
    return [
        _Open(row, place, one.text, checker.claim(one.text), checker)
        for place, one in enumerate(statements)
        if one.origin is Origin.INFERRED and not one.contradicted
    ]


def _sentences(source: Source) -> list[str]:
    return [source.text[start:end] for start, end in source.sentences[:_MOST_SENTENCES]]


def _unit(vectors: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """The vectors at length 1; a zero vector, which an empty text has, stays."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Float32[np.ndarray, "n d"] = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled
