"""The contract, and equations 3 to 12 recomputed in NumPy from the weights by their names."""

from dataclasses import replace

import numpy as np
import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig, TrainingFailed
from lgir.core.run import Run
from lgir.models import lgir as module
from lgir.models.lgir import CONFIGURATIONS, Lgir, LgirConfig
from lgir.testing.recommenders import LearnerContract, TwoTowerContract, assert_equal_arrays
from lgir.testing.worlds import BLOCKS, FIELDS, make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0}

PATHS = ("text_match", "resume_match", "history_match", "field_match", "match_metric")
EVERYTHING = CONFIGURATIONS["default"].model_copy(
    update=dict.fromkeys(PATHS, True) | {"graph_layers": 0, "popularity": False}
)


def small(name, **changes):
    return CONFIGURATIONS[name].model_copy(update={**SMALL, **changes})


class TestPaper(LearnerContract, TwoTowerContract):
    sees = frozenset({"text", "ids"})
    # it adds the same to every job of a user, and eq. 13 looks at differences between jobs
    cancels = ("job_tower.second.bias",)

    def make(self, shape, max_epochs):
        return Lgir(small("paper", max_epochs=max_epochs), shape)


class TestDefault(LearnerContract, TwoTowerContract):
    # every job of the text world has one training interaction, its own, so popularity says nothing
    constants = ("match.codes_", "collaboration.graph.edges", "job_counts", "popularity_weight")
    chosen = ("collaboration.strength",)

    def make(self, shape, max_epochs):
        # in these worlds most jobs have a single interaction
        return Lgir(small("default", max_epochs=max_epochs, graph_least=1), shape)


# ── equations 3 to 12 ───────────────────────────────────────────────────────────────────────────────────────────────


def mlp(w, name, x):
    """W2·ReLU(W1·x), biases where there are some."""
    hidden = np.maximum(x @ w[f"{name}.first.weight"].T + w.get(f"{name}.first.bias", 0), 0)
    return hidden @ w[f"{name}.second.weight"].T + w.get(f"{name}.second.bias", 0)


def x_users(w, users):
    return mlp(w, "user_tower", np.concatenate([w["P"][users.rows], users.text], axis=1))


def x_jobs(w, jobs):
    return mlp(w, "job_tower", np.concatenate([w["Q"][jobs.rows], jobs.text], axis=1))


def generated(w, x, config):
    return mlp(w, "generator", x) + (x if config.identity_generator else 0)


def called_high(w, x):
    return 1 / (1 + np.exp(-mlp(w, "classifier", x)[:, 0])) >= 0.5


def z_users(w, users, config):
    x = x_users(w, users)
    return np.where(called_high(w, x)[:, None], x, generated(w, x, config))


def eq_12(w, users, jobs, config):
    """W^p·[z + x; z − x; z ⊙ x], pair by pair."""
    z, x = z_users(w, users, config)[:, None], x_jobs(w, jobs)[None]
    features = np.concatenate([z + x, z - x, z * x], axis=2)
    return features @ w["W_p"].reshape(-1)


def match_score(w, users, jobs):
    """The match paths pair by pair: weighted cosines per block, and shares of engaged jobs that agree in a column."""
    metric = np.exp(w["match.metric"])
    scores = np.zeros((len(users), len(jobs)))
    for u in range(len(users)):
        engaged = users.bank.take(users.history[users.offsets[u] : users.offsets[u + 1]])
        for j in range(len(jobs)):
            start = 0
            for number, block in enumerate(BLOCKS):
                columns = slice(start, start := start + block.dim)
                wanted = np.exp(w["match.text_weight"][number]) * users.text[u, columns]
                wanted = wanted + np.exp(w["match.resume_weight"][number]) * users.own_text[u, columns]
                if len(engaged):
                    wanted = wanted + np.exp(w["match.history_weight"][number]) * engaged.text[:, columns].mean(axis=0)
                scores[u, j] += (metric[columns] * wanted * jobs.text[j, columns]).sum()
            for number in range(len(FIELDS)):
                value = jobs.fields[j, number]
                if len(engaged) and value >= 0:
                    agree = np.mean(engaged.fields[:, number] == value)
                    scores[u, j] += np.exp(w["match.field_weight"][number]) * agree
    return scores


