"""The contract of `Recommender`: a new model's test class inherits these checks and says how the model is made.

`RecommenderContract` is for every model, `LearnerContract` adds what holds for models trained by `fit_epochs`, and
`TwoTowerContract` what holds for a `TwoTower`; a test class inherits each one that fits.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace

import numpy as np
import safetensors.numpy

from lgir.core.errors import LgirError
from lgir.core.fingerprint import fingerprint_arrays
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Checkpoint, Run
from lgir.core.seams import Feature, PairScorer, Recommender, TwoTower
from lgir.core.vocabulary import UNKNOWN
from lgir.testing.worlds import SIGNALS, World, make_world

CHANCE = 0.5
EPOCHS = 4
"""Training length where only the course of training matters, not its result."""


class Interrupted(Exception):
    """Stands for the kill, in tests of interruption."""


class MemoryCheckpoint:
    """A `Checkpoint` that keeps copies, as a file would."""

    def __init__(self) -> None:
        self.state: tuple[dict[str, np.ndarray], dict[str, object]] | None = None

    def save(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, object]) -> None:
        self.state = copied(arrays), dict(meta)

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, object]] | None:
        return None if self.state is None else (copied(self.state[0]), dict(self.state[1]))


class InterruptedLog(list[Mapping[str, object]]):
    """An epoch log; the process "dies" right after the record of one epoch."""

    def __init__(self, dies_at: int | None = None) -> None:
        super().__init__()
        self.dies_at = dies_at

    def __call__(self, record: Mapping[str, object]) -> None:
        self.append(dict(record))
        if record["epoch"] == self.dies_at:
            raise Interrupted


class RecommenderContract:
    """Inherit, and implement `make`."""

    sees: frozenset[Feature] = frozenset({"text", "history", "fields", "ids"})
    """Worlds whose signal the model recovers; in the others it must stay at chance."""
    floor = 0.7
    """Least area under the curve in a world whose signal it sees."""
    chance_width = 0.15
    """How far from chance a model may come by luck where it sees nothing."""
    rtol = 1e-4
    """How far a score may move, relative to the largest, when other users or jobs are scored with it."""

    def make(self, shape: Shape, max_epochs: int) -> Recommender:
        """An untrained model with settings for a world of a few hundred pairs.

        It has no weight decay, so that a weight that changes has had a gradient.
        """
        raise NotImplementedError

    def fitted(self, signal: Feature = "text") -> tuple[Recommender, World]:
        """A trained model and its world, shared by the tests of one class."""
        kind = type(self)
        shared: dict[Feature, tuple[Recommender, World]] = kind.__dict__.get("_shared", {})
        if signal not in shared:
            world = make_world(signal)
            model = self.make(world.data.shape, 40)
            model.fit(world.data, Run(seed=0))
            shared[signal] = model, world
            kind._shared = shared  # type: ignore[attr-defined]
        return shared[signal]

    def test_it_is_a_recommender_that_names_its_needs(self) -> None:
        model = self.make(make_world("text").data.shape, 1)
        assert isinstance(model, Recommender)
        assert model.needs <= {*SIGNALS, "dates"}
        assert self.sees <= model.needs
        assert isinstance(model.serves_unseen_users, bool)
        assert isinstance(model.serves_unseen_jobs, bool)

    def test_a_signal_in_text(self) -> None:
        self.check_signal("text")

    def test_a_signal_in_histories(self) -> None:
        self.check_signal("history")

    def test_a_signal_in_fields(self) -> None:
        self.check_signal("fields")

    def test_a_signal_in_words(self) -> None:
        self.check_signal("words")

    def test_a_signal_in_who_engaged_with_what(self) -> None:
        self.check_signal("ids")

    def check_signal(self, signal: Feature) -> None:
        """The signal is recovered, or, where the model cannot see it, nothing is."""
        model, world = self.fitted(signal)
        found = world.auc(model)
        if signal in self.sees:
            assert found > self.floor, found
        else:
            assert abs(found - CHANCE) < self.chance_width, found

    def test_a_batch_of_one_is_scored_like_a_batch_of_many(self) -> None:
        model, world = self.fitted()
        users, jobs = world.users.take(np.arange(6)), world.jobs.take(np.arange(9))
        together = model.score(users, jobs)
        alone = [
            [model.score(users.take(np.array([u])), jobs.take(np.array([j])))[0, 0] for j in range(len(jobs))]
            for u in range(len(users))
        ]
        self.assert_close(together, np.array(alone))

    def test_the_order_of_a_batch_changes_nothing(self) -> None:
        model, world = self.fitted()
        rng = np.random.default_rng(0)
        by_user, by_job = rng.permutation(len(world.users)), rng.permutation(len(world.jobs))
        shuffled = model.score(world.users.take(by_user), world.jobs.take(by_job))
        self.assert_close(shuffled, model.score(world.users, world.jobs)[np.ix_(by_user, by_job)])

    def test_scores_are_finite_and_there_is_one_per_pair(self) -> None:
        model, world = self.fitted()
        scores = model.score(world.users, world.jobs)
        assert scores.dtype == np.float32
        assert scores.shape == (len(world.users), len(world.jobs))
        assert np.isfinite(scores).all()
        assert scores.std() > 0

    def test_nobody_or_nothing_to_score_is_no_score(self) -> None:
        model, world = self.fitted()
        none = np.zeros(0, dtype=np.int64)
        assert model.score(world.users.take(none), world.jobs).shape == (0, len(world.jobs))
        assert model.score(world.users, world.jobs.take(none)).shape == (len(world.users), 0)

    def test_unseen_users_and_jobs_are_scored_or_refused(self) -> None:
        model, world = self.fitted()
        unseen_jobs = replace(world.jobs, rows=np.full(len(world.jobs), UNKNOWN))
        for serves, users, jobs in (
            (model.serves_unseen_users, world.strangers, world.jobs),
            (model.serves_unseen_jobs, world.users, unseen_jobs),
            (model.serves_unseen_users and model.serves_unseen_jobs, world.strangers, unseen_jobs),
        ):
            if serves:
                scores = model.score(users, jobs)
                assert scores.shape == (len(users), len(jobs))
                assert np.isfinite(scores).all()
            else:
                self.assert_refused(model, users, jobs)

    def test_scoring_changes_neither_the_model_nor_the_batch(self) -> None:
        model, world = self.fitted()
        before = (
            fingerprint_arrays(model.weights().values()),
            arrays_fingerprint(world.users),
            arrays_fingerprint(world.jobs),
        )
        model.score(world.users, world.jobs)
        after = (
            fingerprint_arrays(model.weights().values()),
            arrays_fingerprint(world.users),
            arrays_fingerprint(world.jobs),
        )
        assert after == before

    def test_fitting_leaves_the_data_as_it_was(self) -> None:
        data = make_world("text").data
        before = arrays_fingerprint(data)
        self.make(data.shape, 1).fit(data, Run())
        assert arrays_fingerprint(data) == before

    def test_weights_survive_a_file(self) -> None:
        model, world = self.fitted()
        stored = safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in model.weights().items()})
        other = self.make(world.data.shape, 1)
        other.load_weights(safetensors.numpy.load(stored))
        assert_equal_arrays(other.weights(), model.weights())
        np.testing.assert_array_equal(
            other.score(world.users, world.jobs), model.score(world.users, world.jobs), strict=True
        )

    def test_the_same_seed_gives_the_same_weights_whatever_went_before(self) -> None:
        data = make_world("text").data
        model = self.make(data.shape, EPOCHS)
        first = self.weights_after(model, data, seed=3)
        with other_global_randomness():
            second = self.weights_after(self.make(data.shape, EPOCHS), data, seed=3)
        # a model that is fitted again starts anew
        again = self.weights_after(model, data, seed=3)
        assert_equal_arrays(second, first)
        assert_equal_arrays(again, first)

    def weights_after(self, model: Recommender, data: TrainingData, *, seed: int) -> dict[str, np.ndarray]:
        """Weights at the end of a training that always gets better, so that its last epoch is kept."""
        calls = iter(range(1000))
        model.fit(replace(data, validate=lambda _: float(next(calls))), Run(seed=seed))
        return copied(model.weights())

    def assert_close(self, found: np.ndarray, expected: np.ndarray) -> None:
        """Equal up to rounding, on the scale of the largest score."""
        np.testing.assert_allclose(found, expected, rtol=0, atol=self.rtol * float(np.abs(expected).max()))

    @staticmethod
    def assert_refused(model: Recommender, users: Users, jobs: Jobs) -> None:
        """Scoring raises an error for people that says what the model cannot serve."""
        try:
            model.score(users, jobs)
        except LgirError as error:
            message = str(error)
        else:
            raise AssertionError(f"{type(model).__name__} scored what it says it cannot serve")
        assert "unseen" in message, message


class LearnerContract(RecommenderContract):
    """For models trained by `fit_epochs`."""

    constants: tuple[str, ...] = ()
    """Beginnings of the names of arrays that are no parameters: no training and no seed changes them."""
    cancels: tuple[str, ...] = ()
    """Parameters that cancel out of the loss, so that no gradient reaches them by nature."""
    chosen: tuple[str, ...] = ()
    """Arrays that validation chooses: neither a gradient nor a seed moves them."""

    def test_a_gradient_reaches_every_parameter(self) -> None:
        data = make_world("text").data
        seen: list[dict[str, np.ndarray]] = []

        def validate(model: Recommender) -> float:
            seen.append(copied(model.weights()))
            return float(len(seen))

        model = self.make(data.shape, 1)
        model.fit(replace(data, validate=validate), Run(seed=0))
        before, after = seen[0], seen[-1]
        still = [name for name in unchanged(before, after) if name not in self.cancels + self.chosen]
        expected = [name for name in before if name.startswith(self.constants)]
        assert still == expected, f"unchanged: {still}, expected: {expected}"

    def test_another_seed_gives_other_weights(self) -> None:
        data = make_world("text").data
        first = self.weights_after(self.make(data.shape, 1), data, seed=3)
        second = self.weights_after(self.make(data.shape, 1), data, seed=4)
        same = [name for name in unchanged(first, second) if name not in self.chosen]
        expected = [name for name in first if name.startswith(self.constants)]
        assert same == expected, f"equal: {same}, expected: {expected}"

    def test_an_interrupted_training_ends_as_an_undisturbed_one(self) -> None:
        data = make_world("text").data
        undisturbed = InterruptedLog()
        weights = self.weights_with(data, undisturbed, None)
        assert [record["epoch"] for record in undisturbed] == list(range(EPOCHS + 1))
        for dies_at in range(EPOCHS + 1):
            checkpoint, first, rest = MemoryCheckpoint(), InterruptedLog(dies_at), InterruptedLog()
            try:
                self.weights_with(data, first, checkpoint)
            except Interrupted:
                pass
            else:
                raise AssertionError(f"training did not log epoch {dies_at}")
            assert_equal_arrays(self.weights_with(data, rest, checkpoint), weights)
            begun = rest[0]["epoch"]
            assert begun == (dies_at if dies_at != 1 else 0), "it goes on from the last checkpoint"
            kept = [record for record in first if int(str(record["epoch"])) < int(str(begun))]
            assert kept + rest == undisturbed

    def weights_with(
        self, data: TrainingData, log: InterruptedLog, checkpoint: Checkpoint | None
    ) -> dict[str, np.ndarray]:
        """Weights after a training with a checkpoint after every epoch."""
        model = self.make(data.shape, EPOCHS)
        model.fit(data, Run(seed=5, log=log, checkpoint=checkpoint, checkpoint_every_s=0.0))
        return copied(model.weights())


class TwoTowerContract(RecommenderContract):
    """For models whose score is an inner product."""

    def test_scores_are_inner_products(self) -> None:
        model, world = self.towers()
        scores = model.score(world.users, world.jobs)
        self.assert_close(model.user_vectors(world.users) @ model.job_vectors(world.jobs).T, scores)
        # one user against all jobs, one job against all users
        one_user, one_job = world.users.take(np.array([5])), world.jobs.take(np.array([7]))
        self.assert_close(model.job_vectors(world.jobs) @ model.user_vectors(one_user)[0], scores[5])
        self.assert_close(model.user_vectors(world.users) @ model.job_vectors(one_job)[0], scores[:, 7])

    def test_vectors_are_finite_and_of_one_width(self) -> None:
        model, world = self.towers()
        none = np.zeros(0, dtype=np.int64)
        users, jobs = model.user_vectors(world.users), model.job_vectors(world.jobs)
        assert users.dtype == jobs.dtype == np.float32
        assert np.isfinite(users).all()
        assert np.isfinite(jobs).all()
        assert users.shape == (len(world.users), jobs.shape[1])
        assert len(jobs) == len(world.jobs)
        assert model.user_vectors(world.users.take(none)).shape == (0, jobs.shape[1])
        assert model.job_vectors(world.jobs.take(none)).shape == (0, jobs.shape[1])

    def towers(self) -> tuple[TwoTower, World]:
        """The trained model, which must be a `TwoTower`."""
        model, world = self.fitted()
        assert isinstance(model, TwoTower)
        return model, world


class PairScorerContract(RecommenderContract):
    """For models whose score is a function of one state per user and one per job."""

    def test_scores_come_from_states(self) -> None:
        model, world = self.scorer()
        users, jobs = model.user_states(world.users), model.job_states(world.jobs)
        assert users.dtype == jobs.dtype == np.float32
        assert (len(users), len(jobs)) == (len(world.users), len(world.jobs))
        scores = model.score(world.users, world.jobs)
        self.assert_close(model.score_states(users[:, None], jobs[None]), scores)
        rng = np.random.default_rng(0)
        row, column = rng.integers(len(users), size=50), rng.integers(len(jobs), size=50)
        pairs = model.score_states(users[row], jobs[column])
        assert pairs.dtype == np.float32
        self.assert_close(pairs, scores[row, column])

    def test_states_of_nobody_and_nothing(self) -> None:
        model, world = self.scorer()
        none = np.zeros(0, dtype=np.int64)
        assert len(model.user_states(world.users.take(none))) == 0
        assert len(model.job_states(world.jobs.take(none))) == 0

    def scorer(self) -> tuple[PairScorer, World]:
        """The trained model, which must be a `PairScorer`."""
        model, world = self.fitted()
        assert isinstance(model, PairScorer)
        return model, world


def copied(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Copies, which further training does not change."""
    return {name: array.copy() for name, array in arrays.items()}


