"""Numbers that stand for one person: of identity papers, insurance, tax, cards and accounts."""

import re
from collections.abc import Callable, Iterator

from lgir.complete.privacy.spans import Span
from lgir.complete.privacy.triggers import Keyed, Places, at_places

_LABEL = Keyed(
    "ssn|s.s.n|social sec|pps|nmc|uci|dbs|sia|personn|cpr|ahv|svnr|kimlik|sss|philhealth|tfn|mykad|nik|nin|emirates"
    "|iqama|civil id|cedula|cédula|cuil|cuit|hcpc|sécurité|securite|adhar|"
    "passport|driver|driving|national i|id|identi|aadha|tax|ein|itin|nino|nhs|medic|green card"
    "|alien reg|iban|orcid|gmc|npi|dea|dni|nie|nif|cpf|cnp|pesel|"
    "bsn|curp|codice|steuer|sozial|nric|hkid|swift|bic|rrn|my number|mynumber|credit|debit|card|bank acc|routing"
    "|licen|regist|acc|member|badge|employee|staff|student|candidate|"
    "applicant|enrol|matric|policy|insurance|visa|permit|payroll|ni|tin|sin|pan|rg|fin|vin|身|护照|護照|驾|社|医保"
    "|公积金|银行卡"
    "|信用卡|储蓄卡|卡|学|工|员|准考|考生|台胞|通行|军官|士兵|"
    "警官|居住证|健康证|会计证|教师资格|执业|资格证|证|档案|职工|账|帐|户口|会员|會員|纳税|车牌|考|税|个人编|工资卡",
    r"(?<![A-Za-z])(?:"
    # words that are enough, with or without "number" and a colon
    r"(?:ssn|s\.s\.n\.|social security|passport|driver'?s?'? licen[cs]e|driving licen[cs]e|national id"
    r"|national identity|id card|"
    r"identity card|identification|aadhaa?r|tax id|taxpayer id|ein|itin|nino|national insurance|nhs|medicare|medicaid|"
    r"green card|alien registration|iban|orcid|gmc|npi|dea|dni|nie|nif|cpf|cnp|pesel|bsn|curp|codice fiscale"
    r"|steuer-?id|ppsn|nmc pin|sia licen[cs]e|personnummer|ahv|svnr|kimlik|philhealth|tfn|mykad"
    r"|uci(?= ?:? ?\d{4}-?\d{4}\b)|sin(?= \d{3}[ -]?\d{3}[ -]?\d{3}\b)"
    r"|dbs(?: certificate| disclosure)|emirates id|iqama|civil id"
    r"|c[ée]dula|cuil|cuit|hcpc|s[ée]curit[ée] sociale|adhar|"
    r"steuernummer|sozialversicherungsnummer|nric|hkid|swift|bic|rrn|my ?number|credit card|debit card|card number"
    r"|bank account|"
    r"routing)"
    r"(?: card)?(?:[ -]?(?:no|nr|number|num|code|pin)\b\.?)?|"
    # words that need "number", "#" or a colon
    r"(?:licen[cs]e|registration|account|acct|member(?:ship)?|badge|employee|staff|student|candidate|applicant"
    r"|enrolment|"
    r"enrollment|matriculation|policy|insurance|visa|permit|id|card|payroll|ni|tin|sin|pan|rg|fin|vin|uci|pps|cpr|sss|nik|nin|nmc)"
    r"(?: (?:id|card))?(?:[ -]?(?:no|nr|number|num|id)\b\.?| ?#)(?= ?[:#]? ?\S)|(?:licen[cs]e|id|pan|ni|sin|tin|rg|fin"
    r"|badge|uci|pps|cpr|sss|nik|nin)(?= ?[:#])"
    r")[ \t]*[:#|=]*[ \t]*(?:is )?#?"
    r"|(?:(?:身份证|身分證|护照|護照|驾驶证|驾照|社保卡?|社会保障卡?|医保卡?|银行卡|信用卡|储蓄卡|工资卡|准考证"
    r"|台胞证|通行证|军官证|士兵证|警官证|居住证|学生证|工作证|健康证|教师资格证|资格证书?|"
    r"执业证书?|会计证|户口本)(?:件|字)?(?:号码|号|號碼|號|编号|卡号)?"
    r"|(?:卡|学|工|考|考生|员工|职工|员工编|证|证件|证书|证书编|证编|个人编|考生编|档案|档案编|账|账户|帐|税"
    r"|纳税人识别|学籍|会员|會員|车牌)(?:号码|号|號碼|號))"
    r"(?:[ \t]*[:#|\]=是为]+[ \t]*| +|(?=[A-Z]{0,4}-?\d))",
)
_VALUE = re.compile(
    r"(?:[A-Z]{1,3} )?[A-Za-z0-9][A-Za-z0-9*./()-]{0,40}(?: (?:\d[\dA-Za-z*-]{0,20}|[A-Z]\d?\b(?!\.))){0,7}", re.A
)
_WORD = re.compile(r"[A-Za-z]{4,}\.? ", re.A)
"""What follows on a label may be a word of a sentence: "NHS Trust 2012"."""
_DAY = r"(?:19|20)\d\d(?:[./-]\d{1,2}){0,2}"
_DATE = re.compile(rf"{_DAY}(?:[ ./~-]+(?:{_DAY}|\d{{1,2}}))?\Z|\d{{1,2}}[./-]\d{{1,2}}[./-](?:19|20)\d\d", re.A)

