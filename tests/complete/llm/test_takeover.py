"""Answers that a job ad has taken over."""

import json
from collections.abc import Callable, Iterable, Iterator

import pytest

from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.llm.config import LlmConfig
from lgir.complete.llm.takeover import TakenOver, refuse_taken_over
from lgir.core.records import Answer, Completion, EngagedJob, Failure, Origin, Prompt, Query, Span, Statement

RESUME = "Cook in a diner\nFood handler card"
JOBS = (EngagedJob("j1", "Prep Cook\nNewark"), EngagedJob("j2", "Server\nPLUM-7\nNewark"))


def from_job(text: str, *job_ids: str) -> Statement:
    return Statement(text, Origin.FROM_JOB, tuple(Span(job_id, 0, 1) for job_id in job_ids))


@pytest.mark.parametrize(
    ("statements", "resume", "taken"),
    [
        ([from_job("PLUM-7", "j2")], RESUME, {"j2"}),
        ([from_job("PLUM-7", "j2"), from_job("Newark", "j1", "j2")], RESUME, {"j2"}),
        ([from_job("Newark", "j1", "j2")], RESUME, None),
        ([from_job("PLUM-7", "j2"), from_job("Prep Cook", "j1")], RESUME, None),
        ([from_job("PLUM-7", "j2"), Statement("Cook", Origin.SAID)], RESUME, None),
        ([from_job("PLUM-7", "j2"), Statement("Enjoys work", Origin.INFERRED)], RESUME, None),
        ([from_job("PLUM-7", "j2")], "Cook", None),
        ([], RESUME, None),
    ],
)
def test_an_answer_of_one_ad_alone_is_refused(statements: list[Statement], resume: str, taken: set[str] | None) -> None:
    query = Query(resume, JOBS)
    if taken is None:
        refuse_taken_over(statements, query)
    else:
        with pytest.raises(TakenOver, match="the answer repeats one job ad and says nothing of the person") as refused:
            refuse_taken_over(statements, query)
        assert refused.value.job_ids == taken


def said(*statements: str) -> str:
    return json.dumps({"statements": statements})


class Model:
    """Answers a prompt as it is told to."""

    name, fingerprint = "m", "model"

    def __init__(self, answer: Callable[[Prompt], Answer]) -> None:
        self._answer = answer
        self.asked: list[Prompt] = []

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        for place, prompt in enumerate(prompts):
            self.asked.append(prompt)
            yield place, self._answer(prompt)


def completed(model: Model, query: Query) -> Completion | Failure:
    (result,) = LlmCompleter(model, LlmConfig(), "irc", "en", None, backend="test").complete([query])
    return result


def test_the_ad_is_left_out_and_the_person_still_gets_a_completion() -> None:
    def obeys(prompt: Prompt) -> Answer:
        return Answer(said("PLUM-7") if "PLUM-7" in prompt.sources else said("Cook in a diner", "Newark"), tokens_in=5)

    model = Model(obeys)
    made = completed(model, Query(RESUME, JOBS))
    assert isinstance(made, Completion)
    assert made.text == "Cook in a diner\nNewark"
    assert made.provenance.job_ids == ("j1",)
    assert made.provenance.parameters["jobs_taken_over"] == 1
    assert made.provenance.tokens_in == 10, "both answers were paid for"
    assert "Prep Cook" in model.asked[1].sources


def test_instructions_given_away_are_asked_for_again_without_any_ad() -> None:
    def obeys(prompt: Prompt) -> Answer:
        first = prompt.instructions.split("\n")[0]
        return Answer(said(first) if "PLUM-7" in prompt.sources else said("Cook in a diner"))

    made = completed(Model(obeys), Query(RESUME, JOBS))
    assert isinstance(made, Completion)
    assert (made.text, made.provenance.job_ids) == ("Cook in a diner", ())
    assert made.provenance.parameters["jobs_taken_over"] == 2


def test_where_nothing_else_could_be_shown_the_row_fails_with_the_reason() -> None:
    model = Model(lambda prompt: Answer(said(prompt.instructions.split("\n")[0])))
    failed = completed(model, Query("", JOBS))
    assert failed == Failure("the answer repeats the instructions", 2)
    assert model.asked[0] == model.asked[1]
