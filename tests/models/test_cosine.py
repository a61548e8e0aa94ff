from dataclasses import replace

import numpy as np
import pytest

from lgir.core.errors import BadConfig, UnreadableRun
from lgir.core.records import Shape, TrainingData
from lgir.core.run import Run
from lgir.models.cosine import Cosine, CosineConfig
from lgir.testing.recommenders import TwoTowerContract
from lgir.testing.worlds import make_world


class TestCosine(TwoTowerContract):
    sees = frozenset({"text"})

    def make(self, shape: Shape, max_epochs: int) -> Cosine:
        return Cosine(CosineConfig(), shape)


class TestCosineOfOneBlock(TwoTowerContract):
    sees = frozenset({"text"})

    def make(self, shape: Shape, max_epochs: int) -> Cosine:
        return Cosine(CosineConfig(block="second"), shape)


@pytest.mark.parametrize(
    ("block", "columns"), [(None, slice(0, 20)), ("first", slice(0, 12)), ("second", slice(12, 20))]
)
def test_scores_equal_a_computation_by_hand(block: str | None, columns: slice) -> None:
    world = make_world("text")
    scores = Cosine(CosineConfig(block=block), world.data.shape).score(world.users, world.jobs)
    for user in (0, 7):
        for job in (0, 3):
            a, b = world.users.text[user, columns], world.jobs.text[job, columns]
            assert scores[user, job] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-6)


def test_the_completed_resume_counts_and_the_own_words_do_not() -> None:
    world = make_world("text")
    model = Cosine(CosineConfig(), world.data.shape)
    expected = model.score(world.users, world.jobs)
    np.testing.assert_array_equal(
        model.score(replace(world.users, own_text=-world.users.own_text), world.jobs), expected
    )
    np.testing.assert_allclose(
        model.score(replace(world.users, text=-world.users.text), world.jobs), -expected, atol=1e-6
    )


def test_length_does_not_count_and_nothing_scores_zero() -> None:
    world = make_world("text")
    model = Cosine(CosineConfig(), world.data.shape)
    expected = model.score(world.users, world.jobs)
    longer = (
        replace(world.users, text=world.users.text * np.float32(7)),
        replace(world.jobs, text=world.jobs.text * np.float32(0.1)),
    )
    np.testing.assert_allclose(model.score(*longer), expected, atol=1e-6)
    silent = world.users.text.copy()
    silent[3] = 0
    scores = model.score(replace(world.users, text=silent), world.jobs)
    assert not scores[3].any()
    np.testing.assert_array_equal(np.delete(scores, 3, axis=0), np.delete(expected, 3, axis=0))
    assert not model.score(world.users, replace(world.jobs, text=np.zeros_like(world.jobs.text))).any()


def test_fitting_asks_nothing_of_the_data() -> None:
    data: TrainingData = make_world("text").data

    def validate(model: object) -> float:
        raise AssertionError("there is nothing to stop")

    model = Cosine(CosineConfig(), data.shape)
    model.fit(replace(data, validate=validate), Run())
    assert model.weights() == {}


def test_an_unknown_block_gives_a_sentence() -> None:
    with pytest.raises(
        BadConfig, match=r"block = 'minilm' is none of the run's text encoders; give one of 'first', 's"
    ):
        Cosine(CosineConfig(block="minilm"), make_world("text").data.shape)


def test_weights_of_another_model_are_refused() -> None:
    model = Cosine(CosineConfig(), make_world("text").data.shape)
    with pytest.raises(UnreadableRun, match=r"has no weights and was given \['P'\]"):
        model.load_weights({"P": np.zeros(1, dtype=np.float32)})
