"""Completion by a language model, whichever: what comes of its answers."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from lgir.complete.grounding.ground import VERSION
from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.llm.config import LlmConfig
from lgir.complete.privacy.redact import RuleRedactor
from lgir.core.records import Answer, Completion, EngagedJob, Failure, Origin, Prompt, Query, Span
from lgir.testing.completers import HOSTILE, people
from lgir.testing.gullible_model import OTHER_PEOPLE


def said(*statements: str) -> str:
    return json.dumps({"statements": statements})


class Model:
    """A language model that answers as a test tells it to; `lanes` prompts at once, the last of them first."""

    name, fingerprint = "m", "model"

    def __init__(self, reply: Callable[[Prompt, int], Answer | Failure | None], lanes: int = 1) -> None:
        self._reply, self._lanes = reply, lanes
        self.asked: list[Prompt] = []

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        under_way: list[tuple[int, Answer | Failure | None]] = []
        for place, prompt in enumerate(prompts):
            under_way.append((place, self._reply(prompt, len(self.asked))))
            self.asked.append(prompt)
            if len(under_way) == self._lanes:
                yield from self._out(under_way)
        while under_way:
            yield from self._out(under_way)

    @staticmethod
    def _out(under_way: list[tuple[int, Answer | Failure | None]]) -> Iterator[tuple[int, Answer | Failure]]:
        place, answer = under_way.pop()
        if answer is not None:
            yield place, answer


def completer(model: Model, redactor: RuleRedactor | None = None, **options: Any) -> LlmCompleter:
    return LlmCompleter(model, LlmConfig(**options), "irc", "en", redactor, backend="test")


def ask(reply: Callable[[Prompt, int], Answer | Failure | None], queries: list[Query], **options: Any) -> list[Any]:
    return list(completer(Model(reply), **options).complete(queries))


def test_a_completion_tells_where_every_statement_comes_from() -> None:
    query = Query("Cook, five years", (EngagedJob("j1", "Server\nNewark"), EngagedJob("j2", "Bartender, Newark")))
    (made,) = ask(lambda *_: Answer(said("Cook", "Newark", "Astronaut"), True, 70, 9, 0.5), [query])
    assert made.text == "Cook\nNewark\nAstronaut"
    assert [(one.text, one.origin, one.spans) for one in made.statements] == [
        ("Cook", Origin.SAID, (Span(None, 0, 4),)),
        ("Newark", Origin.FROM_JOB, (Span("j1", 7, 13), Span("j2", 11, 17))),
        ("Astronaut", Origin.INFERRED, ()),
    ]
    told = made.provenance
    assert (told.backend, told.model, told.job_ids) == ("test", "m", ("j1", "j2"))
    assert (told.tokens_in, told.tokens_out, told.seconds) == (70, 9, 0.5)
    assert told.note == "written by the language model m"
    assert told.parameters["jobs_left_out"] == 0


def test_results_come_in_order_whatever_the_models_order() -> None:
    model = Model(lambda prompt, _: Answer(said(prompt.sources.split("\n")[1])), lanes=4)
    results = list(completer(model).complete(people(10)))
    assert [one.text for one in results if isinstance(one, Completion)] == [f"Cook at place {i}" for i in range(10)]


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_bad_answer_is_asked_for_again_and_counted(form: str) -> None:
    good = said("Cook") if form == "json" else "Cook"

    def reply(prompt: Prompt, number: int) -> Answer:
        return Answer("" if number == 0 else good, True, 10, 2, 0.1)

    (made,) = ask(reply, people(1), answer=form)
    assert isinstance(made, Completion)
    assert (made.provenance.tokens_in, made.provenance.tokens_out) == (20, 4), "both answers were paid for"


def test_a_row_whose_answers_stay_bad_is_a_failure_with_its_reason_and_loses_no_other() -> None:
    def reply(prompt: Prompt, number: int) -> Answer:
        return Answer("half", False, 10, 2) if "place 1\n" in prompt.sources else Answer(said("Cook"))

    results = ask(reply, people(3), max_tokens=7)
    assert [isinstance(one, Completion) for one in results] == [True, False, True]
    assert results[1] == Failure("the answer was cut at llm.max_tokens = 7; raise it", 2, tokens_in=20, tokens_out=4)
    (result,) = ask(reply, people(2)[1:], bad_answer_retries=0)
    assert result.attempts == 1


def test_a_failure_of_the_model_is_passed_on() -> None:
    assert ask(lambda *_: Failure("no luck", 5), people(1)) == [Failure("no luck", 5)]


def test_a_row_that_the_model_loses_is_a_failure_too() -> None:
    results = ask(lambda prompt, number: None if number == 1 else Answer(said("Cook")), people(3))
    assert [isinstance(one, Completion) for one in results] == [True, False, True]
    assert results[1] == Failure("the back end gave no answer", 1)


def test_the_instructions_are_no_resume() -> None:
    def reply(prompt: Prompt, number: int) -> Answer:
        lines = [line for line in prompt.instructions.split("\n") if line]
        return Answer(said(*lines))

    (result,) = ask(reply, people(1))
    assert isinstance(result, Failure)
    assert result.reason == "the answer repeats the instructions"


def test_instructions_given_away_are_asked_for_again_without_any_job() -> None:
    def obeys(prompt: Prompt, _: int) -> Answer:
        return Answer(
            said(prompt.instructions.split("\n")[0]) if "PLUM" in prompt.sources else said("Cook"), tokens_in=5
        )

    query = Query("Cook in a diner", (EngagedJob("j1", "Server"), EngagedJob("j2", "Waiter at PLUM")))
    (made,) = ask(obeys, [query])
    assert (made.text, made.provenance.job_ids) == ("Cook", ())
    assert made.provenance.parameters["jobs_left_out"] == 2
    assert made.provenance.tokens_in == 10, "both answers were paid for"


def test_where_nothing_but_jobs_can_be_shown_they_are_shown_again() -> None:
    model = Model(lambda prompt, _: Answer(said(prompt.instructions.split("\n")[0])))
    (failed,) = completer(model).complete([Query("", (EngagedJob("j1", "Server"),))])
    assert failed == Failure("the answer repeats the instructions", 2)
    assert model.asked[0] == model.asked[1]


def test_personal_data_do_not_reach_the_model_and_come_back() -> None:
    query = Query("Maria Lopez\nmaria.lopez@example.org, 212-555-0187\nCook for five years")
    model = Model(lambda prompt, _: Answer(said("Cook for five years", "Write to [EMAIL_1]", "write to [email 1]")))
    (made,) = completer(model, RuleRedactor()).complete([query])
    (prompt,) = model.asked
    assert "maria" not in prompt.sources.casefold()
    assert "0187" not in prompt.sources
    assert "Cook for five years" in prompt.sources
    assert isinstance(made, Completion)
    assert made.text.split("\n") == [
        "Cook for five years",
        "Write to maria.lopez@example.org",
        "write to maria.lopez@example.org",
    ]


def test_a_long_answer_is_cut_at_a_whole_statement() -> None:
    (made,) = ask(lambda *_: Answer(said("abcd", "efgh", "ijkl")), people(1), max_answer_chars=10)
    assert made.text == "abcd\nefgh"
    assert made.provenance.parameters["answer_chars_cut"] == 5


def test_somebody_with_nothing_to_show_is_not_asked_for() -> None:
    model = Model(lambda *_: Answer(said("Cook")))
    queries = [Query("") if i % 3 else people(1)[0] for i in range(3000)]
    results = list(completer(model).complete(queries))
    assert len(model.asked) == 1000
    assert [isinstance(one, Completion) and bool(one.text) for one in results] == [i % 3 == 0 for i in range(3000)]


def test_a_model_that_never_answers_one_row_does_not_pile_up_the_others() -> None:
    read = 0

    class Stuck(Model):
        def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
            for place, _ in enumerate(prompts):
                if place:
                    yield place, Answer(said("Cook"))
            yield 0, Answer(said("Cook"))

    def queries() -> Iterator[Query]:
        nonlocal read
        for i in range(10_000):
            read += 1
            yield people(3)[i % 3]

    results = completer(Stuck(lambda *_: None)).complete(queries())
    next(results)
    assert read <= 1100
    assert sum(1 for _ in results) == 9_999


def test_hostile_text_is_a_result_like_any_other() -> None:
    results = ask(lambda *_: Answer(said("Cook")), list(HOSTILE.values()))
    assert all(isinstance(one, Completion) for one in results)


def test_what_changes_the_text_changes_the_fingerprint_and_nothing_else_does() -> None:
    plain = completer(Model(lambda *_: None)).fingerprint
    for change in (
        {"answer": "lines"},
        {"temperature": 0.1},
        {"seed": 1},
        {"max_tokens": 5},
        {"max_prompt_tokens": 5},
        {"max_jobs": 5},
        {"max_job_chars": 5},
        {"max_resume_chars": 5},
        {"max_answer_chars": 5},
    ):
        assert completer(Model(lambda *_: None), **change).fingerprint != plain, change
    assert completer(Model(lambda *_: None), RuleRedactor()).fingerprint != plain
    for change in ({"price_in": 1.0}, {"price_out": 1.0}, {"bad_answer_retries": 3}):
        assert completer(Model(lambda *_: None), **change).fingerprint == plain, change


OWN = Query(
    "Ann Lee\nann.lee@example.org, (973) 555-0100\nCook, five years in Newark",
    (EngagedJob("j1", "Server\nAsk for Dana Whitfield at dana@diner.example"),),
)


@pytest.mark.parametrize(
    "leak",
    [
        *OTHER_PEOPLE,
        "Contact: Robert Miller, Chicago",
        "Reach him at someone.else@mail.example",
        "Telephone 212-555-0187 after six",
        "Lives at 42 Elm Street, Springfield, IL 62704",
        "SSN 078-05-1120",
        "姓名：王小明，厨师",
        "联系人张伟，手机13812345678",
        "身份证号11010519491231002X",
    ],
)
@pytest.mark.parametrize("redactor", [RuleRedactor(), None])
def test_personal_data_that_no_source_has_is_left_out(leak: str, redactor: RuleRedactor | None) -> None:
    model = Model(lambda *_: Answer(said("Cook", leak, "Likes to grill")))
    (made,) = completer(model, redactor).complete([OWN])
    assert made.text == "Cook\nLikes to grill"
    assert [one.origin for one in made.statements] == [Origin.SAID, Origin.INFERRED]
    assert made.provenance.parameters["personal_left_out"] == 1


@pytest.mark.parametrize(
    "own",
    [
        "Reach Ann Lee under 973.555.0100, or ann.lee@example.org, on weekdays",
        "Lee, Ann enjoys fine food",
        "Dana Whitfield hires servers who smile",
        "Adobe Photoshop was used every day",
        "Project Manager leads daily meetings",
        "Blue Bottle Coffee has busy mornings",
    ],
)
@pytest.mark.parametrize("redactor", [RuleRedactor(), None])
def test_what_a_source_has_and_what_is_not_personal_stays(own: str, redactor: RuleRedactor | None) -> None:
    model = Model(lambda *_: Answer(said("Cook", own)))
    (made,) = completer(model, redactor).complete([OWN])
    assert made.text == f"Cook\n{own}"
    assert made.provenance.parameters["personal_left_out"] == 0


def test_an_answer_about_somebody_else_alone_is_asked_for_again_and_then_a_failure() -> None:
    model = Model(lambda *_: Answer(said(*OTHER_PEOPLE), tokens_in=5, tokens_out=2))
    (failed,) = completer(model, bad_answer_retries=1).complete([OWN])
    assert failed == Failure(
        "every statement of the answer holds personal data that no source has", 2, tokens_in=10, tokens_out=4
    )
    assert not any(one in failed.reason for one in ("Ottoline", "Crispin")), "no reason quotes an answer"


def test_a_completion_says_by_which_rules_it_was_grounded() -> None:
    (made,) = ask(lambda *_: Answer(said("Cook")), [OWN])
    assert made.provenance.parameters["grounding"] == VERSION
