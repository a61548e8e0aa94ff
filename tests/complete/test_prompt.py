"""The two prompts of the paper, and what may stand in them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.config import Language, PromptMode
from lgir.complete.prompt import FENCE, Cuts, Prompt, clip, load_prompt
from lgir.core.errors import BadConfig
from lgir.core.records import EngagedJob, Query
from lgir.testing.completers import HOSTILE, people

ALL = [(mode, language) for mode in get_args(PromptMode) for language in get_args(Language)]
anything = st.text(st.characters(exclude_categories=())) | st.text("~ \n")


@pytest.mark.parametrize(("mode", "language"), ALL)
def test_shipped_prompts_show_their_sources(mode: PromptMode, language: Language) -> None:
    prompt = load_prompt(mode, language)
    (query,) = people(1)
    shown = prompt.render(query)
    assert query.resume in shown
    assert all((job.text in shown) == (mode == "irc") for job in query.jobs)
    assert "{{" not in shown


def test_every_prompt_has_its_own_fingerprint() -> None:
    assert len({load_prompt(mode, language).fingerprint for mode, language in ALL}) == len(ALL)
    shipped = load_prompt("src", "en")
    assert Prompt(shipped.text, "src", "en").fingerprint == shipped.fingerprint
    assert Prompt(shipped.text + " ", "src", "en").fingerprint != shipped.fingerprint
    assert Prompt(shipped.text, "src", "zh").fingerprint != shipped.fingerprint, "labels are part of a prompt"


@pytest.mark.parametrize(
    ("mode", "text", "message"),
    [
        ("src", "nothing", r"the src prompt lacks the variable \{\{resume\}\}"),
        ("irc", "{{resume}}", r"the irc prompt lacks the variable \{\{jobs\}\}"),
        (
            "src",
            "{{resume}} {{jobs}}",
            r"the src prompt has the unknown variable \{\{jobs\}\}; it may use \{\{resume\}\}",
        ),
        ("irc", "{{resume}} {{jobs}} {{salary}}", r"unknown variable \{\{salary\}\}"),
        ("src", "{{resume}} {{}}", r"unknown variable \{\{\}\}"),
    ],
)
def test_a_wrong_variable_is_named(mode: PromptMode, text: str, message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        Prompt(text, mode, "en")


@given(anything, st.lists(anything, max_size=3))
def test_no_source_can_close_its_fence(resume: str, jobs: list[str]) -> None:
    prompt = Prompt("{{resume}}|{{jobs}}", "irc", "en")
    shown = prompt.render(Query(resume, tuple(EngagedJob("j", text) for text in jobs)))
    assert shown.count(FENCE) == 2 * (1 + len(jobs))
    shown.encode("utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_variables_in_sources_stay_text(name: str) -> None:
    prompt = Prompt("[{{resume}}][{{jobs}}]", "irc", "en")
    shown = prompt.render(HOSTILE[name])
    assert shown.count("{{") == HOSTILE[name].resume.count("{{") + sum(
        job.text.count("{{") for job in HOSTILE[name].jobs
    )


@pytest.mark.parametrize(("language", "words"), [("en", "(nothing was written)"), ("zh", "（未填写）")])
def test_what_is_missing_is_said(language: Language, words: str) -> None:
    assert load_prompt("irc", language).render(Query(" ")).count(words) == 2


def test_long_texts_are_clipped_and_counted() -> None:
    query = Query("r" * 12, tuple(EngagedJob(f"j{i}", "t" * (3 + i)) for i in range(5)), "u")
    shown, cuts = clip(query, max_resume_chars=10, max_job_chars=4, max_jobs=3)
    assert shown == Query("r" * 10, tuple(EngagedJob(f"j{i}", "t" * min(3 + i, 4)) for i in range(3)), "u")
    assert cuts == Cuts(resume_chars_cut=2, job_chars_cut=1, jobs_left_out=2)


def test_what_fits_is_left_alone() -> None:
    (query,) = people(1)
    assert clip(query, max_resume_chars=999, max_job_chars=999, max_jobs=9) == (query, Cuts(0, 0, 0))
