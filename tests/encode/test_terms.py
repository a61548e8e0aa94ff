import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.encode.terms import MAX_WORD, terms, valid_text

any_text = st.text(st.characters(codec=None), max_size=200)


def words(text: str) -> list[str]:
    return list(terms(text, pairs=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New York", ["new", "york"]),
        ("C++, C# and .NET; R&D", ["c++", "c#", "and", "net", "r", "d"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("ＡＢＣ１", ["abc1"]),
        ("cafe\u0301", ["café"]),
        ("한국어 개발자", ["한국어", "개발자"]),
        ("हिन्दी शिक्षक", ["हिन्दी", "शिक्षक"]),
        ("ครู", ["ค", "ร", "ู", "คร", "รู"]),
        ("java开发", ["java", "开", "发", "开发"]),
        ("ソフト", ["ソ", "フ", "ト", "ソフ", "フト"]),
        ("", []),
        ("--- \x00 !", []),
    ],
)
def test_words_of_many_scripts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_pairs_join_neighbours_only() -> None:
    assert list(terms("New York 上 city hall", pairs=True)) == [
        "new",
        "york",
        "new york",
        "上",
        "city",
        "hall",
        "city hall",
    ]
    endless = "x" * (MAX_WORD + 1)
    assert list(terms(f"a {endless} b", pairs=True)) == ["a", "b"]


@given(any_text)
def test_any_text_gives_terms_that_can_be_stored(text: str) -> None:
    for term in terms(text, pairs=True):
        assert term
        assert "\n" not in term
        term.encode()


@given(st.lists(any_text, min_size=1, max_size=5))
def test_a_line_break_is_a_border_for_words(lines: list[str]) -> None:
    # combining marks at the start of a line would join the line break's neighbour under normalisation, not the word
    joined = [word for line in lines for word in words(line)]
    assert words("\n".join(lines)) == joined


@given(any_text)
def test_valid_text_is_valid_and_leaves_valid_text_alone(text: str) -> None:
    valid = valid_text(text)
    valid.encode()
    assert valid_text(valid) == valid
    if not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        assert valid == text


def test_a_pair_of_surrogates_is_its_character() -> None:
    assert valid_text("a\ud83d\ude00b\ud800") == "a😀b\ufffd"
