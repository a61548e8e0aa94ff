import itertools
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.core.config import load_config, parse_config
from lgir.core.errors import BadConfig
from lgir.data.check import check_frames
from lgir.data.report import DataReport
from lgir.data.synthetic import LIKE, SyntheticConfig, choices, hidden_world, synthetic_world
from lgir.data.synthetic.choices import choose_jobs, long_tail_counts, with_total
from lgir.data.synthetic.config import MAX_CITIES, MAX_FAMILIES, MAX_REGIONS
from lgir.data.synthetic.words import load_words, resume_text
from lgir.data.synthetic.worth import Worth

WORLDS = sorted((Path(__file__).parents[2] / "experiments" / "worlds").glob("*.toml"))
SMALL = SyntheticConfig(n_users=120, n_jobs=150, n_cities=12, n_regions=4)
WORDS = load_words()
MENTION = {
    wording: (skill, re.compile(rf"(?<!\w){re.escape(wording)}(?!\w)"))
    for skill, wordings in enumerate(WORDS.skills)
    for wording in wordings
}


def small(**changes):
    return SyntheticConfig.model_validate(SMALL.model_dump() | changes)


def mentioned(text):
    return {skill for wording, (skill, pattern) in MENTION.items() if wording in text and pattern.search(text)}


def pairs_of(dataset):
    rows = dataset.interactions.select(pl.col("user_id", "job_id").str.slice(1).cast(pl.Int64))
    return rows.sort("user_id", "job_id").to_numpy()


# ── the whole world ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_config_and_seed_give_equal_tables():
    first, again, other = (synthetic_world(SMALL, seed) for seed in (3, 3, 4))
    assert first.fingerprint == again.fingerprint
    assert first.users.equals(again.users)
    assert first.jobs.equals(again.jobs)
    assert first.interactions.equals(again.interactions)
    assert first.fingerprint != other.fingerprint


@st.composite
def configs(draw):
    share = st.floats(0, 1)
    n_jobs, n_cities = draw(st.integers(1, 30)), draw(st.integers(1, 20))
    fewest, most = sorted(draw(st.tuples(st.integers(1, n_jobs), st.integers(1, n_jobs))))
    return SyntheticConfig(
        n_users=draw(st.integers(1, 20)),
        n_jobs=n_jobs,
        n_families=draw(st.integers(2, MAX_FAMILIES)),
        n_cities=n_cities,
        n_regions=draw(st.integers(1, min(n_cities, MAX_REGIONS))),
        jobs_per_company=draw(st.floats(1, 50)),
        branch_share=draw(share),
        skills_per_user=tuple(sorted(draw(st.tuples(st.integers(1, 400), st.integers(1, 400))))),
        skills_per_job=tuple(sorted(draw(st.tuples(st.integers(1, 400), st.integers(1, 400))))),
        generic_share=draw(share),
        second_trade_share=draw(share),
        focus=draw(share),
        empty_resume_share=draw(share),
        resume_skill_share=draw(share),
        resume_title_share=draw(share),
        resume_city_share=draw(share),
        reword_share=draw(share),
        min_interactions=fewest,
        mean_interactions=draw(st.floats(fewest, most)),
        max_interactions=draw(st.integers(most, 1000)),
        tail_exponent=draw(st.floats(0.1, 100)),
        taste_weight=draw(st.sampled_from([0.0, 2.0])),
        n_tastes=draw(st.integers(1, 5)),
        noise=draw(st.floats(0, 1e6)),
        days=draw(st.integers(1, 200)),
        open_days=draw(st.integers(1, 200)),
    )


@settings(max_examples=25, deadline=None)
@given(config=configs(), seed=st.integers(0, 2**32))
def test_any_world_passes_the_schema_check_unchanged(config, seed):
    world = synthetic_world(config, seed)
    report = DataReport()
    assert check_frames(world.users, world.jobs, world.interactions, report).fingerprint == world.fingerprint
    assert not report.dropped
    assert world.users["user_id"].to_list() == [f"u{place:05d}" for place in range(config.n_users)]
    assert world.jobs["job_id"].to_list() == [f"j{place:05d}" for place in range(config.n_jobs)]
    counts = world.interactions.group_by("user_id").len()["len"]
    assert len(counts) == config.n_users
    assert counts.min() >= config.min_interactions
    assert counts.max() <= config.most_interactions
    assert not any("{" in text for text in [*world.users["resume"], *world.jobs["text"]])


