from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig, BadData, BadInput
from lgir.core.fingerprint import fingerprint
from lgir.data.dataset import Dataset
from lgir.data.split import SplitConfig, load_split, save_split, split, split_fingerprint

START = datetime(2015, 1, 1, tzinfo=UTC)


def make_dataset(jobs_of, *, moments=None, extra_jobs=()):
    """`jobs_of`: user id → job ids; `moments`: one per interaction, in order, None for a missing one."""
    pairs = [(user, job) for user, jobs in jobs_of.items() for job in jobs]
    names = list(dict.fromkeys([job for _, job in pairs] + list(extra_jobs)))
    columns = {"user_id": [user for user, _ in pairs], "job_id": [job for _, job in pairs]}
    if moments is not None:
        columns["timestamp"] = pl.Series(list(moments), dtype=pl.Datetime("us", "UTC"))
    return Dataset(
        users=pl.DataFrame({"user_id": list(jobs_of), "resume": [""] * len(jobs_of)}),
        jobs=pl.DataFrame({"job_id": names, "text": names}),
        interactions=pl.DataFrame(columns),
        fingerprint=fingerprint(pairs, str(moments)),
    )


def named(dataset, pairs):
    """Pairs of indices as a set of pairs of ids."""
    users, jobs = dataset.users["user_id"].to_list(), dataset.jobs["job_id"].to_list()
    return {(users[user], jobs[job]) for user, job in pairs}


def timed(n):
    """One user with n jobs, one per day."""
    return make_dataset({"ann": [f"j{i}" for i in range(n)]}, moments=[START + timedelta(days=i) for i in range(n)])


worlds = st.dictionaries(
    st.text("abcXY", min_size=1, max_size=3),
    st.lists(st.integers(0, 30).map(lambda number: f"j{number}"), unique=True, min_size=1, max_size=12),
    min_size=1,
    max_size=8,
).filter(lambda world: any(len(jobs) >= 3 for jobs in world.values()))


@given(worlds, st.integers(0, 5))
def test_paper_rule_divides_each_user_in_thirds_and_loses_nothing(world, seed):
    dataset = make_dataset(world)
    made = split(dataset, SplitConfig(seed=seed))
    parts = [named(dataset, part) for part in (made.train, made.validation, made.test)]
    assert sum(len(part) for part in parts) == len(dataset.interactions)
    assert set.union(*parts) == set(dataset.interactions.iter_rows())
    for user, jobs in world.items():
        sizes = tuple(sum(owner == user for owner, _ in part) for part in parts)
        n, rest = divmod(len(jobs), 3)
        expected = (len(jobs), 0, 0) if n == 0 else (n, n + (rest == 2), n + (rest >= 1))
        assert sizes == expected


@settings(max_examples=30)
@given(worlds, st.randoms(use_true_random=False))
def test_order_of_rows_and_other_users_change_nothing(world, random):
    dataset = make_dataset(world)
    made = split(dataset, SplitConfig(seed=3))
    kept = next(user for user, jobs in world.items() if len(jobs) >= 3)
    users = list(world)
    random.shuffle(users)
    shuffled = {user: random.sample(world[user], len(world[user])) for user in users}
    alone = {kept: world[kept][::-1]}
    for other in (make_dataset(shuffled), make_dataset(alone)):
        again = split(other, SplitConfig(seed=3))
        for part in ("train", "validation", "test"):
            mine = {pair for pair in named(dataset, made.part(part)) if pair[0] == kept}
            assert mine == {pair for pair in named(other, again.part(part)) if pair[0] == kept}


def test_pairs_are_sorted_and_the_seed_matters():
    dataset = make_dataset({f"u{i}": [f"j{(i * 7 + k) % 40}" for k in range(9)] for i in range(20)})
    made = split(dataset, SplitConfig(seed=1))
    for part in (made.train, made.validation, made.test):
        assert part.tolist() == sorted(part.tolist())
    assert made.train.tolist() == split(dataset, SplitConfig(seed=1)).train.tolist()
    assert made.train.tolist() != split(dataset, SplitConfig(seed=2)).train.tolist()


def test_thirds_are_random_over_seeds():
    dataset = make_dataset({"ann": ["a", "b", "c"]})
    first = [int(split(dataset, SplitConfig(seed=seed)).train[0, 1]) for seed in range(300)]
    assert min(np.bincount(first, minlength=3)) > 60


def test_users_with_the_same_jobs_are_divided_apart():
    made = split(make_dataset({f"u{place}": ["a", "b", "c"] for place in range(50)}), SplitConfig())
    assert min(np.bincount(made.train[:, 1], minlength=3)) > 5


