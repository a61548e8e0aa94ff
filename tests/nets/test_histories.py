"""Histories against plain lists."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from lgir.nets.histories import Histories, by_second

LISTS = [[5, 3, 9], [], [7], [1, 2, 3, 4]]


def make(lists=LISTS, most=3):
    lengths = torch.tensor([len(one) for one in lists], dtype=torch.int64)
    members = torch.tensor([member for one in lists for member in one], dtype=torch.int64)
    return Histories(members, torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)]), most)


def listed(entries):
    return [entries.members[entries.owners == owner].tolist() for owner in range(len(entries.lengths))]


def test_the_last_members_are_kept_in_their_order():
    entries = make().of(torch.tensor([3, 0, 1, 3]))
    assert listed(entries) == [[2, 3, 4], [5, 3, 9], [], [2, 3, 4]]
    assert entries.age.tolist() == [2, 1, 0, 2, 1, 0, 2, 1, 0]
    assert entries.lengths.tolist() == [3, 3, 0, 3]


def test_one_member_is_left_out_and_an_older_one_takes_the_free_place():
    entries = make().of(torch.tensor([3, 3, 0, 2, 1]), without=torch.tensor([4, 8, 5, 7, 7]))
    assert listed(entries) == [[1, 2, 3], [2, 3, 4], [3, 9], [], []]


@given(
    lists=st.lists(st.lists(st.integers(0, 20), max_size=8, unique=True), min_size=1, max_size=6),
    most=st.integers(1, 5),
    data=st.data(),
)
def test_as_with_lists(lists, most, data):
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6))
    without = data.draw(st.lists(st.integers(-1, 20), min_size=len(rows), max_size=len(rows)))
    expected = [[m for m in lists[row] if m != out][-most:] for row, out in zip(rows, without, strict=True)]
    histories = make(lists, most)
    entries = histories.of(torch.tensor(rows).long(), torch.tensor(without).long())
    assert listed(entries) == expected
    assert entries.lengths.tolist() == [len(one) for one in expected]
    padded = entries.padded(entries.members)
    assert padded.shape == (len(rows), max(map(len, expected), default=0))
    for row, one in zip(padded.tolist(), expected, strict=True):
        assert row == one + [0] * (len(row) - len(one))


def test_means_are_over_each_history():
    entries = make().of(torch.tensor([0, 1, 2]))
    values = torch.tensor([[1.0, 0.0], [2.0, 3.0], [6.0, 0.0], [5.0, -1.0]])
    assert entries.mean(values).tolist() == [[3.0, 1.0], [0.0, 0.0], [5.0, -1.0]]


def test_any_member_is_drawn_and_only_members():
    generator = torch.Generator().manual_seed(0)
    drawn = make().any_of(torch.tensor([0, 1, 2, 3]).repeat(200), generator).view(200, 4)
    assert [set(column.tolist()) for column in drawn.T] == [{3, 5, 9}, {-1}, {7}, {1, 2, 3, 4}]


def test_pairs_turned_around():
    members, offsets = by_second(torch.tensor([[0, 2], [1, 0], [2, 2], [3, 0], [0, 0]]), 4)
    assert members.tolist() == [1, 3, 0, 0, 2]
    assert offsets.tolist() == [0, 3, 3, 5, 5]
