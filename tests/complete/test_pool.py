"""Work in threads: at once, in order, and no more of it than asked for."""

import threading
import time
from collections.abc import Iterator

import pytest

from lgir.complete.pool import as_ready, in_order


def test_a_result_is_given_the_moment_it_is_ready() -> None:
    gate = threading.Event()

    def work(place: int) -> int:
        if place == 0:
            gate.wait(10)
        return place * 10

    results = as_ready(work, range(6), workers=2, ahead=100)
    early = [next(results) for _ in range(5)]
    assert early == [(place, place * 10) for place in range(1, 6)]
    gate.set()
    assert list(results) == [(0, 0)]


def test_results_are_put_in_order() -> None:
    assert list(in_order([(2, "c"), (0, "a"), (1, "b"), (3, "d")])) == ["a", "b", "c", "d"]

    def work(place: int) -> int:
        time.sleep(0.003 * (place % 4))
        return place

    assert list(in_order(as_ready(work, range(40), workers=4, ahead=8))) == list(range(40))


def test_a_slow_first_row_holds_back_the_rest() -> None:
    gate = threading.Event()
    begun: list[int] = []

    def work(place: int) -> int:
        begun.append(place)
        if place == 0:
            gate.wait(10)
        return place

    results = as_ready(work, range(100), workers=2, ahead=5)
    assert [next(results)[0] for _ in range(4)] == [1, 2, 3, 4]
    threading.Timer(0.05, gate.set).start()
    assert next(results) == (0, 0)
    assert begun[:5] == [0, 1, 2, 3, 4]
    assert sorted(place for place, _ in results) == list(range(5, 100))


def test_inputs_are_read_as_needed_and_at_most_so_many_run_at_once() -> None:
    read = running = most = 0
    lock = threading.Lock()

    def inputs() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    def work(value: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        with lock:
            running -= 1
        return value

    results = as_ready(work, inputs(), workers=3, ahead=6)
    assert read == 0
    for taken in range(1, 30):
        next(results)
        assert read <= taken + 3
    assert most == 3
    results.close()


def test_no_more_threads_than_inputs_and_none_outlives_the_work() -> None:
    used: set[threading.Thread] = set()

    def work(value: int) -> int:
        used.add(threading.current_thread())
        time.sleep(0.02)
        return value

    assert sorted(place for place, _ in as_ready(work, range(2), workers=50, ahead=50)) == [0, 1]
    assert 1 <= len(used) <= 2
    for thread in used:
        thread.join(10)
        assert not thread.is_alive()


def test_an_exception_reaches_the_reader() -> None:
    def work(place: int) -> int:
        if place == 1:
            raise ValueError("place 1")
        return place

    with pytest.raises(ValueError, match="place 1"):
        list(as_ready(work, range(9), workers=1, ahead=2))