def test_left_out_users_take_their_own_jobs_out_of_the_catalogue():
    world = {"ann": ["a", "b", "c"], "bob": ["c", "d"], "cat": ["e"]}
    dataset = make_dataset(world, extra_jobs=["never"])
    names = np.array(dataset.jobs["job_id"].to_list())
    assert names[split(dataset, SplitConfig()).catalogue].tolist() == ["a", "b", "c", "d", "e"]
    made = split(dataset, SplitConfig(min_interactions=3))
    assert names[made.catalogue].tolist() == ["a", "b", "c"]
    assert {user for user, _ in named(dataset, np.concatenate([made.train, made.validation, made.test]))} == {"ann"}


def test_user_keys_come_from_ids_alone():
    world = {"ann": ["a", "b", "c"], "bob": ["a", "b", "d"]}
    turned = dict(reversed(world.items()))
    keys = split(make_dataset(world), SplitConfig()).user_keys
    assert keys.tolist() == split(make_dataset(turned), SplitConfig()).user_keys[::-1].tolist()
    assert len(set(keys.tolist())) == 2


def test_paper_rule_needs_a_user_with_three_jobs():
    with pytest.raises(BadInput, match=r"rule 'paper' leaves the validation part empty.*none of the 2 users"):
        split(make_dataset({"ann": ["a", "b"], "bob": ["a"]}), SplitConfig())


def test_min_interactions_that_leaves_nobody():
    with pytest.raises(BadInput, match=r"min_interactions=4 leaves no user.*most jobs one user has is 3"):
        split(make_dataset({"ann": ["a", "b", "c"]}), SplitConfig(min_interactions=4))


def test_time_rule_by_shares():
    made = split(timed(10), SplitConfig(rule="time"))
    assert made.train[:, 1].tolist() == [0, 1, 2, 3, 4, 5]
    assert made.validation[:, 1].tolist() == [6, 7]
    assert made.test[:, 1].tolist() == [8, 9]


def test_time_rule_by_moments_takes_the_moment_itself_to_the_later_part():
    cuts = {"train_until": START + timedelta(days=2), "validate_until": datetime(2015, 1, 5)}
    made = split(timed(6), SplitConfig(rule="time", **cuts))
    assert made.train[:, 1].tolist() == [0, 1]
    assert made.validation[:, 1].tolist() == [2, 3]
    assert made.test[:, 1].tolist() == [4, 5]


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), min_size=4, max_size=40), st.data())
def test_time_rule_keeps_one_moment_together_and_trains_on_no_more_than_the_share(days, data):
    first = data.draw(st.floats(0.2, 0.5))
    world = {"ann": [f"j{place}" for place in range(len(days))]}
    dataset = make_dataset(world, moments=[START + timedelta(days=day) for day in days])
    try:
        made = split(dataset, SplitConfig(rule="time", train_until=first, validate_until=first + 0.3))
    except BadInput:
        # no part may be empty; that the error says so is tested below
        assume(False)
    ranges = [{days[job] for job in part[:, 1]} for part in (made.train, made.validation, made.test)]
    assert max(ranges[0]) < min(ranges[1])
    assert max(ranges[1]) < min(ranges[2])
    assert len(made.train) <= first * len(days) + 1e-6


@pytest.mark.parametrize("moments", [None, [START, None, None, START]])
def test_time_rule_needs_timestamps(moments):
    dataset = make_dataset({"ann": ["a", "b", "c", "d"]}, moments=moments)
    missing = 4 if moments is None else 2
    with pytest.raises(BadData, match=rf"{missing} of 4 have none; add the column 'timestamp'"):
        split(dataset, SplitConfig(rule="time"))


@pytest.mark.parametrize(
    ("until", "named_part"),
    [((-1, 2), "training"), ((2, 3), "test"), ((1.2, 1.5), "validation")],
)
def test_time_rule_says_which_part_it_emptied(until, named_part):
    train_until, validate_until = (START + timedelta(days=days) for days in until)
    dataset = timed(3)
    with pytest.raises(BadInput, match=rf"rule 'time' .* leaves the {named_part} part empty.*2015-01-01.*2015-01-03"):
        split(dataset, SplitConfig(rule="time", train_until=train_until, validate_until=validate_until))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rule": "thirds"}, "rule"),
        ({"min_interactions": 0}, "min_interactions"),
        ({"seed": -1}, "seed"),
        ({"train_until": 0.5, "validate_until": 0.7}, "belong to rule 'time'"),
        ({"rule": "time", "train_until": 0.5}, "two moments or two shares"),
        ({"rule": "time", "train_until": 0.5, "validate_until": "2015-01-01T00:00:00Z"}, "two moments or two shares"),
        ({"rule": "time", "train_until": 0.8, "validate_until": 0.6}, "must come before"),
        ({"rule": "time", "train_until": 0.8, "validate_until": 1.0}, "between 0 and 1"),
    ],
)
def test_config_refuses_what_makes_no_sense(values, message):
    with pytest.raises(BadConfig, match=message):
        parse_config(SplitConfig, values, source="here.toml")


