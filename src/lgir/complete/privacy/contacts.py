"""E-mail addresses, web addresses, IP addresses, accounts of messengers."""

import ipaddress
import re
from collections.abc import Iterator

from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Keyed, Places

_LETTER = "A-Za-z0-9\u00c0-\u024f"
_EMAIL = re.compile(
    # the look-behind lets a search start at word borders only, which keeps hostile input linear
    rf"(?<![{_LETTER}._%+-])[{_LETTER}][{_LETTER}._%+'-]{{0,255}}@(?:[{_LETTER}-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}"
)
_MAIL_HOST = (
    r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|aol|icloud|me|proton|protonmail|gmx|mail|zoho|yandex"
    r"|qq|163|126|"
    r"foxmail|sina|sohu|139|189|naver|daum|rediffmail|web)\.(?:com?|net|org|de|fr|es|it|in|ru|uk|cn|me"
    r"|kr)(?:\.\w{2})?(?![\w.-])"
)
_SPACED_EMAIL = re.compile(rf"(?<![\w.+-])[A-Za-z0-9][\w.+-]{{0,63}}(?: @ ?| ?@ | ?# ?){_MAIL_HOST}", re.I | re.A)

# "john dot smith [at] gmail dot com": the mark for @ is found first, then the host after it, then the part before it.
_AT = re.compile(r"[\[({<] ?(?:at|@|a) ?[\])}>] ?| at |艾特 ?", re.I)
_AT_GATE = re.compile(r"\bdot\b|\[dot|\(dot|[\[({<] ?(?:at|@) ?[\])}>]|\(a\)|艾特", re.I)
_SPOKEN_HOST = re.compile(rf" at (?={_MAIL_HOST})", re.I | re.A)
_DOT = r"(?: ?[\[({<] ?(?:dot|\.) ?[\])}>] ?| dot )"
_HIDDEN_HOST = re.compile(rf"[A-Za-z0-9-]{{1,63}}(?:(?:\.|{_DOT})[A-Za-z0-9-]{{2,63}}){{1,4}}", re.I)
_HAS_DOT = re.compile(_DOT, re.I)
_KNOWN_HOST = re.compile(_MAIL_HOST, re.I | re.A)
_LOCAL = re.compile(rf"(?<![\w.+-])[A-Za-z0-9_+-]{{1,40}}(?:(?:\.|{_DOT})[A-Za-z0-9_+-]{{1,40}}){{0,3}}\Z", re.I)
_MAIL_LABEL = re.compile(r"(?:[:|/·(]|mail|邮箱|邮件) ?\Z", re.I)

_PATH = r"[\w\-.~:/?#@!$&*+=%]"
_URL = Keyed("http|ftp://|www.", rf"(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.)(?a:{_PATH})+")
_DOMAIN_END = re.compile(
    r"\.(com|net|org|edu|gov|info|biz|io|me|dev|app|ai|co|cn|tw|hk|jp|kr|in|uk|us|ca|au|nz|de|fr|es|it|nl|be|ch|at"
    r"|pl|se|no|"
    r"dk|fi|pt|br|mx|ru|ua|eu|tv|xyz|site|online|tech|page|blog|name|design|art|studio|website|work|works|works"
    r"|photography|"
    rf"portfolio|space|pro|link|bio|ee)(?![\w-]|\.\w)(?::\d+)?(/{_PATH}*)?",
    re.I | re.A,
)
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
_PERSONAL = frozenset(
    (
        "me",
        "dev",
        "blog",
        "page",
        "site",
        "name",
        "design",
        "art",
        "studio",
        "online",
        "website",
        "photography",
        "portfolio",
        "space",
        "bio",
        "xyz",
        "work",
        "works",
    )
)
_PRODUCTS = frozenset(
    ("asp.net", "ado.net", "vb.net", "ml.net", "socket.io", "draw.io", "paper.io", "node.me", "about.me")
)
_URL_LABEL = re.compile(
    r"(?:web ?(?:site|page)?|portfolio|blog|home ?page|site|url|link|主页|网站|博客|官网|网址|作品集?"
    r"|個人網站)[ \])]*[:\-(|]? *\Z",
    re.I,
)

_DOTTED = re.compile(r"\d\.\d{1,3}\.\d")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.A)
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.I | re.A)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.I | re.A)
_VERSION = re.compile(r"(?<![A-Za-z])(?:version|ver\.?|release|build|v|版本) ?\Z", re.I)

_HANDLE_SURE = Keyed(
    "wechat|we-chat|weixin|wx|qq|skype|telegram|kakao|zalo|viber|discord|line id|q q|vx|微信|微 信|企鹅|扣扣|v信|加",
    r"(?:(?<![A-Za-z])(?:we-?chat|weixin|wx|qq|skype|telegram|kakao(?:talk)?|zalo|viber|discord|line id|vx|q q)"
    r"|(?:加 ?)?(?:微 ?信|企鹅|扣扣|V信)|加 ?(?:VX?|WX|QQ)|(?<=[\u4e00-\u9fff])(?:VX|WX|QQ))"
    r"(?:\([\u4e00-\u9fff]{1,6}\))?"
    r"(?: ?(?:id|name|account|number|no\.?|号码|帳號|账号|号|號))?( ?[:|\]=]+ ?| ?(?:是|为|:) ?|\t| ?\] ?"
    r"| {1,3}(?=@)| *)"
    r"(@?[A-Za-z0-9][A-Za-z0-9_.:@-]{2,40})",
)
_HANDLE_LABELLED = Keyed(
    "insta|ig|twitter|facebook|fb|tiktok|snapchat|threads|mastodon|bluesky|tg|line|signal|抖音|微博|小红书|快手",
    r"(?<![A-Za-z\d:])(?:instagram|insta|ig|twitter|facebook|fb|tiktok|snapchat|threads|mastodon|bluesky|tg|line"
    r"|signal|"
    r"抖音|微博|小红书|快手)(?: ?(?:id|handle|号))?(?:(?: ?[:|] ?| +)(@[A-Za-z0-9_][\w.]{1,40})"
    r"| ?: ?([A-Za-z0-9_][A-Za-z0-9_.]{2,40}))",
)
_SEPARATED = re.compile(r"[:|\]=是为\t]")


