"""Every model is found by the kind of its configuration."""

import numpy as np
import pytest

from lgir.core.config import parse_config
from lgir.core.run import Run
from lgir.core.seams import PairScorer, Recommender, TwoTower
from lgir.evaluate.protocol import evaluate_full
from lgir.models import CONFIGS, MODELS, build_model
from lgir.models.train import TrainConfig
from lgir.testing.worlds import make_world

WORLD = make_world("ids")


def test_models_and_configurations_go_together():
    assert list(MODELS) == sorted(MODELS)
    assert set(MODELS) == set(CONFIGS)


@pytest.fixture(scope="module")
def made():
    """Each model, trained as shortly as can be."""
    models = {}

    def of(kind):
        if kind not in models:
            values = {"max_epochs": 1} if issubclass(CONFIGS[kind], TrainConfig) else {}
            config = parse_config(CONFIGS[kind], values, source=kind)
            models[kind] = build_model(config, WORLD.data.shape)
            models[kind].fit(WORLD.data, Run(0))
        return models[kind]

    return of


@pytest.mark.parametrize("kind", MODELS)
def test_a_configuration_builds_its_model(made, kind):
    model = made(kind)
    assert type(model) is MODELS[kind]
    assert model.config.kind == kind
    assert isinstance(model, Recommender)
    assert not (isinstance(model, TwoTower) and isinstance(model, PairScorer)), "one way to a score"


@pytest.mark.parametrize("kind", MODELS)
def test_evaluation_scores_as_the_model_itself_does(made, kind):
    """Through towers or states, pair by pair, and by the whole matrix: the same order of the same jobs."""
    from lgir.core.records import Candidates
    from lgir.evaluate.protocol import candidate_scores

    model, users, jobs = made(kind), WORLD.users, WORLD.jobs
    n_users, n_jobs = len(users), len(jobs)
    everything = Candidates(
        np.arange(n_users),
        np.arange(n_users + 1) * n_jobs,
        np.tile(np.arange(n_jobs), n_users),
        np.tile(np.arange(n_jobs) == 3, n_users),
    )
    expected = model.score(users, jobs)
    found = candidate_scores(model, users, jobs, everything).reshape(n_users, n_jobs)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("kind", MODELS)
def test_what_a_model_says_it_serves_it_scores(made, kind):
    """New people and new jobs are scored, or stand last: never an error in the middle of a measurement."""
    from lgir.data.candidates import FullCatalogue

    model, n_jobs = made(kind), len(WORLD.jobs)
    new = WORLD.new_jobs()
    n_users = len(WORLD.strangers)
    full = FullCatalogue(
        np.arange(n_users),
        np.arange(n_jobs),
        np.arange(n_users + 1),
        np.full(n_users, 3),
        np.zeros(n_users + 1, dtype=np.int64),
        np.zeros(0, dtype=np.int64),
    )
    for users, jobs in ((WORLD.strangers, WORLD.jobs), (WORLD.users, new), (WORLD.strangers, new)):
        values = evaluate_full(model, users, jobs, full, metrics=("Recall@10",))["Recall@10"]
        assert np.isfinite(values).all()
    if not model.serves_unseen_users:
        np.testing.assert_allclose(
            evaluate_full(model, WORLD.strangers, WORLD.jobs, full, metrics=("Recall@10",))["Recall@10"], 10 / n_jobs
        )
