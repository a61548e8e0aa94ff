"""What is true of people and jobs before anybody writes a word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lgir.core.run import Run
from lgir.data.synthetic.config import Span, SyntheticConfig
from lgir.data.synthetic.words import Words, load_words

_LEVEL_SHARES = (0.3, 0.5, 0.2)
"""Junior, regular, senior."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The truth about all users, or about all jobs.

    Attributes:
        trade: place in `Words.trades`.
        skills: True where the person has, or the job asks for, that skill of `Words.skills`.
        city: place in `HiddenWorld.locations`.
        region: number of the city's region.
        level: 0 junior, 1 regular, 2 senior.
    """

    trade: Int64[np.ndarray, " n"]
    skills: Bool[np.ndarray, "n s"]
    city: Int64[np.ndarray, " n"]
    region: Int64[np.ndarray, " n"]
    level: Int64[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, eq=False)
class HiddenWorld:
    """What the tables are made of and no model sees. Row i belongs to row i of the dataset's table.

    Attributes:
        words: word lists.
        locations: "City, Region" per city.
        users: the people.
        mobile: True for people to whom place means nothing.
        jobs: the vacancies.
        companies: the employer's name per job.
        appeal: per job, standard normal; what everybody likes about it.
        user_taste: per user a direction, of length 1: what the person likes and nobody writes about.
        job_taste: per job standard normal values; its product with a person's direction is standard normal.
    """

    words: Words
    locations: tuple[str, ...]
    users: Side
    mobile: Bool[np.ndarray, " u"]
    jobs: Side
    companies: tuple[str, ...]
    appeal: Float32[np.ndarray, " j"]
    user_taste: Float32[np.ndarray, "u t"]
    job_taste: Float32[np.ndarray, "j t"]


def hidden_world(config: SyntheticConfig, seed: int) -> HiddenWorld:
    """Draws people and jobs; the same (config, seed) as `synthetic_world` gives the truth behind its tables."""
    words, run = load_words(), Run(seed)
    people, vacancies = run.rng("synthetic", "people"), run.rng("synthetic", "jobs")
    locations, regions = _locations(words, config, run.rng("synthetic", "places"))
    jobs, companies = _jobs(words, config, regions, vacancies)
    user_taste, job_taste = _tastes(config, run.rng("synthetic", "tastes"))
    return HiddenWorld(
        words=words,
        locations=locations,
        users=_users(words, config, regions, people),
        mobile=people.random(config.n_users) < config.mobile_share,
        jobs=jobs,
        companies=companies,
        appeal=vacancies.standard_normal(config.n_jobs, dtype=np.float32),
        user_taste=user_taste,
        job_taste=job_taste,
    )


def _tastes(
    config: SyntheticConfig, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "u t"], Float32[np.ndarray, "j t"]]:
    users = rng.standard_normal((config.n_users, config.n_tastes), dtype=np.float32)
    users /= np.linalg.norm(users, axis=1, keepdims=True)
    return users, rng.standard_normal((config.n_jobs, config.n_tastes), dtype=np.float32)


def _locations(
    words: Words, config: SyntheticConfig, rng: np.random.Generator
) -> tuple[tuple[str, ...], Int64[np.ndarray, " c"]]:
    """Distinct towns, largest first, as "City, Region", and the number of each one's region."""
    heads, tails, regions = (words.places[name] for name in ("heads", "tails", "regions"))
    drawn = rng.permutation(len(heads) * len(tails))[: config.n_cities]
    region = rng.permutation(config.n_cities) % config.n_regions
    names = [heads[place // len(tails)] + tails[place % len(tails)] for place in drawn.tolist()]
    return tuple(f"{name}, {regions[r]}" for name, r in zip(names, region.tolist(), strict=True)), region


def _users(words: Words, config: SyntheticConfig, regions: Int64[np.ndarray, " c"], rng: np.random.Generator) -> Side:
    n_trades = sum(trade.family < config.n_families for trade in words.trades)
    trade, second = rng.integers(n_trades, size=(2, config.n_users))
    own, wide = _trade_chances(words, config)
    special = (1 - config.second_trade_share) * wide[trade] + config.second_trade_share * own[second]
    chances = _with_generic(words, config, special)
    city = _draw_cities(config, config.n_users, rng)
    return Side(
        trade, _draw_skills(chances, config.skills_per_user, rng), city, regions[city], _draw_levels(len(trade), rng)
    )


def _jobs(
    words: Words, config: SyntheticConfig, regions: Int64[np.ndarray, " c"], rng: np.random.Generator
) -> tuple[Side, tuple[str, ...]]:
    """The vacancies and the name of each one's employer, whose family of occupations a vacancy belongs to."""
    n_companies = max(1, round(config.n_jobs / config.jobs_per_company))
    family = rng.permutation(n_companies) % config.n_families
    home = _draw_cities(config, n_companies, rng)
    sizes = rng.standard_exponential(n_companies)
    company = rng.choice(n_companies, size=config.n_jobs, p=sizes / sizes.sum())
    moved = rng.random(config.n_jobs) < config.branch_share
    city = np.where(moved, _draw_cities(config, config.n_jobs, rng), home[company])
    trade = _draw_trades(words, family[company], rng)
    chances = _with_generic(words, config, _trade_chances(words, config)[1][trade])
    skills = _draw_skills(chances, config.skills_per_job, rng)
    names = [_company_name(words, place, rng) for place in family.tolist()]
    jobs = Side(trade, skills, city, regions[city], _draw_levels(len(trade), rng))
    return jobs, tuple(names[place] for place in company.tolist())


def _company_name(words: Words, family: int, rng: np.random.Generator) -> str:
    kinds = (words.employers["heads"], words.employers["tails"], words.families[family].employers)
    head, tail, ending = (kind[int(rng.integers(len(kind)))] for kind in kinds)
    return f"{head}{tail} {ending}"


def _draw_trades(words: Words, family: Int64[np.ndarray, " n"], rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    """A trade of each family, all its trades being as likely."""
    of_trade = np.array([trade.family for trade in words.trades])
    first, after = np.searchsorted(of_trade, family), np.searchsorted(of_trade, family, side="right")
    return rng.integers(first, after)


def _draw_cities(config: SyntheticConfig, n: int, rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    sizes = 1 / np.arange(1, config.n_cities + 1)
    return rng.choice(config.n_cities, size=n, p=sizes / sizes.sum())


def _draw_levels(n: int, rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    return rng.choice(len(_LEVEL_SHARES), size=n, p=_LEVEL_SHARES)


# ── skills ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _trade_chances(
    words: Words, config: SyntheticConfig
) -> tuple[Float64[np.ndarray, "t s"], Float64[np.ndarray, "t s"]]:
    """Per trade the chance of every skill to be the first one drawn: from the trade itself, and mixed with all trades
    of its family by `focus`. Rows sum to 1."""
    by_family = [
        [skill for trade in words.trades if trade.family == place for skill in trade.skills]
        for place in range(len(words.families))
    ]
    own = _shares(words, [trade.skills for trade in words.trades])
    family = _shares(words, by_family)[[trade.family for trade in words.trades]]
    return own, config.focus * own + (1 - config.focus) * family


def _with_generic(
    words: Words, config: SyntheticConfig, special: Float64[np.ndarray, "n s"]
) -> Float64[np.ndarray, "n s"]:
    """These chances, with `generic_share` of them given to the generic skills."""
    return (1 - config.generic_share) * special + config.generic_share * _shares(words, [words.generic])


def _shares(words: Words, groups: Sequence[Sequence[int]]) -> Float64[np.ndarray, "g s"]:
    """For each group of skills the uniform distribution over its distinct members."""
    found = np.zeros((len(groups), len(words.skills)))
    for row, group in zip(found, groups, strict=True):
        row[list(group)] = 1 / len(set(group))
    return found


def _draw_skills(chances: Float64[np.ndarray, "n s"], span: Span, rng: np.random.Generator) -> Bool[np.ndarray, "n s"]:
    """Between span[0] and span[1] distinct skills per row, drawn by these chances without replacement (Gumbel top-k);
    all that have a chance where there are fewer."""
    counts = rng.integers(*span, size=len(chances), endpoint=True)
    with np.errstate(divide="ignore"):
        keys = np.log(chances) + rng.gumbel(size=chances.shape)
    order = np.argsort(-keys, axis=1, kind="stable")
    ranks = np.argsort(order, axis=1, kind="stable")
    return (ranks < counts[:, None]) & (chances > 0)
