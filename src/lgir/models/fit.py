"""The one epoch loop: early stopping on validation, per-epoch log, checkpoints that a kill cannot break."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from lgir.core.errors import TrainingFailed
from lgir.core.run import Run


@runtime_checkable
class Learner(Protocol):
    """What the loop trains: one epoch at a time, with everything it needs to go on readable as arrays.

    An epoch's randomness must depend on (seed, epoch) alone, so that training resumed from a checkpoint gives, bit for
    bit, what undisturbed training gives.
    """

    def epoch(self, number: int) -> Mapping[str, float]:
        """Trains once over the data (numbers start at 1); returns the epoch's diagnostics."""

    def weights(self) -> Mapping[str, np.ndarray]:
        """What is learned."""

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave."""

    def optimizer_arrays(self) -> Mapping[str, np.ndarray]:
        """The optimizers' state."""

    def load_optimizer_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Puts back what `optimizer_arrays` gave."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """When to stop.

    Attributes:
        max_epochs: at the latest after so many.
        patience: epochs without a better validation value before stopping (paper: 50).
    """

    max_epochs: int
    patience: int


@dataclass(slots=True)
class _State:
    epoch: int
    best_epoch: int
    best_value: float
    best: dict[str, np.ndarray]


def fit_epochs(learner: Learner, validate: Callable[[], float], stopping: Stopping, run: Run) -> int:
    """Trains until validation stops improving, then restores the best weights. Returns the best epoch.

    The untrained model (epoch 0) takes part: training that only makes things worse is undone. Of equal validation
    values the earliest wins.

    Raises:
        TrainingFailed: a loss or validation value is not finite.
    """
    state = _resume(learner, run)
    if state is None:
        state = _State(0, 0, _checked(validate(), 0), _copy(learner.weights()))
        _log(run, {"epoch": 0, "validation": state.best_value})
    run.progress.start("training", stopping.max_epochs)
    run.progress.advance(state.epoch)
    saved_at = time.monotonic()
    while state.epoch < stopping.max_epochs and state.epoch - state.best_epoch < stopping.patience:
        state.epoch += 1
        diagnostics = learner.epoch(state.epoch)
        value = _checked(validate(), state.epoch)
        if value > state.best_value:
            state.best_epoch, state.best_value, state.best = state.epoch, value, _copy(learner.weights())
        _log(run, {"epoch": state.epoch, "validation": value, **diagnostics})
        run.progress.advance(1, note=f"validation {value:.4f}, best {state.best_value:.4f} at {state.best_epoch}")
        if run.checkpoint is not None and time.monotonic() - saved_at >= run.checkpoint_every_s:
            _save(learner, state, run)
            saved_at = time.monotonic()
    learner.load_weights(state.best)
    run.progress.finish(f"best epoch {state.best_epoch}, validation {state.best_value:.4f}")
    return state.best_epoch


def _checked(value: float, epoch: int) -> float:
    if not math.isfinite(value):
        raise TrainingFailed(f"the validation value became {value} in epoch {epoch}; a smaller learning_rate helps")
    return value


def _copy(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in weights.items()}


def _log(run: Run, record: Mapping[str, object]) -> None:
    if run.log is not None:
        run.log(record)


def _save(learner: Learner, state: _State, run: Run) -> None:
    assert run.checkpoint is not None
    groups = {"now": learner.weights(), "best": state.best, "optimizer": learner.optimizer_arrays()}
    arrays = {f"{group}/{name}": array for group, members in groups.items() for name, array in members.items()}
    meta = {"epoch": state.epoch, "best_epoch": state.best_epoch, "best_value": state.best_value}
    run.checkpoint.save(arrays, meta)


def _resume(learner: Learner, run: Run) -> _State | None:
    found = run.checkpoint.load() if run.checkpoint is not None else None
    if found is None:
        return None
    arrays, meta = found
    groups: dict[str, dict[str, np.ndarray]] = {"now": {}, "best": {}, "optimizer": {}}
    for key, array in arrays.items():
        group, name = key.split("/", 1)
        groups[group][name] = array
    learner.load_weights(groups["now"])
    learner.load_optimizer_arrays(groups["optimizer"])
    return _State(
        epoch=int(str(meta["epoch"])),
        best_epoch=int(str(meta["best_epoch"])),
        best_value=float(str(meta["best_value"])),
        best=groups["best"],
    )
