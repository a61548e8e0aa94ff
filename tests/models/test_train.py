"""The one trainer: every pair once per epoch, randomness of (seed, epoch) alone, the best weights kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lgir.core.errors import LgirError, TrainingFailed
from lgir.core.records import Shape
from lgir.core.run import Run
from lgir.models import CONFIGS
from lgir.models.train import (
    PairBatch,
    PairBatches,
    TrainConfig,
    arrays_of,
    check_shape,
    fit_pairs,
    load_arrays,
    refuse_unseen,
    seeded,
)
from lgir.testing.recommenders import Interrupted, InterruptedLog, MemoryCheckpoint
from lgir.testing.worlds import make_world

WORLD = make_world("ids")
CONFIG = TrainConfig(batch_size=50, max_epochs=4, learning_rate=0.05, negatives=3, weight_decay=0)


class Net(nn.Module):
    """Dot products of two tables."""

    def __init__(self, n_users: int, n_jobs: int) -> None:
        super().__init__()
        self.users, self.jobs = nn.Embedding(n_users, 4), nn.Embedding(n_jobs, 4)
        self.register_buffer("constant", torch.arange(3.0))

    def forward(self, batch: PairBatch) -> torch.Tensor:
        return (self.users(batch.users)[:, None] * self.jobs(batch.jobs)).sum(-1)


class Spoken:
    """All that a recommender must have."""

    needs: ClassVar[Any] = frozenset()
    serves_unseen_users: ClassVar[bool] = False
    serves_unseen_jobs: ClassVar[bool] = False

    def score(self, users: Any, jobs: Any) -> Any: ...

    def weights(self) -> Any: ...

    def load_weights(self, weights: Any) -> None: ...

    def fit(self, data: Any, run: Any) -> None: ...


class Model(Spoken):
    """A recommender over the net."""

    def __init__(self, seed: int = 0) -> None:
        data = WORLD.data
        self.net = seeded(lambda: Net(len(data.users), len(data.jobs)), seed)

    def fit(self, data: Any, run: Run, config: TrainConfig = CONFIG, loss: Any = None, **options: Any) -> None:
        fit_pairs(self.net, loss or self.loss, self, config, data, run, **options)

    def loss(self, batch: PairBatch) -> torch.Tensor:
        scores = self.net(batch)
        return -nn.functional.logsigmoid(scores[:, :1] - scores[:, 1:]).mean()


def counting(values: list[float] | None = None) -> Callable[[Any], float]:
    """Validation values one after another; without any, they rise."""
    calls: list[int] = []

    def validate(model: Any) -> float:
        calls.append(1)
        return float(len(calls) if values is None else values[min(len(calls), len(values)) - 1])

    return validate


def data_with(validate: Callable[[Any], float]) -> Any:
    return replace(WORLD.data, validate=validate)


def fitted(run: Run | None = None, validate: Callable[[Any], float] | None = None, **options: Any) -> dict[str, Any]:
    model = Model()
    model.fit(data_with(validate or counting()), run or Run(0), **options)
    return {name: array.copy() for name, array in arrays_of(model.net).items()}


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


# ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 1000), st.integers(1, 400), st.integers(1, 4), st.integers(1, 9))
def test_every_pair_once_with_jobs_its_user_has_not_engaged_with(seed, size, negatives, epoch):
    config = TrainConfig(batch_size=size, negatives=negatives)
    pairs = WORLD.data.pairs
    batches = list(PairBatches(WORLD.data, config, Run(seed)).epoch(epoch))
    places = np.concatenate([batch.pairs.numpy() for batch in batches])
    assert sorted(places.tolist()) == list(range(len(pairs)))
    assert [len(batch.pairs) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    for batch in batches:
        np.testing.assert_array_equal(batch.users.numpy(), pairs[batch.pairs.numpy(), 0])
        np.testing.assert_array_equal(batch.positives.numpy(), pairs[batch.pairs.numpy(), 1])
        assert batch.negatives.shape == (len(batch.pairs), negatives)
        assert not WORLD.seen[batch.users.numpy()[:, None], batch.negatives.numpy()].any()
        np.testing.assert_array_equal(batch.jobs.numpy(), np.column_stack([batch.positives, batch.negatives]))


def test_draws_depend_on_seed_and_epoch_alone():
    def drawn(seed: int, epoch: int) -> list[Any]:
        batches = PairBatches(WORLD.data, CONFIG, Run(seed))
        if epoch > 1:
            list(batches.epoch(epoch - 1))  # what was drawn before changes nothing
        return [
            (batch.jobs.tolist(), torch.rand(2, generator=batch.generator).tolist()) for batch in batches.epoch(epoch)
        ]

    assert drawn(1, 2) == drawn(1, 2)
    torch.manual_seed(7)
    np.random.default_rng(7)
    assert drawn(1, 2) == drawn(1, 2)
    assert drawn(1, 2) != drawn(1, 3)
    assert drawn(1, 2) != drawn(2, 2)


# ── training ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_equal_seeds_give_equal_weights_and_training_learns():
    before = arrays_of(Model().net)
    once = fitted()
    assert equal(once, fitted())
    assert not equal(once, fitted(Run(1)))
    assert not np.array_equal(once["users.weight"], before["users.weight"])
    np.testing.assert_array_equal(once["constant"], [0, 1, 2])
    log = InterruptedLog()
    fitted(Run(0, log=log), config=CONFIG.model_copy(update={"max_epochs": 30}))
    assert [record["epoch"] for record in log] == list(range(31))
    losses = [record["loss"] for record in log[1:]]
    assert losses[-1] < losses[0] / 2
    assert all(record["gradient"] > 0 for record in log[1:])


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_training_cut_off_and_resumed_is_bit_identical(dies_at):
    calm = fitted()
    checkpoint = MemoryCheckpoint()
    values = counting()
    cut = Run(0, log=InterruptedLog(dies_at), checkpoint=checkpoint, checkpoint_every_s=0.0)
    with pytest.raises(Interrupted):
        fitted(cut, values)
    assert (checkpoint.state is None) == (dies_at == 1), "an epoch is kept after it is logged"
    again = fitted(Run(0, log=InterruptedLog(), checkpoint=checkpoint, checkpoint_every_s=0.0), values)
    assert equal(again, calm)


def test_the_best_epoch_is_kept_and_patience_ends_training():
    log = InterruptedLog()
    config = CONFIG.model_copy(update={"max_epochs": 50, "patience": 3})
    best_at_2 = fitted(Run(0, log=log), counting([1, 2, 5, 4, 3, 2, 1]), config=config)
    assert [record["epoch"] for record in log] == [0, 1, 2, 3, 4, 5]
    assert equal(best_at_2, fitted(config=CONFIG.model_copy(update={"max_epochs": 2})))
    # training that only makes it worse is undone
    assert equal(fitted(validate=counting([5, 1, 1, 1, 1])), arrays_of(Model().net))


def test_the_network_trains_in_training_mode_and_is_measured_out_of_it():
    modes: list[tuple[str, bool]] = []
    model = Model()

    def loss(batch: PairBatch) -> torch.Tensor:
        modes.append(("loss", model.net.training))
        return model.loss(batch)

    def validate(_: Any) -> float:
        modes.append(("validate", model.net.training))
        return 0.0

    model.fit(data_with(validate), Run(0), loss=loss)
    assert set(modes) == {("loss", True), ("validate", False)}
    assert not model.net.training


def test_an_epoch_begins_with_its_own_generator():
    begun: list[float] = []
    steps: list[int] = []
    model = Model()

    def begin(generator: torch.Generator) -> None:
        begun.append(torch.rand(1, generator=generator).item())
        steps.append(0)

    def loss(batch: PairBatch) -> torch.Tensor:
        steps[-1] += 1
        return model.loss(batch)

    model.fit(data_with(counting()), Run(0), loss=loss, begin_epoch=begin)
    assert len(set(begun)) == len(begun) == 4
    assert steps == [-(-len(WORLD.data.pairs) // 50)] * 4


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_or_value_that_is_no_number_ends_training(bad):
    model = Model()
    with pytest.raises(TrainingFailed, match=r"the loss became (nan|inf); a smaller learning_rate usually helps"):
        model.fit(data_with(counting()), Run(0), loss=lambda batch: model.loss(batch) * bad)
    with pytest.raises(TrainingFailed, match="the validation value became"):
        fitted(validate=counting([0, bad]))


def test_building_from_a_seed_leaves_global_randomness_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one = Model(5)
    assert torch.equal(torch.rand(2), expected)
    assert equal(arrays_of(one.net), arrays_of(Model(5).net))
    assert not equal(arrays_of(one.net), arrays_of(Model(6).net))


# ── what a model refuses ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("serves_users", [True, False])
@pytest.mark.parametrize("serves_jobs", [True, False])
def test_unseen_people_and_jobs_are_refused_where_a_model_cannot_serve_them(serves_users, serves_jobs):
    model = type("Mine", (Spoken,), {"serves_unseen_users": serves_users, "serves_unseen_jobs": serves_jobs})()
    refuse_unseen(model, WORLD.users, WORLD.jobs)
    for what, serves, batch in (
        ("users", serves_users, {"users": WORLD.strangers}),
        ("jobs", serves_jobs, {"jobs": WORLD.new_jobs()}),
    ):
        if serves:
            refuse_unseen(model, **batch)
            continue
        n = len(next(iter(batch.values())))
        with pytest.raises(
            LgirError, match=f"Mine cannot score {n} unseen {what}.*leave them out, or use a model that"
        ):
            refuse_unseen(model, **batch)


def test_data_of_another_shape_is_refused():
    check_shape(WORLD.data, WORLD.data.shape)
    with pytest.raises(TrainingFailed, match="the model was built for Shape.*the data has Shape"):
        check_shape(WORLD.data, Shape(1, 2, ()))


def test_arrays_come_back():
    one, other = Model(1), Model(2)
    load_arrays(other.net, arrays_of(one.net))
    assert equal(arrays_of(one.net), arrays_of(other.net))
    for wrong in ({}, {**arrays_of(one.net), "more": np.zeros(1)}, {**arrays_of(one.net), "constant": np.zeros(4)}):
        with pytest.raises(RuntimeError):
            load_arrays(other.net, wrong)


def test_every_trained_model_starts_from_the_papers_settings():
    """AdamW's settings, batch and patience are the same for all (paper, section 4.1.4), but for what a model names."""
    shared = TrainConfig().model_dump()
    for kind, config in CONFIGS.items():
        if issubclass(config, TrainConfig):
            made = config()
            assert {key: getattr(made, key) for key in shared} == shared, kind
