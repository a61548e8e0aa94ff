"""Telephone numbers of many countries."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import HIDDEN, Span, hide
from lgir.complete.privacy.triggers import Keyed, Places, at_places

_EXTENSION = r"(?: ?(?:ext\.?|extension|x|转|轉|分机) ?\d{1,6})?(?![\dA-Za-z])"
_GATE = re.compile(r"\d(?:[ ()./-]{0,3}\d){4}|\d\*{3}")
_START = r"(?<![\dA-Za-z])(?<!\d[.,/-])(?<![A-Za-z]-)"

# With a country code; the rest in groups of any length.
_INTERNATIONAL = re.compile(
    rf"(?<![\dA-Za-z+:.#-])(?:\(?\+ ?|00(?=[1-9]\d{{8}}|[1-9]\d{{0,2}}["
    rf" ./(-]))\(?\d{{1,15}}\)?\d{{0,11}}(?:[ ./-]{{0,2}}\(\d{{1,5}}\)[ ./-]?\d{{1,11}}"
    rf"|[ ./-]{{1,2}}\d{{1,11}}){{0,7}}{_EXTENSION}",
    re.I,
)
_SURE = re.compile(
    rf"{_START}(?:"
    r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]{0,2}|[2-9]\d\d[ ./-])\d{3}[ .-]\d{4}"  # North America
    r"|1[.-]\d{3}[.-]\d{3}[.-]\d{4}|(?:1[ .-]?)?\([2-9]\d\d\) ?\d{7}|[2-9]\d\d[2-9]\d{6}"
    r"|1[ .-][2-9]\d\d[ .-]\d{3}[ .-]\d{4}"
    r"|(?:86[ -]?)?1[3-9]\d(?:[ -]?\d){8}"  # China, mobile
    r"|1[3-9]\d{1,5}\*{3,4}\d{0,4}"  # half hidden
    r"|\(?0\d\d{1,2}\)?[ -]?[2-9]\d{2,3}[ -]?\d{4}(?:-\d{1,4})?"  # China and Japan, with area code
    r"|[48]00-?\d{3}-?\d{4}|[48]00-\d{4}-\d{3}"
    r"|8 ?\(\d{3}\) ?\d{3}[ -]?\d\d[ -]?\d\d"  # Russia
    r"|\(0?\d{1,4}\)[ -]?\d{3,5}[ -]\d{2,4}(?:[ -]\d{2,4})?|\(0\d{1,4}\)[ -]?\d{5,8}|\(06 \d{1,2}\) ?\d{3} \d{3,4}"
    rf"){_EXTENSION}",
    re.I,
)
_GROUPED = re.compile(
    rf"{_START}(?<!\D\d{{4}} )(?:0\d{{1,5}}[ ./-]{{1,3}}\d{{2,9}}(?:[ .-]\d{{2,5}}){{0,4}}|0\d{{9,10}}|\d{{9,11}}"
    rf"|(?:\d{{2,5}}[ .-]){{1,4}}\d{{2,5}}"
    rf"|\d{{2,4}}(?:[ .-]\d\d){{3,4}}|[2-9]\d\d-\d{{4}}){_EXTENSION}",
    re.I,
)
_NUMBER = rf"(\(?\+?\(?\d[\d ()./-]{{3,20}}\d(?:{_EXTENSION}))"
_LABELLED = Keyed(
    "tel|tél|phone|ph|mob|móvil|cel|handy|handphone|whatsapp|fax|contact|hotline|sms|landline|home|work|office|call"
    "|text|reach|ring|number is|"
    "电话|手机|联系方式|热线|致电|電話|手機|传真|座机|短信|拨打|号码|加v",
    r"(?:(?<![A-Za-z])(?:tel|telephone|tel[eé]fono|t[eé]l[eé]phone|telefon|phones?|ph|mobile|mob|m[oó]vil|cell"
    r"|cellular|cellphone|"
    r"handy|handphone|whatsapp|fax|contact|contact no|hotline|sms|landline|home|work|office|celular|cel|cellulare)"
    r"(?: ?(?:no|number|num|#|nr)\b)?\.?(?: ?\([A-Za-z ]{1,12}\))? ?[:.|=#-]{1,2}[ \t]?|"
    r"(?<![A-Za-z])(?:tel|telephone|phone|mobile|cell|fax|whatsapp|(?:call|text|reach|ring)(?: me| us)?(?: on| at)?"
    r"|number is|phone is)"
    r"(?: ?(?:no|number)\b\.?)?[ \t]+|(?:电话|手机|联系方式|热线|致电|電話|手機|传真|座机|短信|拨打|号码|加V)(?:号码"
    r"|号|號碼|號)?"
    rf"[ :|\]=是为()A-Za-z/微信同号]{{0,14}}){_NUMBER}(?![\dA-Za-z])",
)
_WEAK_LABEL = re.compile(
    r"(?:home|work|office|contact|call|text|reach|ring|me|us|on|at|is|cell|ph|mob|cel) ?[:.|=#-]{0,2} ?\Z", re.I
)
_YEARS = re.compile(
    r"(?<!\d)(?:19|20)\d\d ?[-/.] ?(?:(?:19|20)\d\d|\d{1,2})(?!\d)|(?<!\d)\d{1,2}[./-](?:19|20)\d\d(?!\d)|\A(?:19"
    r"|20)\d\d "
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .]\d{3})+\Z")
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|usd|eur|rs\.?|inr|rmb) ?\Z", re.I)
_OTHER_BEFORE = re.compile(
    r"(?:order|invoice|req|requisition|part|ticket|ref|model|case|job|store|no|item|sku|isbn|issn|patent|iso|订单|单号"
    r"|型号|编号|专利)"
    r"[ .:#]{0,3}\Z|#\Z",
    re.I,
)
_AMOUNT_AFTER = re.compile(
    r" ?(?:[$€£¥%]|元|万|亿|件|人|次|条|台|usd|eur|units|people|users|sq|miles|km|kg|lbs?\b|hours|rows|records"
    r"|customers)",
    re.I,
)


def phones(text: str, places: Places) -> Iterator[Span]:
    """Numbers with a country code, after a word that says what they are, or in a form that is hardly anything else."""
    found: list[Span] = []
    if not _GATE.search(text):
        return
    starts = _starts(text, places)
    for pattern, sure in ((_INTERNATIONAL, True), (_LABELLED, True), (_SURE, False), (_GROUPED, False)):
        rest = hide(text, found)
        group = 1 if pattern is _LABELLED else 0
        found_here = (
            pattern.finditer(rest, places) if isinstance(pattern, Keyed) else at_places((pattern,), rest, starts)
        )
        for match in found_here:
            start, end = match.span(group)
            if pattern is _INTERNATIONAL:
                end = _shortened(rest, start, end)
            if _is_phone(rest, start, end, sure=sure, strict=pattern is _GROUPED):
                found.append(Span(start, end, "phone"))
    yield from found


def _starts(text: str, places: Places) -> list[int]:
    """Where a number may begin: at digits, or at the bracket or plus before them."""
    starts: set[int] = set()
    for at in places.digits:
        starts.add(at)
        if text[at - 1 : at] in ("+", "("):
            starts.add(at - 1)
        if text[max(0, at - 2) : at] in ("+ ", "(+", "+("):
            starts.add(at - 2)
    return sorted(starts)


def _shortened(text: str, start: int, end: int) -> int:
    """Where a number with a country code ends when other numbers follow it: no country has more digits."""
    digits = [at for at in range(start, end) if text[at].isdigit()]
    code = "".join(text[at] for at in digits[:2])
    most = 11 if code[:1] == "1" else 13 if code == "86" else 15
    if len(digits) <= most or re.search(r"[^\d ()+./-]", text[start:end]):
        return end
    cut = digits[most - 1] + 1
    return cut if not text[cut].isdigit() else end


def _is_phone(text: str, start: int, end: int, *, sure: bool, strict: bool) -> bool:
    value = re.split(r" ?[a-z转轉分]", text[start:end], maxsplit=1, flags=re.I)[0]
    n_digits = sum(letter.isdigit() for letter in value)
    if not 5 <= n_digits <= 21 or HIDDEN in value or (value[0] != "+" and _YEARS.search(value)):
        return False
    if sure:
        return n_digits >= 7 or not _WEAK_LABEL.search(text, max(0, start - 12), start)
    before = text[max(0, start - 14) : start]
    if _MONEY_BEFORE.search(before) or _OTHER_BEFORE.search(before) or _AMOUNT_AFTER.match(text, end):
        return False
    return (
        not strict
        or _is_grouped(value, n_digits)
        or (9 <= n_digits <= 11 and value.isdigit() and _beside(text, start, end))
    )


def _beside(text: str, start: int, end: int) -> bool:
    """Whether a bare number stands alone in its line, or right beside contact data."""
    before, after = text[max(0, start - 4) : start], text[end : end + 4]
    alone = (not before or before.rstrip(" \t*-").endswith("\n")) and (
        not after or after.lstrip(" \t").startswith("\n")
    )
    return alone or HIDDEN in before or HIDDEN in after


def _is_grouped(value: str, n_digits: int) -> bool:
    """Whether groups of digits look like a national number and not like an amount, a range or a size."""
    groups = re.findall(r"\d+", value)
    if len(value) == 8 and value[3] == "-":  # a local number: 555-0199
        return True
    if n_digits == 8 and [len(group) for group in groups] == [4, 4]:
        return value[4] == " " and value[0] in "23456789"
    if n_digits == 8 and value[0] == "0" and len(groups) > 2:
        return True
    if value.isdigit():
        return n_digits > 9 and value[0] == "0"
    if not 9 <= n_digits <= 13 or (_THOUSANDS.match(value) and value.endswith("000")):
        return False
    # a range, or a ZIP+4
    return value[0] == "0" or not re.fullmatch(r"\d{4,5}-\d{4,5}", value)
