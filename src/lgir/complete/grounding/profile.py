"""The two uses of a completed résumé, which are never mixed: what ranks jobs, and what people are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lgir.complete.grounding.source import Source
from lgir.complete.grounding.verbatim import FoldedText
from lgir.core.phrases import MAX_PHRASE_CHARS, phrases, squeeze
from lgir.core.records import Completion, Origin, Query, Span, Statement

Unsupported = Literal["keep", "mark", "drop"]
"""What becomes of the statements that no source supports, those that a source contradicts included."""
Language = Literal["en", "zh"]

MARKS: dict[Language, str] = {"en": "Unconfirmed: ", "zh": "未确认："}
"""What stands before a statement that no source supports."""


_Place = tuple[str, int, int]
"""The key of a phrase, its first character and one behind its last."""


@dataclass(frozen=True, slots=True)
class RankingProfile:
    """What is encoded to rank jobs. It may hold what a language model inferred, so it is shown to nobody."""

    text: str


@dataclass(frozen=True, slots=True)
class DisplayResume:
    """What is shown.

    Attributes:
        own: the person's résumé, word for word.
        suggestions: what a completion adds, each with its origin; for the person's own eyes.
    """

    own: str
    suggestions: tuple[Statement, ...]

    def for_employer(self) -> str:
        """What an employer may see: the person's own words and nothing else."""
        return self.own


def display_resume(query: Query, completion: Completion) -> DisplayResume:
    """The person's own words, and apart from them everything that a completion adds."""
    return DisplayResume(query.resume, tuple(one for one in completion.statements if one.origin is not Origin.SAID))


def ranking_profile(completion: Completion, unsupported: Unsupported, language: Language = "en") -> RankingProfile:
    """The text that ranks: the completion's own, with its unsupported statements kept, marked or dropped.

    Equal to the completion's text, to the character, where nothing is unsupported.
    """
    keys = {_key(one) for one in completion.statements if one.origin is Origin.INFERRED}
    if unsupported == "keep" or not keys:
        return RankingProfile(completion.text)
    lines = completion.text.split("\n")
    made: list[str] = []
    for number, line in enumerate(lines):
        # a dash is a mark of its own only between spaces, and a line break is one
        before, behind = "\n" if number else "", "\n" if number < len(lines) - 1 else ""
        shift = len(before)
        places = [(key, start - shift, end - shift) for key, start, end in _places(f"{before}{line}{behind}", keys)]
        if unsupported == "mark":
            made.append(_marked(line, places, keys, MARKS[language]))
        elif (left := _without(line, places, keys)) is not None:
            made.append(left)
    return RankingProfile("\n".join(made))


def _key(one: Statement) -> str:
    """The key that the statement's text has among phrases."""
    return one.text.casefold().rstrip(". ")


def _marked(line: str, places: Sequence[_Place], keys: set[str], mark: str) -> str:
    """The line with the mark before each of these phrases."""
    made: list[str] = []
    at = 0
    for key, start, _ in places:
        if key in keys:
            made.extend((line[at:start], mark))
            at = start
    return "".join((*made, line[at:]))


def _without(line: str, places: Sequence[_Place], keys: set[str]) -> str | None:
    """The line without these phrases, each with what parts it from the phrase before; None where no phrase is left."""
    if not any(key in keys for key, _, _ in places):
        return line
    made: list[str] = []
    at = 0
    for key, start, end in places:
        if key not in keys:
            # the first phrase that stays keeps what the line begins with
            made.append(line[at:end] if made else line[: places[0][1]] + line[start:end])
        at = end
    if not made:
        return None
    return "".join(made) + (line[at:] if places[-1][0] not in keys else "")


def _places(line: str, keys: set[str]) -> Iterator[_Place]:
    """Each phrase of a line with its first and one behind its last character; one of `keys` each time it occurs."""
    folded, at = FoldedText(line), 0
    for key in phrases(line):
        for start, end in folded.find_all(key, whole_words=False):
            if start >= at and _is_phrase(line, at, start, end, key):
                yield from _again(line, at, start, keys)
                yield key, start, end
                at = end
                break
    yield from _again(line, at, len(line), keys)


def _is_phrase(line: str, at: int, start: int, end: int, key: str) -> bool:
    """Whether these characters are a phrase of their own, and no part of one that has occurred before."""
    # what follows may decide where a phrase ends: the mark in "0?|" is part of it, that in "0? " is none
    before = [next(reversed(phrases(line[at:until])), "") for until in (end, end + 1)]
    behind = next(iter(phrases(line[start : end + MAX_PHRASE_CHARS])), key)
    # a second mark of a list, as in "- 1) cook", is taken off when it comes first
    return key in before and key.endswith(behind)


def _again(line: str, start: int, end: int, keys: set[str]) -> Iterator[_Place]:
    """The phrases of `keys` between two others: they have occurred before."""
    if end - start < len(line) and keys & phrases(line[start:end]).keys():
        yield from ((key, start + a, start + b) for key, a, b in _places(line[start:end], keys) if key in keys)


def in_own_words(resume: str, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """What the person said, as their whole sentences, each once: what an employer may read.

    A statement is a model's wording, and even word for word a part of a sentence may say what the whole does not: "My
    brother is a nurse".

    Args:
        resume: the text that the statements' spans point into.
        statements: of a completion; those that the person did not say are left out.
    """
    source = Source(resume)
    found: dict[tuple[int, int], Statement] = {}
    for one in statements:
        for span in one.spans if one.origin is Origin.SAID and source.sentences else ():
            start = source.sentences[source.sentence_at(span.start)][0]
            end = source.sentences[source.sentence_at(max(span.start, span.end - 1))][1]
            sentence = replace(one, text=squeeze(resume[start:end]), spans=(Span(None, start, end),))
            kept = found.setdefault((start, end), sentence)
            if one.weight > kept.weight:
                found[start, end] = sentence
    return tuple(found.values())