def unchanged(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> list[str]:
    """Names of the arrays that are equal bit for bit; an array without elements has nothing to change."""
    return [name for name, array in before.items() if array.size and np.array_equal(array, after[name])]


def assert_equal_arrays(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """The same names, types, shapes and bits."""
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name, strict=True)


def arrays_fingerprint(record: object) -> str:
    """Every array within a batch, bit for bit."""
    return fingerprint_arrays(_arrays(record))


def _arrays(record: object) -> Iterator[np.ndarray]:
    if isinstance(record, np.ndarray):
        yield record
    elif is_dataclass(record):
        for part in fields(record):
            yield from _arrays(getattr(record, part.name))


@contextmanager
def other_global_randomness() -> Iterator[None]:
    """Moves the global random states on; on leaving, checks that nobody else did, and puts them back."""
    import torch

    before = np.random.get_state(), torch.random.get_rng_state()  # noqa: NPY002 (the global state is what is tested)
    np.random.seed(12345)  # noqa: NPY002
    torch.manual_seed(12345)
    moved = str(np.random.get_state()), torch.random.get_rng_state()  # noqa: NPY002
    try:
        yield
        now = str(np.random.get_state()), torch.random.get_rng_state()  # noqa: NPY002
        assert now[0] == moved[0], "something draws from numpy's global randomness"
        assert torch.equal(now[1], moved[1]), "something draws from torch's global randomness"
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        torch.random.set_rng_state(before[1])
