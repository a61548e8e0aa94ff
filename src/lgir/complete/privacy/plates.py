"""Number plates of vehicles: after a word that says so, and Chinese ones by their form."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import Span
from lgir.complete.privacy.triggers import Keyed, Places

_BRITISH = r"(?:[A-Z]{2}\d\d ?[A-Z]{3}|[A-Z]\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z]?|\d{2,3}-[A-Z]{1,2}-\d{1,6})"
# at least two figures and a letter
_ANY = r"(?=[A-Z ·-]{0,6}\d[A-Z ·-]{0,6}\d)(?=[\d ·-]{0,8}[A-Z])[A-Z0-9ÄÖÜ]{1,4}(?:[ ·-]{0,2}[A-Z0-9]{1,7}){0,3}"
_AFTER = r"(?![A-Za-z0-9])"
_SURE = Keyed(
    "number plate|vehicle|car|licen|plate|vrn|vrm|kfz|kennzeichen|immatric|matr|targa|placa|车牌",
    r"(?:(?<![^\W\d_])(?i:number ?plate|(?:vehicle|car)(?: licen[cs]e)? (?:reg(?:istration)?\b\.?|plate)|licen[cs]e"
    r"|(?:kfz-?)?kennzeichen|plaque d'immatriculation|immatriculation|matr[íi]cula|targa|placa"
    r"|plate(?= ?(?:no|nr|number|:))|vr[nm])"
    r"(?i: plate)?(?i: ?(?:no|nr|number)\b\.?)?|车牌(?:号码?)?)"
    rf"(?<!(?i:licen[cs]e))[ \t]*[:#|=]*[ \t]*(?:is )?((?:{_ANY}){_AFTER})",
    cased=True,
)
_REG = Keyed(
    "reg|registration",
    rf"(?<![^\W\d_])(?i:reg(?:istration)?)\b\.?(?i: ?(?:no|number|mark)\b\.?)?[ \t]*[:#]?[ \t]*({_BRITISH}){_AFTER}",
    cased=True,
)
_CHINESE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·. -]?"
    r"(?=[A-Z]{0,3}\d)[A-Z0-9]{5,6}(?![A-Za-z0-9])"
)


def plates(text: str, places: Places) -> Iterator[Span]:
    """Number plates in capitals with at least one digit."""
    for label in (_SURE, _REG):
        for match in label.finditer(text, places):
            yield Span(match.start(1), match.end(1), "id")
    if places.chinese:
        for match in _CHINESE.finditer(text):
            yield Span(match.start(), match.end(), "id")
