"""The contract, and counts by hand."""

from dataclasses import replace

import numpy as np

from lgir.core.run import Run
from lgir.models.popularity import Popularity, PopularityConfig
from lgir.testing.recommenders import TwoTowerContract
from lgir.testing.worlds import make_world


class TestPopularity(TwoTowerContract):
    sees = frozenset()

    def make(self, shape, max_epochs):
        return Popularity(PopularityConfig(), shape)

    def fitted(self, signal="ids"):
        # only in this world do jobs differ in popularity
        return super().fitted(signal)


def test_a_score_is_the_number_of_training_interactions_and_0_for_an_unseen_job():
    world = make_world("ids")
    model = Popularity(PopularityConfig(), world.data.shape)
    model.fit(world.data, Run())
    counts = [sum(job == row for _, job in world.data.pairs.tolist()) for row in range(len(world.jobs))]
    assert len(set(counts)) > 2
    rows = world.jobs.rows.copy()
    rows[[0, 5]] = -1
    expected = np.where(rows < 0, 0, counts)
    np.testing.assert_array_equal(model.score(world.strangers, replace(world.jobs, rows=rows)), [expected] * 64)


def test_no_seed_changes_it():
    assert Popularity.deterministic