_LETTERS_FIRST = re.compile(r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]{0,5}-? ?\d|[Xx*](?<![A-Za-z0-9*][Xx*])[Xx*]{2}-", re.A)
_GATE = re.compile(r"\d[\d ./-]{3,}\d|\d{3}", re.A)
_START, _END = r"(?<![A-Za-z0-9+])(?<!\d[.,-])", r"(?![A-Za-z0-9])"


def _digits(value: str) -> list[int]:
    return [int(letter) for letter in value if letter.isdigit()]


def luhn(value: str) -> bool:
    """Whether the digits fit the check digit of payment cards (ISO/IEC 7812)."""
    digits = _digits(value)[::-1]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(value: str) -> bool:
    """Whether the check digits of an account number fit (ISO 13616)."""
    packed = value.replace(" ", "").upper()
    return int("".join(str(int(letter, 36)) for letter in packed[4:] + packed[:4])) % 97 == 1


def _spanish(value: str) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(value[:8]) % 23] == value[-1].upper()


def _french(value: str) -> bool:
    digits = "".join(letter for letter in value if letter.isdigit())
    return int(digits[13:]) == 97 - int(digits[:13]) % 97


def _eleven(value: str) -> bool:
    """Whether eleven digits are a Polish PESEL or a Brazilian CPF; a Chinese mobile number is neither."""
    digits = _digits(value)
    if digits[0] == 1 and digits[1] > 2:
        return False
    month, day = int(value[2:4]), int(value[4:6])
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    pesel = sum(a * b for a, b in zip(digits, weights, strict=True)) % 10 == 0
    if pesel and (1 <= month <= 12 or 21 <= month <= 32) and 1 <= day <= 31:
        return True
    checks = [sum(a * b for a, b in zip(digits[:n], range(n + 1, 1, -1), strict=True)) * 10 % 11 % 10 for n in (9, 10)]
    return len(set(digits)) > 1 and checks == digits[9:]


# Forms that need no check. They begin with a digit, or with the marks that hide one.
_DIGITS_FIRST = re.compile(
    rf"{_START}(?:"
    # Chinese identity number: region, date of birth, order, check character
    r"[1-9]\d{5} ?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]) ?\d{3}[\dXx]"
    r"|(?:\d{3}|[Xx*]{3})[- ](?:\d\d|[Xx*]{2})-\d{4}"  # United States social security, also half hidden
    r"|[2-9]\d{3} \d{4} \d{4}(?! \d)"  # India: Aadhaar
    r"|\d{6}-[1-8]\d{6}"  # Korea
    r"|\d{3}\.\d{3}\.\d{3}-\d\d"  # Brazil: CPF
    r"|\d{4}-\d{4}-\d{4}-\d{3}[\dX]"  # ORCID
    rf"){_END}",
    re.A,
)
_LETTERS_FORM = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-Z]"  # British national insurance
    r"|[A-Z]{5}\d{4}[A-Z]"  # India: PAN
    r"|[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]"  # Italy: codice fiscale
    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"  # Mexico: CURP
    r"|[A-Z]{1,2}\d{6}\([0-9A]\)"  # Hong Kong
    r"|[A-Z][12]\d{8}"  # Taiwan
    r"|[STFGM]\d{7}[A-Z]"  # Singapore
    r"|[XYZ]-?\d{7}-?[A-Z]"  # Spain: foreigners
    r"|[A-Z]\d{8}|[A-Z]{2}\d{7}"  # passports of China, the United States, Italy, Germany and others
    r")(?![A-Za-z0-9])",
    re.A,
)
# Forms that many other numbers have: the check digits decide.
_CHECKED: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(f"{_START}(?:{pattern}){_END}", re.A), check)
    for pattern, check in (
        (r"\d(?:[ -]?\d){12,18}|[56]\d{11}", luhn),
        (r"[12] ?\d\d ?\d\d ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d", _french),
        (r"\d{8}-?[A-Z]", _spanish),
        (r"\d{11}", _eleven),
    )
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", re.A)


def identifiers(text: str, places: Places) -> Iterator[Span]:
    """Numbers after a word that says what they are, and numbers whose form or check digit does."""
    for label in _LABEL.finditer(text, places) if places.digits else ():
        value = _VALUE.match(text, label.end())
        if value is not None and (end := _value_end(text, value)):
            yield Span(value.start(), end, "id")
    if _GATE.search(text):
        yield from _by_form(text, places)


def _by_form(text: str, places: Places) -> Iterator[Span]:
    letters = [match.start() for match in _LETTERS_FIRST.finditer(text)]
    digits_first = at_places((_DIGITS_FIRST,), text, [*places.digits, *letters])
    for match in (*digits_first, *at_places((_LETTERS_FORM,), text, letters)):
        yield Span(match.start(), match.end(), "id")
    for form, check in _CHECKED:
        for match in at_places((form,), text, places.digits):
            if check(match.group()):
                yield Span(match.start(), match.end(), "id")
    for match in at_places((_IBAN,), text, letters):
        if whole := _iban_end(match):
            yield Span(match.start(), whole, "id")


def _value_end(text: str, match: re.Match[str]) -> int:
    """Where the number ends; 0 where it is none: fewer than three digits, or a date."""
    value = match.group().rstrip("./-(")
    if value.endswith(")") and "(" not in value:
        value = value[:-1]
    word = _WORD.match(value)
    if word or sum(letter.isdigit() for letter in value) < 3 or len(value) < 4 or _DATE.match(value):
        return 0
    return match.start() + len(value)


def _iban_end(match: re.Match[str]) -> int:
    """Where the longest part, by whole groups, ends whose check digits fit: words may follow. 0 where none fits."""
    value = match.group()
    while len(value) >= 15:
        if iban(value):
            return match.start() + len(value)
        value = value[: value.rfind(" ")] if " " in value else ""
    return 0
