"""Text that hides in another writing: base64, hexadecimal, codes of characters, rot13, Morse, backwards."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_HEX = re.compile(r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[\s:,;]{0,2}){12,}")
_BINARY = re.compile(r"(?:[01]{8}[\s,]{0,2}){6,}")
_DECIMAL = re.compile(r"(?:\b\d{2,3}\b[\s,;]{1,2}){8,}\d{2,3}\b")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{4,6})\}?|x([0-9A-Fa-f]{2}))")
_MORSE = re.compile(r"(?:[.\-·•−–—_]{1,6}[ /|]{1,3}){8,}[.\-·•−–—_]{1,6}")
_MORSE_LETTERS = dict(
    zip(
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
        ],
        "abcdefghijklmnopqrstuvwxyz",
        strict=True,
    )
)
_MORSE_MARKS = str.maketrans("·•−–—_", "..----")

_LONGEST = 20_000
"""Longer runs are decoded as far as this: an instruction stands at their beginning."""


def decoded(text: str) -> Iterator[str]:
    """What runs of codes stand for: base64, hexadecimal, binary, decimal, Morse; only what can be read."""
    for found in _BASE64.finditer(text):
        yield from _readable(_from_base64(found[0][:_LONGEST]))
    for pattern, decode in (
        (_HEX, _from_hex),
        (_BINARY, _from_binary),
        (_DECIMAL, _from_decimal),
        (_MORSE, _from_morse),
    ):
        for found in pattern.finditer(text):
            yield from _readable(decode(found[0][:_LONGEST]))


def unescaped(text: str) -> Iterator[str]:
    """The text with escaped characters (%69, \\u0069, \\x69) in place."""
    if len(_PERCENT.findall(text[:_LONGEST])) >= 3:
        yield unquote(text[:_LONGEST])
    if len(_ESCAPED.findall(text)) >= 3:
        yield _ESCAPED.sub(lambda found: _letter(int(found[1] or found[2], 16)), text)


def decoded_lines(lines: list[str]) -> str | None:
    """What several lines, or the words of one line, stand for in base64 together; None where they do not."""
    words = " ".join(lines).split()
    if len(words) < 2 or not all(_BASE64_LINE.fullmatch(word) for word in words):
        return None
    return next(_readable(_from_base64("".join(words)[:_LONGEST])), None)


def mirrored(text: str) -> tuple[str, str]:
    """The text in rot13, and backwards."""
    return codecs.encode(text, "rot13"), text[::-1]


def is_message(text: str) -> bool:
    """Whether a decoded text is words rather than a name or a number."""
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= 3 or len(re.findall("[\u3400-\u9fff]", text)) >= 4


def _readable(raw: bytes | None) -> Iterator[str]:
    if not raw or len(raw) < 6:
        return
    if len(raw) % 2 == 0 and not any(raw[1::2]):
        raw = raw[::2]  # UTF-16
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    if text and sum(letter.isprintable() or letter.isspace() for letter in text) >= 0.95 * len(text):
        yield text


def _from_base64(run: str) -> bytes | None:
    core = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    core = core[: len(core) - (len(core) % 4 == 1)]
    try:
        return base64.b64decode(core + "=" * (-len(core) % 4))
    except (binascii.Error, ValueError):
        return None


def _from_hex(run: str) -> bytes:
    digits = re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", run)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _from_binary(run: str) -> bytes:
    digits = re.sub("[^01]", "", run)
    return bytes(int(digits[at : at + 8], 2) for at in range(0, len(digits) - 7, 8))


def _from_decimal(run: str) -> bytes:
    codes = [int(one) for one in re.findall(r"\d+", run)]
    return bytes(codes) if all(one < 128 for one in codes) else b""


def _from_morse(run: str) -> bytes:
    words = re.split(r" ?[/|] ?| {3,}", run.translate(_MORSE_MARKS))
    return " ".join("".join(_MORSE_LETTERS.get(one, "") for one in word.split()) for word in words).encode()


def _letter(code: int) -> str:
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else ""
