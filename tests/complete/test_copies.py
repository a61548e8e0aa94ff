"""The copy check: word n-grams of an answer that stand in a source."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.copies import copied_share, copied_shares

SOURCE = "We are looking for a line cook for our busy evening kitchen, with meals and good pay."


def test_a_copy_is_copied_and_other_words_are_not() -> None:
    assert copied_share(SOURCE, SOURCE) == 1.0
    assert copied_share("Somebody who has cooked in small places wants to work in the evening again", SOURCE) == 0.0


def test_half_a_copy() -> None:
    answer = "one two three four five six seven eight nine ten"
    assert copied_share(answer, "zero one two three four five six seven eight ninety") == pytest.approx(1 / 3)
    assert copied_share(answer, "one two three, FOUR five six seven eight nine", n=8) == pytest.approx(2 / 3)


def test_case_marks_spaces_and_width_do_not_count() -> None:
    assert copied_share("LINE COOK — busy\n\nevening ｋｉｔｃｈｅｎ", "a line cook, busy evening kitchen", n=5) == 1.0


def test_characters_of_chinese_are_words() -> None:
    assert copied_share("负责接听客户来电回复咨询", "负责接听客户来电，回复咨询。", n=8) == 1.0
    assert copied_share("负责接听客户来电回复咨询", "负责打印报表与整理档案资料", n=8) == 0.0


def test_short_answers_are_one_n_gram_and_empty_ones_have_copied_nothing() -> None:
    assert copied_share("line cook", SOURCE) == 1.0
    assert copied_share("cook line", SOURCE) == 0.0
    assert copied_share("", SOURCE) == 0.0
    assert copied_share("…", SOURCE) == 0.0
    assert copied_share("line cook", "") == 0.0


def test_n_has_to_be_a_number_of_words() -> None:
    with pytest.raises(ValueError, match="n is 0; expected at least 1"):
        copied_share("a", "a", n=0)


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4), st.integers(1, 9))
def test_several_sources_are_each_compared_alone(answer: str, sources: list[str], n: int) -> None:
    sources.append(answer * 400)  # too long to be remembered
    assert copied_shares(answer, sources, n=n) == [copied_share(answer, source, n=n) for source in sources]


@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 9))
def test_it_is_a_share(answer: str, source: str, n: int) -> None:
    assert 0.0 <= copied_share(answer, source, n=n) <= 1.0
    assert copied_share(answer, answer + " " + source, n=n) in (0.0, 1.0)


@pytest.mark.slow
def test_time_grows_with_length_alone() -> None:
    long = "word " * 200_000
    begun = time.process_time()
    assert copied_share(long, long) == 1.0
    assert time.process_time() - begun < 10
