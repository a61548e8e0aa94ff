"""Whether a sentence speaks to a language model, as learned from examples: what `instructions` asks beside its rules.

A linear model over words, runs of up to three words, pieces of up to four characters in scripts that are written
without spaces or with long endings, and classes of words ("answer, output, profile" in many languages). Numbers,
quotations and words that were seen too rarely count as one each, so that no marker is learned by heart. The weights
are made by `python -m lgir.testing.red_team.fit`.
"""

import re
from collections.abc import Container, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from math import fsum

from lgir.core.instruction_rules_more import SIMPLIFIED

WEIGHTS = "instruction_weights.tsv"
"""One feature and its weight per line, a tab between them."""

BIAS = "<bias>"
"""The name of the number that every score begins with; a score of 0 or more speaks to a model."""

_NUMBER, _QUOTED, _RARE, _RUN = "<number>", "<quoted>", "<rare>", "<run>"
_START, _END = "^", "$"
_LONGEST_PIECE = 4
_STEM = 5
"""So much of a longer word is a feature of its own."""
_SHORTEST_STEM, _LONGEST_STEM = 4, 12

_PIECED = "\u0590-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_QUOTATION = re.compile(r"[\"“「『«„‘](?=\S)[^\"”」』»“’\n]{1,60}[\"”」』»“’]")
_TOKEN = re.compile(rf"{_QUOTED}|[{_PIECED}]+|[^\W\d_{_PIECED}]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[^\w\s]")


def score(line: str, weights: Mapping[str, float]) -> float:
    """How much a folded sentence speaks to a model: 0 or more if it does."""
    # the same sum in whatever order a set comes
    return fsum([weights[BIAS], *[weights.get(feature, 0.0) for feature in features(line, weights)]])


@cache
def learned_weights() -> Mapping[str, float]:
    """The weights in the package; read once."""
    lines = files("lgir.core").joinpath(WEIGHTS).read_text("utf-8").splitlines()
    pairs = (line.rsplit("\t", 1) for line in lines)
    return {feature: float(weight) for feature, weight in pairs}


def features(line: str, known: Container[str]) -> set[str]:
    """What is seen in a folded sentence; a word that is not among the `known` ones is a rare one."""
    found: set[str] = set()
    words, classes = [_START], [_START]
    for token in tokens(line):
        first = token[0]
        if _is_pieced(first):
            found.update(_pieces(token))
            words.append(_RUN)
            classes += [_class_of_piece()[one[0]] for one in _piece_pattern().finditer(token)]
        elif first.isalpha():
            if len(token) > _STEM:
                found.add(token[:_STEM] + "*")
            words.append(token if token in known else _RARE)
            classes.append(_class_of(token) or words[-1])
        else:
            words.append(_NUMBER if first.isdecimal() else token)
            classes.append(words[-1])
    found.update(words)
    found.update(kind for kind in classes if kind.startswith("#"))
    found.difference_update((_START, _RUN))
    found.update(_runs([*words, _END]))
    found.update([run for run in _runs([*classes, _END]) if "#" in run])
    return found


def tokens(line: str) -> list[str]:
    """Words, pieces of scripts without spaces, numbers and marks of a folded sentence."""
    if not line.isascii():
        line = line.replace("’", "'").translate(SIMPLIFIED)
    quoted = sum(found.end() - found.start() for found in _QUOTATION.finditer(line))
    if 0 < quoted <= len(line) // 2:  # else a whole attack could stand in quotation marks
        line = _QUOTATION.sub(f" {_QUOTED} ", line)
    return _TOKEN.findall(line)


def _runs(words: list[str]) -> list[str]:
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return [*pairs, *(f"{pair} {third}" for pair, third in zip(pairs, words[2:], strict=False))]


def _pieces(token: str) -> Iterator[str]:
    for length in range(1, _LONGEST_PIECE + 1):
        for at in range(len(token) - length + 1):
            yield token[at : at + length]
    yield _START + token[:2]
    yield token[-2:] + _END


@lru_cache(maxsize=4096)
def _is_pieced(letter: str) -> bool:
    return re.match(f"[{_PIECED}]", letter) is not None


# ── classes of words ────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _classes() -> dict[str, str]:
    """Word, beginning of a word with "*", or piece → "#" and its class; in the file a class may have several lines."""
    lines = files("lgir.core").joinpath("instruction_words.txt").read_text("utf-8").splitlines()
    table: dict[str, str] = {}
    for line in lines:
        name, *words = line.split()
        for word in words:
            table.setdefault(word.translate(SIMPLIFIED), f"#{name}")
    return table


@lru_cache(maxsize=65_536)
def _class_of(word: str) -> str | None:
    table = _classes()
    if word in table:
        return table[word]
    stems = (word[:length] + "*" for length in range(min(len(word), _LONGEST_STEM), _SHORTEST_STEM - 1, -1))
    return next((table[stem] for stem in stems if stem in table), None)


@cache
def _class_of_piece() -> dict[str, str]:
    return {word: name for word, name in _classes().items() if _is_pieced(word[0])}


@cache
def _piece_pattern() -> re.Pattern[str]:
    longest_first = sorted(_class_of_piece(), key=lambda piece: (-len(piece), piece))
    return re.compile("|".join(map(re.escape, longest_first)))
