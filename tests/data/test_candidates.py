from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.records import Candidates
from lgir.data.candidates import (
    FullCatalogue,
    candidates_hash,
    cold_candidates,
    cold_catalogue,
    draw_candidates,
    full_catalogue,
    load_candidates,
    save_candidates,
    short_lists,
)
from lgir.data.dataset import Dataset
from lgir.data.npz import save_record
from lgir.data.split import SplitConfig, split


def make_split(jobs_of, n_jobs=60, seed=0):
    pairs = [(user, f"j{job:02d}") for user, jobs in jobs_of.items() for job in jobs]
    dataset = Dataset(
        users=pl.DataFrame({"user_id": list(jobs_of), "resume": [""] * len(jobs_of)}),
        jobs=pl.DataFrame({"job_id": [f"j{job:02d}" for job in range(n_jobs)], "text": [""] * n_jobs}),
        interactions=pl.DataFrame(pairs, schema=["user_id", "job_id"], orient="row"),
        fingerprint="f",
    )
    return split(dataset, SplitConfig(seed=seed))


# everybody looked at all jobs between them, so that the catalogue does not depend on who else is there
CROWD = {"crowd": range(60)}
PEOPLE = {"ann": range(9), "bob": range(5, 9), "cat": [50], "dan": range(20, 41)} | CROWD

worlds = st.lists(st.lists(st.integers(0, 59), unique=True, min_size=1, max_size=9), min_size=1, max_size=6).filter(
    lambda world: any(len(jobs) >= 3 for jobs in world)
)


def jobs_of(pairs, user):
    return set(pairs[pairs[:, 0] == user, 1].tolist())


def lists_of(candidates):
    bounds = zip(candidates.offsets[:-1], candidates.offsets[1:], strict=True)
    return [(candidates.jobs[a:b], candidates.relevant[a:b]) for a, b in bounds]


@given(worlds, st.sampled_from(["validation", "test"]), st.integers(1, 25))
def test_lists_hold_the_held_out_jobs_and_jobs_never_engaged_with(world, part, negatives):
    made = make_split({f"u{place}": jobs for place, jobs in enumerate(world)})
    drawn = draw_candidates(made, part, negatives=negatives, seed=0)
    assert drawn.users.tolist() == sorted({user for user, _ in made.part(part).tolist()})
    for user, (jobs, relevant) in zip(drawn.users, lists_of(drawn), strict=True):
        positives = jobs_of(made.part(part), user)
        engaged = set.union(*(jobs_of(made.part(name), user) for name in ("train", "validation", "test")))
        assert set(jobs[relevant].tolist()) == positives
        sampled = set(jobs[~relevant].tolist())
        assert sampled <= set(made.catalogue.tolist()) - engaged
        assert len(sampled) == min(negatives * len(positives), len(made.catalogue) - len(engaged))
        # strictly ascending: no job twice, and the order gives nothing away
        assert (np.diff(jobs) > 0).all()


def test_a_users_draw_depends_on_no_other_user():
    everybody, two = make_split(PEOPLE), make_split({"dan": PEOPLE["dan"]} | CROWD)
    before = draw_candidates(everybody, "test", negatives=2, seed=7)
    after = draw_candidates(two, "test", negatives=2, seed=7)
    dan, dan_again = before.users.tolist().index(3), after.users.tolist().index(0)
    assert lists_of(before)[dan][0].tolist() == lists_of(after)[dan_again][0].tolist()


def test_seed_and_part_matter():
    made = make_split(PEOPLE)
    drawn = [draw_candidates(made, part, negatives=2, seed=seed) for part in ("validation", "test") for seed in (0, 1)]
    assert len({candidates_hash(some) for some in drawn}) == 4
    again = draw_candidates(made, "validation", negatives=2, seed=0)
    assert candidates_hash(again) == candidates_hash(drawn[0])


def test_validation_and_test_lists_are_drawn_apart():
    made = make_split({"ann": range(3)} | CROWD)
    drawn = [lists_of(draw_candidates(made, part, seed=0))[0] for part in ("validation", "test")]
    negatives = [jobs[~relevant].tolist() for jobs, relevant in drawn]
    assert negatives[0] != negatives[1]


