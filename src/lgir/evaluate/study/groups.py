"""Which users: five equal groups by training interactions (Figure 4), and the slices few-shot, cold, and the rest."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int64

N_GROUPS = 5
"""As in the paper's Figure 4."""


@dataclass(frozen=True, slots=True, eq=False)
class UserGroup:
    """Some users.

    Attributes:
        label: for readers.
        places: which, in ascending order.
        fewest, most: the smallest and largest number of training interactions among them.
    """

    label: str
    places: Int64[np.ndarray, " n"]
    fewest: int
    most: int

    def __len__(self) -> int:
        return len(self.places)


def equal_groups(counts: Int64[np.ndarray, " u"], n_groups: int = N_GROUPS) -> list[UserGroup]:
    """The users in groups of equal size (±1), fewest training interactions first; none where users are too few.

    Users of equal count have no order of their own; they are taken in the order given, so that groups are of equal
    size and the same each time. The same count can therefore stand in two neighbouring groups.

    Source: paper, "Few-shot Analysis".

    Example:
        >>> [(group.label, group.fewest, group.most) for group in equal_groups(np.array([1, 9, 1, 2, 1, 3]), 3)]
        [('0–33 %', 1, 1), ('33–67 %', 1, 2), ('67–100 %', 3, 9)]
    """
    if len(counts) < n_groups:
        return []
    parts = np.array_split(np.argsort(counts, kind="stable"), n_groups)
    limits = [round(100 * place / n_groups) for place in range(n_groups + 1)]
    labels = [f"{low}–{high} %" for low, high in pairwise(limits)]
    return [_group(label, np.sort(part), counts) for label, part in zip(labels, parts, strict=True)]


def slices(counts: Int64[np.ndarray, " u"], few_shot: int) -> dict[str, UserGroup]:
    """The users that are few-shot, richer or cold, whichever there are; everybody is in one of the three."""
    parts = {
        "few-shot": (f"few-shot (1–{few_shot})", (counts > 0) & (counts <= few_shot)),
        "more": (f"more (≥ {few_shot + 1})", counts > few_shot),
        "cold": ("cold users (0)", counts == 0),
    }
    return {key: _group(label, np.flatnonzero(some), counts) for key, (label, some) in parts.items() if some.any()}


def _group(label: str, places: Int64[np.ndarray, " n"], counts: Int64[np.ndarray, " u"]) -> UserGroup:
    return UserGroup(label, places, int(counts[places].min()), int(counts[places].max()))