def with_random_weights(config, world, seed=0):
    """A model whose weights are all different from their start, and those weights in double precision."""
    model, rng = Lgir(config, world.data.shape), np.random.default_rng(seed)
    weights = {
        name: array
        if "codes" in name
        else rng.normal(scale=0.5 if "match" in name else 0.15, size=array.shape).astype(np.float32)
        for name, array in model.weights().items()
    }
    model.load_weights(weights)
    return model, named(weights)


def named(weights):
    """In double precision, embedding tables by the paper's letters; the row after the last is that of row −1."""
    doubles = {name: array.astype(np.float64) for name, array in weights.items()}
    return doubles | {"P": doubles["P.weight"], "Q": doubles["Q.weight"]}


@pytest.fixture(scope="module")
def world():
    return make_world("history")


@pytest.fixture(scope="module")
def some(world):
    """A few users, seen and unseen, with and without history, and a few jobs, seen and unseen."""
    users = world.users.take(np.array([0, 3, 17, 40, 41, 60]))
    users.rows[[1, 4]] = -1
    users.offsets[-1] = users.offsets[-2]
    jobs = world.jobs.take(np.array([0, 1, 50, 51, 100, 150]))
    jobs.rows[[2, 5]] = -1
    return users, jobs


@pytest.mark.parametrize("config", [CONFIGURATIONS["paper"], EVERYTHING], ids=["paper", "every addition"])
def test_the_score_is_eq_12_and_the_match_paths(config, world, some):
    users, jobs = some
    model, w = with_random_weights(config, world)
    expected = eq_12(w, users, jobs, config)
    if config.match_paths:
        matching = match_score(w, users, jobs)
        assert np.abs(matching).max() > 0.1 * np.abs(expected).max(), "both parts count"
        expected = expected + matching
    atol = 1e-5 * np.abs(expected).max()
    np.testing.assert_allclose(model.score(users, jobs), expected, rtol=0, atol=atol)
    users_per_job = model.job_vectors(jobs) @ model.user_vectors(users).T
    np.testing.assert_allclose(users_per_job, expected.T, rtol=0, atol=atol)


