"""The paper's two prompts (eq. 1, 2), as text files whose version is their fingerprint.

The paper prints them in its Figure 3, which its text does not contain; ours ask for what eq. 1 and 2 and the sections
around them say: complete the résumé from the self-description T_c, or from T_c and the requirements R_c of the jobs the
person interacted with, and keep to what these sources support.

What everybody's prompt shares comes first, then the résumé, which the prompts of one person share, then the jobs: a
server that keeps what it has read of a prefix reads it once.
"""

import re
from dataclasses import dataclass
from importlib import resources

from lgir.complete.llm.answer import SCHEMA
from lgir.complete.llm.config import AnswerForm, Language, PromptMode
from lgir.complete.llm.text import plain
from lgir.core.errors import BadConfig
from lgir.core.fingerprint import fingerprint
from lgir.core.phrases import squeeze
from lgir.core.records import Prompt, Query

FENCE = "~~~"
"""Stands before and after every source. Longer runs of its character are cut within a source, so none can close it."""

_FENCE_RUN = re.compile("~{3,}")
_PARTS = re.compile(r"^=====\n", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{(\w*)\}\}")
_VARIABLES: dict[PromptMode, frozenset[str]] = {"src": frozenset({"resume"}), "irc": frozenset({"resume", "jobs"})}


@dataclass(frozen=True, slots=True)
class _Labels:
    resume: str
    job: str
    nothing: str


_LABELS: dict[Language, _Labels] = {
    "en": _Labels("description", "job {number}", "(nothing was written)"),
    "zh": _Labels("自我描述", "职位 {number}", "（未填写）"),
}


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt before it is filled in.

    Attributes:
        instructions: what to do, with the variable {{form}} for how to answer.
        sources: with the variables {{resume}} and, in mode "irc", {{jobs}}.
        mode: whether jobs are shown.
        language: of the labels.
        form: how to answer.
        form_text: the sentence that says so.

    Raises:
        BadConfig: a text lacks a variable or has an unknown one; the message names it.
    """

    instructions: str
    sources: str
    mode: PromptMode
    language: Language
    form: AnswerForm = "lines"
    form_text: str = ""

    def __post_init__(self) -> None:
        self._check(self.instructions, frozenset({"form"}))
        self._check(self.sources, _VARIABLES[self.mode])

    def _check(self, text: str, wanted: frozenset[str]) -> None:
        given = set(_VARIABLE.findall(text))
        if missing := sorted(wanted - given):
            raise BadConfig(f"the {self.mode} prompt lacks the variable {{{{{missing[0]}}}}}; add it to its text")
        if unknown := sorted(given - wanted):
            known = ", ".join(f"{{{{{name}}}}}" for name in sorted(wanted))
            raise BadConfig(f"the {self.mode} prompt has the unknown variable {{{{{unknown[0]}}}}}; it may use {known}")

    @property
    def fingerprint(self) -> str:
        """Changes with every character that the prompt itself puts before a model."""
        labels = _LABELS[self.language]
        texts = (self.instructions, self.form_text, self.sources, FENCE, labels.resume, labels.job, labels.nothing)
        return fingerprint("prompt", *texts, dict(self._schema or {}))

    @property
    def own_words(self) -> str:
        """What the prompt says itself, in small letters, without any source."""
        return squeeze(_VARIABLE.sub(" ", f"{self.instructions}\n{self.form_text}\n{self.sources}")).casefold()

    @property
    def _schema(self) -> dict[str, object] | None:
        return dict(SCHEMA) if self.form == "json" else None

    def render(self, query: Query) -> Prompt:
        """The prompt for one person. In mode "src" their jobs are not looked at.

        Control characters are left out, and lone surrogates become U+FFFD.
        """
        labels = _LABELS[self.language]
        jobs = (self._fenced(labels.job.format(number=i + 1), job.text) for i, job in enumerate(query.jobs))
        values = {
            "resume": self._fenced(labels.resume, query.resume),
            "jobs": "\n\n".join(jobs) or labels.nothing if self.mode == "irc" else "",
        }
        # one pass, so that a résumé holding "{{jobs}}" stays as it is
        sources = _VARIABLE.sub(lambda found: values[found[1]], self.sources)
        return Prompt(_VARIABLE.sub(lambda _: self.form_text, self.instructions), sources, self._schema)

    def _fenced(self, label: str, text: str) -> str:
        shown = _FENCE_RUN.sub("~~", plain(text)).strip() or _LABELS[self.language].nothing
        return f"{FENCE} {label}\n{shown}\n{FENCE}"


def load_prompt(mode: PromptMode, language: Language, form: AnswerForm = "json") -> PromptTemplate:
    """Reads one of the shipped prompts."""
    folder = resources.files("lgir.complete.llm") / "prompts"
    instructions, sources = _PARTS.split((folder / f"{mode}.{language}.txt").read_text(encoding="utf-8"))
    form_text = (folder / f"form-{form}.{language}.txt").read_text(encoding="utf-8").strip()
    return PromptTemplate(instructions.strip(), sources.strip(), mode, language, form, form_text)
