"""Names of people in Chinese characters: a listed surname and one or two characters more, where a name may stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lgir.complete.privacy.name_words import read_data
from lgir.complete.privacy.spans import HIDDEN, Span
from lgir.complete.privacy.triggers import Places

_CJK = "\u3400-\u9fff"
_RUN = re.compile(rf"[{_CJK}]{{1,12}}")
_LONG_NAME = re.compile(rf"[{_CJK}]{{2,8}}(?:·[{_CJK}]{{1,10}}){{1,3}}")

_PIECE = re.compile(rf"[{_CJK}]{{1,3}}")
# one character or a pair at a time; where a longer word follows, the name has ended before it
_SPACED = re.compile(rf"[{_CJK}]{{1,3}}(?:(?: {{1,2}}|[ ]?[,·][ ]?)[{_CJK}]{{1,3}}(?![{_CJK}])){{1,3}}")

_LABEL = re.compile(
    r"(?:(?<![公司校品目户名])姓 *名|氏 *名|(?<![公司校品])名字|联系人"
    r"|聯絡人|紧急联系|证明人|推荐人|推荐老师|介绍人|应聘者"
    r"|应聘人|求职者|求职人|申请人|候选人|直属上级|直接上级|直属领导|汇报对象"
    r"|汇报对象姓名|"
    r"证明人姓名|主管姓名|负责人|联络人|父亲|母亲|配偶|丈夫|妻子|监护人|署名|签名|签字|本人签名|承诺人|作者|编者|致"
    r"|导师|HR|hr|接待人|收件人|面试官)"
    rf"(?:\([{_CJK}A-Za-z ]{{1,10}}\))?(?:[ \t]*[\]:|=]+[ \t]*(?:(?:是|为)[ ]?)?|[ \t]*)|(?:我的名字(?:是|叫)"
    rf"|本人姓名|姓名(?:是"
    rf"|为)?|我叫做?|名叫|叫做)[ \t]*"
)
_SAID = re.compile(
    r"(?:我是|本人是?|同事|同学|导师|上级|领导|主管|妻子|丈夫|父亲|母亲|老师|师傅|经理|总监|店长|教授|联系|找|请致电"
    r"|咨询)[ \t]*(?=[一-鿿])"
)
_SALUTATION = re.compile(r"(?:尊敬的|敬爱的|亲爱的|致|联系人?|请找|咨询|HR|人事)[ \t]*:?[ \t]*(?=[一-鿿])")
_CLOSING = re.compile(
    r"(?:敬礼|敬上|谨上|此致|顺颂商祺|祝好|谢谢|期待您的回复|期待您的回音)[!。. \t]*\n[ \t\n]*"
    r"|\n[ \t]*(?=[一-鿿]{2,4}[ \t]*(?:敬上|谨上|敬启|呈上))"
)
_HEAD = re.compile(
    r"[ \t#*>_]*(?:\[?(?:个人|我的|求职|應聘|应聘|個人)?(?:简历|履历|簡歷|履歷|简介)[ \t:|·\]-]*(?:\n[ \t]*)*)?"
)
_HEAD_END = re.compile(
    r"(?: *(?:的)?(?:个人)?(?:简历|履历|簡歷)|[ \t]*(?:\Z|\n|[|/,·(\x00\[;*_]|-|[男女](?![一-鿿])|\d|[A-Za-z]|  )"
    r"|[ \t]+(?=\S))"
)
_LINE_END = re.compile(r"[ \t]*(?:\Z|\n|[|/(\x00])")
_EVIDENCE = re.compile(
    r"\x00|[男女](?![一-鿿])|性别|年龄|求职|应聘|期望|意向|简历|学历|本科|大专|硕士|电话|手机|邮箱|经验|工程师|经理"
    r"|设计师|专员|会计|岁|毕业|籍贯|民族"
)
_JOINED = re.compile(r"[和与、及跟]")
_NOT_LAST = frozenset("的是在都等了也与及曾将已未被把让给从到为以于")
_IN_BRACKETS = re.compile(rf"(?<=[A-Za-z])[ \t]*[(/|][ \t]*(?=[{_CJK}]{{2,4}}[ \t]*(?:[)/|]|\n|\Z))")
_JOB_END = frozenset("员工师岗部")
_BEFORE_TITLE = re.compile(r"(?:\A|[^一-鿿]|[的是和与向由找给跟为加请问经受随有位人理员事师长友属])\Z")


@dataclass(frozen=True, slots=True)
class _Lists:
    surnames: frozenset[str]
    compound: frozenset[str]
    words: frozenset[str]
    follows: re.Pattern[str]
    titled: re.Pattern[str]
    ranked: re.Pattern[str]


@cache
def _lists() -> _Lists:
    data = read_data("words.toml")["chinese"]
    assert isinstance(data, dict)

    def either(words: str) -> str:
        return "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))

    surnames = frozenset(data["surnames"])
    compound = frozenset(data["compound_surnames"].split())
    name = rf"(?:{either(data['compound_surnames'])}|[{''.join(sorted(surnames))}])[{_CJK}]{{0,2}}?"
    return _Lists(
        surnames,
        compound,
        frozenset(data["words"].split()),
        re.compile(either(data["follows"])),
        re.compile(rf"({name})(?:{either(data['honorifics'])})"),
        re.compile(rf"({name}) ?(?:{either(data['honorifics'] + ' ' + data['roles'])})"),
    )


def chinese_names(text: str, places: Places) -> Iterator[Span]:
    """Names after labels and phrases, before titles, in letters, and in the head of a résumé."""
    if not places.chinese:
        return
    for find in (_labelled, _said, _titled, _closing, _in_brackets, _head):
        for start, end in find(text):
            yield Span(start, end, "name")


def continues(text: str, end: int) -> bool:
    """Whether the word goes on after what looks like a name: an employer may be called like a person."""
    return bool(_RUN.match(text, end)) and text[end] not in _NOT_LAST and not _lists().follows.match(text, end)


def _read(text: str, start: int, *, sure: bool) -> int | None:
    """Where a name that begins here ends; `sure`: a label says that it is one, so what follows matters less."""
    long_name = _LONG_NAME.match(text, start)
    if long_name is not None and sure:
        return long_name.end()
    match = _RUN.match(text, start)
    if match is None or len(match.group()) < 2:
        return None
    run, lists = match.group(), _lists()
    if not sure and run[:2] in lists.words:
        return None
    size = 2 if run[:2] in lists.compound else 1
    if size == 1 and run[0] not in lists.surnames:
        return match.end() if sure and len(run) <= 4 else None
    for length in (size + 2, size + 1):
        rest = run[length:]
        if len(run) >= length and run[length - 1] not in _NOT_LAST and (not rest or lists.follows.match(rest)):
            return start + length
    return start + min(size + 2, len(run)) if sure else None


def _spaced(text: str, start: int) -> int | None:
    """Where a name ends whose characters, or surname and given name, stand apart: "欧 阳 若 曦", "李,伟"."""
    match = _SPACED.match(text, start)
    if match is None:
        return None
    lists, letters, end = _lists(), "", start
    for piece in _PIECE.finditer(text, start, match.end()):
        whole = letters + piece[0]
        listed = whole[:2] in lists.compound or whole[0] in lists.surnames
        most = 3 if listed and whole[:2] not in lists.compound else 4
        if letters and (lists.follows.fullmatch(piece[0]) or piece[0] in lists.words or len(whole) > most):
            break
        if not letters and listed and len(whole) > most - 2:
            # 张伟 男: the name is whole before the space
            return None
        letters, end = whole, piece.end()
    # a surname that no list has is believed where the name fills its line
    apart = end > start + len(letters) > start + 1
    return end if apart and (listed or _LINE_END.match(text, end)) else None


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    lists = _lists()
    for match in _LABEL.finditer(text):
        start = match.end()
        ranked = lists.ranked.match(text, start)
        if ranked is not None and text[start : start + 2] not in lists.words:
            yield start, ranked.end(1)
            continue
        sure = match.group()[-1] in ":|=]\t "
        if sure and (end := _spaced(text, start)) is not None:
            yield start, end
            continue
        if (end := _read(text, start, sure=sure)) is not None:
            yield start, end
            yield from _more(text, end)


def _said(text: str) -> Iterator[tuple[int, int]]:
    lists = _lists()
    for match in _SAID.finditer(text):
        ranked = lists.ranked.match(text, match.end())
        if ranked is not None and ranked.group(1)[:2] not in lists.words:
            yield ranked.span(1)
        elif (end := _read(text, match.end(), sure=False)) is not None:
            yield match.end(), end
            yield from _more(text, end)


def _more(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Names joined to one that was found: "方志明和程璐"."""
    while _JOINED.match(text, end) and (after := _read(text, end + 1, sure=False)) is not None:
        yield end + 1, after
        end = after


