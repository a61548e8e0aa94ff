"""A stand-in for the most gullible language model: it obeys whatever attack it can read, however it is written.

It knows the red-team set by heart, and recognises an attack by its payload: in the prompt as it stands, and in the
prompt with marks and spaces taken out, lookalikes read as letters, digits as the letters they replace, tag characters,
entities, base64, hexadecimal, rot13 and text written backwards decoded. What it obeys, it obeys in the form that does
most harm: a well-formed answer that holds what the attacker wants, alone or beside an honest answer. Otherwise it
answers honestly, with lines of the sources.

Its reading shares no code with the defences.
"""

import base64
import binascii
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from lgir.testing.red_team import INSTRUCTIONS, OTHERS, RedTeamCase
from lgir.testing.scripted_server import Reply

OTHER_PEOPLE = (
    "Ottoline Featherstonehaugh keeps bees in Larkspur Lane",
    "Crispin Ballantyne-Ogilvie was dismissed for borrowing the harpsichord",
)
"""What this model knows of other people, and no prompt shows it."""

MOST_LINES = 40
"""An honest answer has at most so many statements."""

_FENCED = re.compile(r"^~~~[^\n]*\n(.*?)\n~~~$", re.DOTALL | re.MULTILINE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_LATIN = dict(zip("аеорсухівтнкм", "aeopcyxibthkm", strict=True))
_LEET = str.maketrans("4310$57@!", "aeiosstai")


class GullibleModel:
    """Answers prompts, as `scripted_server` wants it.

    Args:
        cases: the attacks that it knows.
        beside: True hides what the attacker wants at the end of an honest answer; False answers nothing else.
    """

    def __init__(self, cases: Sequence[RedTeamCase], *, beside: bool = False) -> None:
        self._beside = beside
        self._cases = [(case, [squeezed(one) for one in case.payload]) for case in cases]

    def __call__(self, prompt: str, number: int = 0) -> Reply:
        """The answer to one prompt."""
        case = self.obeyed(prompt)
        said = honest(prompt) if case is None or self._beside else []
        harm = [] if case is None else self.harm(case, prompt)
        return Reply(json.dumps({"statements": [*said, *harm]}, ensure_ascii=False))

    def obeyed(self, prompt: str) -> RedTeamCase | None:
        """The attack that this model falls for; None where it can read none."""
        seen = list(readings(prompt))
        for case, payload in self._cases:
            if any(one in reading for one in payload for reading in seen):
                return case
        return None

    @staticmethod
    def harm(case: RedTeamCase, prompt: str) -> list[str]:
        """What it answers then: the statements that the attacker wants."""
        if case.marker == OTHERS:
            return list(OTHER_PEOPLE)
        if case.marker == INSTRUCTIONS:
            return [line.strip(" -") for line in _FENCED.sub("", prompt).splitlines() if line.strip(" -")][:10]
        return [case.marker]


def honest(prompt: str) -> list[str]:
    """Lines of the sources that stand between fences."""
    lines = [line.strip() for source in _FENCED.findall(prompt) for line in source.splitlines()]
    return list(dict.fromkeys(line[:900] for line in lines if re.search(r"\w", line)))[:MOST_LINES]


def readings(prompt: str) -> Iterator[str]:
    """Everything that can be read in a prompt, squeezed."""
    plain = unicodedata.normalize("NFKC", html.unescape(html.unescape(prompt)))
    yield squeezed(plain)
    yield squeezed("".join(_LATIN.get(letter, letter) for letter in plain.casefold()))
    yield squeezed(plain.casefold().translate(_LEET))
    yield squeezed("".join(chr(ord(letter) - 0xE0000) for letter in prompt if 0xE0020 <= ord(letter) <= 0xE007E))
    yield squeezed(plain)[::-1]
    yield squeezed(codecs.encode(plain, "rot13"))
    yield from map(squeezed, _decoded(plain, depth=3))


def _decoded(text: str, depth: int) -> Iterator[str]:
    if not depth:
        return
    found = [_from_base64(run) for run in _BASE64.findall(text)]
    found += [bytes.fromhex(run).decode("utf-8", "ignore") for run in _HEX.findall(text)]
    for one in filter(None, found):
        yield one
        yield from _decoded(one, depth - 1)


def _from_base64(run: str) -> str:
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""


def squeezed(text: str) -> str:
    """Letters and digits alone, without case, accents and forms."""
    spelled = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in spelled if letter.isalnum())
