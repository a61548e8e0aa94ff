"""The hidden world and its choices → the three tables of a dataset."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from jaxtyping import Int64

from lgir.core.run import Progress, Run
from lgir.data.check import build_dataset
from lgir.data.dataset import Dataset
from lgir.data.synthetic.config import SyntheticConfig
from lgir.data.synthetic.hidden import HiddenWorld, Side
from lgir.data.synthetic.words import job_ad, resume_text
from lgir.data.timestamps import MOMENT

_FIRST_SECOND = 1_704_067_200
"""The log starts on 1 January 2024, 0:00 UTC."""

_DAY_S = 86_400

_TOLD_EVERY = 500
"""Texts between two reports of progress."""


def make_tables(config: SyntheticConfig, hidden: HiddenWorld, pairs: Int64[np.ndarray, "n 2"], run: Run) -> Dataset:
    """Writes the ads and résumés, and dates everything.

    Args:
        config: shares and dates.
        hidden: the people and jobs.
        pairs: distinct (user, job) engagements.
        run: the seed, and where progress goes.
    """
    user_ids = pl.Series([f"u{place:05d}" for place in range(config.n_users)])
    job_ids = pl.Series([f"j{place:05d}" for place in range(config.n_jobs)])
    posted, moments = _dates(config, pairs[:, 1], run.rng("synthetic", "dates"))
    users = pl.DataFrame({"user_id": user_ids, "resume": _resumes(config, hidden, run)})
    jobs = _ads(config, hidden, run).with_columns(
        job_ids.alias("job_id"), _utc("posted_at", posted), _utc("expires_at", posted + config.open_days * _DAY_S)
    )
    interactions = pl.DataFrame(
        [user_ids[pairs[:, 0]].alias("user_id"), job_ids[pairs[:, 1]].alias("job_id"), _utc("timestamp", moments)]
    )
    return build_dataset(users, jobs, interactions.sort("user_id", "timestamp", "job_id"))


def _dates(
    config: SyntheticConfig, engaged: Int64[np.ndarray, " n"], rng: np.random.Generator
) -> tuple[Int64[np.ndarray, " j"], Int64[np.ndarray, " n"]]:
    """Seconds from the start of the log at which each job is posted, and at which each engagement happens.

    Jobs are posted evenly from `open_days` before the log, so that as many are open on its first day as later, and each
    is open for at least one day of the log. An engagement is as likely at any moment of the log while the job is open.
    """
    end, length = config.days * _DAY_S, config.open_days * _DAY_S
    posted = rng.integers(_DAY_S - length, end - _DAY_S, size=config.n_jobs, endpoint=True)
    opens, closes = np.maximum(posted, 0), np.minimum(posted + length, end)
    return posted, rng.integers(opens[engaged], closes[engaged])


def _utc(name: str, seconds: Int64[np.ndarray, " n"]) -> pl.Series:
    return pl.Series(name, (seconds + _FIRST_SECOND) * 10**6).cast(MOMENT)


def _counted(what: str, n: int, progress: Progress) -> Iterator[int]:
    """The numbers below n, with progress reported."""
    progress.start(what, n)
    for place in range(n):
        yield place
        if (place + 1) % _TOLD_EVERY == 0:
            progress.advance(_TOLD_EVERY)
    progress.advance(n % _TOLD_EVERY)
    progress.finish()


def _ads(config: SyntheticConfig, hidden: HiddenWorld, run: Run) -> pl.DataFrame:
    """Text, title, company, location and category of every job."""
    words, jobs, rng = hidden.words, hidden.jobs, run.rng("synthetic", "ads")
    generic, rows = set(words.generic), []
    for place in _counted("writing job ads", config.n_jobs, run.progress):
        company = hidden.companies[place]
        skills = rng.permutation(np.flatnonzero(jobs.skills[place])).tolist()
        title = f"{words.levels[int(jobs.level[place])]} {_title(hidden, jobs, place, rng)}".strip()
        location = hidden.locations[int(jobs.city[place])]
        text = job_ad(
            words,
            title=title,
            company=company,
            location=location,
            skills=_worded(config, hidden, [skill for skill in skills if skill not in generic], rng),
            generic=_worded(config, hidden, [skill for skill in skills if skill in generic], rng),
            rng=rng,
        )
        category = words.families[words.trades[int(jobs.trade[place])].family].category
        rows.append((text, title, company, location, category))
    return pl.DataFrame(rows, schema=["text", "title", "company", "location", "category"], orient="row")


def _resumes(config: SyntheticConfig, hidden: HiddenWorld, run: Run) -> list[str]:
    rng = run.rng("synthetic", "resumes")
    return [
        "" if rng.random() < config.empty_resume_share else _resume(config, hidden, place, rng)
        for place in _counted("writing résumés", config.n_users, run.progress)
    ]


def _resume(config: SyntheticConfig, hidden: HiddenWorld, place: int, rng: np.random.Generator) -> str:
    users = hidden.users
    skills = rng.permutation(np.flatnonzero(users.skills[place]))
    mentioned = skills[rng.random(len(skills)) < config.resume_skill_share].tolist()
    title = _title(hidden, users, place, rng) if rng.random() < config.resume_title_share else None
    location = hidden.locations[int(users.city[place])] if rng.random() < config.resume_city_share else None
    return resume_text(
        hidden.words,
        title=title,
        level=int(users.level[place]),
        location=location,
        skills=_worded(config, hidden, mentioned, rng),
        rng=rng,
    )


def _title(hidden: HiddenWorld, side: Side, place: int, rng: np.random.Generator) -> str:
    titles = hidden.words.trades[int(side.trade[place])].titles
    return titles[int(rng.integers(len(titles)))]


def _worded(config: SyntheticConfig, hidden: HiddenWorld, skills: Sequence[int], rng: np.random.Generator) -> list[str]:
    """One of the two wordings of each skill."""
    return [hidden.words.skills[skill][int(rng.random() < config.reword_share)] for skill in skills]
