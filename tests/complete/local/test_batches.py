import math

from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.local.batches import by_length, padding, windows

LENGTHS = st.lists(st.integers(1, 5000), max_size=40)


@given(LENGTHS, st.integers(1, 9), st.one_of(st.just(math.inf), st.floats(1, 20_000)))
def test_every_place_is_in_one_batch_and_limits_hold(lengths: list[int], most: int, cells: float) -> None:
    batches = list(by_length(lengths, most=most, most_cells=cells))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[place] for place in batch)
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or len(batch) * longest <= cells
    flat = [lengths[place] for batch in batches for place in batch]
    assert flat == sorted(flat, reverse=True)


@given(st.integers(1, 9), st.data())
def test_full_batches_need_no_more_filler_than_in_any_other_order(most: int, data: st.DataObject) -> None:
    n = most * data.draw(st.integers(1, 5))
    lengths = data.draw(st.lists(st.integers(1, 5000), min_size=n, max_size=n))
    in_order = [range(start, start + most) for start in range(0, n, most)]
    assert padding(lengths, by_length(lengths, most=most)) <= padding(lengths, in_order)


def test_filler_is_counted() -> None:
    assert padding([3, 5, 1], [[0, 1], [2]]) == 2
    assert padding([], []) == 0


def test_windows_are_read_when_asked_for() -> None:
    read = []

    def items() -> "list[int]":
        for item in range(5):
            read.append(item)
            yield item

    found = windows(items(), 2)
    assert read == []
    assert next(found) == [0, 1]
    assert read == [0, 1]
    assert list(found) == [[2, 3], [4]]