@pytest.mark.parametrize("config", [CONFIGURATIONS["paper"], EVERYTHING], ids=["paper", "every addition"])
def test_towers_and_refinement_are_eq_3_to_11(config, world, some):
    users, jobs = some
    model, w = with_random_weights(config, world, seed=1)
    # with W^p = [0; 0; 1] the user vector begins with z and the job vector with x
    model.load_weights({**model.weights(), "W_p": np.repeat(np.float32([[0], [0], [1]]), config.tower_dim, axis=1)})
    dim = config.tower_dim
    np.testing.assert_allclose(model.job_vectors(jobs)[:, :dim], x_jobs(w, jobs), rtol=1e-4, atol=1e-4)
    x, z = x_users(w, users), model.user_vectors(users)[:, :dim]
    high = called_high(w, x)
    assert 0 < high.sum() < len(high), "both branches of eq. 11 occur"
    np.testing.assert_allclose(z[high], x[high], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(z[~high], generated(w, x, config)[~high], rtol=1e-4, atol=1e-3)
    assert np.abs(z[~high] - x[~high]).max() > 1


def test_without_the_game_z_is_x(world, some):
    users, _ = some
    config = LgirConfig(refine=False)
    model, w = with_random_weights(config, world)
    w1, w2, w3 = w["W_p"]
    x = x_users(w, users)
    expected = np.concatenate([(w1 - w2) + w3 * x, (x @ (w1 + w2))[:, None]], axis=1)
    np.testing.assert_allclose(model.user_vectors(users), expected, rtol=1e-4, atol=1e-4)


def test_an_identity_generator_changes_nothing_at_the_start(world):
    identity = Lgir(LgirConfig(identity_generator=True), world.data.shape)
    without = Lgir(LgirConfig(refine=False), world.data.shape)
    # everybody was called high-quality; the opposite classifier calls everybody low-quality
    weights = {**identity.weights(), "classifier.second.weight": -identity.weights()["classifier.second.weight"]}
    assert not called_high(named(weights), x_users(named(weights), world.users)).any()
    identity.load_weights(weights)
    without.load_weights(weights)
    np.testing.assert_array_equal(identity.user_vectors(world.users), without.user_vectors(world.users))


def test_the_untrained_score_is_that_of_scaled_cosines(world, some):
    users, jobs = some
    scale = 3.0
    model = Lgir(EVERYTHING.model_copy(update={"match_scale": scale}), world.data.shape)
    for u in range(len(users)):
        engaged = users.bank.take(users.history[users.offsets[u] : users.offsets[u + 1]])
        # the dot of two vectors whose blocks have length 1 is the sum of the blocks' cosines
        expected = scale * (users.text[u] + users.own_text[u]) @ jobs.text.T
        if len(engaged):
            expected = expected + scale * (engaged.text @ jobs.text.T).mean(axis=0)
            same = (engaged.fields[:, None] == jobs.fields[None]) & (jobs.fields >= 0)
            expected = expected + scale / 3 * same.mean(axis=0).sum(axis=1)
        np.testing.assert_allclose(model.score(users, jobs)[u], expected, rtol=1e-4, atol=1e-4)


def test_the_graph_and_popularity_are_added_to_the_score(world, some):
    users, jobs = some
    model = Lgir(small("default", max_epochs=1), world.data.shape)
    model.fit(world.data, Run())
    w, net = model.weights(), model._net
    rng = np.random.default_rng(0)
    changed = {
        **w,
        "collaboration.strength": np.float32(0.5),
        "collaboration.E_user.weight": rng.normal(size=w["collaboration.E_user.weight"].shape).astype(np.float32),
        "popularity_weight": np.float32([0.7]),
        "job_counts": rng.integers(0, 9, size=w["job_counts"].shape).astype(np.float32),
    }
    model.load_weights(changed)
    whole = model.score(users, jobs)
    model.load_weights({**changed, "collaboration.strength": np.float32(0), "popularity_weight": np.float32([0])})
    rest = model.score(users, jobs)
    counts = np.where(jobs.rows >= 0, changed["job_counts"][jobs.rows], 0)
    e_users, e_jobs = (table.numpy() for table in net.collaboration.propagated())
    known = users.rows >= 0
    expected = 0.5 * e_users[users.rows[known]] @ np.where(jobs.rows[:, None] >= 0, e_jobs[jobs.rows], 0).T
    np.testing.assert_allclose(
        (whole - rest)[known], expected + 0.7 * np.log1p(counts), rtol=0, atol=1e-4 * np.abs(whole).max()
    )


def test_serving_in_chunks_changes_nothing(monkeypatch, world):
    model = Lgir(small("default", max_epochs=1), world.data.shape)
    model.fit(world.data, Run())
    users, jobs = model.user_vectors(world.users), model.job_vectors(world.jobs)
    monkeypatch.setattr(module, "SERVING_CHUNK", 7)
    np.testing.assert_allclose(model.user_vectors(world.users), users, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.job_vectors(world.jobs), jobs, rtol=1e-4, atol=1e-5)


# ── configurations ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_paper_is_the_paper():
    stated = {
        "hidden_dim": 128,
        "tower_dim": 64,
        "game_dim": 256,
        "learning_rate": 5e-5,
        "weight_decay": 1e-4,
        "kind": "lgir",
        "batch_size": 1024,
        "patience": 50,
        "negatives": 1,
        "refine": True,
        "game": "minimax",
        "generator_weight": 1.0,
    }
    additions = {
        "ids": True,
        "text": True,
        "graph_layers": 0,
        "popularity": False,
        "text_match": False,
        "resume_match": False,
        "history_match": False,
        "field_match": False,
        "match_metric": False,
        "id_dropout": 0.0,
        "identity_generator": False,
        "leave_target_out": False,
    }
    found = CONFIGURATIONS["paper"].model_dump()
    assert {name: found[name] for name in stated | additions} == stated | additions
    assert LgirConfig() == CONFIGURATIONS["paper"]
    # whatever else there is says when training ends at the latest, who is few-shot, or how an addition starts
    others = {
        "max_epochs",
        "many_shot",
        "few_shot",
        "match_scale",
        "match_learning_rate",
        "graph_learning_rate",
        "graph_least",
    }
    assert set(found) == set(stated) | set(additions) | others


def test_default_keeps_the_paper_and_adds_what_small_data_needs():
    default, paper = CONFIGURATIONS["default"], CONFIGURATIONS["paper"]
    for name in ("hidden_dim", "tower_dim", "game_dim", "refine", "game", "generator_weight", "batch_size"):
        assert getattr(default, name) == getattr(paper, name)
    assert default.match_paths >= {"resume", "history", "fields"}
    assert default.id_dropout > 0
    assert default.identity_generator
    assert default.leave_target_out
    assert default.graph_layers > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"many_shot": 4, "few_shot": 4}, r"few_shot \(κ2 = 4\) must be below many_shot \(κ1 = 4\)"),
        (
            {"match_metric": True},
            "match_metric weighs text_match, resume_match and history_match; switch one of them on",
        ),
        ({"id_dropout": 1.0}, r"id_dropout: .*less than 1"),
        ({"game": "wgan"}, r"game: .*'minimax' or 'non-saturating' \(given: 'wgan'\)"),
        ({"hiden_dim": 3}, r"hiden_dim: there is no such key.*\(given: 3\)"),
    ],
)
def test_settings_that_make_no_sense(values, message):
    with pytest.raises(BadConfig, match=message):
        parse_config(LgirConfig, values, source="model.toml")


