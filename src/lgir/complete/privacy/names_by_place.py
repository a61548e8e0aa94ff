"""Names of people in Latin, Greek and Cyrillic letters that nothing announces: in the head, in references, by lists."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.name_reading import NOT_AFTER, TITLE, Words, in_a_place, looks, read, shortened
from lgir.complete.privacy.name_words import LETTER, MAYBE_UPPER, PARTICLES, WORD, fold, name_words
from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Places

_HEAD_LINES = 4
_REFERENCE_LINES = 12

_REFERENCES = re.compile(
    r"^[ \t#*_=-]*(?:(?:professional|personal|character|work|academic|business) )?(?:references?|referees?"
    r"|refs?)[ \t]*(?:available)?[ \t]*[:*_=-]*[ \t]*$",
    re.I | re.M,
)
_RESUME_OF = re.compile(
    rf"\A[ \t#*_=-]*(?:(?:r[ée]sum[ée]|cv|c\.v\.|curriculum vitae|cover letter|application|bewerbung"
    rf"|lebenslauf)(?: ?(?:of|for|from|von)|:| -| \||,)?[ \t]+|name[ \t]*[:-]?[ \t]+)?{TITLE}?",
    re.I,
)
_HEAD_END = re.compile(
    r"[ \t*_#]*(?:\Z|\n|\x00|[|,·(/;<\[]|- |-\Z| -|  |\t|\d|:(?=\s)|(?:ph\.?d|m\.?d|mba|jr|sr|ii|iii|iv|rn|cpa|esq"
    r"|pe|pmp)\b)",
    re.I,
)
_LINE_MARK = re.compile(rf"[ \t]*[-*·>#_=]{{0,8}}[ \t]*(?:\(?\d{{1,2}}[.)][ \t]*)?[*_]{{0,2}}{TITLE}?", re.I)

_CAPITAL = rf"[{MAYBE_UPPER}](?:[{LETTER}]|['-](?=[{LETTER}])|\.(?=[{MAYBE_UPPER}]))*\.?"
_RUN = re.compile(
    rf"(?<![{LETTER}\d@#/_-])(?<![{LETTER}]['.&]){_CAPITAL}(?: (?:(?:de|da|van|von|der|bin|al|el|la|di|del|dos"
    rf"|y) ){{0,2}}{_CAPITAL}){{1,7}}"
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:at|@|of|the|for|in|near|saint|st\.|ft\.|fort|san|santa|port|mount|lake|via|using|on)|&|[$#@'/]) ?\Z", re.I
)
_NEXT_PLACE = re.compile(rf"\n[{LETTER} .'-]{{2,30}}, [A-Z]")
_NEAR_CONTACT = re.compile(
    r"[ \t]*(?:[(,:|–-]|at|on)?[ \t]*(?:\(?(?:tel|phone|cell|mobile|ph|email|e-mail)[.:]* ?)?\x00"
)


def unannounced_names(text: str, places: Places) -> Iterator[Span]:
    """Names in the first lines, in sections of references, and pairs of a listed given name and surname."""
    for find in (_in_references, _in_head, _listed):
        for start, end in find(text):
            yield Span(start, end, "name")


def _in_references(text: str) -> Iterator[tuple[int, int]]:
    low = text.lower()
    for heading in _REFERENCES.finditer(text) if "ref" in low else ():
        at = heading.end()
        for _ in range(_REFERENCE_LINES):
            at = text.find("\n", at) + 1
            if not at:
                break
            mark = _LINE_MARK.match(text, at)
            start = mark.end() if mark else at
            span = looks(text, start, least=2, need_known=False)
            if span is not None and _HEAD_END.match(text, span[1]):
                yield span


def _in_head(text: str) -> Iterator[tuple[int, int]]:
    """The first lines of a résumé: a name alone, or before a separator, its titles or contact data."""
    at, n_lines = 0, 0
    while n_lines < _HEAD_LINES and at < len(text):
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        if text[at:end].strip():
            if (span := _heading(text, at, end, first=n_lines == 0)) is not None:
                yield span
                return
            n_lines += 1
        at = end + 1


def _heading(text: str, at: int, line_end: int, *, first: bool) -> tuple[int, int] | None:
    lists = name_words()
    mark = _RESUME_OF.match(text[at : min(line_end, at + 200)])
    start = at + (mark.end() if mark else 0)
    found = read(text, start, lower=True)
    if found is None or not lists.may_begin(found.words[0]):
        return None
    if len(found.words) == 1 and text.startswith(", ", found.end):
        return _surname_first(text, start, found, line_end)
    found = shortened(text, start, found)
    words = found.words
    if not 2 <= len(words) <= 5 or not _HEAD_END.match(text, found.end) or found.end > line_end:
        return None
    if lists.full_name((words[0], words[-1])) and (found.capital or found.end == line_end):
        # in a line of its own a pair of names may be an employer: "Robert Half" below a title
        return (
            (start, found.end)
            if _evidence(text, found.end, first=first) or (first and not in_a_place(text, found.end))
            else None
        )
    if not found.capital or not lists.clean(words[1:] if lists.is_given(words[0]) else words):
        return None
    known = any(lists.is_known(word) for word in words)
    alone = first and text[found.end : line_end].strip() == "" and lists.is_given(words[0]) and lists.clean(words)
    return (start, found.end) if alone or (_evidence(text, found.end, first=first) and (first or known)) else None


def _surname_first(text: str, start: int, found: Words, line_end: int) -> tuple[int, int] | None:
    lists = name_words()
    after = read(text, found.end + 2, most=3)
    if after is None or after.end > line_end or not _HEAD_END.match(text, after.end):
        return None
    if (
        lists.is_surname(found.words[0])
        and lists.is_given(after.words[0])
        and lists.clean(after.words)
        and not in_a_place(text, found.end)
    ):
        return start, after.end
    return None


def _evidence(text: str, at: int, *, first: bool) -> bool:
    """Whether contact data stand in the lines around a heading."""
    end = at
    for _ in range(6 if first else 4):
        end = text.find("\n", end + 1)
        if end < 0:
            end = len(text)
            break
    return HIDDEN in text[at : min(end, at + 600)]


def _listed(text: str) -> Iterator[tuple[int, int]]:
    lists = name_words()
    for run in _RUN.finditer(text):
        words = [(match.start(), match.end(), match.group()) for match in WORD.finditer(text, run.start(), run.end())]
        folded = [fold(word) for _, _, word in words]
        if not any(map(lists.is_given, folded)):
            continue
        place = 0
        while place < len(words) - 1:
            size = _size(folded, place) or _beside_contact(text, words, folded, place)
            rest = folded[place + size :]
            if size and len(rest) == 1 and rest[0] not in lists.words and len(rest[0]) > 1:
                size += 1  # a surname that no list has
            if size and not _is_other(text, words, folded, place, size):
                last = words[place + size - 1]
                yield words[place][0], last[1] - (last[2].endswith(".") and len(folded[place + size - 1]) > 1)
            place += size or 1


def _size(folded: list[str], place: int) -> int:
    """How many words from a place on are a name by the lists alone; initials and particles may stand between."""
    lists = name_words()
    first = folded[place]
    if not (lists.is_given(first) or lists.is_surname(first)) or first in lists.words:
        return 0
    for size in (5, 4, 3, 2):
        inner = folded[place + 1 : place + size]
        if (
            len(inner) == size - 1
            and lists.full_name((first, inner[-1]))
            and inner[-1] not in lists.words
            and all(len(word) == 1 or word in PARTICLES or lists.is_known(word) for word in inner[:-1])
        ):
            return 0 if lists.is_organisation(folded[place : place + size]) else size
    return 0


def _beside_contact(text: str, words: list[tuple[int, int, str]], folded: list[str], place: int) -> int:
    """How many words from a place on are a name because contact data follow: a given name and surnames of no list."""
    lists, size = name_words(), len(folded) - place
    if (
        size in (2, 3)
        and lists.is_given(folded[place])
        and lists.clean(folded[place:])
        and _NEAR_CONTACT.match(text, words[-1][1])
    ):
        return size
    return 0


def _is_other(text: str, words: list[tuple[int, int, str]], folded: list[str], place: int, size: int) -> bool:
    """Whether what stands around a pair of names speaks for an employer, a school or a place."""
    lists = name_words()
    start, end = words[place][0], words[place + size - 1][1]
    if _NEAR_CONTACT.match(text, end):
        return False
    before, after = folded[:place][-1:], folded[place + size :][:3]
    possessive = text.startswith("'s", end) and not lists.is_given(folded[place + size - 1])
    if (NOT_AFTER.match(text, end) and not possessive) or in_a_place(text, end) or _is_employer_line(text, start, end):
        return True
    if any(word in lists.words or len(word) == 1 for word in after) or any(word not in lists.words for word in before):
        return True
    return bool(_NOT_BEFORE.search(text, max(0, start - 12), start)) or not lists.is_given(folded[place])


def _is_employer_line(text: str, start: int, end: int) -> bool:
    """Whether the words end a line as an employer does: "title, employer", or a line alone above "city, state"."""
    if text[end : end + 1] not in ("", "\n"):
        return False
    if text[max(0, start - 2) : start] == ", ":
        return True
    return (
        start > 0
        and text[start - 1] == "\n"
        and bool(_NEXT_PLACE.match(text, end))
        and in_a_place(text, text.index(",", end))
    )
