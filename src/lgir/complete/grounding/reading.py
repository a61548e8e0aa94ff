"""A text as the checker reads it: content words in one spelling, Chinese characters, values, negations."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lgir.complete.grounding.lexicon import (
    ALIASES,
    DEGREE,
    FILLERS,
    HAN_DEGREES,
    HAN_FILLERS,
    HAN_SPELLINGS,
    LIGHT,
    NEGATION,
    SAME,
)
from lgir.complete.grounding.values import VALUE_WORDS, Value, values
from lgir.complete.grounding.verbatim import UNSPACED

_MOST_VALUES = 32
"""Of a part of a sentence no more are compared."""

_TOKEN = re.compile(rf"[a-z]{{1,4}}(?:\.[a-z]{{1,4}})+(?![a-z])|[{UNSPACED}]+|[^\W_{UNSPACED}]+[+#]*")
_HAN = re.compile(f"[{UNSPACED}]")
_SPELLED = re.compile(rf"[^\W_{UNSPACED}]+")
_BARE = re.compile("[A-Za-z]+")
_SHORT = 3
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|yrs?|k|m|bn)?\Z")
# a part says one thing; what its clause denies is denied of all its parts
_CLAUSE = re.compile(r",(?!\d)|[，、;；:：()（）【】·…@|\t]|\s[-–—/]\s(?!\d)")
_PART = re.compile(r"\band\b|\bthen\b|&|以及|和(?!平|谐)")
_HAN_VALUE = re.compile(
    "[零〇一二两三四五六七八九十百千]{1,7}[万亿]?[余多]?(?:个月|[年级个人名位件份次家台条天周项款倍岁门套间场])|[万亿]?[元块级]|[甲乙丙]等"
)
_HAN_DEGREE = re.compile("|".join(name for name, _ in HAN_DEGREES))
_HAN_RANK = dict(HAN_DEGREES)


def stem(word: str) -> str:
    """An English word without its commonest endings; both forms of a pair lose the same, right or wrong."""
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for _ in range(2):
        for ending in ("ment", "ing", "ion", "er", "or", "ed", "al", "ly"):
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)]
                break
    word = word.removesuffix("e")
    if len(word) > 6:
        word = word.removesuffix("at")
    if len(word) > 3 and word[-1] == word[-2]:
        return word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] in "iy" else word


_ALIASES = {
    first: [
        (phrase, [word if word[0] == "§" else SAME.get(word) or stem(word) for word in said]) for phrase, said in found
    ]
    for first, found in ALIASES.items()
}


@dataclass(frozen=True, slots=True)
class Part:
    """What a run of text says: content words, Chinese text, values, and whether its clause denies it."""

    words: frozenset[str]
    han: str
    values: tuple[Value, ...]
    negated: bool


def read_words(folded: str) -> tuple[list[str], str]:
    """(content words in order, in one spelling; the Chinese text, a space between its runs)."""
    words: list[str] = []
    han: list[str] = []
    tokens = _TOKEN.findall(folded)
    skip = 0
    for at, token in enumerate(tokens):
        if skip:
            skip -= 1
        elif token in _ALIASES and (alias := _alias(tokens, at)):
            words.extend(alias[1])
            skip = len(alias[0]) - 1
        elif said := _canonical(token):
            words.append(said)
        elif _HAN.match(token):
            han.append(_read_han(token, words))
    return words, " ".join(han)


def read_parts(folded: str) -> list[list[Part]]:
    """The clauses of a text, each as its parts."""
    clauses = []
    for clause in _CLAUSE.split(folded):
        negated = NEGATION.search(clause) is not None
        if parts := [_read(part, negated) for part in _PART.split(clause) if part.strip()]:
            clauses.append(parts)
    return clauses


def read_whole(folded: str) -> Part:
    """A text as one part."""
    return _read(folded, NEGATION.search(folded) is not None)


def merge(parts: Sequence[Part]) -> Part:
    """Several parts as one, denied where one of them is."""
    if len(parts) == 1:
        return parts[0]
    words: frozenset[str] = frozenset().union(*(part.words for part in parts))
    found = tuple(value for part in parts for value in part.values)
    return Part(words, "\n".join(part.han for part in parts if part.han), found, any(part.negated for part in parts))


def denies(folded: str) -> bool:
    """Whether the last clause of a text says what is not so."""
    return NEGATION.search(_CLAUSE.split(folded)[-1]) is not None


def bigrams(han: str) -> Iterator[str]:
    """Every two neighbouring characters of a Chinese text."""
    return (pair for at in range(len(han) - 1) if " " not in (pair := han[at : at + 2]) and "\n" not in pair)


def claimed_han(han: str) -> list[str]:
    """The runs of a Chinese text without what claims nothing."""
    return [run for run in re.split(r"\s+", HAN_FILLERS.sub(" ", han)) if run]


def missing_han(han: str, source: str) -> int:
    """How many characters that claim something stand in no run of two or more which the source shares."""
    return sum(_missing(run, source) for run in han.split())


def _missing(run: str, source: str) -> int:
    idle = [False] * len(run)
    for match in HAN_FILLERS.finditer(run):
        idle[match.start() : match.end()] = [True] * len(match.group())
    at, missing = 0, 0
    while at < len(run):
        end = at + min(2, len(run))
        if end <= len(run) and run[at:end] in source:
            while end < len(run) and run[at : end + 1] in source:
                end += 1
            at = end
        else:
            missing += not idle[at]
            at += 1
    return missing


@lru_cache(maxsize=65536)
def _canonical(token: str) -> str:
    """The one spelling of a word; "" for one that claims nothing, a number, or Chinese text."""
    if token in FILLERS or token in VALUE_WORDS or _NUMBER.match(token) or _HAN.match(token):
        return ""
    return SAME.get(token) or stem(token.replace(".", ""))


LIGHT_WORDS = frozenset(map(_canonical, LIGHT))
"""The content words of verbs that a list of duties leaves out."""


def bare_words(text: str) -> frozenset[str]:
    """All English words of a text, letter case aside but for short words in capitals: IT is no "it"."""
    words: list[str] = _BARE.findall(text)
    return frozenset(word if len(word) <= _SHORT and word.isupper() else word.casefold() for word in words)


def name_words(folded: str) -> set[str]:
    """The words of a name as it is spelled, endings aside; those that a name is often written without are left out."""
    return {stem(word) for word in _SPELLED.findall(folded)} - {"the", "of", "and", "for", "a", "s"}


def _alias(tokens: list[str], at: int) -> tuple[tuple[str, ...], list[str]] | None:
    for phrase, said in _ALIASES[tokens[at]]:
        if tuple(tokens[at : at + len(phrase)]) == phrase:
            return phrase, said
    return None


def _read_han(run: str, words: list[str]) -> str:
    """The run with one spelling of each word; its degrees go to the words."""
    for written, said in HAN_SPELLINGS:
        if written in run:
            run = run.replace(written, said)
    for name in _HAN_DEGREE.findall(run):
        words.append(f"{DEGREE}{_HAN_RANK[name]}")
    return _HAN_DEGREE.sub(" ", run)


def without_han_values(han: str, instead: str = " ") -> str:
    """The Chinese text without its numerals, which are compared as values."""
    return _HAN_VALUE.sub(instead, han)


def _read(folded: str, negated: bool) -> Part:
    words, han = read_words(folded)
    return Part(frozenset(words), han, tuple(islice(values(folded), _MOST_VALUES)), negated)


def ranks(words: Iterable[str]) -> set[int]:
    """The ranks of the degrees among content words."""
    return {int(word.removeprefix(DEGREE)) for word in words if word.startswith(DEGREE)}
