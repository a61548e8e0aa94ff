"""The words of the synthetic world, and the texts made of them: job ads and résumés.

The word lists and sentence templates are data: words.toml beside this file.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

_OPENER_SHARE, _CLOSER_SHARE = 0.7, 0.6
"""How often an ad or a résumé has a sentence that says nothing about skills."""

_YEARS = ((1, 2), (3, 7), (8, 25))
"""Fewest and most years of experience per level."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A narrow occupation: its family, its titles, and its skills as places in `Words.skills`."""

    family: int
    titles: tuple[str, ...]
    skills: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of occupations: the industry it is filed under and how its employers' names end."""

    category: str
    employers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that texts are made of.

    Attributes:
        skills: every skill, with its two wordings.
        generic: the skills that belong to no trade, as places in `skills`.
        trades: all trades, family by family.
        families: all families.
        places: heads and tails of town names, and the regions.
        employers: heads and tails of employers' names.
        levels: what stands before a title, from junior to senior.
        ad: sentence templates of a job ad.
        resume: sentence templates of a résumé.
    """

    skills: tuple[tuple[str, str], ...]
    generic: tuple[int, ...]
    trades: tuple[Trade, ...]
    families: tuple[Family, ...]
    places: dict[str, list[str]]
    employers: dict[str, list[str]]
    levels: tuple[str, ...]
    ad: dict[str, list[str]]
    resume: dict[str, list[str]]


def load_words() -> Words:
    """Reads the word lists; equal pairs of wordings are one skill."""
    found = tomllib.loads(files("lgir.data.synthetic").joinpath("words.toml").read_text(encoding="utf-8"))
    places: dict[tuple[str, str], int] = {}

    def numbered(pairs: Sequence[Sequence[str]]) -> tuple[int, ...]:
        return tuple(places.setdefault((first, second), len(places)) for first, second in pairs)

    return Words(
        generic=numbered(found["generic"]),
        trades=_trades(found["families"], numbered),
        skills=tuple(places),
        families=tuple(Family(family["category"], tuple(family["employers"])) for family in found["families"]),
        places=found["places"],
        employers=found["employers"],
        levels=tuple(found["levels"]),
        ad=found["ad"],
        resume=found["resume"],
    )


def _trades(
    families: list[dict[str, Any]], numbered: Callable[[Sequence[Sequence[str]]], tuple[int, ...]]
) -> tuple[Trade, ...]:
    return tuple(
        Trade(place, tuple(trade["titles"]), numbered(trade["skills"]))
        for place, family in enumerate(families)
        for trade in family["trades"]
    )


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def job_ad(
    words: Words,
    *,
    title: str,
    company: str,
    location: str,
    skills: Sequence[str],
    generic: Sequence[str],
    rng: np.random.Generator,
) -> str:
    """A job ad: title, company and location on a line each, then one to five sentences.

    Args:
        words: the templates.
        title: with its level.
        company: the employer's name.
        location: "City, Region".
        skills: wordings of the skills of the trade; the first half is told as duties, the rest as requirements.
        generic: wordings of the skills that belong to no trade; only ever requirements.
        rng: chooses templates.
    """
    half = (len(skills) + 1) // 2
    needs = [*skills[half:], *generic]
    # a long list of requirements ends in something optional, as ads do
    kept = len(needs) - 1 if len(needs) >= 3 else len(needs)
    names = {"company": company, "city": location.partition(",")[0]}
    sentences = [
        *_sometimes(words.ad["openers"], _OPENER_SHARE, rng),
        *_told(words.ad["duties"], skills[:half], rng),
        *_told(words.ad["needs"], needs[:kept], rng),
        *_told(words.ad["extras"], needs[kept:], rng),
        *_sometimes(words.ad["closers"], _CLOSER_SHARE, rng),
    ]
    body = " ".join(sentence.format(**names) for sentence in sentences)
    return "\n".join((title, company, location, body))


def resume_text(
    words: Words,
    *,
    title: str | None,
    level: int,
    location: str | None,
    skills: Sequence[str],
    rng: np.random.Generator,
) -> str:
    """A résumé of one to five sentences, in no fixed order; what is None or empty is not mentioned.

    Args:
        words: the templates.
        title: the trade the person names.
        level: 0 junior, 1 regular, 2 senior; governs the years of experience beside the title.
        location: "City, Region".
        skills: wordings of the skills the person mentions.
        rng: chooses templates, years and order.
    """
    # four or more skills read better in two sentences
    half = (len(skills) + 1) // 2 if len(skills) >= 4 else len(skills)
    sentences = [*_told(words.resume["skills"], skills[:half], rng), *_told(words.resume["skills"], skills[half:], rng)]
    if title is not None:
        years = int(rng.integers(*_YEARS[level], endpoint=True))
        span = f"{years} year{'s' * (years > 1)}"
        sentences.append(_one(words.resume["trades"], rng).format(title=title, years=span))
    if location is not None:
        sentences.append(_one(words.resume["cities"], rng).format(location=location))
    sentences = [sentences[place] for place in rng.permutation(len(sentences))]
    return " ".join([*sentences, *_sometimes(words.resume["closers"], _CLOSER_SHARE if sentences else 1.0, rng)])


def _one(templates: Sequence[str], rng: np.random.Generator) -> str:
    return templates[int(rng.integers(len(templates)))]


def _sometimes(templates: Sequence[str], share: float, rng: np.random.Generator) -> list[str]:
    return [_one(templates, rng)] if rng.random() < share else []


def _told(templates: Sequence[str], skills: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One sentence that lists these skills; none for no skills. Other placeholders of the template stay."""
    if not skills:
        return []
    listed = skills[0] if len(skills) == 1 else f"{', '.join(skills[:-1])} and {skills[-1]}"
    return [_one(templates, rng).replace("{skills}", listed)]