def test_every_free_job_is_drawn_about_equally_often():
    made = make_split({"ann": range(3)} | CROWD)
    counts = np.zeros(60, dtype=int)
    for seed in range(400):
        jobs, relevant = lists_of(draw_candidates(made, "test", seed=seed))[0]
        counts[jobs[~relevant]] += 1
    assert counts[:3].sum() == 0
    # 20 of 57 jobs, 400 times: 140 expected, standard deviation 9.5
    assert counts[3:].min() > 95
    assert counts[3:].max() < 185


def test_short_lists_are_counted():
    made = make_split(PEOPLE)
    # ann has 51 free jobs for 3 × 20, dan 39 for 7 × 20, the crowd none; bob 56 for 2 × 20
    assert short_lists(draw_candidates(made, "test", seed=0)) == 3
    assert short_lists(draw_candidates(made, "test", negatives=3, seed=0), negatives=3) == 1


def test_negatives_must_be_asked_for():
    with pytest.raises(BadInput, match="negatives=0"):
        draw_candidates(make_split(PEOPLE), "test", negatives=0, seed=0)


@given(worlds)
def test_full_catalogue_leaves_out_what_is_known_by_then(world):
    made = make_split({f"u{place}": jobs for place, jobs in enumerate(world)})
    for part, known in (("validation", ["train"]), ("test", ["train", "validation"])):
        full = full_catalogue(made, part)
        assert full.catalogue.tolist() == made.catalogue.tolist()
        for place, user in enumerate(full.users):
            relevant = full.relevant[full.offsets[place] : full.offsets[place + 1]]
            excluded = full.excluded[full.excluded_offsets[place] : full.excluded_offsets[place + 1]]
            assert set(relevant.tolist()) == jobs_of(made.part(part), user)
            assert set(excluded.tolist()) == set.union(*(jobs_of(made.part(name), user) for name in known))
        assert len(full) == len({user for user, _ in made.part(part).tolist()})


def test_candidates_come_back_from_disk(tmp_path):
    made = make_split(PEOPLE)
    drawn = draw_candidates(made, "test", seed=0)
    save_candidates(tmp_path / "paper.npz", drawn)
    assert candidates_hash(load_candidates(tmp_path / "paper.npz")) == candidates_hash(drawn)
    save_record(tmp_path / "full.npz", full_catalogue(made, "test"))
    with pytest.raises(UnreadableRun, match="holds a FullCatalogue, expected a Candidates"):
        load_candidates(tmp_path / "full.npz")


def test_hash_sees_relevance():
    drawn = draw_candidates(make_split(PEOPLE), "test", seed=0)
    turned = Candidates(drawn.users, drawn.offsets, drawn.jobs, ~drawn.relevant)
    assert candidates_hash(turned) != candidates_hash(drawn)


# ── jobs open then, and cold jobs ───────────────────────────────────────────────────────────────────────────────────


def test_both_protocols_draw_from_the_catalogue_of_the_part():
    made = make_split(PEOPLE)
    narrow = replace(made, test_catalogue=np.union1d(made.test[:, 1], np.arange(10)))
    drawn, full = draw_candidates(narrow, "test", seed=0), full_catalogue(narrow, "test")
    assert set(drawn.jobs.tolist()) <= set(narrow.test_catalogue.tolist()) < set(made.catalogue.tolist())
    assert full.catalogue.tolist() == narrow.test_catalogue.tolist()
    assert set(full.excluded.tolist()) <= set(full.catalogue.tolist()), "what is not ranked is not left out either"
    # the validation part has a catalogue of its own
    before = draw_candidates(made, "validation", seed=0)
    assert candidates_hash(draw_candidates(narrow, "validation", seed=0)) == candidates_hash(before)


LISTS = Candidates(
    users=np.array([4, 7, 9]),
    offsets=np.array([0, 4, 7, 10]),
    jobs=np.array([0, 1, 2, 3, 0, 2, 4, 1, 3, 4]),
    relevant=np.array([True, False, True, False, True, False, False, False, True, True]),
)
SEEN = np.array([True, True, False, False, False])
"""Jobs 0 and 1 are in training."""


