"""Text → terms for the lexical encoder, in any script."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

MAX_WORD = 64
"""Longer words are skipped: they are encoded files or noise, and would fill the vocabulary."""

# Scripts that write no spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han. Korean has spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and points belong to their word, though Python's \w leaves them out.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
# "c++", "c#" and "f#" are words of their own in this trade.
_TOKEN = re.compile(rf"(?P<run>[{_UNSPACED}]+)|(?P<word>(?:(?![{_UNSPACED}])[\w{_MARKS}])+[+#]{{0,2}})")


def valid_text(text: str) -> str:
    """The text with every lone surrogate replaced by U+FFFD, so that any library can read it."""
    # most texts are valid: the round trip through UTF-16 is only for those that are not
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def terms(text: str, *, pairs: bool) -> Iterator[str]:
    """Words, and with `pairs` each two neighbouring words joined by a space; case and width of letters do not count.

    A run of a script without spaces gives its characters and its pairs of neighbouring characters instead.
    """
    last = ""
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", valid_text(text)).casefold()):
        run = match["run"]
        if run:
            yield from run
            yield from (first + second for first, second in pairwise(run))
            last = ""
            continue
        word = match["word"] if len(match["word"]) <= MAX_WORD else ""
        if word:
            yield word
        if pairs and word and last:
            yield f"{last} {word}"
        last = word
