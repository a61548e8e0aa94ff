"""The paper's two prompts (eq. 1, 2), as text files whose version is their fingerprint.

The paper prints them in its Figure 3, which its text does not contain; ours ask for what eq. 1 and 2 and the sections
around them say: complete the résumé from the self-description T_c, or from T_c and the requirements R_c of the jobs the
person interacted with, and keep to what these sources support.
"""

import re
from dataclasses import dataclass, replace
from importlib import resources

from lgir.complete.config import Language, PromptMode
from lgir.complete.text import plain
from lgir.core.errors import BadConfig
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Query

FENCE = "~~~"
"""Stands before and after every source. Longer runs of its character are cut within a source, so none can close it."""

_FENCE_RUN = re.compile("~{3,}")
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
class Prompt:
    """A prompt with the variables {{resume}} and, in mode "irc", {{jobs}}.

    Raises:
        BadConfig: the text lacks a variable or has an unknown one; the message names it.
    """

    text: str
    mode: PromptMode
    language: Language

    def __post_init__(self) -> None:
        wanted, given = _VARIABLES[self.mode], set(_VARIABLE.findall(self.text))
        if missing := sorted(wanted - given):
            raise BadConfig(f"the {self.mode} prompt lacks the variable {{{{{missing[0]}}}}}; add it to its text")
        if unknown := sorted(given - wanted):
            known = ", ".join(f"{{{{{name}}}}}" for name in sorted(wanted))
            raise BadConfig(f"the {self.mode} prompt has the unknown variable {{{{{unknown[0]}}}}}; it may use {known}")

    @property
    def fingerprint(self) -> str:
        """Changes with every character that the prompt itself puts before a model."""
        labels = _LABELS[self.language]
        return fingerprint("prompt", self.text, FENCE, labels.resume, labels.job, labels.nothing)

    def render(self, query: Query) -> str:
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
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)

    def _fenced(self, label: str, text: str) -> str:
        shown = _FENCE_RUN.sub("~~", plain(text)).strip() or _LABELS[self.language].nothing
        return f"{FENCE} {label}\n{shown}\n{FENCE}"


def load_prompt(mode: PromptMode, language: Language) -> Prompt:
    """Reads one of the shipped prompts."""
    file = resources.files("lgir.complete") / "prompts" / f"{mode}.{language}.txt"
    return Prompt(file.read_text(encoding="utf-8"), mode, language)


@dataclass(frozen=True, slots=True)
class Cuts:
    """What was not shown, in characters and jobs."""

    resume_chars_cut: int
    job_chars_cut: int
    jobs_left_out: int


def clip(query: Query, *, max_resume_chars: int, max_job_chars: int, max_jobs: int) -> tuple[Query, Cuts]:
    """The part of a query that fits a prompt (the first jobs, the beginning of each text), and what did not."""
    shown = query.jobs[:max_jobs]
    jobs = tuple(replace(job, text=job.text[:max_job_chars]) for job in shown)
    cuts = Cuts(
        resume_chars_cut=max(0, len(query.resume) - max_resume_chars),
        job_chars_cut=sum(max(0, len(job.text) - max_job_chars) for job in shown),
        jobs_left_out=len(query.jobs) - len(shown),
    )
    return replace(query, resume=query.resume[:max_resume_chars], jobs=jobs), cuts
