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
        ("Technical writer and critic in IT", "IT", "Technical writer and critic in  "),
        ("C, C++ and C# in Boston", "C", " , C++ and C# in Boston"),
        ("C++ and C", "C++", "  and C"),
        ("精通数据分析和写作", "数据分析", "精通 和写作"),
    ],
)
def test_examples(text, phrase, left):
    assert without_phrase(text, phrase) == left


@given(WORDS, WORDS, WORDS)
def test_a_phrase_goes_wherever_it_stands_alone(before, phrase, after):
    left = without_phrase(f"{before}|{phrase}|{after}", phrase)
    if phrase.split():
        assert f"|{phrase}|" not in left


@given(WORDS)
def test_a_word_stays_within_longer_words(word):
    longer = f"x{word}x"
    if word.isascii() and word.isalpha():
        assert without_phrase(longer, word) == longer


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
