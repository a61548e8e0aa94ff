"""A rate on a clock that the test turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.rate import MOMENTS, Rate


def steady(rate: Rate, now: float, *, seconds: float, per_s: int = 10) -> float:
    """Goes on for so long; gives the time then."""
    for _ in range(round(seconds * per_s)):
        now += 1 / per_s
        rate.add(1, now)
    return now


def test_it_is_unknown_at_first() -> None:
    rate = Rate(5.0)
    assert (rate.per_s(), rate.stalled_s(100.0)) == (None, None)
    rate.add(1000, 5.0)
    rate.add(500, 5.9)
    assert rate.per_s() is None, "what is there at once says nothing"
    rate.add(2, 7.9)
    assert rate.per_s() == pytest.approx(1.0)


def test_answers_in_bursts_have_a_steady_rate() -> None:
    rate, now, seen = Rate(0.0), 0.0, []
    for _ in range(10):
        now += 5.0
        for _ in range(16):
            now += 0.001
            rate.add(1, now)
            seen.append(rate.per_s() or 0.0)
    assert max(seen) <= 3.3, "16 within a few milliseconds are not thousands a second"
    assert seen[-1] == pytest.approx(3.2, rel=0.02)


@pytest.mark.parametrize(("pause_s", "least"), [(10.0, 8.0), (60.0, 4.5)])
def test_a_pause_does_not_make_it_wild_and_is_forgotten(pause_s: float, least: float) -> None:
    rate = Rate(0.0)
    now = steady(rate, 0.0, seconds=120)
    assert rate.per_s() == pytest.approx(10, rel=0.01)
    assert rate.stalled_s(now + 4) is None
    assert rate.stalled_s(now + pause_s) == pytest.approx(pause_s)
    now += pause_s
    seen = []
    for _ in range(90):
        now = steady(rate, now, seconds=1)
        seen.append(rate.per_s() or 0.0)
    assert least <= min(seen) <= max(seen) <= 10.1
    assert seen[-1] == pytest.approx(10, rel=0.01)
    assert rate.stalled_s(now) is None


def test_a_slow_one_is_not_stalled() -> None:
    rate, now = Rate(0.0), 0.0
    for _ in range(5):
        now += 20.0
        rate.add(1, now)
    assert rate.per_s() == pytest.approx(0.05)
    assert rate.stalled_s(now + 50) is None
    assert rate.stalled_s(now + 61) == pytest.approx(61)


def test_nothing_added_is_no_rate() -> None:
    rate = Rate(0.0)
    rate.add(0, 10.0)
    assert rate.per_s() is None


@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 100)), max_size=200))
def test_it_lies_between_the_extremes_whatever_happens(steps: list[tuple[float, int]]) -> None:
    rate, now = Rate(0.0), 0.0
    for wait_s, amount in steps:
        now += wait_s
        rate.add(amount, now)
        found = rate.per_s()
        assert found is None or 0 < found <= sum(amount for _, amount in steps)
    assert len(rate._samples) <= MOMENTS + 1
