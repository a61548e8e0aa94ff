"""What gives a person away: their id, fingerprints of them, and runs of words that stand in nobody else's text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from lgir.core.fingerprint import fingerprint
from lgir.data.dataset import Dataset

PHRASE_WORDS = 8
"""Words of a phrase that the proof looks for. So many in a row are hardly written twice by chance."""

FRAGMENT_WORDS, FRAGMENT_CHARS = 6, 40
"""A line of a log that holds so many words of a résumé in a row, or words of so many characters, is removed."""

LONG_ENOUGH_WORDS, LONG_ENOUGH_CHARS = 4, 25
"""A résumé shorter than a phrase is looked for as a whole if it has so many words or characters; two words such as a
job title give nobody away."""

TELLING_CHARS = 6
"""A shorter id may stand among random bytes by chance; it is looked for in text alone."""

_SLICE = 20_000
"""Texts looked through at a time: bounds memory."""

_EMAIL = r"[A-Za-z0-9_.%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+"
_PHONE = r"[+(]?[0-9](?:[ ()./-]{0,3}[0-9]){6,14}"
_YEAR = r"(?:^|[^0-9])(?:19|20)[0-9]{2}(?:[^0-9]|$)"
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for.

    Attributes:
        user_id: None for somebody who gave a résumé alone.
        subjects: under which names the store of completions keeps what is theirs.
        phrases: runs of words and contacts of the résumé that no remaining text holds, as `plain_words` writes them.
        fragments: likewise, but shorter.
        id_tells: the id stands for nothing else: it is no number, no job's id, and no word of a remaining text. Another
            id counts only where a user's id belongs.
    """

    user_id: str | None
    subjects: tuple[str, ...]
    phrases: tuple[str, ...]
    fragments: tuple[str, ...]
    id_tells: bool

    @property
    def id_tells_among_bytes(self) -> bool:
        """Whether the id is looked for in files that are no text too."""
        return self.id_tells and len(self.user_id or "") >= TELLING_CHARS


def subjects_of(user_id: str | None, resume: str) -> tuple[str, ...]:
    """The names under which completions of this person may be kept: by id, and by the résumé alone, should they have
    asked without their id."""
    by_id = () if user_id is None else (fingerprint("user", user_id),)
    return (*by_id, fingerprint("resume", resume)) if resume else by_id


def find_traces(user_id: str | None, resume: str, remaining: Dataset) -> Traces:
    """What gives the person away among those who remain.

    Args:
        user_id: theirs, if they have one.
        resume: their text.
        remaining: the dataset without them.
    """
    phrases = _shared_by_nobody([*_phrases(resume), *_contacts(resume)], remaining)
    fragments = _shared_by_nobody([*_fragments(resume), *_contacts(resume)], remaining)
    tells = user_id is not None and _tells(user_id, remaining)
    return Traces(user_id, subjects_of(user_id, resume), phrases, fragments, tells)


def plain_words(texts: pl.Series) -> pl.Series:
    """Each text as words in lower case between single spaces, one before and one after; signs of scripts without spaces
    are words of their own. So a phrase is found whatever stands between its words: line ends, marks, escapes."""
    # json.dumps writes letters outside ASCII, and line ends, as escapes; whoever looks for words must see the letters
    if texts.str.contains(r"\\u[0-9a-fA-F]{4}").any():
        texts = pl.Series([None if text is None else _ESCAPED.sub(_letter, text) for text in texts], dtype=pl.String)
    return (
        texts.str.replace_all(r'\\[nrtbf"/\\]', " ")
        .str.to_lowercase()
        .str.replace_all(r"(\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Thai})", " $1 ")
        .str.replace_all(r"[^\p{L}\p{N}\p{M}]+", " ")
        .str.replace_all(r"^ ?(.*?) ?$", " $1 ")
    )


def phrases_in(texts: pl.Series, wanted: tuple[str, ...]) -> set[str]:
    """Those of the wanted phrases that stand in any of the texts."""
    found: set[str] = set()
    for start in range(0, texts.len() if wanted else 0, _SLICE):
        words = plain_words(texts.slice(start, _SLICE))
        found |= set(words.str.extract_many(list(wanted), overlapping=True).explode().drop_nulls())
    return found


def holds_phrase(texts: pl.Series, wanted: tuple[str, ...]) -> pl.Series:
    """For each text, whether it holds any of the wanted phrases."""
    if not wanted:
        return pl.Series([False] * texts.len(), dtype=pl.Boolean)
    return plain_words(texts).str.contains_any(list(wanted)).fill_null(value=False)


def names_id(text: str, user_id: str) -> bool:
    """Whether the id stands in the text as a whole word; a number not as a part of another number."""
    if user_id not in text:
        return False
    around = (r"(?<![\w.,+-])", r"(?![\w-]|[.,]\d)") if user_id.isdigit() else (r"(?<!\w)", r"(?!\w)")
    return re.search(around[0] + re.escape(user_id) + around[1], text) is not None


def _words(text: str) -> list[str]:
    return str(plain_words(pl.Series([text], dtype=pl.String))[0]).split()


def _phrases(resume: str) -> Iterator[str]:
    words = _words(resume)
    whole = f" {' '.join(words)} "
    if len(words) < PHRASE_WORDS:
        if len(words) >= LONG_ENOUGH_WORDS or len(whole) - 2 >= LONG_ENOUGH_CHARS:
            yield whole
        return
    for start in range(len(words) - PHRASE_WORDS + 1):
        yield f" {' '.join(words[start : start + PHRASE_WORDS])} "


def _fragments(resume: str) -> Iterator[str]:
    words = _words(resume)
    for start in range(len(words)):
        taken = ""
        for word in words[start : start + FRAGMENT_WORDS]:
            taken += f" {word}"
            if len(taken) > FRAGMENT_CHARS or taken.count(" ") == FRAGMENT_WORDS:
                yield f"{taken} "
                break


def _contacts(resume: str) -> Iterator[str]:
    # polars' expressions take time in proportion to the text, whatever is in it
    text = pl.Series([resume], dtype=pl.String)
    emails, phones = text.str.extract_all(_EMAIL)[0], text.str.extract_all(_PHONE)[0]
    phones = phones.filter(~phones.str.contains(_YEAR))  # else it is a span of dates
    for contact in plain_words(emails.append(phones)):
        yield f" {contact.strip()} "


def _shared_by_nobody(wanted: Iterable[str], remaining: Dataset) -> tuple[str, ...]:
    distinct = tuple(dict.fromkeys(phrase for phrase in wanted if phrase.strip()))
    shared = phrases_in(remaining.jobs["text"], distinct) | phrases_in(remaining.users["resume"], distinct)
    return tuple(phrase for phrase in distinct if phrase not in shared)


def _tells(user_id: str, remaining: Dataset) -> bool:
    if user_id.isdigit() or len(user_id) < 2:
        return False
    texts = (remaining.jobs["job_id"], remaining.users["user_id"], remaining.jobs["text"], remaining.users["resume"])
    near = (text for some in texts for text in some.filter(some.str.contains(user_id, literal=True)))
    return not any(names_id(text, user_id) for text in near)


def _letter(escape: re.Match[str]) -> str:
    code = int(escape[0][2:], 16)
    return " " if 0xD800 <= code < 0xE000 else chr(code)
