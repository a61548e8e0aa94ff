"""Points in time as people write them."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgir.data.timestamps import MOMENT, moments

NOON = dt.datetime(2015, 3, 8, 12, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2015-03-08 12:30",
        "2015-03-08 12:30:00",
        "2015-03-08T12:30:00",
        "2015-03-08T12:30:00Z",
        "2015-03-08T12:30:00.000Z",
        "2015-03-08 12:30:00 UTC",
        " 2015-03-08 12:30:00 GMT\n",
        "2015-03-08 13:30:00+01:00",
        "2015-03-08 07:00:00 -0530",
        "2015-03-08 12:30:00,000000",
        "1425817800",
        "1425817800.0",
        "1425817800000",
    ],
)
def test_the_same_moment_in_every_spelling(text: str) -> None:
    assert moments(pl.Series([text])).to_list() == [NOON]


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2015-02-30", "2015-13-01", "08.03.2015", "3/8/2015", "20150308", "2015-03-08 25:00", "0000-00-00",
     "1e9", "-1425817800", "99999999999999999999", "2015-03-08 12:30:00 CET", "2015-03-08x", "９９９９-01-01", "nan"],
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    assert moments(pl.Series([text])).to_list() == [None]


def test_a_date_is_its_midnight() -> None:
    midnight = dt.datetime(2015, 3, 8, tzinfo=dt.UTC)
    assert moments(pl.Series(["2015-03-08"])).to_list() == [midnight]
    assert moments(pl.Series([dt.date(2015, 3, 8)])).to_list() == [midnight]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_datetimes_of_every_unit_and_zone(unit: str) -> None:
    naive = pl.Series([dt.datetime(2015, 3, 8, 12, 30), None]).cast(pl.Datetime(unit))  # type: ignore[arg-type]
    abroad = naive.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
    assert moments(naive).to_list() == [NOON, None]
    assert moments(abroad).to_list() == [NOON, None]


def test_numbers_are_seconds_or_milliseconds() -> None:
    found = moments(pl.Series([0.0, -1.0, 1425817800.5, 1425817800000.0, float("nan"), float("inf"), 1e300]))
    half = NOON + dt.timedelta(milliseconds=500)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert found.to_list() == [epoch, epoch - dt.timedelta(seconds=1), half, NOON, None, None, None]
    assert moments(pl.Series([1425817800], dtype=pl.Int64)).to_list() == [NOON]


@settings(max_examples=200)
@given(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)), st.integers(-23 * 60, 23 * 60))
def test_iso_text_of_any_moment_comes_back(moment: dt.datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    assert moments(pl.Series([zoned.isoformat(), zoned.isoformat(" ")])).to_list() == [zoned.astimezone(dt.UTC)] * 2


NUMBERS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))


@settings(max_examples=200)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=5), st.lists(NUMBERS, max_size=5))
def test_anything_is_a_moment_or_null(texts: list[str | None], numbers: list[int | None]) -> None:
    integers = pl.Series(numbers, dtype=pl.Int64)
    days = pl.Series([number and number % 2**31 for number in numbers], dtype=pl.Int32).cast(pl.Date)
    clocks = [integers.cast(pl.Datetime(unit)) for unit in ("ms", "us", "ns")]  # type: ignore[arg-type]
    for values in (pl.Series(texts, dtype=pl.String), integers, days, *clocks):
        found = moments(values)
        assert found.dtype == MOMENT
        assert len(found.to_list()) == values.len()
