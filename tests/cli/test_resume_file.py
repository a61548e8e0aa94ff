"""Résumé files, good and broken."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.cli.resume_file import MAX_BYTES, read_resume
from lgir.core.errors import BadInput


def test_text_is_read_as_datasets_are(tmp_path: Path) -> None:
    file = tmp_path / "me.txt"
    file.write_bytes("\ufeffRe\u0301sume\u0301\r\nWelder\rBerlin".encode())
    assert read_resume(str(file)) == "Résumé\nWelder\nBerlin"


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO("Schweißer".encode())))
    assert read_resume("-") == "Schweißer"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 ...", "is a PDF file; convert it to plain text"),
        (b"PK\x03\x04word/document.xml", "is a DOCX, ODT or other packed file; convert"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Word file; convert"),
        (b"{\\rtf1 Welder}", "is an RTF file; convert"),
        ("Welder".encode("utf-16"), "is text in UTF-16; convert"),
        (b"Wel\0der", "holds a NUL byte at 3,"),
        (b"Welder \xff", "is not UTF-8 at byte 7;"),
        (b" \n ", "is empty;"),
        (b"", "is empty;"),
        (b"a" * (MAX_BYTES + 1), "is larger than 1,000,000 bytes;"),
    ],
)
def test_what_is_not_a_resume_in_text(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "me"
    file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_resume(str(file))
    assert sentence in str(caught.value)
    assert "Welder" not in str(caught.value)


def test_the_largest_resume_is_read(tmp_path: Path) -> None:
    file = tmp_path / "me"
    file.write_bytes(b"a" * MAX_BYTES)
    assert len(read_resume(str(file))) == MAX_BYTES


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("gone.txt", "there is no file 'gone.txt'"), ("/", "cannot be read"), ("a\0b", "that is no path")],
)
def test_what_is_no_file(name: str, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_resume(name)
    assert sentence in str(caught.value)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(BadInput) as caught:
        read_resume("/dev/zero")
    assert "larger than" in str(caught.value)


@given(content=st.binary(max_size=200))
def test_any_bytes_give_text_or_bad_input(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed"
    file.write_bytes(content)
    try:
        text = read_resume(str(file))
    except BadInput:
        return
    assert text.strip()
    assert not set("\0\r") & set(text)
