"""Points in time as people write them → UTC.

Text: ISO 8601 such as 2015-03-08, 2015-03-08 19:56, 2015-03-08T19:56:39.5Z, 2015-03-08 19:56:39 UTC or +01:00
(no zone means UTC); or seconds since 1970 as a number of 9 to 11 digits, milliseconds as one of 12 to 14.
Numbers: seconds since 1970, milliseconds from 10^11 on.
"""

import polars as pl

MOMENT = pl.Datetime("us", "UTC")
ACCEPTED = "write it like 2015-03-08 19:56:39 (UTC) or as seconds since 1970"

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?)?\s?(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))?$"
_EPOCH = r"^\d{9,14}(?:\.\d*)?$"
_MILLISECONDS_FROM = 1e11
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999 in seconds since 1970: what Python's datetime can hold."""
_PER_SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def moments(values: pl.Series) -> pl.Series:
    """The UTC moment of each value (text, number, date or datetime); null where it is missing or cannot be read."""
    if values.dtype == pl.String:
        return _from_text(values)
    if values.dtype.is_numeric():
        return _from_number(values.cast(pl.Float64))
    if isinstance(values.dtype, pl.Datetime):
        per_second = _PER_SECOND[values.dtype.time_unit]
        ticks = _within(values.to_physical(), per_second)
        micro = ticks // 1000 if per_second > 10**6 else ticks * (10**6 // per_second)
        return _utc(micro, values.name)
    if values.dtype == pl.Date:
        days = values.to_physical().cast(pl.Int64)
        return _utc(_within(days * 86_400, 1) * 10**6, values.name)
    return pl.Series(values.name, [None] * values.len(), dtype=MOMENT)


def _from_text(values: pl.Series) -> pl.Series:
    part = pl.col("t").str.strip_chars().str.extract_groups(_ISO).struct
    iso = pl.concat_str(
        part.field("1"),
        pl.lit(" "),
        part.field("2").fill_null("00:00"),
        part.field("3").fill_null(":00").str.replace(",", ".", literal=True),
        part.field("5").fill_null("+00"),
        part.field("6").fill_null("00"),
    ).str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)
    text = pl.col("t").str.strip_chars()
    number = pl.when(text.str.contains(_EPOCH)).then(text).cast(pl.Float64, strict=False)
    found = values.alias("t").to_frame().select(iso=iso, number=number)
    dated = _utc(_within(found["iso"].to_physical(), 10**6), "iso")
    return pl.select(pl.coalesce(dated, _from_number(found["number"]))).to_series().alias(values.name)


def _from_number(values: pl.Series) -> pl.Series:
    found = values.alias("s").to_frame()
    seconds = pl.when(pl.col("s").abs() >= _MILLISECONDS_FROM).then(pl.col("s") / 1e3).otherwise(pl.col("s"))
    sane = seconds.is_finite() & seconds.is_between(_FIRST_S, _LAST_S)
    micro = found.select((pl.when(sane).then(seconds) * 1e6).round().cast(pl.Int64)).to_series()
    return _utc(micro, values.name)


def _within(ticks: pl.Series, per_second: int) -> pl.Series:
    """Null where a count of ticks since 1970 leaves the calendar."""
    inside = pl.col("x").is_between(_FIRST_S * per_second, (_LAST_S + 1) * per_second - 1)
    if per_second > 10**6:
        # 64 bits of nanoseconds end in 2262
        inside = pl.lit(True)
    return ticks.alias("x").to_frame().select(pl.when(inside).then("x")).to_series()


def _utc(micro: pl.Series, name: str) -> pl.Series:
    return micro.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias(name)
