"""Numbers, dates and lengths of time in one notation, so that 5 years, five yrs and 五年 are one value."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["year", "month", "years", "months", "percent", "money", "level", "count"]
"""A calendar year or month, a length of time, a share, an amount of money, a level such as 六级, any other number."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value.

    Attributes:
        kind: what it counts.
        amount: how many; calendar months are counted from year 0.
        least: it is said to be no less ("5+ years", "over 5 years"); the same value for all that.
    """

    kind: Kind
    amount: int | float
    least: bool = field(default=False, compare=False)

    def follows(self, other: "Value") -> bool:
        """Whether it follows from another value: two years from 24 months, at least 5 years from 7 years."""
        if not {self.kind, other.kind} <= _MONTHS_IN.keys():
            return False
        mine, others = self.amount * _MONTHS_IN[self.kind], other.amount * _MONTHS_IN[other.kind]
        return others >= mine if self.least else others == mine


_MONTHS_IN = {"years": 12, "months": 1}


def _numbered(words: str, start: int) -> dict[str, int]:
    return {word: n for n, word in enumerate(words.split(), start)}


_MONTHS = _numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1)
_ONES = _numbered("one two three four five six seven eight nine", 1)
_TEENS = _numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
_TENS = {word: 10 * n for word, n in _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 2).items()}
_WORDS = {**_ONES, **_TEENS, **_TENS}
_HAN_DIGITS = {character: n for n, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_MULTIPLES = {
    "k": 1e3,
    "m": 1e6,
    "bn": 1e9,
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "萬": 1e4,
    "亿": 1e8,
    "億": 1e8,
}
_UNITS: dict[str, Kind] = {
    **dict.fromkeys(("year", "years", "yr", "yrs", "年"), "years"),
    **dict.fromkeys(("decade", "decades"), "years"),
    **dict.fromkeys(("month", "months", "mos", "mo", "个月", "個月"), "months"),
    **dict.fromkeys(("%", "％", "percent"), "percent"),
    **dict.fromkeys(("dollar", "dollars", "usd", "eur", "euro", "euros", "gbp", "rmb", "元", "块"), "money"),
    **dict.fromkeys(("级", "級"), "level"),
}
_DECADES = ("decade", "decades")
_GRADES = {"甲等": 101.0, "乙等": 102.0, "丙等": 103.0}

VALUE_WORDS = frozenset({*_WORDS, *_MULTIPLES, *_UNITS, *_MONTHS, "cent"}) - {"one", "may"}
"""Words that a value is written with; beside the value they say nothing."""

_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_UNIT = rf"(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))}|per cent)"
_MULTIPLE = "k|m|bn|hundred|thousand|million|billion"
# measures that make a Chinese numeral a number; 统一 and 第三 are none
_MEASURE = "余|多|个|個|人|名|位|件|份|次|家|台|条|天|周|小时|公里|字|项|款|倍|岁|门|套|间|场|班|轮|[甲乙丙]等"

_OR_MORE_BEFORE_UNIT = r"(?:\sor\smore)?"

_MONTH_NAME = re.compile(
    rf"\b({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?,?\s(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s)?(?:of\s)?({_YEAR})(?!\d)"
)
_MONTH_FIRST = re.compile(rf"(?<![\d/.])(0?[1-9]|1[0-2])\s?[/.]\s?({_YEAR})(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<!\d)({_YEAR})\s?[-/.年]\s?(1[0-2]|0?[1-9])(?!\d|年)月?")
_YEAR_ALONE = re.compile(rf"(?<![\d.,$€£¥])({_YEAR})(?!\d|[,.]\d|\s?[%％+万元])[年届]?")
_DIGITS = re.compile(
    rf"([$€£¥]\s?)?(?<![a-z\d.])(\d[\d,]{{0,14}}(?:\.\d{{1,4}})?)(?:\s?({_MULTIPLE})(?![a-z])|\s?([百千万萬亿億]))?"
    rf"[余多]?\s?\+?{_OR_MORE_BEFORE_UNIT}(?:[-–~至到]\s?(?=\d{{1,3}}\+?\s?{_UNIT}))?[-\s]?(?:(个月|個月|[年元块级級%％])|({_UNIT})?(?![a-z\d]))"
)
_SPELLED = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[- ]({'|'.join(_ONES)}))?|({'|'.join([*_ONES, *_TEENS])}))\b"
    rf"(?:[ -]({_MULTIPLE})\b)?{_OR_MORE_BEFORE_UNIT}(?:[ -]({_UNIT})\b)?"
)
_HAN = re.compile(
    rf"(?<!第)([零〇一二两兩三四五六七八九十百千]{{1,7}})([万萬亿億]?)[余多]?(?:({_UNIT})(?![级級])|(?={_MEASURE}))"
)
_LEAST = re.compile(r"\b(?:at least|over|more than|minimum(?: of)?|no less than|exceeding)\s\Z|(?:至少|超过|不少于)\Z")
_AROUND_CHARS = 16
_OR_MORE = re.compile(r"\s?(?:\+|plus\b|or more|or over|以上)")
_GRADE = re.compile("[甲乙丙]等")
_MAY_HOLD_VALUES = re.compile(rf"\d|[{''.join(_HAN_DIGITS)}十甲乙丙]|\b(?:{'|'.join(_WORDS)})")


def values(text: str) -> Iterator[Value]:
    """The values of a text whose letter case is folded, dates first; a year of a month counts beside the month."""
    if not _MAY_HOLD_VALUES.search(text):
        return
    for pattern, read in _READERS:
        found: list[re.Match[str]] = list(pattern.finditer(text))
        for match in found:
            yield from read(match)
        if found:  # what is read is read once
            text = pattern.sub(lambda match: " " * len(match.group()), text)


def lengths(found: list[Value]) -> Iterator[Value]:
    """Lengths of time that follow from two dates which stand one after the other: 2011-2020 is nine years."""
    for kind, months_each in (("year", 12), ("month", 1)):
        dates = [one.amount for one in found if one.kind == kind]
        for first, last in pairwise(dates):
            if last > first:
                months = months_each * (last - first)
                yield from {Value("years", months // 12), Value("years", float(round(months / 12)))}
                yield Value("months", months)


def _month_name(match: re.Match[str]) -> Iterator[Value]:
    return _month(float(match[2]), _MONTHS[match[1]])


def _month_first(match: re.Match[str]) -> Iterator[Value]:
    return _month(float(match[2]), int(match[1]))


def _year_first(match: re.Match[str]) -> Iterator[Value]:
    return _month(float(match[1]), int(match[2]))


def _month(year: float, month: int) -> Iterator[Value]:
    yield Value("year", year)
    yield Value("month", 12 * year + month)


def _year_alone(match: re.Match[str]) -> Iterator[Value]:
    yield Value("year", float(match[1]))


def _digits(match: re.Match[str]) -> Iterator[Value]:
    amount = float(match[2].replace(",", "")) * _MULTIPLES.get(match[3] or match[4], 1)
    unit = match[5] or match[6]
    if unit in _DECADES:
        unit, amount = "years", amount * 10
    yield Value("money" if match[1] else _kind(unit), round(amount, 4), _is_least(match))


def _spelled(match: re.Match[str]) -> Iterator[Value]:
    amount = sum(_WORDS[word] for word in match.group(1, 2, 3) if word) * _MULTIPLES.get(match[4], 1.0)
    unit = match[5]
    if unit in _DECADES:
        unit, amount = "years", amount * 10
    yield Value(_kind(unit), amount, _is_least(match))


def _han(match: re.Match[str]) -> Iterator[Value]:
    total, digit = 0, 0
    for character in match[1]:
        if character in _HAN_TENS:
            total, digit = total + (digit or 1) * _HAN_TENS[character], 0
        else:
            digit = _HAN_DIGITS[character]
    yield Value(_kind(match[3]), (total + digit) * _MULTIPLES.get(match[2], 1.0))


def _grade(match: re.Match[str]) -> Iterator[Value]:
    yield Value("level", _GRADES[match.group()])


def _is_least(match: re.Match[str]) -> bool:
    """Whether the words before a number or behind it say that it is no less."""
    text, start, end = match.string, match.start(), match.end()
    return bool(
        _LEAST.search(text[max(0, start - _AROUND_CHARS) : start])
        or _OR_MORE.search(text[start:end])
        or _OR_MORE.match(text[end : end + _AROUND_CHARS])
    )


def _kind(unit: str | None) -> Kind:
    return _UNITS.get(unit, "percent") if unit else "count"


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Value]]], ...] = (
    (_MONTH_NAME, _month_name),
    (_MONTH_FIRST, _month_first),
    (_YEAR_FIRST, _year_first),
    (_YEAR_ALONE, _year_alone),
    (_DIGITS, _digits),
    (_SPELLED, _spelled),
    (_HAN, _han),
    (_GRADE, _grade),
)