@pytest.mark.parametrize(
    "values", [{}, {"rule": "time"}, {"rule": "time", "train_until": START, "validate_until": START + timedelta(1)}]
)
def test_config_survives_its_own_json(values):
    config = SplitConfig(**values)
    assert SplitConfig.model_validate_json(config.model_dump_json()) == config


def test_fingerprint_names_dataset_and_config():
    dataset, other = timed(9), timed(10)
    config = SplitConfig(seed=1)
    found = {split_fingerprint(dataset, config), split_fingerprint(other, config)}
    found.add(split_fingerprint(dataset, SplitConfig(seed=2)))
    assert len(found) == 3
    assert split(dataset, config).fingerprint == split_fingerprint(dataset, config)


def test_saved_split_comes_back(tmp_path):
    made = split(timed(10), SplitConfig())
    save_split(tmp_path / "run" / "split.npz", made)
    again = load_split(tmp_path / "run" / "split.npz")
    for name in ("train", "validation", "test", "catalogue", "user_keys"):
        assert getattr(again, name).dtype == getattr(made, name).dtype
        assert getattr(again, name).tolist() == getattr(made, name).tolist()
    assert again.fingerprint == made.fingerprint
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["split.npz"]


def with_dates(dataset, posted=None, expires=None):
    """Days per job since START, None where unknown."""
    columns = {"posted_at": posted, "expires_at": expires}
    moments = [
        pl.Series(
            name, [None if day is None else START + timedelta(days=day) for day in days], pl.Datetime("us", "UTC")
        )
        for name, days in columns.items()
        if days is not None
    ]
    return Dataset(dataset.users, dataset.jobs.with_columns(moments), dataset.interactions, "with dates")


def test_time_rule_ranks_the_jobs_that_were_open_in_a_part():
    """Training is days 0 to 5, validation days 6 and 7, test days 8 and 9; job i is engaged with on day i."""
    posted = [0, 0, 0, 0, 7, 8, 6, 7, 99, 9.5]
    expires = [99, 6, 6.5, None, None, 99, 99, 99, 99, None]
    made = split(with_dates(timed(10), posted, expires), SplitConfig(rule="time"))
    assert made.catalogue.tolist() == list(range(10))
    # out: 1 expires at the first moment of the part; 5 appears on day 8; 8 and 9 later
    assert made.validation_catalogue.tolist() == [0, 2, 3, 4, 6, 7]
    # out: 1 and 2 have expired; 8 and 9 have no place there by their dates, but were engaged with
    assert made.test_catalogue.tolist() == [0, 3, 4, 5, 6, 7, 8, 9]
    assert made.catalogue_of("validation").tolist() == made.validation_catalogue.tolist()
    assert made.catalogue_of("test").tolist() == made.test_catalogue.tolist()


def test_jobs_without_dates_are_always_open():
    for dataset in (timed(10), with_dates(timed(10), [None] * 10, [None] * 10)):
        made = split(dataset, SplitConfig(rule="time"))
        assert made.validation_catalogue.tolist() == made.test_catalogue.tolist() == list(range(10))
    # the paper's rule knows no time
    world = {f"u{user}": [f"j{job}" for job in range(6)] for user in range(3)}
    made = split(with_dates(make_dataset(world), [99] * 6, [0] * 6), SplitConfig())
    assert made.validation_catalogue.tolist() == made.test_catalogue.tolist() == list(range(6))


@settings(max_examples=50)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=12, max_size=12),
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=12, max_size=12),
)
def test_a_catalogue_holds_what_was_engaged_with_and_what_was_open(posted, expires):
    made = split(with_dates(timed(12), posted, expires), SplitConfig(rule="time"))
    for part in ("validation", "test"):
        engaged = set(made.part(part)[:, 1].tolist())
        first, last = min(engaged), max(engaged)  # job i is engaged with on day i
        opened = {
            job
            for job in range(12)
            if (posted[job] is None or posted[job] <= last) and (expires[job] is None or expires[job] > first)
        }
        assert set(made.catalogue_of(part).tolist()) == engaged | opened


def test_the_catalogues_come_back_from_disk(tmp_path):
    made = split(with_dates(timed(10), [0] * 8 + [99, 0], [6] + [99] * 9), SplitConfig(rule="time"))
    save_split(tmp_path / "split.npz", made)
    again = load_split(tmp_path / "split.npz")
    assert again.validation_catalogue.tolist() == made.validation_catalogue.tolist()
    assert again.test_catalogue.tolist() == made.test_catalogue.tolist()
