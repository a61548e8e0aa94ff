"""Ads stuffed with keywords: a long list of bare words, cut to what an honest ad may need.

A text vector comes nearer to everybody's with every trade or skill that an ad names. Sentences are left alone; of a
list of bare words, phrases without any word that sentences have, only the first few count. Scripts that write no spaces
between words are not looked at.
"""

import re

from lgir.core.phrases import phrases

VERSION = 1
"""Raised whenever some text comes out otherwise: part of the fingerprint of whatever is made from it."""

MOST = 8
"""Phrases of a list that count; chosen on SJR's ads, of which it changes 49 of 7,047."""

_WORDS_OF_A_PHRASE = 3
"""A longer phrase without a word of sentences counts as several."""

# fmt: off
_FUNCTION_WORDS = frozenset((
    "a", "an", "the", "of", "to", "in", "on", "at", "for", "with", "by", "from", "you", "your", "we", "our", "is",
    "are", "be", "will", "must", "and", "or", "as", "that", "this", "it",
))
# fmt: on
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def without_stuffing(text: str) -> str:
    """The text with its lists of bare words cut to `MOST`; a text without longer ones comes back as it is."""
    found = phrases(text)
    if len(text.split()) <= MOST or _UNSPACED.search(text):
        return text
    kept: list[str] = []
    run, cut = 0, False
    for phrase in found.values():
        words = phrase.split()
        bare = not any(word.casefold() in _FUNCTION_WORDS for word in words)
        run = run + max(1, len(words) // _WORDS_OF_A_PHRASE) if bare else 0
        shown = " ".join(words[: _WORDS_OF_A_PHRASE * MOST]) if bare else phrase
        cut |= run > MOST or shown != " ".join(words)
        if run <= MOST:
            kept.append(shown)
    return "\n".join(kept) if cut else text
