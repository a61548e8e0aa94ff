"""The epoch loop on a learner of two numbers with momentum, so that a lost optimizer state would show."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from lgir.core.errors import TrainingFailed
from lgir.core.run import Run
from lgir.models.fit import Learner, Stopping, fit_epochs
from lgir.testing.recommenders import Interrupted, InterruptedLog, MemoryCheckpoint


class Walk:
    """Walks at random with momentum; its arrays are live views, as a network's are."""

    def __init__(self, seed=0):
        self.seed = seed
        self.at, self.momentum = np.zeros(2), np.zeros(2)

    def epoch(self, number):
        self.momentum *= 0.9
        self.momentum += np.random.default_rng([self.seed, number]).normal(size=2)
        self.at += self.momentum
        return {"speed": float(np.abs(self.momentum).sum())}

    def weights(self):
        return {"at": self.at}

    def load_weights(self, weights: Mapping[str, np.ndarray]):
        self.at[:] = weights["at"]

    def optimizer_arrays(self):
        return {"momentum": self.momentum}

    def load_optimizer_arrays(self, arrays: Mapping[str, np.ndarray]):
        self.momentum[:] = arrays["momentum"]


class Recorder:
    """A `Progress` that keeps what it is told."""

    def __init__(self):
        self.said = []

    def start(self, what, total):
        self.said.append(("start", what, total))

    def advance(self, steps=1, note=""):
        self.said.append(("advance", steps, note))

    def finish(self, note=""):
        self.said.append(("finish", note))


def scripted(values):
    """A validation that gives these values in turn."""
    rest = iter(values)
    return lambda: next(rest)


def trained(values, **stopping):
    """Where the walk stood at each epoch, the best epoch, where it ended, and the log."""
    walk, log, places, script = Walk(), InterruptedLog(), [], scripted(values)

    def validate():
        places.append(walk.at.copy())
        return script()

    best = fit_epochs(walk, validate, Stopping(**{"max_epochs": 100, "patience": 2, **stopping}), Run(log=log))
    return places, best, walk.at, log


def test_a_walk_is_a_learner():
    assert isinstance(Walk(), Learner)


def test_the_best_epoch_is_restored():
    places, best, end, log = trained([0.1, 0.2, 0.5, 0.4, 0.3, 9.9])
    assert best == 2
    assert len(places) == 5, "it stops after two epochs without a better value"
    np.testing.assert_array_equal(end, places[2])
    assert [record["epoch"] for record in log] == [0, 1, 2, 3, 4]
    assert [record["validation"] for record in log] == [0.1, 0.2, 0.5, 0.4, 0.3]
    assert all(("speed" in record) == (record["epoch"] > 0) for record in log)


def test_the_untrained_model_may_be_the_best():
    places, best, end, _ = trained([0.5, 0.4, 0.3])
    assert best == 0
    np.testing.assert_array_equal(end, places[0])
    assert np.any(places[1] != places[0])


def test_of_equal_values_the_earliest_wins():
    _, best, _, log = trained([0.1, 0.5, 0.5, 0.5])
    assert best == 1
    assert len(log) == 4


def test_a_better_value_buys_new_patience():
    _, best, _, log = trained([0.1, 0.0, 0.2, 0.0, 0.3, 0.0, 0.0], patience=2)
    assert best == 4
    assert len(log) == 7


def test_the_last_epoch_is_the_limit():
    _, best, _, log = trained([0.1, 0.2, 0.3, 0.4], max_epochs=3)
    assert best == 3
    assert len(log) == 4


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_a_validation_value_that_is_no_number(value, epoch):
    message = f"the validation value became {value} in epoch {epoch}; a smaller learning_rate helps"
    with pytest.raises(TrainingFailed, match=message):
        trained([0.1] * epoch + [value], patience=10)


def test_progress_is_reported():
    progress = Recorder()
    fit_epochs(Walk(), scripted([0.1, 0.25, 0.2]), Stopping(2, 5), Run(progress=progress))
    assert progress.said == [
        ("start", "training", 2),
        ("advance", 0, ""),
        ("advance", 1, "validation 0.2500, best 0.2500 at 1"),
        ("advance", 1, "validation 0.2000, best 0.2500 at 1"),
        ("finish", "best epoch 1, validation 0.2500"),
    ]


def distance(walk):
    """A validation that depends on the weights alone, as a real one does."""
    return lambda: -float(np.abs(walk.at - 2).sum())


def run_to_the_end(log, checkpoint, every_s=0.0, max_epochs=12):
    walk = Walk(seed=1)
    run = Run(log=log, checkpoint=checkpoint, checkpoint_every_s=every_s)
    best = fit_epochs(walk, distance(walk), Stopping(max_epochs, 100), run)
    return best, walk.at.tolist()


@pytest.mark.parametrize("dies_at", range(13))
def test_an_interruption_changes_nothing(dies_at):
    undisturbed = InterruptedLog()
    expected = run_to_the_end(undisturbed, None)
    assert 0 < expected[0] < 12, "the best epoch is neither the first nor the last"
    checkpoint, first, rest = MemoryCheckpoint(), InterruptedLog(dies_at), InterruptedLog()
    with pytest.raises(Interrupted):
        run_to_the_end(first, checkpoint)
    assert run_to_the_end(rest, checkpoint) == expected
    # epoch 0 is not worth a checkpoint; every later one is kept after its record
    assert rest[0]["epoch"] == (dies_at if dies_at > 1 else 0)
    assert first[: rest[0]["epoch"]] + rest == undisturbed


def test_many_interruptions_change_nothing():
    expected = run_to_the_end(InterruptedLog(), None)
    checkpoint = MemoryCheckpoint()
    for dies_at in (3, 4, 4, 9, 12):
        with pytest.raises(Interrupted):
            run_to_the_end(InterruptedLog(dies_at), checkpoint)
    assert run_to_the_end(InterruptedLog(), checkpoint) == expected


def test_a_finished_training_is_not_trained_on():
    checkpoint, log = MemoryCheckpoint(), InterruptedLog()
    expected = run_to_the_end(InterruptedLog(), checkpoint)
    assert run_to_the_end(log, checkpoint) == expected
    assert log == []


def test_patience_counts_on_over_an_interruption():
    values = [0.5, 0.4, 0.3, 0.2]
    checkpoint = MemoryCheckpoint()
    run = Run(log=InterruptedLog(2), checkpoint=checkpoint, checkpoint_every_s=0.0)
    with pytest.raises(Interrupted):
        fit_epochs(Walk(), scripted(values), Stopping(100, 3), run)
    log = InterruptedLog()
    fit_epochs(Walk(), scripted(values[2:]), Stopping(100, 3), Run(log=log, checkpoint=checkpoint))
    assert [record["epoch"] for record in log] == [2, 3]


def test_checkpoints_come_no_more_often_than_asked():
    checkpoint = MemoryCheckpoint()
    run_to_the_end(InterruptedLog(), checkpoint, every_s=3600.0)
    assert checkpoint.state is None
