"""Postcodes that name one street or house: British, Irish, Canadian. Those of a whole town stay."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Keyed, Places

_UK = r"(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})"
_CANADA = r"(?:[ABCEGHJ-NPR-TV-Z]\d[ABCEGHJ-NPR-TV-Z] \d[ABCEGHJ-NPR-TV-Z]\d)"
# routing keys of An Post; the rest has four letters and digits, the first a letter, not all of them letters
_EIRCODE = (
    r"(?:(?:A(?:4[125]|6[357]|75|8[1-6]|9[12468])|C15|D(?:0[1-9]|1[0-8]|2[024]|6W)|E(?:21|25|32|34|41|45|53|91)"
    r"|F(?:12|23|26|28|31|35|42|45|52|56|9[1-4])|H(?:12|14|16|18|23|53|54|62|65|71|91)|K(?:32|34|36|45|56|67|78)"
    r"|N(?:37|39|41|91)|P(?:12|14|17|24|25|31|32|36|43|47|51|56|61|67|72|75|81|85)|R(?:14|21|32|35|42|45|51|56|93|95)"
    r"|T(?:12|23|34|45|56)|V(?:14|15|23|31|35|42|9[2-5])|W(?:12|23|34|91)|X(?:35|42|91)|Y(?:14|21|25|34|35)) "
    r"(?=[A-Z]{1,3}\d)[AC-FHKNPRTV-Y][0-9AC-FHKNPRTV-Y]{3})"
)
POSTCODE = re.compile(rf"(?<![A-Za-z0-9])(?:{_UK}|{_CANADA}|{_EIRCODE})(?![A-Za-z0-9])", re.A)
_MAY_BE_JOINED = re.compile(r"[A-Z]\d[A-Z\d]?-?\d[A-Z]", re.A)
_MAY_OCCUR = re.compile(r"[0-9A-Z] [0-9A-Z]", re.A)
# Written as one word they look like numbers of models: a label or the province has to stand before, or a town.
_LABELLED = Keyed(
    "post|eircode|zip|pc|pin|plz",
    r"(?<![^\W\d_])(?:post ?codes?|postal code|eircode|zip(?: ?/ ?postal)?(?: code)?|postal ?/ ?zip(?: code)?)"
    r"[ \t]*[:#|=-]?[ \t]*((?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z][ -]?\d[a-z]\d|[a-z]\d[\dw] ?[a-z\d]{4})"
    r"(?![a-z\d]))",
)
_JOINED = re.compile(
    r"(?:\b(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT),? ([A-Z]\d[A-Z]-?\d[A-Z]\d)(?![A-Za-z0-9])"
    r"|(?<=[a-z,] )((?:AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH"
    r"|EN|EX|FK|FY|GL|GU|HA|HD|HG|HR|HU|HX|IG|IP|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE"
    r"|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV"
    r"|YO|B|E|G|L|M|N|S|W)\d[A-Z\d]?\d[ABD-HJLNP-UW-Z]{2})(?=[ \t]*(?:\n|\Z|[,|;·]|\x00)))",
    re.A,
)


def postcodes(text: str, places: Places) -> Iterator[Span]:
    """Postcodes in capitals with their space, and in other spellings where something says what they are."""
    if not places.digits:
        return
    for match in POSTCODE.finditer(text) if _MAY_OCCUR.search(text) else ():
        yield Span(match.start(), match.end(), "street")
    for match in _LABELLED.finditer(text, places):
        if HIDDEN not in match.group(1):
            yield Span(match.start(1), match.end(1), "street")
    for match in _JOINED.finditer(text) if _MAY_BE_JOINED.search(text) else ():
        group = 1 if match.group(1) else 2
        yield Span(match.start(group), match.end(group), "street")
