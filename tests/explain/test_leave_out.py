"""A phrase that is left out is gone, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.explain.leave_out import names_phrase, without_phrase

WORDS = st.text(alphabet="abcAB.*+(é漢 ", max_size=12)


@pytest.mark.parametrize(
    ("text", "phrase", "left"),
    [
        ("Cook\nWhite Castle\nChicago, Illinois", "white  castle", "Cook\n \nChicago, Illinois"),
        ("C++ (senior)", "C++", "  (senior)"),
        ("cook, COOK", "cook", " ,  "),
        ("cook", "", "cook"),
    ],
)
def test_examples(text, phrase, left):
    assert without_phrase(text, phrase) == left


@given(WORDS, WORDS, WORDS)
def test_a_phrase_goes_wherever_it_stands(before, phrase, after):
    left = without_phrase(f"{before}|{phrase}|{after}", phrase)
    if phrase.split() and phrase not in before + "|" + "|" + after:
        assert f"|{phrase.strip()}|" not in left
    assert len(left) <= len(before) + len(phrase) + len(after) + 2 + left.count(" ")


@pytest.mark.parametrize(
    ("value", "phrase", "named"),
    [
        ("newark, new jersey", "New Jersey", True),
        ("newark, new jersey", "Newark, New Jersey", True),
        ("newark, new jersey", "Jersey", False),
        ("", "", False),
    ],
)
def test_structured_values(value, phrase, named):
    assert names_phrase(value, phrase) is named
