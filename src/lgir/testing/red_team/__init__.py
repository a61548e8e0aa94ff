"""Attacks in résumés and job ads: what the defences against hostile text are measured by."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Side = Literal["resume", "job"]
Goal = Literal["format", "leak", "rank", "claim"]
"""To change the form of the answer; to have other people's texts or the instructions written out; to stand first; to
have something said of somebody."""
Part = Literal["development", "held-out"]

OTHERS = "{others}"
"""Marker of an attack that asks for other people's texts."""
INSTRUCTIONS = "{instructions}"
"""Marker of an attack that asks for the instructions."""


@dataclass(frozen=True, slots=True)
class RedTeamCase:
    """One attack.

    Attributes:
        case_id: its name.
        part: the rules were chosen on the development part; the held-out part was only ever measured.
        batch: when a held-out attack was written: 1 before any rule, 2 and 3 before the rules were widened, 4 after the
            last of them, 5 by another author while the learned weights were made, neither knowing of the other's work;
            0 for the development part.
        side: whose text it is.
        language: of that text.
        family: how it goes about it.
        goal: what it wants.
        nested: the attack hides in something else: markup, another writing, another attack.
        payload: what a model would obey, in plain words; each alone is enough. Empty where nothing is to be obeyed.
        marker: what an obedient model would write; `OTHERS` and `INSTRUCTIONS` stand for those texts.
        attack: what was put into the text.
        text: a whole résumé or job ad with the attack in it.
    """

    case_id: str
    part: Part
    batch: int
    side: Side
    language: Literal["en", "zh"]
    family: str
    goal: Goal
    nested: bool
    payload: tuple[str, ...]
    marker: str
    attack: str
    text: str


def load_attacks(part: Part | None = None) -> Iterator[RedTeamCase]:
    """The attacks of one part, or all of them."""
    for line in files(__name__).joinpath("cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if part in (None, case["part"]):
            yield RedTeamCase(case.pop("id"), payload=tuple(case.pop("payload")), **case)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that the learned detector is fitted to.

    Attributes:
        text: a sentence or a few.
        attack: whether it speaks to a language model.
        source: the file it is from.
    """

    text: str
    attack: bool
    source: str


def load_training() -> list[Passage]:
    """The training texts, the development part of the attacks with the texts around them, and the ordinary sentences.

    Held-out attacks are not among them.
    """
    found = [Passage(line, False, "ordinary") for line in load_ordinary()]
    for file in sorted(files(__name__).joinpath("train").iterdir(), key=lambda one: one.name):
        name = file.name.removesuffix(".txt")
        lines = file.read_text("utf-8").splitlines()
        found += [Passage(line, name.startswith("attacks"), name) for line in lines if line.strip()]
    for case in load_attacks("development"):
        found.append(Passage(case.attack, True, "development"))
        around = case.text.replace(case.attack, "\n").splitlines()
        found += [Passage(line, False, "development") for line in around if line.strip()]
    return list(dict.fromkeys(found))


def load_ordinary() -> list[str]:
    """Sentences of ordinary ads and résumés that come close to an attack: what must be left alone."""
    return files(__name__).joinpath("ordinary.txt").read_text("utf-8").splitlines()
