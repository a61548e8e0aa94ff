"""CSS as far as it hides text: inline styles, and the plain rules of a page's own style sheets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_STYLE_BLOCK = re.compile(r"<style\b[^<>]{0,2000}>", re.IGNORECASE)
_RULE = re.compile(r"([^{}<>]{1,300})\{([^{}]{0,5000})\}")
_LAST_PART = re.compile(r"(?:^|[\s>+~])([\w-]*)((?:[.#][\w-]+|\[[\w-]+[^\[\]]{0,100}\])*)$")
_PIECE = re.compile(r"([.#\[])([\w-]+)")

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)")
_NOISE = re.compile(r"\s+|!important|[\"']")

_HIDING = re.compile(
    r"(?:^|;)(?:"
    r"display:none"
    r"|visibility:(?:hidden|collapse)"
    r"|content-visibility:hidden"
    r"|mso-hide:all"
    r"|(?:opacity|zoom):0*(?:\.0\d*)?%?(?:;|$)"
    r"|filter:[^;]{0,100}opacity\(0*(?:\.0\d*)?%?\)"
    r"|font-size:(?:0+(?:\.0*)?[a-z%]*|[0-2](?:\.\d+)?(?:px|pt)|0*(?:\.[012]\d*)(?:r?em)|(?:1?\d)(?:\.\d+)?%)(?:;|$)"
    r"|font:[^;]{0,60}?(?<![\d.])(?:0+(?:\.\d+)?(?:px|pt|r?em|%)?|[12](?:px|pt))(?:/|[a-z,]|$)"
    r"|(?:text-indent|left|right|top|bottom|margin(?:-left|-top|-right|-bottom)?|inset):-\d{3,}"
    r"|transform:[^;]{0,100}(?:scale[xy]?\(0*(?:\.0\d*)?[,)]|translate(?:x|y|3d)?\((?:0,)?-\d{3,})"
    r"|clip:rect\(|clip-path:(?:inset\((?:50|100)%|circle\(0|polygon\(0)"
    r"|-webkit-text-fill-color:transparent"
    r")"
)
_NO_SIZE = re.compile(r"(?:^|;)(?:max-)?(?:height|width):0*[01]?(?:\.\d+)?(?:px|pt|r?em|%|vh|vw)?(?:;|$)")
_CUT_OFF = re.compile(r"(?:^|;)overflow(?:-[xy])?:(?:hidden|clip)")
_BEHIND = re.compile(r"(?:^|;)z-index:-\d")
_PLACED = re.compile(r"(?:^|;)position:(?:absolute|fixed|relative)")

_WHITE = frozenset(
    [
        "white",
        "snow",
        "ivory",
        "ghostwhite",
        "whitesmoke",
        "floralwhite",
        "azure",
        "mintcream",
        "seashell",
        "honeydew",
        "aliceblue",
    ]
)
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_CALL = re.compile(r"(rgb|hsl)a?\(([^()]{1,60})\)")
_NEARLY_WHITE = 240
_NEARLY_CLEAR = 0.1


@dataclass(frozen=True, slots=True)
class HidingRules:
    """What the page's own style sheets hide: names of classes, ids, attributes and elements."""

    marks: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, page: str) -> "HidingRules":
        """Reads every `<style>` of a page; only the last part of a selector is looked at."""
        marks: set[str] = set()
        at = 0
        while block := _STYLE_BLOCK.search(page, at):
            at = page.find("</", block.end())
            at = at if at >= 0 else len(page)
            for selectors, declarations in _RULE.findall(_COMMENT.sub("", page[block.end() : at])):
                if hides(declarations, on_dark=False):
                    marks.update(_marks(selectors.casefold()))
        return cls(frozenset(marks))

    def match(self, name: str, classes: frozenset[str], attributes: Mapping[str, str]) -> bool:
        """Whether an element is hidden by them."""
        if not self.marks:
            return False
        own = {name, "#" + attributes.get("id", "").strip().casefold()}
        own.update(f".{one}" for one in classes)
        own.update(f"[{one}" for one in attributes)
        return not self.marks.isdisjoint(own)