def test_engagements_fall_within_the_log_and_while_the_job_is_open():
    world = synthetic_world(small(days=30, open_days=20), 0)
    dated = world.interactions.join(world.jobs.select("job_id", "posted_at", "expires_at"), on="job_id")
    assert dated.select((pl.col("timestamp").is_between("posted_at", "expires_at")).all()).item()
    length = dated["timestamp"].max() - dated["timestamp"].min()
    assert 28 <= length.days < 30
    assert set((world.jobs["expires_at"] - world.jobs["posted_at"]).dt.total_days()) == {20}


def test_rows_of_the_tables_are_the_rows_of_the_hidden_world():
    world, hidden = synthetic_world(SMALL, 5), hidden_world(SMALL, 5)
    assert world.jobs["company"].to_list() == list(hidden.companies)
    assert world.jobs["location"].to_list() == [hidden.locations[city] for city in hidden.jobs.city]
    for text, skills in zip(world.jobs["text"], hidden.jobs.skills, strict=True):
        assert mentioned(text.split("\n")[3]) == set(np.flatnonzero(skills))
    for resume, skills in zip(world.users["resume"], hidden.users.skills, strict=True):
        assert mentioned(resume) <= set(np.flatnonzero(skills))


def test_an_ad_begins_with_title_company_and_location():
    jobs = synthetic_world(SMALL, 0).jobs
    for row in jobs.iter_rows(named=True):
        title, company, location, body = row["text"].split("\n")
        assert [title, company, location] == [row["title"], row["company"], row["location"]]
        assert re.fullmatch(r"\w+, [\w ]+", location)
        assert body.endswith(".")


# ── the knobs of the texts ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_resume_skill_share_is_the_share_of_hidden_skills_mentioned(share):
    config = small(n_users=400, resume_skill_share=share, empty_resume_share=0.0)
    world, hidden = synthetic_world(config, 1), hidden_world(config, 1)
    said = sum(len(mentioned(resume)) for resume in world.users["resume"])
    total = hidden.users.skills.sum()
    # five standard deviations of a binomial draw
    assert abs(said / total - share) <= 5 * np.sqrt(share * (1 - share) / total)


def test_the_other_resume_shares_hold():
    config = small(n_users=1500, empty_resume_share=0.2, resume_title_share=0.6, resume_city_share=0.4)
    resumes = synthetic_world(config, 1).users["resume"]
    written = resumes.filter(resumes != "")
    titles = [title for trade in WORDS.trades for title in trade.titles]
    regions = WORDS.places["regions"]
    assert 1 - len(written) / 1500 == pytest.approx(0.2, abs=0.05)
    assert np.mean([any(title in text for title in titles) for text in written]) == pytest.approx(0.6, abs=0.06)
    assert np.mean([any(region in text for region in regions) for text in written]) == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(("share", "wordings"), [(0.0, {0}), (1.0, {1})])
def test_reword_share_chooses_the_wording(share, wordings):
    world = synthetic_world(small(reword_share=share), 0)
    texts = "\n".join([*world.users["resume"], *world.jobs["text"]])
    used = {WORDS.skills[skill].index(word) for word, (skill, pattern) in MENTION.items() if pattern.search(texts)}
    assert used == wordings


def test_parameters_of_the_texts_change_no_choice():
    plain = synthetic_world(SMALL, 2)
    other = synthetic_world(small(resume_skill_share=0.9, empty_resume_share=0.5, reword_share=0.0), 2)
    assert np.array_equal(pairs_of(plain), pairs_of(other))
    assert plain.fingerprint != other.fingerprint


def test_a_person_with_nothing_to_say_still_writes_a_sentence():
    text = resume_text(WORDS, title=None, level=0, location=None, skills=[], rng=np.random.default_rng(0))
    assert text in WORDS.resume["closers"]


# ── the hidden part ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_skill_counts_stay_in_their_spans():
    config = small(skills_per_user=(5, 9), skills_per_job=(2, 3))
    hidden = hidden_world(config, 0)
    assert set(hidden.users.skills.sum(axis=1)) == {5, 6, 7, 8, 9}
    assert set(hidden.jobs.skills.sum(axis=1)) == {2, 3}


