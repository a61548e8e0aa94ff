"""The contract, and the order of dates."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.errors import BadInput
from lgir.core.run import Run
from lgir.models.newest import Newest, NewestConfig
from lgir.testing.recommenders import TwoTowerContract
from lgir.testing.worlds import make_world


class TestNewest(TwoTowerContract):
    sees = frozenset()

    def make(self, shape, max_epochs):
        return Newest(NewestConfig(), shape)


def test_the_latest_is_first_and_a_job_without_a_date_last():
    world = make_world("text")
    model = Newest(NewestConfig(), world.data.shape)
    posted = np.array([np.nan, 16_400.25, 0.0, -700_000.0, 16_400.26, np.nan])
    jobs = replace(world.jobs.take(np.arange(6)), posted=posted)
    scores = model.score(world.users.take(np.arange(2)), jobs)
    np.testing.assert_array_equal(scores[0], scores[1])
    assert list(np.argsort(-scores[0], kind="stable")) == [4, 1, 2, 3, 0, 5]
    assert scores[0, 0] == scores[0, 5]


def test_three_minutes_make_a_difference():
    world = make_world("text")
    jobs = replace(world.jobs.take(np.arange(2)), posted=np.array([18_000.0, 18_000.0 + 3 / (24 * 60)]))
    early, late = Newest(NewestConfig(), world.data.shape).score(world.users.take(np.arange(1)), jobs)[0]
    assert late > early


@pytest.mark.parametrize("posted", [None, np.nan])
def test_training_without_a_date_is_refused(posted):
    data = make_world("text").data
    dates = None if posted is None else np.full(len(data.jobs), posted)
    with pytest.raises(BadInput, match="no training job has a date"):
        Newest(NewestConfig(), data.shape).fit(replace(data, jobs=replace(data.jobs, posted=dates)), Run())


def test_no_seed_changes_it():
    assert Newest.deterministic
