"""The two prompts of the paper, and what may stand in them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.llm.config import AnswerForm, Language, PromptMode
from lgir.complete.llm.prompt import FENCE, PromptTemplate, load_prompt
from lgir.core.errors import BadConfig
from lgir.core.records import EngagedJob, Query
from lgir.testing.completers import HOSTILE, people

ALL = [(mode, language) for mode in get_args(PromptMode) for language in get_args(Language)]
FORMS: tuple[AnswerForm, ...] = get_args(AnswerForm)
anything = st.text(st.characters(exclude_categories=())) | st.text("~ \n")


@pytest.mark.parametrize(("mode", "language"), ALL)
@pytest.mark.parametrize("form", FORMS)
def test_shipped_prompts_show_their_sources(mode: PromptMode, language: Language, form: AnswerForm) -> None:
    prompt = load_prompt(mode, language, form)
    (query,) = people(1)
    shown = prompt.render(query)
    assert query.resume in shown.sources
    assert all((job.text in shown.sources) == (mode == "irc") for job in query.jobs)
    assert "{{" not in shown.instructions + shown.sources
    assert ('{"statements"' in shown.instructions) == (form == "json") == (shown.schema is not None)


@pytest.mark.parametrize(("mode", "language"), ALL)
def test_what_everybody_shares_comes_first_then_what_one_person_does(mode: PromptMode, language: Language) -> None:
    prompt = load_prompt(mode, language)
    one, other = (prompt.render(query) for query in people(2))
    assert one.instructions == other.instructions
    resume, job = people(1)[0].resume, people(1)[0].jobs[0]
    if mode == "irc":
        assert one.sources.index(resume) < one.sources.index(job.text)


def test_every_prompt_has_its_own_fingerprint() -> None:
    shipped = [load_prompt(mode, language, form) for mode, language in ALL for form in FORMS]
    assert len({prompt.fingerprint for prompt in shipped}) == len(shipped)
    one = load_prompt("src", "en")
    same = PromptTemplate(one.instructions, one.sources, "src", "en", one.form, one.form_text)
    assert same.fingerprint == one.fingerprint
    for changed in (
        PromptTemplate(one.instructions + " ", one.sources, "src", "en", one.form, one.form_text),
        PromptTemplate(one.instructions, one.sources + " ", "src", "en", one.form, one.form_text),
        PromptTemplate(one.instructions, one.sources, "src", "zh", one.form, one.form_text),
        PromptTemplate(one.instructions, one.sources, "src", "en", one.form, one.form_text + " "),
    ):
        assert changed.fingerprint != one.fingerprint


@pytest.mark.parametrize(
    ("mode", "instructions", "sources", "message"),
    [
        ("src", "{{form}}", "nothing", r"the src prompt lacks the variable \{\{resume\}\}"),
        ("src", "nothing", "{{resume}}", r"the src prompt lacks the variable \{\{form\}\}"),
        ("irc", "{{form}}", "{{resume}}", r"the irc prompt lacks the variable \{\{jobs\}\}"),
        (
            "src",
            "{{form}}",
            "{{resume}} {{jobs}}",
            r"the src prompt has the unknown variable \{\{jobs\}\}; it may use \{\{resume\}\}",
        ),
        ("irc", "{{form}}", "{{resume}} {{jobs}} {{salary}}", r"unknown variable \{\{salary\}\}"),
        ("irc", "{{form}} {{resume}}", "{{resume}} {{jobs}}", r"unknown variable \{\{resume\}\}"),
        ("src", "{{form}}", "{{resume}} {{}}", r"unknown variable \{\{\}\}"),
    ],
)
def test_a_wrong_variable_is_named(mode: PromptMode, instructions: str, sources: str, message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        PromptTemplate(instructions, sources, mode, "en")


@given(anything, st.lists(anything, max_size=3))
def test_no_source_can_close_its_fence(resume: str, jobs: list[str]) -> None:
    prompt = PromptTemplate("{{form}}", "{{resume}}|{{jobs}}", "irc", "en")
    shown = prompt.render(Query(resume, tuple(EngagedJob("j", text) for text in jobs))).sources
    assert shown.count(FENCE) == 2 * (1 + len(jobs))
    shown.encode("utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_variables_in_sources_stay_text(name: str) -> None:
    prompt = PromptTemplate("{{form}}", "[{{resume}}][{{jobs}}]", "irc", "en")
    shown = prompt.render(HOSTILE[name]).sources
    assert shown.count("{{") == HOSTILE[name].resume.count("{{") + sum(
        job.text.count("{{") for job in HOSTILE[name].jobs
    )


@pytest.mark.parametrize(("language", "words"), [("en", "(nothing was written)"), ("zh", "（未填写）")])
def test_what_is_missing_is_said(language: Language, words: str) -> None:
    assert load_prompt("irc", language).render(Query(" ")).sources.count(words) == 2