def test_focus_and_generic_share_decide_where_skills_come_from():
    narrow = hidden_world(small(generic_share=0.0, second_trade_share=0.0, focus=1.0, skills_per_user=(8, 8)), 0)
    for trade, skills in zip(narrow.users.trade, narrow.users.skills, strict=True):
        assert set(np.flatnonzero(skills)) == set(WORDS.trades[trade].skills)
    generic = hidden_world(small(generic_share=1.0, second_trade_share=0.5), 0)
    assert set(np.flatnonzero(generic.users.skills.any(axis=0))) == set(WORDS.generic)
    assert set(np.flatnonzero(generic.jobs.skills.any(axis=0))) == set(WORDS.generic)


def test_first_skills_are_drawn_by_the_documented_chances():
    config = small(n_users=20_000, skills_per_user=(1, 1), generic_share=0.2, second_trade_share=0.3, focus=0.5)
    users = hidden_world(config, 0).users
    skill = users.skills.argmax(axis=1)
    assert np.isin(skill, WORDS.generic).mean() == pytest.approx(0.2, abs=0.015)
    of_trade = np.zeros((len(WORDS.trades), len(WORDS.skills)), bool)
    for row, trade in zip(of_trade, WORDS.trades, strict=True):
        row[list(trade.skills)] = True
    # 0.8 · 0.7 · (0.5 + 0.5 · ⅓), and a little by chance: shared skills, or a second trade that is the first again
    assert of_trade[users.trade, skill].mean() == pytest.approx(0.8 * 0.7 * 2 / 3, abs=0.03)


def test_a_world_of_two_families_knows_no_third():
    hidden = hidden_world(small(n_families=2), 0)
    assert {WORDS.trades[trade].family for trade in [*hidden.users.trade, *hidden.jobs.trade]} == {0, 1}


def test_a_vacancy_belongs_to_its_employers_family_and_mostly_to_its_town():
    config = small(n_jobs=400, branch_share=0.0)
    jobs = synthetic_world(config, 0).jobs
    assert jobs.group_by("company").agg(pl.col("category", "location").n_unique()).select(
        (pl.col("category", "location") == 1).all()
    ).row(0) == (True, True)


# ── the choices ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_engaged_jobs_tell_more_of_the_hidden_skills_than_the_resume():
    config = small(n_users=200, n_jobs=400)
    world, hidden = synthetic_world(config, 0), hidden_world(config, 0)
    pairs, skills = pairs_of(world), hidden.users.skills
    seen = np.zeros_like(skills)
    np.logical_or.at(seen, pairs[:, 0], hidden.jobs.skills[pairs[:, 1]])
    said = np.zeros_like(skills)
    for row, text in enumerate(world.users["resume"]):
        said[row, list(mentioned(text))] = True
    assert (seen & skills).sum() / skills.sum() > (said & skills).sum() / skills.sum() + 0.1


def overlap(config, seed=0):
    """Mean share of an engaged job's skills that the person has."""
    pairs, hidden = pairs_of(synthetic_world(config, seed)), hidden_world(config, seed)
    jobs = hidden.jobs.skills[pairs[:, 1]]
    return ((hidden.users.skills[pairs[:, 0]] & jobs).sum(axis=1) / jobs.sum(axis=1)).mean()


def test_noise_and_skill_weight_govern_how_much_behaviour_tells():
    found = [overlap(small(noise=noise)) for noise in (0.0, 1.0, 4.0, 1e6)]
    assert found == sorted(found, reverse=True)
    hidden = hidden_world(SMALL, 0)
    users, jobs = hidden.users.skills.astype(float), hidden.jobs.skills.astype(float)
    by_chance = (users @ jobs.T / jobs.sum(axis=1)).mean()
    assert found[-1] == pytest.approx(by_chance, abs=0.02)
    assert overlap(small(skill_weight=0.0)) == pytest.approx(by_chance, abs=0.02)


def test_place_counts_for_those_who_would_not_move():
    def near(config):
        pairs, hidden = pairs_of(synthetic_world(config, 0)), hidden_world(config, 0)
        return (hidden.users.region[pairs[:, 0]] == hidden.jobs.region[pairs[:, 1]]).mean()

    assert near(small(place_weight=4.0, mobile_share=0.0)) > near(small(place_weight=0.0)) + 0.2
    moving = [pairs_of(synthetic_world(small(place_weight=weight, mobile_share=1.0), 0)) for weight in (0.0, 9.0)]
    assert np.array_equal(*moving)


