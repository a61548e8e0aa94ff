"""Strangers' text as its reader sees it: nothing invisible, no lookalike letters, no hidden HTML."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from types import MappingProxyType

from lgir.core.lookalikes import FOREIGN, TO_CYRILLIC, TO_LATIN
from lgir.core.markup import strip_markup
from lgir.core.plain_text import ESCAPES

VERSION = 1
"""Raised whenever some text comes out otherwise: part of the fingerprint of whatever is made from it."""

_MOST_ROUNDS = 6
"""So deep are layers taken off (an entity of an entity, a tag of wide letters). Deeper ones lose "<", ">" and "&"."""


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A text as its reader sees it.

    Attributes:
        text: the text.
        found: how often each kind of thing was changed; empty where nothing was. Kinds: "control" (characters),
            "invisible" (characters), "letter form" (characters), "entity", "markup" (tags), "hidden html" (elements,
            comments, scripts), "homoglyph" (words).
    """

    text: str
    found: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def sanitize(text: str) -> Sanitized:
    """Takes off what a reader does not see, layer by layer; an ordinary text comes back as it is.

    Sanitizing twice is sanitizing once. Time grows with the length of the text alone.
    """
    if _is_plain(text):
        return Sanitized(text)
    found: Counter[str] = Counter()
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _markup(_entities(_letters(text, found), found), found)
        if text == before:
            return Sanitized(text, MappingProxyType(dict(+found)))
    text = _letters(_count("invisible", _ANY_INVISIBLE, "", text, found), found)
    return Sanitized(_count("markup", _MARKS, " ", text, found), MappingProxyType(dict(+found)))


_Replacement = str | Callable[[re.Match[str]], str]
_SUSPECT_ASCII = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|<[!?/A-Za-z]|&[#A-Za-z]")
_MARKS = re.compile("[<>&]")


def _is_plain(text: str) -> bool:
    return text.isascii() and not _SUSPECT_ASCII.search(text)


# ── characters ──────────────────────────────────────────────────────────────────────────────────────────────────────

_BREAK = re.compile("[\x0b\x0c\x1c-\x1e\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f]")
_WINDOWS = re.compile("[\x80-\x9f]+")
"""Quotation marks, dashes and the like of a text that was read with the wrong encoding."""
_SURROGATE = re.compile("[\ud800-\udfff]")

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_STRUCK = "\u0334-\u0338\u20d0-\u20dc\u20e5-\u20ea"
"""Lines drawn through letters."""
_PICTURE = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# Arabic, Syriac, Thaana, N'Ko, Indic scripts, Mongolian and the like: joiners decide how their letters are written
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18aa\ua840-\ua87f"
_WITHOUT_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KEPT = (
    f"[{_PICTURE}][\ufe0e\ufe0f]?(?:\u200d[{_PICTURE}][\ufe0e\ufe0f]?)+"  # emoji joined to one
    f"|[{_PICTURE}][\ufe0e\ufe0f]"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"  # the flags of England, Scotland and Wales
    f"|[{_JOINING}][\u200c\u200d]"
    f"|[{_WITHOUT_SPACES}]\u200b"  # where a line may break
    "|[\u1820-\u18aa][\u180b-\u180e]"
    f"|[{_HAN}][\ufe00-\ufe02\U000e0100-\U000e01ef]"  # one variant of an ideograph
)
_INVISIBLE = re.compile(f"(?P<kept>{_KEPT})|[{_UNSEEN}{_STRUCK}]+")
_ANY_INVISIBLE = re.compile(f"[{_UNSEEN}{_STRUCK}]")
_MARKED = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")
"""More than two accents on one letter."""

_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a＜＞＆＃＂＇＝]")
"""Wide letters and digits, and what markup is made of. Other wide marks stay: Chinese and Japanese are written with
them, and phrases are cut at them."""
_LETTER_FORMS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for first, last in ((0xFF01, 0xFF5E), (0x1D400, 0x1D7FF), (0xFB00, 0xFB06), (0x24B6, 0x24E9))
    for code in range(first, last + 1)
    if not 0xFF01 <= code <= 0xFF5E or _WIDE.match(chr(code))
}
"""Letters that are others in form alone: wide, mathematical, circled, ligatures. Not "²", "½", "①", "Ⅳ", "™", "㎡"."""
_FORMED = re.compile(f"{_WIDE.pattern[:-1]}\U0001d400-\U0001d7cb\U0001d7ce-\U0001d7ff\ufb00-\ufb06\u24b6-\u24e9]")

