"""The rules in order: what has a form of its own first, names last."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from lgir.complete.privacy.birthdates import birthdates
from lgir.complete.privacy.contacts import emails, handles, ip_addresses, urls
from lgir.complete.privacy.details import ages, marital_status
from lgir.complete.privacy.identifiers import identifiers
from lgir.complete.privacy.names import names
from lgir.complete.privacy.names_by_place import unannounced_names
from lgir.complete.privacy.names_chinese import chinese_names
from lgir.complete.privacy.occurrences import Occurrences
from lgir.complete.privacy.phones import phones
from lgir.complete.privacy.plates import plates
from lgir.complete.privacy.postcodes import postcodes
from lgir.complete.privacy.spans import Span, hide, joined, plain, without_overlaps
from lgir.complete.privacy.streets import streets
from lgir.complete.privacy.triggers import Places

_RULES: tuple[Callable[[str, Places], Iterable[Span]], ...] = (
    emails,
    urls,
    handles,
    plates,
    identifiers,
    ip_addresses,
    birthdates,
    phones,
    ages,
    marital_status,
    postcodes,
    streets,
    chinese_names,
    names,
    unannounced_names,
)


def find(texts: Sequence[str], more: Callable[[str], Iterable[Span]] = lambda _: ()) -> list[list[Span]]:
    """Personal data in the texts of one person, in order and without overlaps, per text.

    A name found in one text is found in all of them.

    Args:
        texts: of one person.
        more: finds further personal data in a text; where it overlaps with the rules', both are one.
    """
    found: list[list[Span]] = []
    rests: list[str] = []
    known: dict[str, None] = {}
    for text in texts:
        by_rules, rest = _shared(text) if len(text) <= _SHARED_CHARS else _by_rules(text)
        spans = joined((*by_rules, *more(text)))
        rest = hide(rest, spans)
        known.update(dict.fromkeys(text[start:end] for start, end, kind in spans if kind == "name"))
        found.append(spans)
        rests.append(rest)
    if known:
        occurrences = Occurrences(known)
        for spans, rest in zip(found, rests, strict=True):
            spans += without_overlaps(occurrences.find(rest))
    return [sorted(spans) for spans in found]


def _by_rules(text: str) -> tuple[tuple[Span, ...], str]:
    """(what the rules find in one text, the text without it)."""
    rest = plain(text)
    places = Places(rest)
    spans: list[Span] = []
    for rule in _RULES:
        # what an earlier rule found is hidden from later ones
        new = without_overlaps(rule(rest, places))
        rest = hide(rest, new)
        spans += new
    return tuple(spans), rest


_SHARED_CHARS = 3_000
"""Longer texts are not remembered: a few thousand of them must fit into memory."""

# an ad is shown to many people, and searched once
_shared = lru_cache(maxsize=2048)(_by_rules)