def test_seniority_and_popularity_weights_pull():
    def gap(weight):
        config = small(seniority_weight=weight)
        pairs, hidden = pairs_of(synthetic_world(config, 0)), hidden_world(config, 0)
        return np.abs(hidden.users.level[pairs[:, 0]] - hidden.jobs.level[pairs[:, 1]]).mean()

    def busiest(weight):
        counts = np.bincount(pairs_of(synthetic_world(small(popularity_weight=weight), 0))[:, 1])
        return counts.max() / counts.sum()

    assert gap(5.0) < gap(0.0) / 2
    assert busiest(3.0) > 2 * busiest(0.0)


def test_utilities_follow_the_written_formula():
    config = small(
        skill_weight=3.0, place_weight=2.0, seniority_weight=0.5, popularity_weight=0.25, taste_weight=1.5, n_tastes=3
    )
    hidden = hidden_world(config, 7)
    found = Worth(config, hidden)(slice(10, 30))
    users, jobs = hidden.users, hidden.jobs
    for row, job in itertools.product(range(20), range(0, config.n_jobs, 7)):
        user = row + 10
        same = int(users.city[user] == jobs.city[job]) + int(users.region[user] == jobs.region[job])
        expected = 3.0 * (users.skills[user] & jobs.skills[job]).sum() / jobs.skills[job].sum()
        expected += 0.0 if hidden.mobile[user] else 2.0 * (same / 2)
        expected += 0.25 * hidden.appeal[job] - 0.5 * abs(users.level[user] - jobs.level[job])
        expected += 1.5 * sum(hidden.user_taste[user, t] * hidden.job_taste[job, t] for t in range(3))
        assert found[row, job] == pytest.approx(expected, abs=1e-5)


def drawn(utility, count, noise, n=40_000):
    """Share of n like users that chose each set of jobs."""
    row = np.array(utility, np.float32)
    pairs = choose_jobs(
        lambda part: np.tile(row, (part.stop - part.start, 1)),
        np.full(n, count),
        n_jobs=len(row),
        noise=noise,
        rng=np.random.default_rng(0),
    )
    sets, times = np.unique(pairs[:, 1].reshape(n, count), axis=0, return_counts=True)
    return {tuple(chosen): number / n for chosen, number in zip(sets.tolist(), times, strict=True)}


@pytest.mark.parametrize("noise", [1.0, 2.0])
def test_choices_are_a_softmax_without_replacement(noise):
    utility = [0.0, 1.0, 2.0, -1.0]
    worth = np.exp(np.array(utility) / noise)
    for chosen, share in drawn(utility, 2, noise).items():
        first, second = worth[list(chosen)] / worth.sum()
        expected = first * second / (1 - first) + second * first / (1 - second)
        assert share == pytest.approx(expected, abs=5 * np.sqrt(expected / 40_000))


def test_boundless_noise_makes_choices_uniform_and_none_makes_them_the_best():
    found = drawn([0.0, 5.0, 9.0], 1, 1e6)
    assert list(found.values()) == pytest.approx([1 / 3] * 3, abs=0.015)
    assert drawn([0.0, 5.0, 9.0, 7.0], 2, 0.0) == {(2, 3): 1.0}


def test_how_many_users_are_held_at_once_changes_nothing(monkeypatch):
    config = small(taste_weight=2.0)
    whole = pairs_of(synthetic_world(config, 0))
    monkeypatch.setattr(choices, "_CELLS", 7 * config.n_jobs)
    assert np.array_equal(pairs_of(synthetic_world(config, 0)), whole)


@given(n=st.integers(1, 6000), share=st.floats(0, 1), values=st.sampled_from([3, 1000, 10**9]), seed=st.integers(0, 99))
def test_the_largest_keys_are_chosen_of_long_and_short_rows_and_among_ties(n, share, values, seed):
    rng = np.random.default_rng(seed)
    keys, count = rng.integers(values, size=n).astype(np.float32), int(share * min(n, 300))
    row = keys[None]
    pairs = choose_jobs(lambda part: row[part], np.array([count]), n_jobs=n, noise=0.0, rng=rng)
    chosen = pairs[:, 1]
    assert len(set(chosen)) == count
    assert np.array_equal(np.sort(keys[chosen]), np.sort(keys)[n - count :])


