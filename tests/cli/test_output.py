"""What strangers wrote must not steer the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.cli.output import paragraph, say, say_heading, say_json
from lgir.core.plain_text import INVISIBLE, clean, one_line


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31;1mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never closed", "]0;never closed"),
        ("a\x9b31mb", "a31mb"),
        ("over\rwritten", "over\nwritten"),
        ("de\x08\x7fl\x00", "del"),
        ("abc\u202edcb\u2066x\u2069", "abcdcbx"),
        ("\ufeffJob\U000e0041", "Job"),
        ("[bold red]markup[/]", "[bold red]markup[/]"),
        ("lone \ud800", "lone "),
        ("naïve 招聘 می\u200cخواهم 👩\u200d🔧", "naïve 招聘 می\u200cخواهم 👩\u200d🔧"),
    ],
)
def test_clean(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@given(st.text(alphabet=st.characters(), max_size=60) | st.text(alphabet="\x1b[]0;m\x07\\\u202e a\n\x9d", max_size=60))
def test_nothing_that_steers_is_left(text: str) -> None:
    found = clean(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n" for letter in found)
    assert not INVISIBLE & set(found)
    assert clean(found) == found
    assert "\n" not in one_line(text)
    letters = "".join(letter for letter in text if letter.isalnum())
    if "\x1b" not in text:
        assert "".join(letter for letter in found if letter.isalnum()) == letters


def test_a_paragraph_fits_and_keeps_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "one two three four five six seven eight nine ten\n\neleven"
    lines = paragraph(text, indent="  ")
    assert all(len(line) <= 40 for line in lines)
    assert " ".join(lines).split() == text.split()
    assert "" in lines


def test_say_ends_each_line_and_headings_stay_plain_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(["[red]a", "b\x1b[2J"])
    say_heading("Part\x1b[1m one")
    assert capsys.readouterr().out == "[red]a\nb\n\nPart one\n"


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"résumé": "\x1b[31m\u202e"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
