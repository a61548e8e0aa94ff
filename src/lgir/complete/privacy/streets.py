"""Streets with house numbers; towns, regions and countries stay."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Keyed, Places, at_places

_LETTERS = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_SUFFIX = (
    r"(?:street|str|st|avenue|ave|av|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|terrace|ter|circle"
    r"|cir|parkway|pkwy|"
    r"highway|hwy|square|sq|trail|trl|crescent|cres|close|gardens|grove|mews|way|row|walk|alley|plaza|loop|pike"
    r"|turnpike|broadway|quay|parade|esplanade|expressway|wharf)"
)
_UNIT = (
    r"(?:,? ?(?:(?:apt|apartment|unit|suite|ste|floor|room|rm|flat|bldg|building|no)\b\.? ?#?[\w-]{1,6}"
    r"|# ?[\w-]{1,6}|\d{1,3}(?:st|nd|rd|th) floor))"
)
_NUMBERED = re.compile(
    rf"(?<![\w$.#:/,-])\d{{1,6}}(?:[-/]\d{{1,4}})?[A-Za-z]?,? "
    rf"(?:(?:[NSEWnsew]|[NS][EW]|[A-Z][{_LETTERS}'.-]{{0,30}}|\d{{1,3}}(?i:st|nd|rd|th)|of|the|de|la"
    rf"|del) ){{1,4}}?(?i:{_SUFFIX})\b(?![ ]?[&+])\.?"
    rf"(?: (?:NW|NE|SW|SE|N|S|E|W)\b\.?)?(?i:{_UNIT}){{0,2}}"
)
_NUMBERED_LOWER = re.compile(
    rf"(?<![\w$.#:/,-])\d{{1,6}} (?:(?:[nsew]|north|south|east|west|[a-z]{{3,15}}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,2}}?"
    rf"(?:street|st|avenue|ave|road|rd|lane|ln|blvd|boulevard|drive)\b\.?(?:{_UNIT}){{0,2}}"
)
# Rare kinds of street, believed only where number, name and kind fill a whole field, or a flat follows.
_RARE = (
    r"(?:alley|annex|arcade|bayou|beach|bluffs?|bottom|branch|bridge|brooks?|burgs?|bypass|canyon|cape|causeway"
    r"|cliffs?|commons?|corners?|course|coves?|"
    r"creek|crest|crossroads?|curve|dale|dam|divide|estates?|extensions?|falls?|ferry|fields?|flats?|fords?|forest"
    r"|forges?|forks?|fort|freeway|gateway|glens?|groves?|harbors?|"
    r"haven|hills|hollow|inlet|islands?|isle|junctions?|keys?|knolls?|lakes?|land|landing|lights?|loaf|locks?"
    r"|manors?|meadows?|mills?|mission|motorway|mountains?|"
    r"mount|neck|orchard|oval|overpass|parks|parkways|passage|pines?|plains?|points|ports?|prairie|radial|ramp|ranch"
    r"|rapids?|rest|ridges|river|roads?|rue|shoals?|shores?|"
    r"skyway|springs?|spurs?|squares?|stravenue|stream|streets|summit|throughway|trace|track|trafficway|tunnel"
    r"|underpass|unions?|valleys?|viaduct|views?|villages?|ville|"
    r"vista|walks|wall|ways|wells?|chowk|marg|ganj|nagar|vihar|layout|colony|sarani|salai|heights|crossing|rise|hill"
    r"|greens?|park|run|path|bend|ridge|point|circles|route|via|turnpike)"
)
_FIELD = re.compile(
    rf"(?<![\w$.#:/-])(?:(?<=[\n,|;·(\x00])|(?<=[\n,|;·(\x00][ \t])|(?<=[A-Za-z0-9],[ ])"
    rf"|\A)\d{{1,6}}(?:[-/]\d{{1,4}})?[A-Za-z]?,? "
    rf"(?:[A-Z\u00c0-\u024f][{_LETTERS}.'-]{{1,30}} ){{1,3}}(?=[A-Z])(?i:{_RARE})(?i:{_UNIT})?(?=[ \t]*(?:[\n,"
    rf"|;·)\x00]|\Z| -))"
)
_WITH_UNIT = re.compile(
    rf"(?<![\w$.#:/,-])\d{{1,6}} [A-Z][{_LETTERS}.'-]{{1,30}}(?: [A-Z][{_LETTERS}.'-]{{1,30}}){{0,3}},? (?:Apt|Suite"
    rf"|Ste|Unit)\b\.? ?#?\w{{1,6}}"
)
_FLAT_FIELD = Keyed(
    "flat|flat|studio|studio|apartment|apartment|unit|unit|apt|apt|suite|suite|room|room|no.",
    rf"(?<![A-Za-z])(?:[Ff]lat|[Ss]tudio|[Aa]partment|[Uu]nit|[Aa]pt\.?|[Ss]uite|[Rr]oom"
    rf"|No\.) ?#?\d{{1,4}}[A-Za-z]?(?:,? \d{{1,5}},? |, )"
    rf"(?:[A-Z][{_LETTERS}'.-]{{1,30}} ){{1,3}}(?=[A-Z])(?i:{_SUFFIX}|{_RARE})\b",
    cased=True,
)
_BROADWAY = re.compile(rf"(?<![\w$.#:/,-])\d{{1,5}} (?:[NSEW]\.? )?Broadway\b(?i:{_UNIT})?")
_BOX = Keyed(
    "p.|po |pob|p o|post office|postfach|apartado|b.p.",
    r"(?<![A-Za-z])(?:p\.? ?o\.? ?box|post office box|postfach|apartado|b\.p\.) ?#?\d{1,7}(?:-\d{3,6})?",
)
_JOINED = re.compile(
    rf"(?<![{_LETTERS}])[A-ZÄÖÜÅ][{_LETTERS}.-]{{2,40}}(?:stra(?:ß|ss)e|str\.|str(?= \d)|weg|platz|allee|gasse|damm"
    rf"|ufer|straat|laan|gracht|steeg|dreef|singel|dijk|gatan|"
    rf"v[aä]gen|stigen|gr[aä]nd|torget|backen|vej|veien|-(?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm"
    rf"|Ufer)) \d{{1,4}} ?(?:[a-z]\b)?(?:[/-]\d{{1,3}})?"
    rf"|(?<![{_LETTERS}])[A-ZÄÖÜ][{_LETTERS}-]{{1,20}} (?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee"
    rf"|Gasse) \d{{1,4}} ?(?:[a-z]\b)?"
)
_FRENCH = re.compile(
    r"(?<![\w$.])\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oulevard|[Bb]d|[Cc]hemin"
    r"|[Ii]mpasse|[Aa]ll[ée]e|[Qq]uai)|"
    r"(?:[Pp]lace|[Cc]ours|[Rr]oute|[Ss]quare|[Pp]assage|[Vv]illa)(?= (?:de|du|des|d'))) "
    rf"(?:[{_LETTERS}'.-]{{1,30}} ?){{1,5}}(?<! )"
)
_NAME = (
    rf"(?:(?:de|do|del|della|di|da|dos|das|la|las|los|[{_LETTERS}][{_LETTERS}.'-]{{0,30}}"
    rf"|\d{{1,3}}) ){{0,5}}?(?:[{_LETTERS}][{_LETTERS}.'-]{{1,30}}|\d{{1,3}})"
)
# The kind of street first, the number last. The number of a year is none: "Plaza Hotel 2012".
_SOUTHERN = Keyed(
    "calle|c/|avenida|av|avda|paseo|carrera|cra|andador|circuito|prolongaci|circunvalaci|retorno|callej|calzada"
    "|privada|cerrada|perif|ampliaci|pasaje|viaducto|peatonal|camino|ronda|rambla|"
    "glorieta|urbanizaci|via|vicolo|piazza|corso|strada|contrada|borgo|rotonda|rua|travessa|pra|alameda|rodovia"
    "|estrada|ladeira|viela|jalan|jl.|gang|gg.|ul.|ul.|ulica|al.|al.|aleja|"
    "plac|plac|pl.|pl.|os.|os.|osiedle",
    r"(?<![\w])(?:Calle|C/|Avenida|Av(?:da)?\.|Paseo|Carrera|Cra\.?|Andador|Circuito|Prolongaci[óo]n"
    r"|Circunvalaci[óo]n|Retorno|Callej[óo]n|Calzada|Privada|Cerrada|Perif[ée]rico|"
    r"Ampliaci[óo]n|Pasaje|Viaducto|Peatonal|Camino|Ronda|Rambla|Glorieta|Urbanizaci[óo]n|Via|Viale|Vicolo|Piazza"
    r"|Piazzale|Corso|Strada|Contrada|Borgo|Rotonda|Rua|Travessa|"
    r"Pra[çc]a|Alameda|Rodovia|Estrada|Ladeira|Viela|Jalan|Jl\.|Gang|Gg\.|[Uu]l\.|ulica|[Aa]l\.|aleja|[Pp]lac"
    r"|[Pp]l\.|[Oo]s\.|osiedle)"
    rf"(?: |(?<=[./])){_NAME},? ?(?:n[º°o.]{{0,2}} ?|# ?|N[ºo°]\.? ?)?(?!(?:19"
    rf"|20)\d\d\b)\d{{1,4}}\b(?:[-/]\d{{1,4}})?[A-Za-z]?\b(?: (?:Edif|Interior|Int|Depto|Appartamento"
    rf"|Piano)\.? ?\d{{1,4}}| \d{{3}}\b)?"
    r"(?: ?, (?:Depto|Interior|Int)\. \d{1,4})?(?:,? \d{1,2} ?[º°ª] ?[A-Za-z]{0,5})?",
    cased=True,
)
_OTHER = re.compile(
    rf"(?<![\w/])(?:[Ss]ố )?\d[\d/]{{0,12}}[A-Z]? (?:[Đđ]ường|[Pp]hố|[Nn]gõ|[Hh]ẻm|[Kk]hóm|[Tt]ổ) (?:\d{{1,4}}"
    rf"|(?:[{_LETTERS}]{{1,12}} ?){{1,5}})(?<! )"
    rf"|(?<!\w)[{_LETTERS}][{_LETTERS}. ]{{2,40}} (?:Mahallesi|Mah\.|Caddesi|Cad\.|Soka[kğ]ı?|Sok\."
    rf"|Bulvarı)[,]? (?:No ?[:.]? ?)?\d{{1,4}}(?:[/-]\w{{1,3}})?"
)
_FLAT = Keyed(
    "flat|house|plot|door|villa|h. no|h.no|d. no|d.no",
    r"(?<![A-Za-z])(?:flat|house|plot|door|villa|h\. ?no|d\. ?no)\.? ?(?:no\.?"
    r"|number)? ?[#:]?[A-Za-z]?-?\d[\w/-]{0,8}(?:,[ ]?[^,\n|;\x00]{2,40}){1,6}",
)
# The ends of the words that _JOINED finds, before a space and a number.
_JOINED_ENDS = (
    "straße ",
    "strasse ",
    "str. ",
    "str ",
    "weg ",
    "platz ",
    "allee ",
    "gasse ",
    "ring ",
    "damm ",
    "ufer ",
    "straat ",
    "laan ",
    "gracht ",
    "steeg ",
    "dreef ",
    "singel ",
    "dijk ",
    "gatan ",
    "vägen ",
    "vagen ",
    "stigen ",
    "gränd ",
    "grand ",
    "torget ",
    "backen ",
    "vej ",
    "veien ",
)
_OTHER_WORD = re.compile(r"[ĐđƯưốẻ]|Phố|phố|Khóm|Mah|Cad|Sok|Bulv")
_ADDRESS_LABEL = Keyed(
    "address|addr|residence|resident|residing|domicil|direcci|adres|anschrift|wohnhaft|wohnort|indirizzo|endere|morada|home",
    r"(?<![^\W\d_])(?:(?:address|addr\.?|residence|domicilio?|domicile|direcci[óo]n|adress?e?|anschrift|indirizzo|endere[çc]o"
    r"|morada)(?: line ?\d?| for (?:correspondence|communication))?(?:[ \t]*[:|=]| [-·] )"
    r"|wohnhaft in|(?P<home>resident(?:e in| in| at)|residing at|home[ \t]*[:|=]))[ \t]*(?P<value>[^\n|\x00]{4,160})",
)
# What a house without a number is called by, and what leads to it.
_HOUSE = (
    r"\b(?:cottages?|farm(?:house)?|lodge|rectory|vicarage|manse|manor|hall|barn|croft|bungalow|grange|chalet|cabin"
    r"|homestead|ranch|gatehouse|mill|stables|annexe?|mansions?|penthouse|caravan|room|blk|lot|plot|gali|ward|village"
    r"|vill|brgy|barangay|purok|sitio|kampung|quinta|lote|casa|edif[ií]cio|bloco|haus|hof|villa|r[ée]sidence"
    r"|lieu-dit|[csdw]/o|near|behind|above|opp(?:osite)?|next to|beside|at post|p\.?o\b\.?)(?![^\W\d_])"
)
_HOME_WORD = re.compile(rf"{_HOUSE}|\bflat\b|\bhouse\b|\b{_SUFFIX}\b", re.I)
_COUNTY = re.compile(r" Co\.? [A-Z]")
_STREET_WORD = re.compile(
    rf"\d|\b{_SUFFIX}\b|flat|house|block|sector|phase|nagar|colony|apartments?|residency|villa|estate|tower|cross"
    rf"|main\b|{_HOUSE}|\b(?:rue|route|chemin|impasse|all[ée]e|quai|clos|calle|avenida|via|viale|piazza|rua)\b"
    r"|(?:stra(?:ß|ss)e|weg|platz|gasse|straat|gatan)\b",
    re.I,
)
_ONLY_POSTCODE = re.compile(r"[^\d]*\d{5,6}(?:-\d{4})?\Z|(?: ?[A-Z]{1,2}-)? ?\d{4,6}(?: [A-Z]{2})? [^\W\d_][^\d]*\Z")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_A-Z]{3})\. [A-Z]|  |\t")

_CJK = "\u4e00-\u9fff"
_CHINESE_ANCHOR = re.compile(
    r"(?:路|街|大道|道|巷|胡同|弄|村|里|线|東路|段)(?: ?[一二三四五六七八九十东南西北中\d]{1,3}(?:段|路|街|巷|里|区"
    r"|道))? ?(?:\d{1,5}"
    r"|[一二三四五六七八九十百]{1,4}) ?(?:-\d{1,4} ?)?(?:号|號|弄|巷|院)"
    r"|(?:路|街|道|巷)[A-Za-z\d]{1,3}座"
    r"|(?:小区|花园|花苑|家园|新村|公寓|大厦|广场|苑|园|城|庄|里|区|湾|府|居|阁"
    r"|社区) ?(?:[一二三四五六七八九十\dA-Za-z]{1,3}"
    r" ?[区期] ?)?[\dA-Za-z一二三四五六七八九十]{1,4} ?(?:号楼|号院|栋|幢|座|楼|单元|棟|號樓)"
)
_CHINESE_TAIL = re.compile(rf"(?:[{_CJK}\dA-Za-z#-]| (?=\d)){{0,60}}")
_CHINESE_UNIT = re.compile(
    r"(?:之\d{1,3}|号楼|室|号|楼|栋|幢|单元|座|层|户|號|樓|棟|院|大厦|广场|花园|公寓|厦|中心|园"
    r"|[-单元栋幢座楼号]\d{1,5}|\d-\d{1,5})(?:[A-Za-z]?\d{0,4}室?)?"
)
_CHINESE_AREA = re.compile(
    r"(?:省|市|区|县|州|旗|盟|街道|镇|乡|區|縣|鎮|香港|九龍|九龙|新界|台北|工业园|开发区|高新区)"
)
_PREFIX = re.compile(r"(?:地址|住址|住在|家住|居住|现住|位于|坐落|于|在|地点|住)")


def streets(text: str, places: Places) -> Iterator[Span]:
    """Streets and house numbers of several countries, post office boxes, and the street part of a labelled address."""
    starts = places.digits
    if starts:
        for match in chain(
            at_places((_NUMBERED, _NUMBERED_LOWER, _BROADWAY, _FRENCH, _FIELD, _WITH_UNIT), text, starts),
            _BOX.finditer(text, places),
            _SOUTHERN.finditer(text, places),
            _FLAT_FIELD.finditer(text, places),
            _joined(text, starts),
            _OTHER.finditer(text) if _OTHER_WORD.search(text) else (),
        ):
            if HIDDEN not in match.group():
                yield Span(match.start(), match.end(), "street")
        for match in _FLAT.finditer(text, places):
            yield Span(match.start(), _without_town(match.group(), match.start()), "street")
        if places.chinese:
            yield from _chinese(text)
    for match in _ADDRESS_LABEL.finditer(text, places):
        value, start = match["value"], match.start("value")
        # "Home:" may be the word of a menu
        if match["home"] and (value[0].islower() or not _HOME_WORD.search(value)):
            continue
        if (end := _street_end(value, start)) > start:
            yield Span(start, end, "street")


def _joined(text: str, starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """Streets whose kind is the end of a word, found by that end and the number after it."""
    for at in starts:
        if text[max(0, at - 8) : at].lower().endswith(_JOINED_ENDS):
            for match in _JOINED.finditer(text, max(0, at - 64), at + 12):
                if match.end() > at:
                    yield match


def _without_town(value: str, start: int) -> int:
    """An address with commas ends in a town, often with its postcode; the rest is the street."""
    first = re.split(r"\. [A-Z]", value, maxsplit=1)[0]
    head, comma, _ = first.rpartition(",")
    return start + len(head if comma and "," in head else first)


def _street_end(value: str, start: int) -> int:
    """The end of the last part of a labelled address that names a street, house or flat."""
    end = at = 0
    value = _SENTENCE_END.split(value, maxsplit=1)[0]
    parts = value.split(",")
    if len(parts) > 2 and _COUNTY.match(parts[2]):
        # a house, its town and its county
        end = len(parts[0].rstrip())
    for part in re.split(r"(,)", value):
        if (
            _STREET_WORD.search(part)
            and not (end and _ONLY_POSTCODE.match(part))
            and not _ONLY_POSTCODE.fullmatch(part)
        ):
            end = at + len(part.rstrip())
        at += len(part)
    return start + end if re.search(r"[A-Za-z]", value[:end]) else start


def _chinese(text: str) -> Iterator[Span]:
    for anchor in _CHINESE_ANCHOR.finditer(text):
        start = anchor.start()
        while start > 0 and anchor.start() - start < 20 and "\u4e00" <= text[start - 1] <= "\u9fff":
            start -= 1
        for mark in (
            *_CHINESE_AREA.finditer(text, start, anchor.start()),
            *_PREFIX.finditer(text, start, anchor.start()),
        ):
            start = max(start, mark.end())
        end = anchor.end()
        tail = _CHINESE_TAIL.match(text, end)
        if tail is not None:
            for unit in _CHINESE_UNIT.finditer(text, end, tail.end()):
                end = unit.end()
        yield Span(start, end, "street")