def test_a_hidden_taste_shows_in_behaviour_and_in_nothing_else():
    plain, tasteful = small(), small(taste_weight=4.0, n_tastes=2, skill_weight=1.0)
    without, within = synthetic_world(plain, 2), synthetic_world(tasteful, 2)
    assert without.users.equals(within.users)
    assert without.jobs.equals(within.jobs)
    hidden = hidden_world(tasteful, 2)

    def liked(world):
        pairs = pairs_of(world)
        return (hidden.user_taste[pairs[:, 0]] * hidden.job_taste[pairs[:, 1]]).sum(axis=1).mean()

    assert abs(liked(without)) < 0.1
    assert liked(within) > 1


def test_taste_has_the_weight_that_was_asked_for():
    config = small(n_users=50, n_jobs=4000, taste_weight=3.0, n_tastes=5)
    hidden = hidden_world(config, 0)
    assert np.allclose(np.linalg.norm(hidden.user_taste, axis=1), 1, atol=1e-5)
    # five standard errors of the standard deviation of 4,000 draws
    spread = 3.0 * (hidden.user_taste @ hidden.job_taste.T).std(axis=1)
    assert spread == pytest.approx(np.full(50, 3.0), abs=5 * 3.0 / np.sqrt(2 * 4000))


def test_a_taste_without_weight_changes_no_bit():
    assert synthetic_world(small(n_tastes=2), 0).fingerprint == synthetic_world(small(n_tastes=9), 0).fingerprint


# ── how many ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(fewest=st.integers(1, 4), spread=st.integers(0, 9), share=st.floats(0, 1), n=st.integers(1, 60))
def test_the_number_of_interactions_can_be_fixed(fewest, spread, share, n):
    most = fewest + spread
    total = round(n * (fewest + share * spread))
    counts = np.random.default_rng(0).integers(fewest, most, size=n, endpoint=True)
    found = with_total(counts, total, fewest=fewest, most=most, rng=np.random.default_rng(1))
    assert found.sum() == total
    assert found.min() >= fewest
    assert found.max() <= most


@pytest.mark.parametrize("total", [360, 361, 1234, 5000])
def test_a_world_has_exactly_the_interactions_that_were_asked_for(total):
    world = synthetic_world(small(n_interactions=total), 3)
    assert world.interactions.select("user_id", "job_id").n_unique() == world.interactions.height == total
    counts = world.interactions.group_by("user_id").len()["len"]
    assert (len(counts), counts.min() >= SMALL.min_interactions) == (SMALL.n_users, True)


def test_the_worlds_like_the_papers_have_its_counts():
    sizes = {name: (config.n_users, config.n_jobs, config.n_interactions) for name, config in LIKE.items()}
    assert sizes == {  # Table 1
        "designs": (12_290, 9_143, 166_270),
        "sales": (15_854, 12_772, 145_066),
        "tech": (56_634, 48_090, 925_193),
    }
    for config in LIKE.values():
        limits = {"fewest": config.min_interactions, "most": config.most_interactions}
        rng = np.random.default_rng(0)
        mean, exponent = config.interactions_per_user, config.tail_exponent
        drawn = long_tail_counts(config.n_users, mean=mean, exponent=exponent, rng=rng, **limits)
        exact = with_total(drawn, config.n_interactions, rng=rng, **limits)
        assert exact.sum() == config.n_interactions
        # the shape of the law stays what it was
        assert np.abs(exact - drawn).max() <= 1
        assert (exact != drawn).mean() < 0.05


class Told:
    """Keeps what was reported."""

    def __init__(self):
        self.stages = []

    def start(self, what, total):
        self.stages.append([what, total, 0])

    def advance(self, steps=1, note=""):
        self.stages[-1][2] += steps

    def finish(self, note=""):
        pass


def test_progress_counts_every_user_and_job():
    told = Told()
    config = small(n_users=1203, n_jobs=500)
    world = synthetic_world(config, 0, told)
    assert [tuple(stage) for stage in told.stages] == [
        ("drawing people and jobs", None, 0),
        ("choosing jobs", 1203, 1203),
        ("writing résumés", 1203, 1203),
        ("writing job ads", 500, 500),
    ]
    assert world.fingerprint == synthetic_world(config, 0).fingerprint


