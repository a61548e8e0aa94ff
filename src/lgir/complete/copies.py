"""How much of an answer was copied: word n-grams that also stand in a source."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from lgir.complete.grounding.verbatim import UNSPACED

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")


def copied_share(answer: str, source: str, *, n: int = 8) -> float:
    """Share of the answer's word n-grams that stand in the source, in [0, 1].

    Letter case, width of letters, marks and spaces do not count. An answer of fewer than `n` words is one n-gram; one
    without any word has copied nothing.

    Raises:
        ValueError: `n` is below 1.
    """
    return copied_shares(answer, (source,), n=n)[0]


def copied_shares(answer: str, sources: Iterable[str], *, n: int = 8) -> list[float]:
    """As `copied_share`, for each of several sources; the answer is read once."""
    if n < 1:
        raise ValueError(f"n is {n}; expected at least 1")
    words = _words(answer)
    n = min(n, len(words))
    runs = [hash(tuple(words[at : at + n])) for at in range(len(words) - n + 1)] if n else []
    return [sum(map(_known(source, n).__contains__, runs)) / len(runs) if runs else 0.0 for source in sources]


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


_SHARED_CHARS = 1_500
"""Longer sources are not remembered: many of them must fit into memory."""


def _known(source: str, n: int) -> frozenset[int]:
    return _known_once(source, n) if len(source) <= _SHARED_CHARS else _runs(_words(source), n)


@lru_cache(maxsize=2048)
def _known_once(source: str, n: int) -> frozenset[int]:
    """An ad is a source for many people."""
    return _runs(_words(source), n)


def _runs(words: list[str], n: int) -> frozenset[int]:
    # hashes take a tenth of the memory; that two runs share one is a matter of 2 to the power of 64
    return frozenset(hash(tuple(words[at : at + n])) for at in range(len(words) - n + 1))