def _marks(selectors: str) -> set[str]:
    marks: set[str] = set()
    for selector in selectors.split(","):
        last = _LAST_PART.search(selector.strip())
        if last:
            marks.update(kind + name for kind, name in _PIECE.findall(last[2]))
            if last[1] and not last[2]:
                marks.add(last[1])
    return marks


def hides(style: str, on_dark: bool) -> bool:
    """Whether an inline style hides its element's text: not shown, of no size, out of the page, or white on white.

    Args:
        style: the declarations.
        on_dark: the element stands on a background that is known not to be white.
    """
    if not style:
        return False
    plain = _plain(style)
    if _HIDING.search(plain) or (_NO_SIZE.search(plain) and _CUT_OFF.search(plain)):
        return True
    if _BEHIND.search(plain) and _PLACED.search(plain):
        return True
    declared = _declared(plain)
    colour, background = declared.get("color", ""), _background(declared)
    if not colour:
        return False
    if colour == "transparent" or _alpha(colour) <= _NEARLY_CLEAR or colour == background:
        return True
    on_white = is_white(background) if background else not on_dark
    return on_white and is_white(colour)


def is_dark(style: str, bgcolor: str, below: bool) -> bool:
    """Whether an element's background is known not to be white; `below` is that of the element around it."""
    background = _background(_declared(_plain(style))) or bgcolor.strip().casefold()
    return below if not background or background == "transparent" else not is_white(background)


def is_white(colour: str) -> bool:
    """Whether a CSS colour can hardly be told from white."""
    if colour in _WHITE:
        return True
    levels = _levels(colour)
    return levels is not None and min(levels) >= _NEARLY_WHITE


def _plain(style: str) -> str:
    style = _COMMENT.sub("", style.casefold())
    if "\\" in style:
        style = _ESCAPE.sub(lambda found: _letter(found[1]) if found[1] else found[2], style)
    return _NOISE.sub("", style)


def _letter(code: str) -> str:
    number = int(code, 16)
    return chr(number) if 0 < number < 0x80 else ""


def _declared(plain: str) -> dict[str, str]:
    return dict(one.split(":", 1) for one in plain.split(";") if ":" in one)


def _background(declared: Mapping[str, str]) -> str:
    if "background-color" in declared:
        return declared["background-color"]
    given = declared.get("background", "")
    if "url(" in given or "gradient(" in given:
        return "picture"
    found = _HEX.search(given) or _CALL.search(given)
    return found[0] if found else given


def _levels(colour: str) -> tuple[float, ...] | None:
    """Red, green and blue from 0 to 255."""
    if _HEX.fullmatch(colour):
        digits = colour[1:]
        pairs = [one * 2 for one in digits[:3]] if len(digits) < 5 else [digits[:2], digits[2:4], digits[4:6]]
        return tuple(float(int(pair, 16)) for pair in pairs)
    call = _CALL.fullmatch(colour)
    if not call:
        return None
    values = [_number(one) for one in re.split(r"[,/]", call[2])[:3]]
    if call[1] == "hsl":
        return (values[-1] * 255,) if len(values) == 3 else None
    return tuple(one if one > 1 else one * 255 for one in values)


def _alpha(colour: str) -> float:
    if _HEX.fullmatch(colour) and len(colour) in (5, 9):
        digits = colour[4:] * 2 if len(colour) == 5 else colour[7:]
        return int(digits, 16) / 255
    call = _CALL.fullmatch(colour)
    parts = re.split(r"[,/]", call[2]) if call else []
    return _number(parts[3]) if len(parts) == 4 else 1.0


def _number(text: str) -> float:
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return 1.0 if text else 0.0
