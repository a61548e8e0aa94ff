"""Personal data in an answer that no source of the person has: what a model says of somebody else, or makes up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from lgir.complete.privacy.name_reading import read
from lgir.complete.privacy.name_words import fold, name_words
from lgir.complete.privacy.redact import Redactor
from lgir.complete.privacy.spans import plain
from lgir.core.phrases import phrases
from lgir.core.records import Origin, Query, Statement

KINDS = ("name", "email", "phone", "street", "id", "handle", "url", "birthdate")
"""What is looked for. An age or a marital status alone tells nobody from another."""

_KIND = re.compile(r"\[([A-Z]+)_")
_LIST_MARK = re.compile(r"[\s*•·#>–—-]{0,8}(?:\d{1,2}[.)] )?")
_VERB = re.compile(
    r" (?:(?:also|now|once|still|never|always|often|recently|currently|previously) )?"
    r"(?:is|was|has|had|does|did|went|wrote|built|led|ran|made|took|gave|taught|sold|held|left|became|began|lost|won|got"
    r"|kept|met|paid|said|spent|stole|told|[a-z]{2,20}(?:[^\Wsui]s|ed)) [^\W\d_]"
)
_WORD = re.compile(r"[^\W_]+")
_PHONE_DIGITS = 7
"""So many last digits are a telephone number, however it begins."""


def without_invented(text: str, statements: Iterable[Statement], sources: Query, redactor: Redactor) -> tuple[str, int]:
    """The text without the lines that hold an inferred statement and personal data of which no source knows.

    Args:
        text: a completed résumé.
        statements: of the text.
        sources: what it may rest on.
        redactor: finds personal data.

    Returns:
        The text, and how many lines were left out.
    """
    inferred = {one.text for one in statements if one.origin is Origin.INFERRED}
    lines = text.split("\n")
    suspects = {
        at: line for at, line in enumerate(lines) if inferred and not inferred.isdisjoint(phrases(line).values())
    }
    if not suspects:
        return text, 0
    known = _Known([sources.resume, *(job.text for job in sources.jobs)])
    values = [value for kind, value in _personal("\n".join(suspects.values()), redactor) if not known.has(kind, value)]
    left_out = {
        at
        for at, line in suspects.items()
        if any(_holds(line, piece) for value in values for piece in value.split("\n")) or _about_somebody(line, known)
    }
    return "\n".join(line for at, line in enumerate(lines) if at not in left_out), len(left_out)


def _holds(line: str, value: str) -> bool:
    """Whether a value stands in a line, not as a part of longer words."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", line) is not None


def _personal(text: str, redactor: Redactor) -> Iterator[tuple[str, str]]:
    """(kind, value) of the personal data in a text."""
    for placeholder, value in redactor.redact([text]).originals.items():
        kind = _KIND.match(placeholder)
        if kind is not None and kind[1].lower() in KINDS:
            yield kind[1].lower(), value


def _about_somebody(line: str, known: "_Known") -> bool:
    """Whether a line begins with words that look like a name, and says what that person does or is.

    For names of no list: two or more capitalised words, none of them an ordinary word or one of a source.
    """
    line = plain(line)
    mark = _LIST_MARK.match(line)
    found = read(line, mark.end() if mark else 0)
    if found is None or not 2 <= len(found.words) <= 4 or not _VERB.match(line, found.end):
        return False
    return name_words().clean(found.words) and not any(word in known.folded for word in found.words if len(word) > 1)


class _Known:
    """What the sources hold."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._text = plain("\n".join(sources)).casefold()

    @cached_property
    def _words(self) -> set[str]:
        return set(_WORD.findall(self._text))

    @cached_property
    def _rows(self) -> str:
        return f" {' '.join(_WORD.findall(self._text))} "

    @cached_property
    def folded(self) -> set[str]:
        """Their words as lists of names have them."""
        return set(map(fold, self._words))

    @cached_property
    def _squeezed(self) -> str:
        return "".join(_WORD.findall(self._text))

    @cached_property
    def _digits(self) -> str:
        return "".join(filter(str.isdigit, self._text))

    def has(self, kind: str, value: str) -> bool:
        """Whether they hold a value, in whatever spelling."""
        words = _WORD.findall(plain(value).casefold())
        if kind == "name" and value.isascii():
            return _in_a_row(words, self._rows) or _in_a_row(words[::-1], self._rows)
        if "".join(words) in self._squeezed or self._words.issuperset(words):
            return True
        digits = "".join(filter(str.isdigit, "".join(words)))
        return kind == "phone" and len(digits) >= _PHONE_DIGITS and digits[-_PHONE_DIGITS:] in self._digits


def _in_a_row(words: Sequence[str], rows: str) -> bool:
    return f" {' '.join(words)} " in rows