# ── what fit and load refuse ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"many_shot": 700}, r"no user has at least many_shot = 700 training interactions \(they have 2 to 12\)"),
        ({"few_shot": 1}, r"no user has at most few_shot = 1 training interactions .* no few-shot users"),
    ],
)
def test_a_side_of_the_classifier_without_users(changes, message):
    data = make_world("text").data
    twice = replace(data, pairs=np.repeat(data.pairs, 2, axis=0), fold_of_pair=np.repeat(data.fold_of_pair, 2))
    model = Lgir(small("paper", **changes), data.shape)
    with pytest.raises(BadConfig, match=message + ".*; change many_shot and few_shot, or set refine = false"):
        model.fit(twice, Run())
    # without the game nobody asks
    Lgir(small("paper", **changes, refine=False, max_epochs=1), data.shape).fit(twice, Run())


def test_data_of_another_shape(world):
    model = Lgir(LgirConfig(), make_world("ids").data.shape)
    with pytest.raises(TrainingFailed, match=r"the model was built for Shape\(.*n_jobs=40.* the data has Shape\("):
        model.fit(world.data, Run())


def test_weights_of_another_network(world):
    model = Lgir(LgirConfig(), world.data.shape)
    before = {name: array.copy() for name, array in model.weights().items()}
    with pytest.raises(RuntimeError, match=r"size mismatch for P\.weight"):
        model.load_weights({**model.weights(), "P.weight": np.zeros((2, 2), dtype=np.float32)})
    with pytest.raises(RuntimeError, match=r"Missing key.*W_p"):
        model.load_weights({name: array for name, array in model.weights().items() if name != "W_p"})
    assert_equal_arrays(model.weights(), before)
