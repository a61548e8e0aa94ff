"""Text that goes to a server, and text that comes back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.llm.text import answer_text, plain


@given(st.text(st.characters(exclude_categories=())))
def test_plain_text_can_be_sent(text: str) -> None:
    sent = plain(text)
    assert json.loads(json.dumps(sent, ensure_ascii=False).encode("utf-8")) == sent
    assert not [letter for letter in sent if ord(letter) < 32 and letter not in "\n\t"]
    assert plain(sent) == sent


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("  Cook\r\nServer\x00\x1b[0m ", "Cook\nServer[0m"),
        ("<think>The person\ncooks.</think>\n\nCook", "Cook"),
        ("\n<think>never ends", ""),
        ("Cook who can <think>hard</think>", "Cook who can <think>hard</think>"),
        ("\ud800", "\ufffd"),
    ],
)
def test_answers_are_cleaned(answer: str, text: str) -> None:
    assert answer_text(answer) == text