_LATIN = "A-Za-z\u00c0-\u024f"
_MIXED = re.compile(f"[{_LATIN}][{FOREIGN}]|[{FOREIGN}][{_LATIN}]")
_MIXED_WORD = re.compile(f"[{_LATIN}{FOREIGN}\u0300-\u036f]{{2,}}")
_CYRILLIC = re.compile("[\u0400-\u052f]+")
_GREEK_LETTER = re.compile("[α-ω]")
_RUN = re.compile(f"[{_LATIN}\u0300-\u036f]+|[{FOREIGN}]+")


def _letters(text: str, found: Counter[str]) -> str:
    """Control and invisible characters, letter forms, lookalikes."""
    if "\x1b" in text:
        text = _count("control", ESCAPES, "", text, found)
    text = _count("control", _CONTROL, "", _count("control", _BREAK, "\n", text, found), found)
    if text.isascii():
        return text
    text = _count("control", _SURROGATE, "\ufffd", _count("control", _WINDOWS, _repaired, text, found), found)
    if _ANY_INVISIBLE.search(text):
        text = _INVISIBLE.sub(lambda match: _seen(match, found), text)
    text = _count("invisible", _MARKED, r"\1", text, found)
    text = _count("letter form", _FORMED, lambda match: _LETTER_FORMS.get(ord(match[0]), match[0]), text, found)
    if _MIXED.search(text):
        text = _MIXED_WORD.sub(lambda match: _unmixed(match[0], found), text)
    return text


def _count(kind: str, pattern: re.Pattern[str], by: _Replacement, text: str, found: Counter[str]) -> str:
    if not pattern.search(text):
        return text
    replaced, times = pattern.subn(by, text)
    found[kind] += times
    return replaced


def _repaired(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")


def _seen(match: re.Match[str], found: Counter[str]) -> str:
    if match["kept"] is not None:
        return match[0]
    found["invisible"] += len(match[0])
    return ""


def _unmixed(word: str, found: Counter[str]) -> str:
    """A word of two scripts in the one it pretends to be written in; a real mixture ("TNFα", "HRом") as it is."""
    runs = _RUN.findall(word)
    latin = [run for run in runs if not _is_foreign(run)]
    foreign = "".join(run for run in runs if _is_foreign(run))
    if not latin or not foreign:
        return word
    if len(runs) == 2 and not _is_slip(latin[0], foreign):
        return word
    if all(ord(letter) in TO_LATIN for letter in foreign) and not (len(runs) == 2 and len(foreign) > 1):
        found["homoglyph"] += 1
        return word.translate(TO_LATIN)
    if _CYRILLIC.fullmatch(foreign) and all(ord(letter) in TO_CYRILLIC for run in latin for letter in run):
        found["homoglyph"] += 1
        return word.translate(TO_CYRILLIC)
    return word


def _is_slip(latin: str, foreign: str) -> bool:
    """Of a word that changes script once: whether it is one letter that was swapped for its lookalike."""
    if len(foreign) == 1:
        return not _GREEK_LETTER.fullmatch(foreign) and not (len(latin) > 1 and latin.isupper())
    return len(latin) == 1


def _is_foreign(run: str) -> bool:
    return re.match(f"[{FOREIGN}]", run) is not None


# ── markup ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_CHAIN = re.compile(r"&(?:amp;|#0{0,6}38;|#x0{0,6}26;)+", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{2,8};?|#[0-9];|#[xX][0-9A-Fa-f]{2,8};?|#[xX][0-9A-Fa-f];|[A-Za-z][A-Za-z0-9]{1,31};)")


def _entities(text: str, found: Counter[str]) -> str:
    """Entities decoded; "&amp;amp;lt;" is "<"."""
    if not _ENTITY.search(text):
        return text
    text = _count("entity", _CHAIN, "&", text, found)

    def decode(match: re.Match[str]) -> str:
        name = match[0][1:]
        letter = html.unescape(match[0]) if name.startswith("#") else html5.get(name, match[0])
        found["entity"] += letter != match[0]
        return letter

    return _ENTITY.sub(decode, text)


def _markup(text: str, found: Counter[str]) -> str:
    if "<" not in text:
        return text
    stripped = strip_markup(text)
    for kind, times in (("markup", stripped.tags), ("hidden html", stripped.hidden)):
        if times:
            found[kind] += times
    return stripped.text
