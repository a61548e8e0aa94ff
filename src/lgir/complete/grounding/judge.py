"""Whether a source supports a claim, says otherwise, or says nothing about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from lgir.complete.grounding.claim import Claim
from lgir.complete.grounding.reading import Part, bare_words, missing_han, ranks
from lgir.complete.grounding.source import Region, Source
from lgir.complete.grounding.values import Value, lengths

ENOUGH = 0.5
"""Share of a claim's plain words that a source must have where the facts of the claim agree; without facts, all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a source says about a claim: where it supports it (characters start to end), or that it says otherwise."""

    span: tuple[int, int] | None = None
    contradicted: bool = False


def judge(claim: Claim, source: Source) -> Verdict:
    """What the source says about the claim.

    The smallest part of the source that covers the claim's words decides: of "3 years of Python, 5 years of Java" the
    claim of 5 years of Python meets the first half alone.
    """
    if not (claim.words or claim.han_chars):
        return _only_values(claim, source) if claim.values else _only_bare(claim, source)
    covering = sorted(_covering(claim, source), key=lambda pair: (-pair[0], pair[1].size))
    for _, regions in groupby(covering, key=lambda pair: (pair[0], pair[1].size)):
        verdicts = [_verdict(claim, region, coverage, source) for coverage, region in regions]
        for one in verdicts:
            if one.span:
                return one
        if any(one.contradicted for one in verdicts):
            return Verdict(contradicted=True)
    return Verdict(contradicted=_outranked(claim, source))


def coverage(claim: Claim, region: Region) -> float:
    """Share of the claim's plain words that a region has; 0 where it lacks a word that it must have."""
    says = region.says
    if not has_names(claim, says):
        return 0.0
    wanted = len(claim.may) + claim.han_chars / 2
    if not wanted:
        return 1.0
    found_chars = claim.han_chars - missing_han(claim.han, says.han) if claim.han_chars else 0
    return (len(claim.may & says.words) + found_chars / 2) / wanted


def has_names(claim: Claim, says: Part) -> bool:
    """Whether a text has every name, degree and certificate that a claim states."""
    return (
        claim.must <= says.words
        and all(name in says.han for name in claim.names)
        and not any(missing_han(paper, says.han) for paper in claim.papers)
    )


def agrees(claim: Claim, source: Source, sentence: int) -> bool:
    """Whether a sentence or its neighbours hold every fact that the claim states, and deny it only where it does."""
    if source.window(sentence, sentence).says.negated != claim.negated:
        return False
    return any(
        has_names(claim, region.says) and _compare(claim.values, region.says.values)[0]
        for region in (source.window(*window) for window in ((sentence, sentence), *source.windows(sentence)))
    )


def _only_values(claim: Claim, source: Source) -> Verdict:
    """The first sentence that holds the values of a claim which is nothing else: no other value contradicts it."""
    for region in source.with_values():
        if _compare(claim.values, region.says.values)[0]:
            return Verdict((region.start, region.end))
    return Verdict()


def _only_bare(claim: Claim, source: Source) -> Verdict:
    """The first sentence with all the words of a statement such as "bilingual", which has no other words."""
    for at, (start, end) in enumerate(source.sentences if claim.bare else ()):
        if claim.bare <= bare_words(source.text[start:end]) and source.window(at, at).says.negated == claim.negated:
            return Verdict((start, end))
    return Verdict()


def _covering(claim: Claim, source: Source) -> Iterator[tuple[float, Region]]:
    enough = ENOUGH if claim.hard else 1.0
    # most claims end here: their words do not occur at all
    wanted = enough * (len(claim.may) + claim.han_chars / 2) - claim.han_chars / 2
    if not claim.must <= source.words or len(claim.may & source.words) < wanted:
        return
    for sentence in source.sharing(claim.words, claim.han):
        whole = source.window(sentence, sentence)
        share = coverage(claim, whole)
        regions = [whole, *source.within(sentence)] if share >= enough else []
        # without facts to hold on to, neighbouring sentences support nothing together
        if claim.hard and share < 1:
            regions.extend(source.window(*window) for window in source.windows(sentence))
        for region in regions:
            if (share := coverage(claim, region)) >= enough:
                yield share, region


def _verdict(claim: Claim, region: Region, share: float, source: Source) -> Verdict:
    if region.says.negated != claim.negated:
        return Verdict(contradicted=region.size <= 1 and share == 1.0)
    if claim.employers and _role_of_another(claim, region, source):
        return Verdict(contradicted=True)
    if not claim.values:
        return Verdict((region.start, region.end))
    otherwise = False
    for wider in _widening(region, source):
        agreed, denied = _compare(claim.values, wider.says.values)
        if agreed:
            return Verdict((wider.start, wider.end))
        otherwise = otherwise or denied
        # "1999 and 2003" has two parts, neither of which denies the other's year
        if denied and not (wider.size == 0 and len(claim.values) > len(wider.says.values)):
            break
    return Verdict(contradicted=otherwise)


def _role_of_another(claim: Claim, region: Region, source: Source) -> bool:
    """Whether the claim takes words from a line about another employer, such as the role held there.

    The employer's name has to stand in one sentence; what is missing there must not stand in a line like "Dishwasher,
    Tony's Diner", which names an employer of its own.
    """
    first, last = region.sentences
    said = [source.window(at, at).says.words for at in range(first, last + 1)]
    named = [words for words in said if claim.employer_words <= words]
    if not named:
        return True
    missing = claim.may - frozenset().union(*named)
    return any(source.names_employer(at) for word in missing for at in source.sentences_with(word))


def _widening(region: Region, source: Source) -> Iterator[Region]:
    """The region, then its sentence, then its neighbours."""
    yield region
    first, last = region.sentences
    if region.size < 2:
        yield source.window(first, last)
    if first == last:
        yield from (source.window(*window) for window in source.windows(first))


def _compare(wanted: Iterable[Value], found: Iterable[Value]) -> tuple[bool, bool]:
    """(every value wanted is there, another of its kind stands in its place)."""
    there = list(found)
    known = {*there, *lengths(there)}
    missing = [value for value in wanted if not (value in known or any(value.follows(one) for one in known))]
    kinds = {value.kind for value in there}
    return not missing, any(value.kind in kinds for value in missing)


def _outranked(claim: Claim, source: Source) -> bool:
    """Whether the claim names a higher degree than the highest that the source names."""
    claimed = ranks(claim.must)
    return bool(claimed and source.degrees and not claim.negated and max(claimed) > max(source.degrees))
