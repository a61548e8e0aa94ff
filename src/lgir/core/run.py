"""Run (*how* to compute): device, seed and threads. Never part of a configuration or its fingerprint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
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


@runtime_checkable
class Checkpoint(Protocol):
    """Where a training loop keeps what it needs to go on after an interruption."""

    def save(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, object]) -> None:
        """Replaces the last state as a whole: a kill at any moment leaves the old or the new one."""

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, object]] | None:
        """The last state, None where there is none."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a computation is carried out.

    Attributes:
        seed: the one source of randomness; equal seeds give equal results on the same machine and thread count.
        device: a torch device name.
        progress: where progress goes.
        log: receives one flat record per epoch.
        checkpoint: where training state is kept; None keeps none.
        checkpoint_every_s: seconds between two checkpoints.
    """

    seed: int = 0
    device: str = "cpu"
    progress: Progress = field(default_factory=Silent)
    log: Callable[[Mapping[str, object]], None] | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_every_s: float = 30.0

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """A generator for one purpose, so that adding a draw elsewhere changes nothing here."""
        return np.random.default_rng([self.seed, *"/".join(map(str, purpose)).encode()])
