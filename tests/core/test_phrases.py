"""Texts are cut where a reader would cut them, in any script, and nothing is made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.phrases import MAX_PHRASE_CHARS, phrases, squeeze

anything = st.text(st.characters(exclude_categories=()))
fragments = st.lists(
    st.sampled_from(["Cook", "bar ", " - ", ",", ". ", "\n", "@ ", "，", "。", "1. ", "•", "ß", "İ", "\x00", "\ud800"])
)
texts = st.one_of(anything, fragments.map("".join), st.builds("".join, st.lists(anything)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Server\nMacy's\nNewark, New Jersey\nRetail", ["Server", "Macy's", "Newark", "New Jersey", "Retail"]),
        ("Cook @ Joe's Diner | Irvine - California", ["Cook", "Joe's Diner", "Irvine", "California"]),
        ("Stocked shelves. Helped customers! Why? Sales", ["Stocked shelves", "Helped customers", "Why", "Sales"]),
        ("Nurse at St. Mary, Dr. Lee Inc. of the U.S. Navy", ["Nurse at St. Mary", "Dr. Lee Inc. of the U.S. Navy"]),
        ("1. Python\n2) SQL\n- C++\n* C#\n• .NET\n12. front-end", ["Python", "SQL", "C++", "C#", ".NET", "front-end"]),
        ("1,000 people, a@b.org; C/C++", ["1,000 people", "a@b.org", "C/C++"]),
        ("厨师，五年经验。熟悉川菜；擅长面点、凉菜", ["厨师", "五年经验", "熟悉川菜", "擅长面点", "凉菜"]),
        ("طباخ، نادل؛ خبرة", ["طباخ", "نادل", "خبرة"]),
        ("cook\tCOOK \n  Cook.", ["cook"]),
        ("co\x00ok", ["co", "ok"]),
        ("--- *** ... \ud800 🙂", []),
        ("", []),
    ],
)
def test_where_a_text_is_cut(text: str, expected: list[str]) -> None:
    assert list(phrases(text).values()) == expected


def test_a_run_without_marks_is_cut_at_spaces() -> None:
    text = " ".join(f"word{i}" for i in range(200))
    found = list(phrases(text).values())
    assert max(map(len, found)) <= MAX_PHRASE_CHARS
    assert " ".join(found) == text


@given(texts)
def test_every_phrase_stands_in_the_text(text: str) -> None:
    whole = squeeze(text)
    for key, phrase in phrases(text).items():
        assert phrase in whole
        assert key in whole.casefold()
        assert phrase == squeeze(phrase)
        assert any(letter.isalnum() for letter in phrase)
        assert len(phrase) <= MAX_PHRASE_CHARS


@given(texts)
def test_no_letter_or_digit_of_a_short_line_is_lost(text: str) -> None:
    found = phrases(text)
    kept = {letter for phrase in found.values() for letter in phrase.casefold() if letter.isalnum()}
    list_numbers = set("0123456789abcdefghijklmnopqrstuvwxyz")  # "1." and "(a)" at the start of a line are list marks
    lost = {letter for letter in text.casefold() if letter.isalnum()} - kept
    assert lost <= list_numbers or not text.isascii()
