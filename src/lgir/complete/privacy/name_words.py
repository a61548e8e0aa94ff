"""What words say about being part of a name: lists of given names, surnames, and ordinary words."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

LETTER = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff"
UPPER = r"A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03ab\u0400-\u042f"
# The other upper-case letters of the Latin blocks stand between lower-case ones; `is_capital` tells them apart.
MAYBE_UPPER = UPPER + r"\u0100-\u024f\u1e00-\u1eff"

# An apostrophe belongs to the word ("O'Brien"), the one of a possessive does not.
WORD = re.compile(rf"[{LETTER}](?:[{LETTER}]|-(?=[{LETTER}])|'(?=[{LETTER}])(?!s(?![{LETTER}])))*\.?")
PARTICLES = frozenset(
    (
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "bin",
        "bint",
        "ibn",
        "al",
        "el",
        "ben",
        "y",
        "e",
        "zu",
        "af",
        "av",
        "mac",
        "mc",
        "st",
    )
)

_LETTERS_OF = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE", "œ": "oe"}
)
_PINYIN = re.compile(
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u)){1,2}\Z"
)


@dataclass(frozen=True, slots=True)
class NameWords:
    """The lists, folded to lower-case ASCII.

    Attributes:
        given: given names.
        surnames: surnames.
        words: ordinary words, among them some that are names too.
        organisations: first two words of employers, schools and places that read like a name.
        states: what follows a city: one word, or two with a space.
    """

    given: frozenset[str]
    surnames: frozenset[str]
    words: frozenset[str]
    organisations: frozenset[str]
    states: frozenset[str]

    def is_given(self, word: str) -> bool:
        """Whether a folded word, or every part of a hyphenated one, is a given name."""
        return word in self.given or ("-" in word and all(part in self.given for part in word.split("-")))

    def is_surname(self, word: str) -> bool:
        """Whether a folded word, or a part of a hyphenated one, is a surname."""
        return word in self.surnames or ("-" in word and any(part in self.surnames for part in word.split("-")))

    def may_begin(self, word: str) -> bool:
        """Whether a folded word may begin a name: any but an ordinary word that is no name as well."""
        return word not in self.words or self.is_given(word) or self.is_surname(word)

    def is_known(self, word: str) -> bool:
        """Whether a folded word is a name and no ordinary word."""
        return word not in self.words and (self.is_given(word) or self.is_surname(word))

    def clean(self, words: Sequence[str]) -> bool:
        """Whether none of the folded words is an ordinary one, and two of them belong to no organisation.

        Particles, and what follows them ("van den Brand"), are not looked up.
        """
        checked = [word for at, word in enumerate(words) if not (len(word) == 1 or _after_particle(words, at))]
        return not any(word in self.words for word in checked) and not self.is_organisation(words)

    def is_organisation(self, words: Sequence[str]) -> bool:
        """Whether two neighbours among the folded words begin the name of a known organisation or place."""
        return any(f"{a} {b}" in self.organisations for a, b in pairwise(words))

    def full_name(self, words: Sequence[str]) -> bool:
        """Whether the folded words are a given name and a surname, in one order or the other.

        An ordinary word counts as one of the two where the other is certain.
        """
        first, last = words[0], words[-1]
        if len(words) < 2 or self.is_organisation(words) or (first in self.words and last in self.words):
            return False
        if self.is_given(first) and (self.is_surname(last) or self.is_given(last)):
            return True
        return self.is_surname(first) and last not in self.words and (self.is_given(last) or is_pinyin(last))


def _after_particle(words: Sequence[str], at: int) -> bool:
    return words[at] in PARTICLES or (at > 0 and words[at - 1] in PARTICLES)


@cache
def name_words() -> NameWords:
    """The lists that ship with the package."""
    names, words = read_data("names.toml"), read_data("words.toml")
    return NameWords(
        frozenset(names["given"].split()),
        frozenset(names["surnames"].split()),
        frozenset(words["words"].split()),
        _phrases(words["organisations"]),
        frozenset(words["states"].split()) | _phrases(words["two_word_states"]),
    )


def read_data(name: str) -> dict[str, str]:
    """The strings of a data file of this package."""
    return tomllib.loads(files("lgir.complete.privacy").joinpath(name).read_text(encoding="utf-8"))


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


def fold(word: str) -> str:
    """A word in lower-case letters without accents, apostrophes and final full stop."""
    word = word.rstrip(".").replace("'", "")
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word.translate(_LETTERS_OF))
        word = "".join(letter for letter in word if not unicodedata.combining(letter))
    return word.lower()


def is_capital(word: str) -> bool:
    """Whether a word starts with an upper-case letter."""
    return word[0].isupper()


def is_pinyin(word: str) -> bool:
    """Whether a folded word could be a Chinese given name in Latin letters."""
    return bool(_PINYIN.match(word.replace("-", "")))
