"""An answer is a list of statements, or a failure with its reason; never half a résumé."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lgir.complete.llm.answer import MAX_STATEMENT_CHARS, BadAnswer, read_answer, repeats_itself
from lgir.complete.llm.config import AnswerForm
from lgir.core.records import Answer

anything = st.text(st.characters(exclude_categories=()), max_size=60)


def read(text: str, form: AnswerForm = "json", *, finished: bool = True) -> list[str]:
    return read_answer(Answer(text, finished), form, max_tokens=9)


def test_statements_come_one_a_line_each_once() -> None:
    assert read('{"statements": [" Cook ", "Newark\\nbar", "", "Cook"]}') == ["Cook", "Newark", "bar"]
    assert read("- Cook\n2) Newark\n\n  • bar \nCook", "lines") == ["Cook", "Newark", "bar"]


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"statements": ["Cook"]}\n```',
        '<think>hm</think>\n{"statements": ["Cook"]}',
        ' {"statements":["Cook"]}',
    ],
)
def test_what_models_put_around_json_is_taken_off(text: str) -> None:
    assert read(text) == ["Cook"]


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("", "json", "the model's answer was empty"),
        (" \x00\n", "lines", "the model's answer was empty"),
        ("<think>hm", "lines", "the model's answer was empty"),
        ("Cook", "json", "the answer is not JSON, which was asked for"),
        ('{"statements": ["Cook"', "json", "the answer is not JSON, which was asked for"),
        ('Here you are: {"statements": ["Cook"]}', "json", "the answer is not JSON, which was asked for"),
        ("[" * 100_000, "json", "the answer is not JSON, which was asked for"),
        ("9" * 5000, "json", "the answer is not JSON, which was asked for"),
        ('["Cook"]', "json", "the answer is JSON of another form"),
        ('{"statements": "Cook"}', "json", "the answer is JSON of another form"),
        ('{"statements": [1]}', "json", "the answer is JSON of another form"),
        ('{"statements": ["Cook"], "rank": "first"}', "json", "the answer is JSON of another form"),
        ('{"statements": [" "]}', "json", "the model's answer holds no statement"),
        ('{"statements": []}', "json", "the model's answer holds no statement"),
        ('{"a": 1}', "lines", "marked up or JSON"),
        ("```\nCook\n```", "lines", "marked up or JSON"),
        ("<b>Cook</b>", "lines", "marked up or JSON"),
        ("x" * (MAX_STATEMENT_CHARS + 1), "lines", "a statement of the answer is longer than 1,000 characters"),
        ("Cook\n" * 50 + "Bar", "lines", "the answer repeats itself"),
        ("and then a cook " * 30, "lines", "the answer repeats itself"),
        ("熟悉川菜和粤菜" * 20, "lines", "the answer repeats itself"),
    ],
)
def test_a_bad_answer_has_its_reason(text: str, form: AnswerForm, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        read(text, form)


def test_a_cut_answer_is_refused_even_if_it_can_be_read() -> None:
    with pytest.raises(BadAnswer, match=r"the answer was cut at llm\.max_tokens = 9; raise it"):
        read('{"statements": ["Cook"]}', finished=False)


def test_an_ordinary_resume_does_not_repeat_itself() -> None:
    resume = [
        "Five years of experience as a line cook",
        "Five years of experience as a server",
        "Speaks English and Spanish",
        "High school diploma",
        "Lives in Newark, New Jersey",
        "Looks for work in a kitchen or a bar",
    ]
    assert not repeats_itself(resume)
    assert not repeats_itself(["熟悉川菜和粤菜，五年厨师经验，能带领团队，会说普通话和粤语"])


@given(anything, st.sampled_from(["json", "lines"]))
def test_anything_is_read_or_refused_in_one_sentence_that_quotes_nothing(text: str, form: AnswerForm) -> None:
    secret = "Zyxwvut"
    found, reason = attempt(f"{secret}{text}", form)
    assert secret not in reason
    assert "\n" not in reason
    assert bool(found) != bool(reason)
    assert all(one == " ".join(one.split()) != "" for one in found)


def attempt(text: str, form: AnswerForm) -> tuple[list[str], str]:
    """Statements, or the reason why there are none."""
    try:
        return read(text, form), ""
    except BadAnswer as bad:
        return [], str(bad)


@given(st.lists(anything, min_size=1, max_size=5))
def test_json_gives_back_what_was_put_in(texts: list[str]) -> None:
    wanted = [f"s{i} {''.join(letter for letter in text if letter.isalnum())}".strip() for i, text in enumerate(texts)]
    assume(not repeats_itself(wanted))  # "0000000000000000000000"
    assert read(json.dumps({"statements": wanted})) == [" ".join(one.split()) for one in wanted]
