"""Values have one notation, whatever they are written with."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.grounding.values import Value, lengths, values


@pytest.mark.parametrize(
    ("written", "kind", "amount"),
    [
        (["5 years", "five years", "5 yrs", "5+ years", "5-year", "五年", "5年", "5年以上"], "years", 5),
        (["10 years", "one decade", "1 decade"], "years", 10),
        (["20 years", "two decades"], "years", 20),
        (["12 years", "twelve years", "十二年", "3-12 years"], "years", 12),
        (["25 cooks", "twenty-five cooks", "二十五名", "25人"], "count", 25),
        (["30%", "30 percent", "30 per cent", "thirty percent"], "percent", 30),
        (["$50,000", "50000 dollars", "$50k", "5万元", "5 万元"], "money", 50_000),
        (["2.1 million", "2,100,000", "210万"], "count", 2_100_000),
        (["in 2018", "2018年", "2018届", "since 2018"], "year", 2018),
        (["六级", "6级"], "level", 6),
        (["18 months", "18个月", "eighteen months"], "months", 18),
    ],
)
def test_spellings_of_one_value(written: list[str], kind: str, amount: float) -> None:
    for text in written:
        assert Value(kind, amount) in values(text), text


@pytest.mark.parametrize(
    "text", ["june 2018", "jun 2018", "06/2018", "6/2018", "2018.06", "2018-06", "2018年6月", "june 5, 2018"]
)
def test_spellings_of_one_month(text: str) -> None:
    assert list(values(text)) == [Value("year", 2018), Value("month", 12 * 2018 + 6)]


@pytest.mark.parametrize(
    "text", ["a4, d1.1 and 6g", "c1驾照", "第八工程局", "someone often", "front-end", "三年级", "统一"]
)
def test_what_is_no_value(text: str) -> None:
    assert list(values(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "5+ years",
        "at least five years",
        "over 5 years",
        "more than 5 yrs",
        "5 or more years",
        "5 years or more",
        "至少5年",
        "5年以上",
    ],
)
def test_what_is_said_to_be_no_less(text: str) -> None:
    (value,) = values(text)
    assert (value, value.least) == (Value("years", 5), True)
    assert value.follows(Value("years", 7))
    assert value.follows(Value("months", 60))
    assert not value.follows(Value("years", 4))
    assert not value.follows(Value("count", 7))


def test_a_plain_length_follows_from_the_same_length_only() -> None:
    assert Value("years", 2).follows(Value("months", 24))
    assert not Value("years", 2).follows(Value("years", 3))


def test_years_and_numbers_are_told_apart() -> None:
    assert list(values("2016 - 2019, 200 customers")) == [Value("year", 2016), Value("year", 2019), Value("count", 200)]
    assert list(values("$2,000 and 2,019 visits")) == [Value("money", 2000), Value("count", 2019)]


def test_lengths_follow_from_dates() -> None:
    assert Value("years", 9) in lengths(list(values("2011-2020")))
    assert Value("years", 3) in lengths(list(values("06/2018 to 09/2021")))
    assert Value("months", 39) in lengths(list(values("06/2018 to 09/2021")))
    assert list(lengths(list(values("2020, 2011")))) == []


@given(st.text(max_size=60) | st.lists(st.sampled_from(list("1,.年五 %$k-/x")), max_size=60).map("".join))
def test_any_text_has_finite_values(text: str) -> None:
    for value in values(text.casefold()):
        assert value.amount == value.amount >= 0


@pytest.mark.parametrize("bit", ["1,", "1.", "five ", "五", "2019.", "$ ", "twenty-", "十百", "jan 2 "])
def test_a_hostile_text_takes_no_longer_than_its_length(bit: str) -> None:
    begun = time.perf_counter()
    sum(1 for _ in values(bit * (200_000 // len(bit))))
    assert time.perf_counter() - begun < 10
