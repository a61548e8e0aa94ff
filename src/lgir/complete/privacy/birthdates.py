"""Dates of birth: a date in figures or words, in many languages, beside a word for birth."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import Span
from lgir.complete.privacy.triggers import Keyed, Places, at_places

_MONTH = (
    r"(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|rero|braio|ruari)?|f[ée]vr(?:ier)?|fev(?:ereiro)?|mar(?:ch|s|zo"
    r"|t|ço|ca)?|m[äa]rz|maart|mrt|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|m[ae]i|maj|mayo|maggio|maio|june?|juni?"
    r"|juin|junio|junho|giugno|giu|july?|juli|juil(?:let)?|julio|julho|luglio|lug|aug(?:ust|ustus|usti)?|ao[uû]t"
    r"|ago(?:sto)?|sept?(?:ember|embre|tember|iembre)?|set(?:tembre|embro)?|o[ck]t(?:ober|obre|ubre|oberr?)?|ott(?:obre)?"
    r"|out(?:ubro)?|nov(?:ember|embre|iembre|embro)?|de[czs](?:ember|embre|iembre|embro)?|d[ée]c(?:embre)?|dic(?:embre"
    r"|iembre)?|dezembro|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada"
    r"|grudnia|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|ocak|şubat|mart"
    r"|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)(?![^\W\d_])"
)
_UNIT_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_DAY_WORD = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|º|ª|\.)?|{_DAY_WORD})(?![\d%])"
_YEAR_WORD = (
    r"(?:nineteen|two thousand)(?:[ -](?:hundred|oh|and)){0,2}(?:[ -](?:twenty|thirty|forty|fifty|sixty|seventy"
    rf"|eighty|ninety|ten|eleven|twelve|\w{{3,5}}teen))?(?:[ -]{_UNIT_WORD})?"
)
_YEAR = rf"(?:(?:19|20)\d\d|'?\d\d|{_YEAR_WORD})(?!\d)"
_OF = r"(?:[ ,./-]{1,2}|[ ,]{0,2} (?:of|de|del|do|the|in) )"
_HAN_NUMBER = r"[一二三四五六七八九〇零十\d]"
_DATE = (
    rf"(?:{_DAY}{_OF}{_MONTH}(?:\.?{_OF}{_YEAR})?|{_MONTH}\.?{_OF}{_DAY}(?:{_OF}{_YEAR})?"
    rf"|{_MONTH}\.?{_OF}(?:(?:19|20)\d\d|'\d\d|{_YEAR_WORD})(?!\d)"
    r"|(?:19|20)\d\d ?[./-] ?\d{1,2}(?: ?[./-] ?\d{1,2})?\.?(?!\d)"
    r"|\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?(?:(?:19|20)\d\d|'?\d\d)(?!\d)|\d{1,2} \d{1,2} (?:19|20)\d\d(?!\d)"
    r"|\d{1,2}[./](?:(?:19|20)\d\d|\d\d)(?![\d/])"
    rf"|(?:昭和|平成|令和)?{_HAN_NUMBER}{{1,4}} ?年"
    rf"(?: ?{_HAN_NUMBER}{{1,3}} ?月(?: ?初?{_HAN_NUMBER}{{1,3}} ?[日号]?)?)?"
    r"|(?:19|20)\d\d ?년(?: ?\d{1,2} ?월(?: ?\d{1,2} ?일)?)?"
    r"|(?:19|20)\d{6}(?!\d)|\d{8}(?!\d)|'\d\d(?!\d)|(?:19|20)\d\d(?!\d))"
)
_MARKS = (
    r"(?:[ \t]*(?:\([^()\n]{1,20}\)|[:|\]=·-]|(?:on|in|am|le|il|el|em|en|a|den|dnia|op|the|是|为)\b|是|为)){0,4}[ \t]*"
)
_TOWN = r"(?:[^\W\d_][^\W\d_'.-]{1,20}[ ,]{1,2}){1,4}"
_BORN = Keyed(
    "date|birth|year of|dob|d.o|d. o|d o|born|geb|né|née|fecha|nac|data|nat|nasc|née|födelse|född|fødsel|født|syntymä"
    "|дата рожд|родил|ngày sinh|doğum|datum naro|narozen|urodz|ur.|tanggal lahir|tgl lahir|出生|生|阴历|农历|阳历",
    r"(?:(?<![^\W\d_])(?:(?:date|year|day) ?(?:(?:and|&|/) ?place ?)?of ?birth|birth ?date|birth ?day|d\.? ?o\.? ?b\.?"
    r"|born|geburtsdatum|geburtstag|geb\.|geboren|geboortedatum|n[ée]e?|date de naissance|fecha de nacimiento"
    r"|f\. ?nac\.|nacid[oa]|data di nascita|nat[oa]|data de nascimento|nascid[oa]|data urodzenia|urodzon[ya]|ur\."
    r"|födelsedatum|född|fødselsdato|født|syntymäaika|дата рождения|родил(?:ся|ась)|ngày sinh|doğum tarihi"
    r"|datum narození|narozena?|tanggal lahir|tgl\.? lahir)(?![^\W\d_])"
    r"|出生年月日?|出生日期|出生时间|出生年份|出生于|出生|生日|生于|生年月日|阴历|农历)"
    rf"(?:/ ?-?[^\W\d_]{{2,12}})?{_MARKS}({_DATE})",
)
# the town stands between: "Nata a Torino il 03/04/1992"
_BORN_THERE = Keyed(
    "born|geb|né|née|nac|nat|nasc",
    r"(?<![^\W\d_])(?:born|geboren|n[ée]e?|nacid[oa]|nat[oa]|nascid[oa]) (?:in|at|à|a|en|em|zu) "
    rf"{_TOWN}(?:on|am|il|le|el|em)?[ ,]{{0,2}}(?:the )?({_DATE})",
)
# a letter alone says little: a whole date in figures, or a year
_B = Keyed("b.", r"(?<![A-Za-z])b\. ?(?:on |in )?((?:\d{1,2}[./-]){2}(?:19|20)?\d\d(?!\d)|(?:19|20)\d\d(?!\d))")
_KOREAN = re.compile(rf"(?:생년월일|생일)[ \t]*[:|]?[ \t]*({_DATE})")
_BORN_AFTER = re.compile(rf"(?<!\d)({_DATE}) ?(?:出生|生(?=[ \t\n,，、;。|/）(（·\x00]|\Z|于|人))", re.I)


def birthdates(text: str, places: Places) -> Iterator[Span]:
    """Dates after a word for birth, and Chinese ones before it."""
    for label in (_BORN, _BORN_THERE, _B):
        for match in label.finditer(text, places):
            yield Span(match.start(1), match.end(1), "birthdate")
    for match in _KOREAN.finditer(text) if "생" in text else ():
        yield Span(match.start(1), match.end(1), "birthdate")
    if "生" in text:
        for match in at_places((_BORN_AFTER,), text, places.digits):
            yield Span(match.start(1), match.end(1), "birthdate")