def emails(text: str, places: Places) -> Iterator[Span]:
    """E-mail addresses, also those written to hide from programs."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Span(match.start(), match.end(), "email")
    if " @" in text or "@ " in text or "#" in text:
        for match in _SPACED_EMAIL.finditer(text):
            yield Span(match.start(), match.end(), "email")
    low = text.lower()
    hidden = (
        "dot" in low or "at]" in low or "at)" in low or "艾特" in text or "(a" in low or "[a" in low
    ) and _AT_GATE.search(text)
    for match in _AT.finditer(text) if hidden else _SPOKEN_HOST.finditer(text) if " at " in low else ():
        if (span := _disguised(text, match)) is not None:
            yield span


def _disguised(text: str, mark: re.Match[str]) -> Span | None:
    host = _HIDDEN_HOST.match(text, mark.end())
    if host is None or (
        mark.group().lower() == " at "
        and not _HAS_DOT.search(host.group())
        and not _KNOWN_HOST.match(text, host.start())
    ):
        return None
    end = mark.start() - (text[mark.start() - 1 : mark.start()] == " ")
    local = _LOCAL.search(text, max(0, end - 120), end)
    if local is None:
        return None
    if mark.group().lower() == " at " and not _HAS_DOT.search(host.group()):
        # "worked at yahoo.com" is no address; "john.doe at yahoo.com" is
        looks = re.search(r"[\d._]| dot ", local.group()) or _MAIL_LABEL.search(
            text, max(0, local.start() - 8), local.start()
        )
        if not (_KNOWN_HOST.match(text, host.start()) and looks):
            return None
    return Span(local.start(), host.end(), "email")


def urls(text: str, places: Places) -> Iterator[Span]:
    """Web addresses: with a scheme, with a path, of a personal kind, or beside other contact data."""
    for match in _URL.finditer(text, places):
        yield Span(match.start(), _end(text, match.start(), match.end()), "url")
    for match in _DOMAIN_END.finditer(text):
        start = _host_start(text, match.start())
        if 0 <= start < match.start() and _is_personal(text, start, match):
            yield Span(start, _end(text, start, match.end()), "url")


def _end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in ".,:;!?*_~&":
        end -= 1
    return end


def _host_start(text: str, end: int) -> int:
    start = end
    while start > 0 and end - start < 120 and text[start - 1] in _HOST:
        start -= 1
    if start and (text[start - 1] in "@/\\_" or text[start - 1] == HIDDEN):
        return -1
    return start


def _is_personal(text: str, start: int, match: re.Match[str]) -> bool:
    host = text[start : match.end(1)]
    if host.lower() in _PRODUCTS or host.startswith((".", "-")):
        return False
    if match.group(2) is not None and len(match.group(2)) > 1:
        return True
    if _URL_LABEL.search(text, max(0, start - 24), start):
        return True
    if not host.islower():
        return False
    if match.group(1) in _PERSONAL or host.endswith((".github.io", ".gitlab.io", ".wordpress.com", ".blogspot.com")):
        return True
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    line = text[max(first, start - 200) : last if 0 <= last < start + 200 else start + 200]
    return HIDDEN in line


def ip_addresses(text: str, places: Places) -> Iterator[Span]:
    """IPv4, IPv6 and hardware addresses."""
    for match in _IPV4.finditer(text) if _DOTTED.search(text) else ():
        if _is_ip(match.group()) and not _VERSION.search(text, max(0, match.start() - 10), match.start()):
            yield Span(match.start(), match.end(), "ip")
    if "::" in text or text.count(":") >= 5:
        for match in _IPV6.finditer(text):
            if _is_ip(match.group()) and re.search(r"[0-9a-f]{2}", match.group(), re.I):
                yield Span(match.start(), match.end(), "ip")
    if text.count(":") + text.count("-") >= 5:
        for match in _MAC.finditer(text):
            yield Span(match.start(), match.end(), "ip")


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def handles(text: str, places: Places) -> Iterator[Span]:
    """Accounts of messengers and networks, where a word says what they are."""
    for match in _HANDLE_SURE.finditer(text, places):
        value = match.group(2).rstrip(".:-@")
        # without a separator an ordinary word may follow: "WeChat marketing"
        said = _SEPARATED.search(match.group(1)) or match.group().startswith("加") or re.search(r"[\d_@]", value)
        # digits in groups are a telephone number that serves as an account
        if said and not re.fullmatch(r"\d{1,4}|\d+-[\d-]+", value):
            start = match.start(2)
            yield Span(start, start + len(value), "handle")
    for match in _HANDLE_LABELLED.finditer(text, places):
        group = 1 if match.group(1) is not None else 2
        value = match.group(group).rstrip(".:-")
        # "Line: assembly" names a place of work
        if not value.isdigit() and (match.group(0)[0] not in "lLsS" or re.search(r"[\d_.@]", value)):
            yield Span(match.start(group), match.start(group) + len(value), "handle")
