"""Vocabulary: the ids known in training and the row each of them has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64

UNKNOWN = -1
"""The row of every id that training has not seen."""


class Vocabulary:
    """An ordered set of ids; the place of an id is its row."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self._rows = {name: row for row, name in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            raise ValueError("a vocabulary holds every id once")

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def row(self, name: str | None) -> int:
        """The row of an id, −1 if training has not seen it."""
        return UNKNOWN if name is None else self._rows.get(name, UNKNOWN)

    def rows(self, names: Iterable[str | None]) -> Int64[np.ndarray, " n"]:
        """The rows of many ids, −1 for unseen ones."""
        return np.fromiter((self.row(name) for name in names), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """Every id and structured value that training has seen: what turns names into rows and codes."""

    users: Vocabulary
    jobs: Vocabulary
    fields: Mapping[str, Vocabulary]
    words: Vocabulary | None = None
    """Words of training texts, for models that read words; None where the run's model reads none."""

    def to_json(self) -> dict[str, Any]:
        """Lists of names, in row order."""
        fields = {name: list(values.ids) for name, values in self.fields.items()}
        found = {"users": list(self.users.ids), "jobs": list(self.jobs.ids), "fields": fields}
        return found if self.words is None else {**found, "words": list(self.words.ids)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Vocabularies":
        """Reads what `to_json` gave."""
        fields = {name: Vocabulary(ids) for name, ids in value["fields"].items()}
        words = Vocabulary(value["words"]) if "words" in value else None
        return cls(Vocabulary(value["users"]), Vocabulary(value["jobs"]), fields, words)