def _titled(text: str) -> Iterator[tuple[int, int]]:
    lists = _lists()
    for match in lists.titled.finditer(text):
        whole = match.group(1)
        if whole[:2] not in lists.words and _BEFORE_TITLE.search(text, max(0, match.start() - 1), match.start()):
            yield match.span(1)
    for salutation in _SALUTATION.finditer(text):
        ranked = lists.ranked.match(text, salutation.end())
        if ranked is not None and ranked.group(1)[:2] not in lists.words:
            yield ranked.span(1)


def _closing(text: str) -> Iterator[tuple[int, int]]:
    for match in _CLOSING.finditer(text):
        end = _read(text, match.end(), sure=False)
        if end is not None and re.compile(r"[ \t]*(?:\Z|\n|敬上|谨上|敬启|呈上|\x00|\d)").match(text, end):
            yield match.end(), end


def _in_brackets(text: str) -> Iterator[tuple[int, int]]:
    """The Chinese form after a name in Latin letters: "Chen Xiaoming (陈晓明)"."""
    for match in _IN_BRACKETS.finditer(text):
        if (end := _read(text, match.end(), sure=False)) is not None:
            yield match.end(), end


def _head(text: str) -> Iterator[tuple[int, int]]:
    """A name alone in one of the first lines, or before a separator, sex, age or contact data."""
    begin = len(text) - len(text.lstrip("\n \t"))
    mark = _HEAD.match(text, begin)
    start = mark.end() if mark else begin
    match = _RUN.match(text, start)
    if match is None:
        return
    run, lists = match.group(), _lists()
    if (apart := _head_apart(text, start)) is not None:
        yield start, apart
        return
    size = 2 if run[:2] in lists.compound else 1
    if run[:2] in lists.words or (size == 1 and run[0] not in lists.surnames):
        return
    end = next(
        (
            start + n
            for n in (size + 2, size + 1, size + 3)
            if n <= len(run) and run[n - 1] not in _NOT_LAST and _HEAD_END.match(text, start + n)
        ),
        None,
    )
    if end is None or (end - start > 3 and size == 1):
        return
    around = text[end : end + 160]
    looks_like_work = text[end - 1] in _JOB_END
    if _EVIDENCE.search(around) if (looks_like_work or HIDDEN not in around) else True:
        yield start, end


def _head_apart(text: str, start: int) -> int | None:
    """Where a name ends that fills the first line with a space in it, "欧阳 若曦", beside other data of a person."""
    end = _spaced(text, start)
    if end is None or not _LINE_END.match(text, end) or not _EVIDENCE.search(text, end, end + 160):
        return None
    lists, pieces = _lists(), _PIECE.findall(text[start:end])
    letters = "".join(pieces)
    surname = 2 if letters[:2] in lists.compound else 1
    # 高 级 is no name, nor is 会计 主管
    if letters[:2] in lists.words or pieces[0] in lists.words or letters[-1] in _JOB_END:
        return None
    is_name = (surname == 2 or letters[0] in lists.surnames) and surname < len(letters) <= surname + 2
    # the cut has to be where the surname ends, or everywhere
    return end if is_name and (len(pieces[0]) == surname or all(len(piece) == 1 for piece in pieces)) else None
