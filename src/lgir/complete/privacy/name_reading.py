"""Words of a text read as a name."""

import re
from typing import NamedTuple

from lgir.complete.privacy.name_words import LETTER, PARTICLES, WORD, fold, is_capital, name_words

_MAX_WORDS = 6

TITLE = (
    r"(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|rev|sr|sra|srta|herr|frau|mme|mlle|monsieur|madame|shri"
    r"|smt)\b\.?[ \t]+)"
)
NOT_AFTER = re.compile(rf" ?&|'s\b|s'|,? (?:inc|llc|ltd|corp|co|plc|and sons?|and company)\b|\.com|[{LETTER}\d@]", re.I)
PLACE_AFTER = re.compile(rf", [{LETTER} .'-]{{2,30}}, ([A-Za-z]{{2,13}})(?: ([A-Za-z]{{2,13}}))?")
_STATE_AFTER = re.compile(r", ([A-Za-z]{2,13})(?: ([A-Za-z]{2,13}))?")
_NEXT_LABEL = re.compile(r"\.? ?:(?!:)")


class Words(NamedTuple):
    """Words in a row that look like a name: where they end, the words folded, and whether all are capitalised."""

    end: int
    words: tuple[str, ...]
    capital: bool


def read(text: str, start: int, *, lower: bool = False, most: int = _MAX_WORDS) -> Words | None:
    """The words from a place on that may belong to one name: in one line, one space between."""
    words: list[str] = []
    end, capital, at = start, True, start
    while len(words) < most:
        match = WORD.match(text, at)
        if match is None:
            break
        word = match.group()
        if not is_capital(word) and not (lower or word in PARTICLES):
            break
        folded = fold(word)
        whole = len(folded) == 1 or not word.endswith(".") or len(folded) <= 3
        # a word before a colon is the next label: "Name: Ann Lee Age: 30"
        if words and _NEXT_LABEL.match(text, match.end()):
            break
        words.append(folded)
        capital = capital and (is_capital(word) or word in PARTICLES)
        end = match.end() if len(folded) == 1 else match.end() - word.endswith(".")
        at = match.end() + 1
        if not whole or text[match.end() : match.end() + 1] != " ":
            break
    while len(words) > 1 and words[-1] in PARTICLES and not is_capital(text[end - len(words[-1]) : end] or "A"):
        end -= len(words.pop()) + 1
    return Words(end, tuple(words), capital) if words else None


def shortened(text: str, start: int, found: Words) -> Words:
    """Without the ordinary words at its end, such as the title that follows a name on the same line."""
    lists, words, end = name_words(), list(found.words), found.end
    while len(words) > 1 and (
        words[-1] in lists.words
        and words[-2] not in PARTICLES
        and not (len(words) == 2 and lists.is_given(words[0]) and lists.is_surname(words[1]))
    ):
        words.pop()
        end = end_of(text, start, len(words))
    return Words(end, tuple(words), found.capital)


def end_of(text: str, start: int, n_words: int) -> int:
    end = at = start
    for _ in range(n_words):
        match = WORD.match(text, at)
        if match is None:
            break
        word = match.group()
        end = match.end() if len(fold(word)) == 1 else match.end() - word.endswith(".")
        at = match.end() + 1
    return end


def looks(text: str, start: int, *, least: int, need_known: bool) -> tuple[int, int] | None:
    """A name at a place that speaks for one: capitalised, no ordinary word, known where asked for."""
    found = read(text, start)
    if found is None:
        return None
    found = shortened(text, start, found)
    lists = name_words()
    if len(found.words) < least or NOT_AFTER.match(text, found.end) or lists.is_organisation(found.words):
        return None
    if found.words[0] == "st":
        return None
    known = any(lists.is_known(word) for word in found.words)
    if lists.full_name(found.words) or (lists.clean(found.words) and (known or not need_known)):
        return start, found.end
    return None


def in_a_place(text: str, at: int) -> bool:
    """Whether ", city, state" or ", state" follows, as after an employer."""
    lists = name_words()
    for pattern in (PLACE_AFTER, _STATE_AFTER):
        if (match := pattern.match(text, at)) is not None:
            one, two = (match.group(1) or "").lower(), (match.group(2) or "").lower()
            if one in lists.states or f"{one} {two}" in lists.states:
                return True
    return False
