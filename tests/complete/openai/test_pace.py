"""How many requests at once, and when none."""

import asyncio
import time

import pytest

from lgir.complete.openai.pace import Gate, Pace


def test_it_begins_with_the_most_and_never_goes_above_or_below_one() -> None:
    pace = Pace(8)
    assert pace.limit == 8
    for _ in range(100):
        pace.answered()
    assert pace.limit == 8
    for _ in range(100):
        pace.too_fast(time.monotonic())
    assert pace.limit == 1


def test_it_halves_once_for_all_requests_that_were_under_way() -> None:
    pace = Pace(64)
    begun = time.monotonic()
    for _ in range(20):
        pace.too_fast(begun)
    assert pace.limit == 32
    pace.too_fast(time.monotonic())
    assert pace.limit == 16


def test_it_grows_by_one_in_a_round_of_answers() -> None:
    pace = Pace(64)
    pace.too_fast(time.monotonic())
    pace.too_fast(time.monotonic())
    for limit in (16, 17, 18):
        assert pace.limit == limit
        for _ in range(limit + 1):
            pace.answered()


def test_a_pause_is_not_shortened_by_another() -> None:
    pace = Pace(2)
    assert pace.pause_s <= 0
    pace.pause(5.0)
    pace.pause(1.0)
    assert 4 < pace.pause_s <= 5


@pytest.mark.parametrize("limit", [1, 3])
def test_the_gate_lets_so_many_through_and_each_in_turn(limit: int) -> None:
    inside = most = 0
    order = []

    async def go(gate: Gate, number: int) -> None:
        nonlocal inside, most
        async with gate:
            order.append(number)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    async def main() -> None:
        gate = Gate(Pace(limit))
        await asyncio.gather(*(go(gate, number) for number in range(20)))

    asyncio.run(main())
    assert most == limit
    assert order == list(range(20))


def test_nobody_passes_the_gate_in_a_pause() -> None:
    async def main() -> float:
        pace = Pace(2)
        gate = Gate(pace)
        pace.pause(0.2)
        began = time.monotonic()
        async with gate:
            return time.monotonic() - began

    assert asyncio.run(main()) >= 0.2


def test_a_turn_that_was_given_up_is_not_lost() -> None:
    async def main() -> None:
        gate = Gate(Pace(1))

        async def pass_through() -> None:
            async with gate:
                await asyncio.sleep(0.01)

        first, second, third = (asyncio.create_task(pass_through()) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait_for(asyncio.gather(first, third), 5)

    asyncio.run(main())
