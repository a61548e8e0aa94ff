"""HTML → the text a reader of the page would see: what is hidden goes with its content, the other tags go alone.

Written here rather than on top of `html.parser`, whose treatment of unclosed comments and scripts differs between patch
releases of Python (a cached text would change with the interpreter) and takes quadratic time on some hostile input. A
"<" that begins no element of HTML stays text: "C < C++", "x <3", "List<String>".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lgir.core.styles import HidingRules, hides, is_dark

_BEGIN = re.compile(
    r"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<other>[!?])(?=[A-Za-z\[])|(?P<close>/?)(?P<name>[A-Za-z][\w:.-]*)(?=[\s/>]))"
)
_REST = re.compile(r"(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_ROUGH_REST = re.compile(r"[^<>]*+>")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?")
_CLOSING = re.compile(r"</([A-Za-z][\w:.-]*)")
_LONGEST_TAG = 20_000

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "blink",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_CELLS = frozenset({"td", "th"})
_BLOCK = frozenset(
    [
        "address",
        "applet",
        "area",
        "article",
        "aside",
        "base",
        "basefont",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "col",
        "colgroup",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frame",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "img",
        "input",
        "legend",
        "li",
        "link",
        "main",
        "map",
        "marquee",
        "menu",
        "meta",
        "meter",
        "nav",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "param",
        "picture",
        "portal",
        "pre",
        "progress",
        "rp",
        "rt",
        "ruby",
        "search",
        "section",
        "select",
        "slot",
        "source",
        "summary",
        "svg",
        "table",
        "tbody",
        "textarea",
        "tfoot",
        "thead",
        "title",
        "tr",
        "track",
        "ul",
        "xmp",
    ]
)
_RAW = frozenset({"script", "style", "noembed", "noframes", "iframe"})
"""Their content is no markup and is never shown."""
_UNSEEN = frozenset({"template", "noscript", "object", "audio", "video", "canvas", "datalist"})
"""Their content is markup that a browser does not show."""
_VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_KNOWN = _INLINE | _CELLS | _BLOCK | _RAW | _UNSEEN
_ENDED_BY_THEIR_LIKE = frozenset({"p", "li", "td", "th", "tr", "dd", "dt", "option"})

_SPOKEN = frozenset(
    [
        "system",
        "assistant",
        "user",
        "human",
        "developer",
        "admin",
        "administrator",
        "instruction",
        "instructions",
        "prompt",
        "tool",
        "tool_call",
        "tool_response",
        "function_call",
        "function_calls",
        "invoke",
        "context",
        "input",
        "answer",
        "response",
        "completion",
        "sources",
        "document",
        "resume",
        "job",
    ]
)
"""Tags of prompts, not of pages: they stay in the text, where `neutralise` finds them."""

_HIDDEN_CLASSES = frozenset(
    [
        "hidden",
        "d-none",
        "hide",
        "is-hidden",
        "invisible",
        "sr-only",
        "visually-hidden",
        "visuallyhidden",
        "screen-reader-text",
        "offscreen",
        "off-screen",
        "display-none",
        "u-hidden",
        "element-invisible",
        "a11y-hidden",
        "opacity-0",
    ]
)


@dataclass(slots=True)
class Stripped:
    """What a text is without markup, and how much went: tags, and elements, comments and scripts nobody would see."""

    text: str
    tags: int
    hidden: int


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    closes: bool
    attributes: Mapping[str, str]
    end: int


@dataclass(slots=True)
class _Page:
    """The elements open at a place, and the text seen so far."""

    rules: HidingRules
    parts: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    dark: list[bool] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)
    hidden_from: int | None = None
    tags: int = 0
    hidden: int = 0
    lines: bool = False

    def say(self, text: str) -> None:
        if self.hidden_from is None and text:
            self.parts.append(text)

    def break_for(self, name: str) -> None:
        if name in _CELLS:
            self.say(" ")
        elif name in _BLOCK:
            self.lines = True
            self.say("\n")

    def open(self, tag: _Tag) -> None:
        name = tag.name
        if (self.names and self.names[-1] == name and name in _ENDED_BY_THEIR_LIKE) or (
            self.names and self.names[-1] == "p" and name in _BLOCK and name not in _VOID
        ):
            self._pop()
        self.break_for(name)
        if name in _VOID:
            return
        below = self.dark[-1] if self.dark else False
        style = tag.attributes.get("style", "")
        self.names.append(name)
        self.dark.append(is_dark(style, tag.attributes.get("bgcolor", ""), below))
        self.count[name] = self.count.get(name, 0) + 1
        if self.hidden_from is None and (name in _UNSEEN or _is_hidden(tag, self.rules, below)):
            self.hidden_from = len(self.names) - 1
            self.hidden += 1

    def close(self, name: str) -> None:
        if self.count.get(name):
            while self._pop() != name:
                pass
        self.break_for(name)

    def _pop(self) -> str:
        name = self.names.pop()
        self.dark.pop()
        self.count[name] -= 1
        if self.hidden_from == len(self.names):
            self.hidden_from = None
        return name


def strip_markup(text: str) -> Stripped:
    """The text of a page; time grows with its length alone. A text without tags comes back as it is."""
    if not _BEGIN.search(text):
        return Stripped(text, 0, 0)
    page, tags = _Page(HidingRules.of(text)), _Tags(text)
    at = 0
    for found in _BEGIN.finditer(text):
        if found.start() < at:
            continue
        if found["name"]:
            tag = tags.read(found)
            if tag is not None:
                page.say(text[at : found.start()])
                at = _pass(text, tag, page)
        elif (end := tags.end_of_unseen(found)) is not None:
            page.say(text[at : found.start()])
            page.hidden += 1
            at = end
    page.say(text[at:])
    whole = "".join(page.parts)
    return Stripped(_tidied(whole) if page.lines else whole, page.tags, page.hidden)


def _pass(text: str, tag: _Tag, page: _Page) -> int:
    """Lets one tag do its work; the place where reading goes on."""
    page.tags += 1
    if tag.closes:
        page.close(tag.name)
    elif tag.name in _RAW:
        page.break_for(tag.name)
        page.hidden += 1
        end = re.compile(f"</{tag.name}(?![a-z0-9])[^<>]*>?", re.IGNORECASE).search(text, tag.end)
        return end.end() if end else len(text)
    else:
        page.open(tag)
    return tag.end


class _Tags:
    """Reads the tags of a text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closing = frozenset(name.lower() for name in _CLOSING.findall(text))
        self._last = text.rfind(">")

    def read(self, found: re.Match[str]) -> _Tag | None:
        """The tag that begins here; None where it is text."""
        begin = found.end()
        if begin > self._last:
            return None
        limit = begin + _LONGEST_TAG
        rest = _REST.match(self._text, begin, limit) or _ROUGH_REST.match(self._text, begin, limit)
        if rest is None:
            return None
        attributes = {
            key.casefold(): double or single or bare for key, double, single, bare in _ATTRIBUTE.findall(rest[0][:-1])
        }
        tag = _Tag(found["name"].lower(), bool(found["close"]), attributes, rest.end())
        return tag if self._is_markup(tag) else None

    def end_of_unseen(self, found: re.Match[str]) -> int | None:
        """Where a comment, declaration or the like ends; None where it is text."""
        if found["comment"]:
            # an unclosed comment hides the rest of a page
            end = self._text.find("-->", found.start() + 2)
            return end + 3 if end >= 0 else len(self._text)
        mark = "]]>" if found["cdata"] and self._text.find("]]>", found.end(), found.end() + _LONGEST_TAG) >= 0 else ">"
        end = self._text.find(mark, found.end(), found.end() + _LONGEST_TAG)
        return end + len(mark) if end >= 0 else None

    def _is_markup(self, tag: _Tag) -> bool:
        name = tag.name
        if name in _KNOWN:
            return True
        if name.endswith(":"):  # <https://…>
            return False
        if name in _SPOKEN:
            return _is_hidden(tag, HidingRules(), on_dark=False)
        return tag.closes or name in self._closing or "-" in name or ":" in name or any(tag.attributes.values())


def _is_hidden(tag: _Tag, rules: HidingRules, on_dark: bool) -> bool:
    given = tag.attributes
    if "hidden" in given or given.get("aria-hidden", "").strip().casefold() == "true":
        return True
    if tag.name == "dialog" and "open" not in given:
        return True
    if tag.name == "font" and hides(f"color:{given.get('color', '')}", on_dark):
        return True
    classes = frozenset(given.get("class", "").casefold().split())
    if classes & _HIDDEN_CLASSES or rules.match(tag.name, classes, given):
        return True
    return hides(given.get("style", ""), on_dark)


def _tidied(text: str) -> str:
    return "\n".join(line for line in map(str.strip, text.split("\n")) if line)
