"""Of a long list of bare words only the beginning counts; everything else stays as it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.stuffing import MOST, without_stuffing

TRADES = [f"Trade{i}" for i in range(40)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Line cook\nOlive Garden\nNewark, New Jersey",
        "You cook for the guests of our house, keep the kitchen clean, and help at the bar.\nFull time, 20 dollars",
        "招聘厨师，川菜，粤菜，湘菜，面点，烧烤，火锅，西餐，甜品，饮料",
    ],
)
def test_an_ordinary_ad_stays_as_it_is(text: str) -> None:
    assert without_stuffing(text) == text


@pytest.mark.parametrize("mark", [", ", "\n", "; ", " • "])
def test_a_list_of_trades_is_cut(mark: str) -> None:
    found = without_stuffing("Line cook in a busy kitchen\n" + mark.join(TRADES))
    assert found.startswith("Line cook in a busy kitchen\nTrade0")
    assert f"Trade{MOST - 1}" in found
    assert f"Trade{MOST}" not in found


def test_a_list_without_marks_is_cut_too() -> None:
    assert "Trade39" not in without_stuffing(" ".join(TRADES))


def test_a_sentence_between_does_not_hide_what_follows_it() -> None:
    text = "\n".join(TRADES[:20]) + "\nWe are a friendly team in the heart of Newark\n" + "\n".join(TRADES[20:])
    found = without_stuffing(text)
    assert "friendly team" in found
    assert sum(trade in found.split("\n") for trade in TRADES) == 2 * MOST


@given(st.text(max_size=300))
def test_once_is_enough(text: str) -> None:
    once = without_stuffing(text)
    assert without_stuffing(once) == once


def test_a_megabyte_takes_no_more_than_seconds() -> None:
    began = time.process_time()
    without_stuffing("cook, " * 170_000)
    without_stuffing("x" * 1_000_000)
    assert time.process_time() - began < 10
