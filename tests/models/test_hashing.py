"""Known values of splitmix64, and numbers of seen and unseen people."""

from dataclasses import replace

import numpy as np

from lgir.models.hashing import hashed, identities
from lgir.testing.worlds import make_world


def test_hashed_gives_the_published_sequence_of_splitmix64():
    # the reference generator adds the constant to its state, here seeded 1234567, before each output
    steps = np.arange(5, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1234567)
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert hashed(steps).tolist() == expected


def test_seen_ones_are_their_rows_and_unseen_ones_their_text():
    users = make_world("text").users.take(np.array([4, 4, 9]))
    mixed = replace(users, rows=np.array([4, -1, -1]))
    assert identities(mixed)[0] == 4
    assert len(set(identities(mixed).tolist())) == 3
    assert identities(mixed.take(np.array([2])))[0] == identities(mixed)[2]
