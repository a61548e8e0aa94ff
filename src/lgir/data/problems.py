"""Bad rows, collected while reading and raised together.

A sentence names file, row and remedy. It may name an id (cut to 80 characters), never a text.
"""

from collections.abc import Callable, Iterable
from typing import NoReturn

from lgir.core.errors import BadData

MAX_PROBLEMS = 100_000
"""Reading stops after this many bad rows: a file of another kind would fill the memory with sentences."""

MAX_ID_CHARACTERS = 512
MAX_FIELD_CHARACTERS = 1_000_000
"""Longest résumé or job text, about 400 printed pages."""


def shown(name: str) -> str:
    """An id as a sentence may show it: quoted, cut to 80 characters, on one line."""
    return repr(name if len(name) <= 80 else name[:80] + "…")


class Problems:
    """Collects one sentence per bad row."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.files: set[str] = set()
        """Files with a problem."""

    def __len__(self) -> int:
        return len(self.sentences)

    def add(self, file: str, row: int | None, reason: str, remedy: str) -> None:
        """Notes a bad row, or a bad file where `row` is None.

        Raises:
            BadData: there are MAX_PROBLEMS bad rows; no more is read.
        """
        where = file if row is None else f"{file} row {row}"
        self.sentences.append(f"{where}: {reason}; {remedy}")
        self.files.add(file)
        if len(self.sentences) >= MAX_PROBLEMS:
            self.sentences.append(f"reading stopped at {MAX_PROBLEMS:,} bad rows; is it the right file?")
            self.fail()

    def add_rows(self, file: str, rows: Iterable[int], reason: Callable[[int], str], remedy: str) -> None:
        """Notes many bad rows; `reason` says it for the n-th of them."""
        for place, row in enumerate(rows):
            self.add(file, int(row), reason(place), remedy)

    def fail(self) -> NoReturn:
        """Raises everything collected.

        Raises:
            BadData: always.
        """
        many = f"{len(self.sentences):,} problems" if len(self.sentences) > 1 else "one problem"
        raise BadData(f"the data cannot be used, {many}:", self.sentences)

    def raise_if_any(self) -> None:
        """Raises everything collected, if there is anything.

        Raises:
            BadData: a problem was noted.
        """
        if self.sentences:
            self.fail()
