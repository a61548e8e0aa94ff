"""Ages and marital status."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Keyed, Places, at_places

_MORE = (
    r"(?! ?(?:[-~至到+]|to\b|or\b|and (?:over|above|older|up)|years? and|months?|周?岁?以|周?岁?及以|周?岁?之间|\d"
    r"|[.,]\d))"
)
_AGE_LABEL = Keyed(
    "age|âge|âgé|agé|edad|idade|alter|età|eta|current|年|芳龄|实岁|虚岁",
    rf"(?:(?<![A-Za-z])(?:(?:current )?age|edad|idade|alter|[eaâ]g[ée]|et[àa])|年 *龄|年 *齡|芳龄|实岁|虚岁)( ?[:"
    rf"|\]=]+ ?| is "
    rf"|\t| *)(\d\d)(?![\d%]){_MORE}",
)
_AGE_OLD = re.compile(
    r"(?<![\d.$-])(\d\d)(?: |-)?(?:years?|yrs?|y)\.?(?: |-|/)?(?:of age|old|o\b)(?! ?(?:or|and|\+|company|firm"
    r"|business|brand|building|family|tradition"
    r"|organi[sz]ation|restaurant|house|history|system|code))|(?<![\d.$-])(\d\d) ?(?:y/o|yo|a[ñn]os de edad"
    r"|a[ñn]os(?= *(?:$|[,.;|])))\b",
    re.I | re.M,
)
_AGED = Keyed(
    "aged|i am|i'm|turned",
    rf"\b(?:aged|i am|i'm|turned) (\d\d)(?![\d%,.]\d|%|\w){_MORE}(?! (?:years? (?:in|of exp)|\w+ (?:in|of) ))",
)
_AGE_WORDS = re.compile(
    r"\b((?:twenty|thirty|forty|fifty|sixty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|eighteen"
    r"|nineteen)[ -]years?[ -]old\b",
    re.I,
)
_AGE_CHINESE = re.compile(
    r"(?<![\d.~至到-])((?<![一二三四五六七八九十])[二三四五六]?十[一二三四五六七八九]?|\d\d) ?周?岁(?!以|及以|之间"
    r"|至|到|-|~|左右以)"
)
_AGE_AFTER_SEX = re.compile(r"(?<![一-鿿])[男女] ?[|/,、·;] ?(\d\d)(?= ?[|/,、·;\n])")
_REQUIRED = re.compile(
    r"(?:at least|over|under|minimum|must be|be|above|below|least|than|age of|between|aged? \d\d|to|-|~|至|到|不超过"
    r"|不限"
    r"|要求|未满|年满|满|patients?|clients?) ?\Z",
    re.I,
)

_STATUS = (
    r"never married|not married|unmarried|married|single|divorced|divorcee|separated|widow(?:ed|er)?|engaged"
    r"|in a relationship|"
    r"(?:civil|domestic) partner(?:ship)?|cohabiting|solter[oa]|casad[oa]|divorciad[oa]|viud[oa]|ledig|verheiratet"
    r"|geschieden|verwitwet|"
    r"c[ée]libataire|mari[ée]e?|divorc[ée]e?|veuf|veuve|pacs[ée]e?|celibe|nubile|coniugat[oa]|sposat[oa]|solteir[oa]"
    r"|vi[úu]v[oa]"
)
_CHINESE_STATUS = r"未婚未育|已婚已育|已婚未育|未婚|已婚|离异|離異|离婚|丧偶|单身|單身|再婚|初婚"
_STATUS_LABEL = Keyed(
    "marital|civil|marriage|family s|relationship s|estado|stato|familien|situation|état|etat|婚|是否",
    r"(?:(?<![A-Za-z])(?:marital|civil|marriage|family|relationship) ?status|estado civil|stato civile|familienstand|"
    r"situation (?:familiale|de famille)|[ée]tat civil|婚姻状况|婚姻狀況|婚姻情况|婚姻状态|婚育状况|婚育情况|婚育"
    r"|婚 *姻|婚 *否|是否已婚|是否结婚)"
    rf"[ \t]*[:|\]=是为-]*[ \t]*(?:is )?({_STATUS}|{_CHINESE_STATUS}|[是否有无](?![一-鿿])"
    rf"|[^\W\d_]{{3,20}}(?= *(?:[\n,;"
    rf"|/.·]|\Z)))",
)
_STATUS_SAID = re.compile(
    r"\b(?:i am|i'm|am|being) (?:(?:a|happily|currently|still|recently|legally) ){0,2}"
    r"(single|married|divorced|widowed|unmarried|separated|engaged)(?= *(?:[,.;!\n]|\Z| and | with | woman| man"
    r"| mother| father| parent))|"
    r"(?:\A|[|,;·/\n(\x00] ?)(married|divorced|widowed|unmarried|single)(?= *(?:\Z|[|,;·/\n).\x00]"
    r"|with (?:\w+ )?(?:kid|child)|(?:and )?no (?:kid|child)))",
    re.I,
)
_CHINESE_SAID = re.compile(rf"(?:{_CHINESE_STATUS})(?!已育|未育|者|人士|人群|优先|均可|不限|青年|公寓|女性|男性|妇女)")
_ABOUT_A_PERSON = re.compile(r"\b(?:fe)?male\b|\bchild|\bkids\b|\x00", re.I)


def ages(text: str, places: Places) -> Iterator[Span]:
    """How old a person is said to be; 14 to 99 years, and no age that is asked for."""
    for match in _AGE_LABEL.finditer(text, places):
        if match.group(1).strip() or int(match.group(2)) >= 14:
            yield from _age(text, match, 2)
    for match in (*at_places((_AGE_OLD,), text, places.digits), *_AGED.finditer(text, places)):
        yield from _age(text, match, 2 if match.lastindex == 2 else 1)
    low = text.lower()
    for match in _AGE_WORDS.finditer(text) if " old" in low or "-old" in low else ():
        yield Span(match.start(1), match.end(1), "age")
    if places.chinese:
        for match in _AGE_AFTER_SEX.finditer(text):
            yield from _age(text, match, 1)
    if "岁" in text:
        for match in _AGE_CHINESE.finditer(text):
            if not _REQUIRED.search(text, max(0, match.start() - 6), match.start()):
                yield Span(match.start(1), match.end(1), "age")


def _age(text: str, match: re.Match[str], group: int) -> Iterator[Span]:
    asked = _REQUIRED.search(text, max(0, match.start() - 12), match.start())
    if asked is None and int(match.group(group)) >= 14:
        yield Span(match.start(group), match.end(group), "age")


def marital_status(text: str, places: Places) -> Iterator[Span]:
    """What follows a word for it, what a person says of themselves, and the words that can mean nothing else."""
    for match in _STATUS_LABEL.finditer(text, places):
        yield Span(match.start(1), match.end(1), "marital")
    low = text.lower()
    said = any(word in low for word in ("single", "married", "divorced", "widowed", "separated", "engaged"))
    for match in _STATUS_SAID.finditer(text) if said else ():
        group = 1 if match.group(1) else 2
        if group == 1 or match.group(2).lower() != "single" or _beside_a_person(text, match):
            yield Span(match.start(group), match.end(group), "marital")
    if "婚" in text or "离异" in text or "丧偶" in text:
        for match in _CHINESE_SAID.finditer(text):
            if match.group() not in ("单身", "單身", "再婚", "初婚"):
                yield Span(match.start(), match.end(), "marital")


def _beside_a_person(text: str, match: re.Match[str]) -> bool:
    """Whether other details of a person stand near: "single" alone may be a room or a page."""
    return bool(_ABOUT_A_PERSON.search(text, max(0, match.start() - 40), match.end() + 40)) or HIDDEN in match.group()