def test_cold_lists_by_hand():
    cold, kept = cold_candidates(LISTS, SEEN)
    # of user 4 the seen job 0 is taken out and the unseen job 2 stays; user 7 has no unseen one; user 9's are both
    assert cold.users.tolist() == [4, 9]
    assert cold.offsets.tolist() == [0, 3, 6]
    assert cold.jobs.tolist() == [1, 2, 3, 1, 3, 4]
    assert cold.relevant.tolist() == [False, True, False, False, True, True]
    assert kept.tolist() == [1, 2, 3, 7, 8, 9]
    assert LISTS.jobs[kept].tolist() == cold.jobs.tolist()


def test_cold_catalogue_by_hand():
    full = FullCatalogue(
        users=np.array([4, 7, 9]),
        catalogue=np.array([0, 1, 2, 3, 4]),
        offsets=np.array([0, 2, 3, 5]),
        relevant=np.array([0, 2, 0, 3, 4]),
        excluded_offsets=np.array([0, 1, 2, 2]),
        excluded=np.array([3, 1]),
    )
    cold = cold_catalogue(full, SEEN)
    assert cold.users.tolist() == [4, 9]
    assert (cold.offsets.tolist(), cold.relevant.tolist()) == ([0, 1, 3], [2, 3, 4])
    # the relevant job that training has seen stands in nobody's way
    assert (cold.excluded_offsets.tolist(), cold.excluded.tolist()) == ([0, 2, 2], [0, 3])
    assert cold.catalogue.tolist() == full.catalogue.tolist()


@pytest.mark.parametrize("seen", [True, False])
def test_all_jobs_seen_and_none(seen):
    everything = np.full(5, seen)
    cold, kept = cold_candidates(LISTS, everything)
    made = make_split(PEOPLE)
    full = full_catalogue(made, "test")
    cold_full = cold_catalogue(full, np.full(60, seen))
    if seen:
        assert (len(cold), len(kept), cold.offsets.tolist()) == (0, 0, [0])
        assert (len(cold_full), cold_full.offsets.tolist(), cold_full.excluded_offsets.tolist()) == (0, [0], [0])
    else:
        assert candidates_hash(cold) == candidates_hash(LISTS)
        assert candidates_hash(cold_full) == candidates_hash(full)


@given(worlds, st.lists(st.booleans(), min_size=60, max_size=60))
def test_cold_lists_and_the_cold_catalogue_have_the_same_relevant_jobs(world, seen):
    made, seen = make_split({f"u{place}": jobs for place, jobs in enumerate(world)}), np.array(seen)
    lists, full = draw_candidates(made, "test", seed=0), full_catalogue(made, "test")
    cold, kept = cold_candidates(lists, seen)
    cold_full = cold_catalogue(full, seen)
    expected = {(user, job) for user, job in made.test.tolist() if not seen[job]}
    of_lists = {
        (int(user), int(job))
        for user, (jobs, relevant) in zip(cold.users, lists_of(cold), strict=True)
        for job in jobs[relevant]
    }
    owner = np.repeat(cold_full.users, np.diff(cold_full.offsets))
    assert of_lists == expected == set(zip(owner.tolist(), cold_full.relevant.tolist(), strict=True))
    # negatives stay as they are
    assert (~cold.relevant).sum() == sum(
        (~relevant).sum()
        for user, (_, relevant) in zip(lists.users, lists_of(lists), strict=True)
        if user in cold.users
    )
    assert (np.diff(kept) > 0).all()
    for place in range(len(cold_full)):
        excluded = cold_full.excluded[cold_full.excluded_offsets[place] : cold_full.excluded_offsets[place + 1]]
        relevant = cold_full.relevant[cold_full.offsets[place] : cold_full.offsets[place + 1]]
        assert not set(excluded.tolist()) & set(relevant.tolist())
        assert (np.diff(excluded) > 0).all()
