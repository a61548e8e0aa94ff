"""Run (*how* to compute): device, seed and threads. Never part of a configuration or its fingerprint."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


class Progress(Protocol):
    """Where long work reports itself; the command line draws bars, everything else stays silent."""

    def start(self, what: str, total: int | None) -> None:
        """A stage of `total` steps begins (None: unknown)."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """`steps` more are done; `note` replaces the line's remark."""

    def finish(self, note: str = "") -> None:
        """The stage is over."""


class Silent:
    """A `Progress` that says nothing."""

    def start(self, what: str, total: int | None) -> None: ...

    def advance(self, steps: int = 1, note: str = "") -> None: ...

    def finish(self, note: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """How a computation is carried out.

    Attributes:
        seed: the one source of randomness; equal seeds give equal results on the same machine and thread count.
        device: a torch device name.
        progress: where progress goes.
    """

    seed: int = 0
    device: str = "cpu"
    progress: Progress = field(default_factory=Silent)

    def rng(self, *purpose: str) -> np.random.Generator:
        """A generator for one purpose, so that adding a draw elsewhere changes nothing here."""
        return np.random.default_rng([self.seed, *(ord(letter) for word in purpose for letter in word)])