@given(fewest=st.integers(0, 5), more=st.floats(0, 1), most=st.integers(5, 300), exponent=st.floats(0.1, 100))
def test_counts_have_the_mean_that_was_asked_for(fewest, more, most, exponent):
    mean = fewest + more * (most - fewest)
    counts = long_tail_counts(
        2000, fewest=fewest, mean=mean, most=most, exponent=exponent, rng=np.random.default_rng(0)
    )
    assert counts.min() >= fewest
    assert counts.max() <= most
    # one quantile per stratum of an increasing function: the error of the mean is at most the range over n
    assert abs(counts.mean() - mean) <= (most - fewest) / 2000 + 1e-9


def test_a_smaller_exponent_makes_a_longer_tail():
    def median_and_most(exponent):
        counts = long_tail_counts(5000, fewest=3, mean=9.0, most=500, exponent=exponent, rng=np.random.default_rng(0))
        return np.median(counts), counts.max()

    (short_median, short_most), (long_median, long_most) = median_and_most(5.0), median_and_most(1.2)
    assert long_median < short_median < 9
    assert long_most > short_most


# ── configuration and words ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"n_users": 0}, "n_users: Input should be greater than 0"),
        ({"n_families": 99}, f"n_families: Input should be less than or equal to {MAX_FAMILIES}"),
        ({"resume_skill_share": 1.5}, "resume_skill_share: Input should be less than or equal to 1"),
        ({"noise": float("nan")}, "noise: Input should be a finite number"),
        ({"skills_per_job": [8, 4]}, "write the smaller number first"),
        ({"n_cities": 3}, "raise n_cities"),
        ({"mean_interactions": 2.0}, "must lie between min_interactions"),
        ({"n_jobs": 5}, "must lie between min_interactions"),
        ({"n_interactions": 5}, "n_interactions / n_users is 0.00833333; it must lie between min_interactions"),
        ({"n_interactions": 6000, "mean_interactions": 10.0}, "say the same; remove one of them"),
        ({"n_user": 10}, "n_user: there is no such key; mend its spelling or remove it"),
    ],
)
def test_impossible_worlds_are_refused_in_words(values, sentence):
    with pytest.raises(BadConfig, match=re.escape(sentence)):
        parse_config(SyntheticConfig, values, source="world.toml")


def test_every_parameter_stands_in_the_docs():
    page = (Path(__file__).parents[2] / "docs" / "synthetic.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page.partition("## Parameters")[2]))
    assert set(SyntheticConfig.model_fields) <= named


def test_the_named_worlds_can_be_made():
    assert [file.stem for file in WORLDS] == ["behaviour-rich", "poor", "text-rich"]
    for file in WORLDS:
        config = load_config(SyntheticConfig, file)
        assert (config.n_users, config.n_jobs) == (1500, 1200)


def test_the_named_worlds_differ_in_what_texts_and_behaviour_say():
    behaviour, poor, text = (load_config(SyntheticConfig, file) for file in WORLDS)
    assert text.resume_skill_share > 0.8 > 0.2 > max(behaviour.resume_skill_share, poor.resume_skill_share)
    assert behaviour.taste_weight > 0 == text.taste_weight == poor.taste_weight
    assert behaviour.mean_interactions > text.mean_interactions > poor.mean_interactions
    assert poor.noise > max(text.noise, behaviour.noise)


def test_the_limits_are_those_of_the_word_lists():
    heads, tails = WORDS.places["heads"], WORDS.places["tails"]
    assert len(WORDS.families) == MAX_FAMILIES
    assert len(set(WORDS.places["regions"])) == MAX_REGIONS
    assert len({head + tail for head in heads for tail in tails}) == MAX_CITIES


def test_every_wording_stands_for_one_skill_and_hides_in_no_other():
    wordings = [wording for pair in WORDS.skills for wording in pair]
    assert len(set(wordings)) == len(wordings)
    for wording, (_, pattern) in MENTION.items():
        assert not [other for other in wordings if other != wording and pattern.search(other)]


def test_every_trade_has_eight_skills_and_every_family_three_trades():
    assert {len(set(trade.skills)) for trade in WORDS.trades} == {8}
    families = [trade.family for trade in WORDS.trades]
    assert families == sorted(families)
    assert np.bincount(families).tolist() == [3] * MAX_FAMILIES
