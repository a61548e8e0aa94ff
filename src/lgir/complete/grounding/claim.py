"""A statement as something to be checked: what has to occur in a source, and what may be said otherwise there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lgir.complete.grounding.lexicon import (
    CERTIFICATES,
    CERTIFIED,
    CITIES,
    DEGREE,
    HAN_CERTIFIED,
    ORGANISATION,
    SEEKING,
    STATES,
)
from lgir.complete.grounding.reading import (
    LIGHT_WORDS,
    bare_words,
    claimed_han,
    read_whole,
    read_words,
    without_han_values,
)
from lgir.complete.grounding.values import Value
from lgir.complete.grounding.verbatim import UNSPACED
from lgir.core.phrases import squeeze

_COMPANY_CHARS = 60
"""A longer line of a job is no company's name."""
_COMPANY_HEAD_CHARS = 600
"""Where a job names its company: further down, a company may be anybody's."""

_NAME = r"[A-ZÀ-Þ][\w&.'’+#-]{0,40}"
_EMPLOYER = re.compile(
    rf"\b((?i:at|for|with|by|joined))\s(?:the\s)?({_NAME}(?:\s(?:(?:of|and|the|for|&)\s)?{_NAME}){{0,7}})"
)
# words that are names by their look: not the first of a sentence, or with capitals or digits within
_LOOKS_NAMED = re.compile(
    r"(?<=[\w,;:&)]\s)[A-ZÀ-Þ][\w&'’-]*|\b\w*[a-z][A-Z]\w*|\b[A-Z]{2,}[\w+#-]*|\b[A-Za-z]{1,9}\d\w*|\b\d{1,9}[A-Za-z]\w*"
)
_HAN_CHARACTER = re.compile(f"[{UNSPACED}]")
_WORDS = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9+#.]*")
_HAN_EMPLOYED = re.compile(
    r"(?:曾?在|任职于|就职于|供职于|受雇于|服务于|入职|加入)([^，。；、\s]{2,20}?)(?:担任|任|做|当|工作|实习|上班|从事|负责|开|跑|转正|$)"
    r"|为([^，。；、\s]{2,15}?)(?:开车|跑|工作|服务)"
    r"|(?:曾任|现任|曾是|就是)([^，。；、\s]{2,20}?(?:公司|集团|银行|医院|大学|学院|学校|酒店|宾馆|事务所|局))"
)
_NO_EMPLOYER = frozenset(("home", "school", "work", "night", "sea", "heart", "least", "risk", "scale", "large"))
"""What "at Home" names is no employer."""
_EMPLOYED = re.compile(
    r"\b(?:work(?:s|ed|ing)?|employ(?:ed|ment|er)|experienced?|serv(?:es|ed|ing)|former(?:ly)?|joined|hired|has|have|had"
    r"|held|holds|since|am|was|is|ex|i|my|at|for|by|with)\b"
)
"""Words with which somebody says that they hold or held a post."""
_LABEL = re.compile(r"(?:company|employer|公司|企业|单位)\s?[:：]\s?(.{2,60})", re.I)
_LEGAL_FORM = re.compile(
    r"\b(?:inc|llc|llp|ltd|limited|gmbh|corp|corporation|plc|co|company|ag)\b\.?"
    r"|[（(][^）)]{0,20}[）)]|股份|有限|责任|公司|集团|网络|技术|科技|信息|餐饮|贸易"
)
_MORE_THAN_DONE = 2
"""Where so many words say what was done, a verb like "wrote" need not be found."""
_BEFORE = frozenset(
    ("experience", "experienced", "experiences", "include", "includes", "including", "has", "done", "in")
)
_HAN_PLACE = re.compile("|".join(sorted((city for city in CITIES if not city.isascii()), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement claims.

    Attributes:
        must: content words that a source must have: names, tools, certificates, degrees.
        may: the other content words.
        han: runs of Chinese text; what of them claims nothing is not asked for.
        han_chars: how many Chinese characters claim something.
        names: Chinese names of organisations, which must stand in one piece.
        papers: Chinese names of certificates, whose characters must all be there.
        values: numbers and dates.
        negated: it says what is not so.
        bare: a statement of words that claim nothing, such as "bilingual", but for those before it: "experience:".
        employer_words: content words of the names that an English statement gives as employers.
        employers: in folded text, those it claims to have worked for, empty where it speaks of wishes.
    """

    must: frozenset[str]
    may: frozenset[str]
    han: str
    han_chars: int
    names: tuple[str, ...]
    papers: tuple[str, ...]
    values: tuple[Value, ...]
    negated: bool
    bare: frozenset[str]
    employer_words: frozenset[str]
    employers: tuple[str, ...]

    @property
    def words(self) -> frozenset[str]:
        return self.must | self.may

    @property
    def hard(self) -> bool:
        """Whether it states a fact that can be looked up: a name, a degree, a certificate, a number or a date."""
        return bool(self.must or self.values or self.names or self.papers)


def read_claim(text: str, companies: Sequence[str] = (), jobs: Sequence[str] = ()) -> Claim:
    """What a statement claims.

    `companies` are those of the jobs, which nobody has worked for by looking at them. A statement that only gives the
    title of one of the `jobs` again, such as "Macy's seasonal retail sales", claims no employment.
    """
    folded = squeeze(text).casefold()
    whole = read_whole(folded)
    must = {word for word in _named_words(text) if word in whole.words}
    must |= {word for word in whole.words if word.startswith(DEGREE)}
    known = bool(whole.words & CERTIFICATES)
    if CERTIFIED in whole.words:
        # a forklift and a certificate for something else are no forklift certificate
        must |= whole.words
    # a PMP证书 is a PMP
    said = HAN_CERTIFIED.sub(" ", whole.han) if known else whole.han
    han = without_han_values(said)
    names = [next(filter(None, match.groups())) for match in _HAN_EMPLOYED.finditer(folded)]
    claimed = [] if SEEKING.search(folded) else [*_employers(text), *names]
    if not SEEKING.search(folded) and (beside := list(_claimed(text, companies))):
        claimed += [] if _repeats_title(folded, beside, jobs) else beside
    found_values = tuple(value for value in whole.values if value != Value("count", 1))
    may = whole.words - must
    if not (must or found_values) and len(may - LIGHT_WORDS) >= _MORE_THAN_DONE:
        may -= LIGHT_WORDS
    return Claim(
        must=frozenset(must - ({CERTIFIED} if known else set())),
        may=may,
        han=han,
        han_chars=sum(map(len, claimed_han(han))),
        names=tuple(core_name(name) for name in names if ORGANISATION.search(name)),
        papers=tuple(run for run in claimed_han(without_han_values(said, "")) if HAN_CERTIFIED.search(run)),
        values=found_values,
        negated=whole.negated,
        bare=frozenset() if whole.words or whole.han or found_values else bare_words(text) - _BEFORE,
        employer_words=frozenset(word for name in _employers(text) for word in read_words(name.casefold())[0]),
        employers=tuple(dict.fromkeys(map(core_name, claimed))),
    )


def companies_of(job: str) -> list[str]:
    """The company that a job's text names: behind a label, or alone on the second line, as in most ads."""
    labelled = [match[1] for match in _LABEL.finditer(job[:_COMPANY_HEAD_CHARS])]
    lines = [line.strip() for line in job[:_COMPANY_HEAD_CHARS].splitlines() if line.strip()]
    second = [lines[1]] if not labelled and len(lines) > 1 and len(lines[1]) <= _COMPANY_CHARS else []
    return [core for name in (*labelled, *second) if not _is_place(name) and len(core := core_name(name)) > 1]


def core_name(name: str) -> str:
    """A name in folded text without its legal form and, in Chinese, without the town before it."""
    folded = squeeze(_LEGAL_FORM.sub(" ", squeeze(name).casefold())).strip(" .,")
    if is_han(folded):
        folded = folded.replace(" ", "")
        town = _HAN_PLACE.match(folded)
        short = folded[town.end() :] if town else folded
        # 北京银行 without its town would be any bank
        if len(short) >= 3 and not ORGANISATION.fullmatch(short):
            return short
    return folded


def is_han(text: str) -> bool:
    """Whether a text holds Chinese characters or others of a script without spaces."""
    return not text.isascii() and _HAN_CHARACTER.search(text) is not None


def _is_place(name: str) -> bool:
    words = re.findall(r"[^\W\d_]+", name.casefold())
    return not words or words[-1] in STATES or words[-1] in CITIES or (len(words[-1]) == 2 and "," in name)


def _named_words(text: str) -> Iterator[str]:
    """The content words among what looks like a name."""
    letters = [word for word in text.split() if word[:1].isalpha() and len(word) > 3]
    titled = len(letters) > 2 and sum(word[0].isupper() for word in letters) > 0.8 * len(letters)
    if is_han(text):
        found = _LATIN.findall(text)
    else:
        found = [match[2] for match in _EMPLOYER.finditer(text)] + ([] if titled else _LOOKS_NAMED.findall(text))
    for word in found:
        yield from read_words(word.casefold())[0]


def _employers(text: str) -> Iterator[str]:
    """The names that stand where an English statement has the employer."""
    for match in _EMPLOYER.finditer(text):
        folded = match[2].casefold()
        if ORGANISATION.search(folded) or (match[1].lower() in ("at", "joined") and folded not in _NO_EMPLOYER):
            yield match[2]


def _claimed(text: str, companies: Sequence[str]) -> Iterator[str]:
    """The companies of jobs that a statement names beside something else."""
    folded = text.casefold()
    plain = _plain(folded)
    for core in companies:
        if is_han(core):
            named = core in folded
        else:
            words = _plain(core)
            # target and epic are words too
            alone = " " not in words.strip() and core in text
            named = any(f" {word}{words}" in plain for word in ("at", "for", "by")) if alone else words in plain
        if named and len(folded) > len(core) + 2:
            yield core


def _repeats_title(folded: str, named: Sequence[str], jobs: Sequence[str]) -> bool:
    """Whether a statement gives no more than the title of a job that names the company, and nobody in a post there."""
    if _EMPLOYED.search(folded):
        return False
    words = set(read_words(folded)[0])
    titles = (squeeze(job.lstrip().partition("\n")[0]).casefold() for job in jobs)
    naming = (title for title in titles if all(_plain(name) in _plain(title) for name in named))
    return any(words <= set(read_words(title)[0]) for title in naming)


def _plain(folded: str) -> str:
    return f" {' '.join(_WORDS.findall(folded))} "
