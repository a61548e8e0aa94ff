"""What one training step moves, what it may see of its own target, and how training ends."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lgir.core.errors import TrainingFailed
from lgir.core.records import Shape, TextBlock
from lgir.core.run import Run
from lgir.models.lgir import CONFIGURATIONS, Lgir, _drop, _initial, _Learner, _Tensors, describe_game
from lgir.models.train import PairBatch
from lgir.nets.losses import generator_loss
from lgir.testing.recommenders import InterruptedLog, assert_equal_arrays, copied, unchanged
from lgir.testing.worlds import make_world

SMALL = {"batch_size": 32, "learning_rate": 0.01, "weight_decay": 0.0, "max_epochs": 2}


def small(name, **changes):
    return CONFIGURATIONS[name].model_copy(update={**SMALL, **changes})


def batch_of(data, pairs, negatives, generator=None):
    rows = torch.from_numpy(data.pairs)[pairs]
    return PairBatch(pairs, rows[:, 0], rows[:, 1], negatives, generator or torch.Generator().manual_seed(0))


def always_better():
    calls = iter(range(10_000))
    return lambda _: float(next(calls))


@pytest.fixture(scope="module")
def data():
    return make_world("text").data


# ── what gradient passes where ──────────────────────────────────────────────────────────────────────────────────────


def learner_with_both_sides(data, name="paper", **changes):
    """A learner whose classifier calls some users high-quality and some not, and those users' x."""
    config = small(name, **changes)
    net = _initial(config, data.shape, seed=0)
    learner = _Learner(net, config, data, Run())
    everybody = torch.arange(len(data.users))
    with torch.no_grad():
        # biases make all x alike at the start; without them some are high and some are low
        net.user_tower.first.bias.zero_()
        net.user_tower.second.bias.zero_()
    x = learner._tensors.x_users(everybody)
    high = net.quality(x) >= 0
    assert 0 < high.sum() < len(high)
    return learner, net, everybody, x, high


def moved(before, after):
    return {name.split(".")[0] for name in set(before) - set(unchanged(before, after))}


def test_whom_the_classifier_learns_from(data):
    learner, *_ = learner_with_both_sides(data, many_shot=5, few_shot=2)
    counts = np.bincount(data.pairs[:, 0])
    assert {1, 2, 3, 5, 6} == set(counts)
    assert learner._is_high.tolist() == (counts >= 5).tolist()
    assert learner._is_low.tolist() == (counts <= 2).tolist()


def test_the_classifier_learns_to_call_many_shot_users_high(data):
    learner, net, everybody, x, _ = learner_with_both_sides(data)
    losses = [learner._step_classifier(x, everybody)["loss_classifier"] for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]
    called = net.quality(x) >= 0
    assert called[learner._is_high].float().mean() > 0.9
    assert called[learner._is_low].float().mean() < 0.1


def test_the_discriminator_learns_to_tell_refined_vectors(data):
    learner, _, _, x, high = learner_with_both_sides(data)
    found = [learner._step_discriminator(x[high], x[~high]) for _ in range(60)]
    assert found[-1]["loss_discriminator"] < 0.3 * found[0]["loss_discriminator"]
    assert found[-1]["discriminator_accuracy"] > 0.95


def test_the_discriminator_is_shown_both_sides_as_the_classifier_sees_them(data, monkeypatch):
    learner, net, *_ = learner_with_both_sides(data, learning_rate=1e-5)
    shown, step = [], learner._step_discriminator
    monkeypatch.setattr(learner, "_step_discriminator", lambda high, low: shown.extend((high, low)) or step(high, low))
    learner._step(batch_of(data, torch.arange(32), torch.zeros(32, 1, dtype=torch.int64)))
    high, low = shown
    assert len(high) + len(low) == 32
    assert (net.quality(high) >= 0).all()
    assert (net.quality(low) < 0).all()


def test_an_epoch_is_every_pair_once_in_its_own_order_with_its_own_negatives(data, monkeypatch):
    learner, *_ = learner_with_both_sides(data, negatives=2)
    steps = []
    monkeypatch.setattr(
        learner, "_step", lambda batch: steps.append(torch.cat([batch.pairs[:, None], batch.negatives], dim=1)) or {}
    )
    drawn = []
    for number in (1, 2, 1):
        steps.clear()
        learner.epoch(number)
        drawn.append(torch.cat(steps))
        assert [len(step) for step in steps[:-1]] == [32] * (len(steps) - 1)
        assert sorted(drawn[-1][:, 0].tolist()) == list(range(len(data.pairs)))
    assert torch.equal(drawn[0], drawn[2]), "what an epoch draws depends on its number alone"
    assert not torch.equal(drawn[0][:, 0], drawn[1][:, 0])
    by_pair = [epoch[epoch[:, 0].argsort(), 1:] for epoch in drawn]
    assert (by_pair[0] != by_pair[1]).float().mean() > 0.9


def test_the_start_depends_on_the_seed(data):
    starts = []
    for seed in (0, 1):
        model = Lgir(small("paper"), data.shape)

        def validate(model):
            raise InterruptedError(starts.append(copied(model.weights())))

        with pytest.raises(InterruptedError):
            model.fit(replace(data, validate=validate), Run(seed=seed))
    assert unchanged(*starts) == []
    assert_equal_arrays(starts[0], Lgir(small("paper"), data.shape).weights())


@pytest.mark.parametrize(("game", "sign"), [("minimax", -1), ("non-saturating", 1)])
def test_the_game_decides_the_generators_loss(data, game, sign):
    learner, *_ = learner_with_both_sides(data, game=game, learning_rate=1e-5)
    negatives = torch.zeros(32, 1, dtype=torch.int64)
    found = learner._step(batch_of(data, torch.arange(32), negatives))
    # log(1 − D) is below zero, −log D above
    assert np.sign(found["loss_generator"]) == sign


@pytest.mark.parametrize("name", ["paper", "default"])
def test_the_classifier_moves_itself_alone(data, name):
    learner, _, everybody, x, _ = learner_with_both_sides(data, name)
    before = copied(learner.weights())
    learner._step_classifier(x, everybody)
    assert moved(before, learner.weights()) == {"classifier"}


@pytest.mark.parametrize("name", ["paper", "default"])
def test_the_discriminator_moves_itself_alone(data, name):
    learner, _, _, x, high = learner_with_both_sides(data, name)
    before = copied(learner.weights())
    learner._step_discriminator(x[high], x[~high])
    assert moved(before, learner.weights()) == {"discriminator"}


def with_gradient(loss, net):
    """Parts of the network that a loss has a gradient to, other than zero."""
    names, parameters = zip(*net.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return {
        name.split(".")[0] for name, grad in zip(names, found, strict=True) if grad is not None and grad.abs().sum() > 0
    }


@pytest.mark.parametrize("saturating", [True, False])
def test_the_generator_loss_reaches_no_tower(data, saturating):
    _, net, _, x, high = learner_with_both_sides(data)
    loss = generator_loss(net.D(net.G(x[~high])), saturating=saturating)
    # D lets the gradient through, but no optimizer that is stepped with it holds D; see the next test
    assert with_gradient(loss, net) == {"generator", "discriminator"}


def test_the_generator_loss_moves_the_generator_alone(data):
    after = []
    for weight in (0.0, 1.0):
        # a step too small to bring everybody to one side
        learner, *_ = learner_with_both_sides(data, generator_weight=weight, learning_rate=1e-5)
        negatives = torch.zeros(32, 1, dtype=torch.int64)
        found = learner._step(batch_of(data, torch.arange(32), negatives))
        assert 0 < found["share_low"] < 1
        after.append(copied(learner.weights()))
    assert moved(*after) == {"generator"}


@pytest.mark.parametrize(("refine", "parts"), [(True, {"generator"}), (False, set())])
def test_the_recommendation_loss_reaches_everything_but_the_judges(data, refine, parts):
    learner, net, *_ = learner_with_both_sides(data, refine=refine)
    pairs = torch.arange(len(data.pairs))
    negatives = torch.zeros(len(pairs), 1, dtype=torch.int64)
    batch = learner._tensors.batch(batch_of(data, pairs, negatives), learner._config)
    loss = learner._recommendation_loss(batch)
    assert with_gradient(loss, net) == {"P", "Q", "user_tower", "job_tower", "W_p"} | parts


def test_without_the_game_its_parts_stay_as_they_were(data):
    model = Lgir(small("paper", refine=False), data.shape)
    before = copied(model.weights())
    model.fit(replace(data, validate=always_better()), Run(seed=0))
    assert moved(before, model.weights()) == {"P", "Q", "user_tower", "job_tower", "W_p"}


# ── a pair's own job ────────────────────────────────────────────────────────────────────────────────────────────────


def with_a_unique_job():
    """Training data in which one job alone speaks in the first column and has a certain company. So does the résumé
    completed from it; the completion made without it does not. Also that job's pair and another of its user."""
    data = make_world("text").data
    pair = int(np.flatnonzero(np.bincount(data.pairs[:, 0])[data.pairs[:, 0]] >= 5)[0])
    user, job = data.pairs[pair]
    job_text, fields, own_text = data.jobs.text.copy(), data.jobs.fields.copy(), data.users.own_text.copy()
    user_text, fold_text = data.users.text.copy(), data.users.text.copy()
    for text in (job_text, user_text, fold_text, own_text):
        text[:, 0] = 0
    job_text[job, 0], user_text[user, 0] = 1, 1
    fields[:, 1] = -1
    fields[job, 1] = 3
    jobs = replace(data.jobs, text=job_text, fields=fields)
    users = replace(data.users, text=user_text, own_text=own_text, bank=jobs)
    # the user's other pairs are trained on a completion that has seen the job
    places = data.fold_of_pair.copy()
    places[(data.pairs[:, 0] == user) & (np.arange(len(data.pairs)) != pair)] = len(fold_text)
    fold_text = np.concatenate([fold_text, user_text[[user]]])
    other = int(np.flatnonzero((data.pairs[:, 0] == user) & (data.pairs[:, 1] != job))[0])
    return replace(data, users=users, jobs=jobs, fold_text=fold_text, fold_of_pair=places), pair, other


def user_side(data, pair, **changes):
    """x and match vector that one pair is trained with, the latter split into text and field columns."""
    config = small("default", id_dropout=0.0, **changes)
    net = _initial(config, data.shape, seed=0)
    chosen, negatives = torch.tensor([pair]), torch.zeros(1, 1, dtype=torch.int64)
    with torch.no_grad():
        batch = _Tensors(net, data, "cpu").batch(batch_of(data, chosen, negatives), config)
    assert batch.match_user is not None
    match = batch.match_user[0].numpy()
    place_of_value = data.shape.dim + data.shape.fields[0][1] + 3
    return batch.x[0].numpy(), match[0], match[place_of_value]


def test_a_target_left_out_leaves_no_trace():
    data, pair, other = with_a_unique_job()
    _, text, value = user_side(data, pair, leave_target_out=True)
    assert abs(text) < 1e-6
    assert abs(value) < 1e-6
    # for another job of the same person it is history like any other
    _, text, value = user_side(data, other, leave_target_out=True)
    assert text > 0.1
    assert value > 0.1


def test_a_target_not_left_out_is_seen():
    data, pair, _ = with_a_unique_job()
    _, text, value = user_side(data, pair, leave_target_out=False)
    assert text > 0.1
    assert value > 0.1


@pytest.mark.parametrize("leave_target_out", [True, False])
def test_which_completion_a_pair_is_trained_on(leave_target_out):
    data, pair, _ = with_a_unique_job()
    user = data.pairs[pair, 0]
    whole, fold = replace(data.users, text=data.users.text.copy()), data.fold_text.copy()
    whole.text[user] += 1
    fold[data.fold_of_pair[pair]] += 1
    x, *_ = user_side(data, pair, leave_target_out=leave_target_out)
    other_whole, *_ = user_side(replace(data, users=whole), pair, leave_target_out=leave_target_out)
    other_fold, *_ = user_side(replace(data, fold_text=fold), pair, leave_target_out=leave_target_out)
    assert np.array_equal(x, other_whole) == leave_target_out
    assert np.array_equal(x, other_fold) != leave_target_out


@pytest.mark.parametrize("name", ["paper", "default"])
def test_training_scores_what_serving_scores(name):
    """Eq. 13 over the scores that `score` gives, to people whose profile is the one that the pair is trained with."""
    data = make_world("history").data
    config = small(name, id_dropout=0.0, negatives=3, graph_layers=0, popularity=False)
    model, rng = Lgir(config, data.shape), np.random.default_rng(0)
    model.load_weights(
        {
            key: array if "codes" in key else (array + rng.normal(scale=0.1, size=array.shape)).astype(np.float32)
            for key, array in model.weights().items()
        }
    )
    chosen, negatives = rng.permutation(len(data.pairs))[:25], rng.integers(len(data.jobs), size=(25, 3))
    learner = _Learner(model._net, config, data, Run())
    batch = learner._tensors.batch(batch_of(data, torch.from_numpy(chosen), torch.from_numpy(negatives)), config)
    differences = []
    for pair, others in zip(chosen, negatives, strict=True):
        user, job = data.pairs[pair]
        person = data.users.take(np.array([user]))
        if config.leave_target_out:
            history = person.history[person.history != job]
            text = data.fold_text[data.fold_of_pair[[pair]]]
            person = replace(person, text=text, history=history, offsets=np.array([0, len(history)]))
        scores = model.score(person, data.jobs.take(np.array([job, *others])))[0].astype(np.float64)
        differences.append(scores[0] - scores[1:])
    expected = np.log1p(np.exp(-np.array(differences))).mean()
    assert learner._recommendation_loss(batch).item() == pytest.approx(expected, rel=1e-4)


def test_someone_with_one_job_is_trained_without_history():
    data = make_world("text").data
    pair = int(np.flatnonzero(np.bincount(data.pairs[:, 0])[data.pairs[:, 0]] == 1)[0])
    config = small("default", id_dropout=0.0, text_match=False, resume_match=False)
    net = _initial(config, data.shape, seed=0)
    one = batch_of(data, torch.tensor([pair]), torch.zeros(1, 1, dtype=torch.int64))
    batch = _Tensors(net, data, "cpu").batch(one, config)
    np.testing.assert_array_equal(batch.match_user.detach().numpy(), 0)


# ── the unknown rows ────────────────────────────────────────────────────────────────────────────────────────────────


def unknown_rows(model):
    return {name: model.weights()[f"{name}.weight"][-1].copy() for name in "PQ"}


@pytest.mark.parametrize("name", ["paper", "default"])
def test_id_dropout_is_what_trains_the_unknown_rows(data, name):
    model = Lgir(small(name), data.shape)
    before = unknown_rows(model)
    model.fit(replace(data, validate=always_better()), Run(seed=0))
    after = unknown_rows(model)
    for table in "PQ":
        assert np.array_equal(before[table], after[table]) == (name == "paper"), table


def test_without_id_dropout_only_weight_decay_moves_the_unknown_rows(data):
    rate, decay = 0.01, 0.5
    model = Lgir(small("paper", weight_decay=decay, learning_rate=rate), data.shape)
    before = unknown_rows(model)
    model.fit(replace(data, validate=always_better()), Run(seed=0))
    steps = 2 * -(-len(data.pairs) // 32)
    for table, row in unknown_rows(model).items():
        np.testing.assert_allclose(row, before[table] * (1 - rate * decay) ** steps, rtol=1e-4)


def test_the_share_of_ids_dropped():
    rows = torch.arange(20_000).view(2_000, 10)
    dropped = _drop(rows, -5, 0.2, torch.Generator().manual_seed(0))
    gone = dropped == -5
    assert abs(gone.float().mean().item() - 0.2) < 0.01
    assert torch.equal(dropped[~gone], rows[~gone])
    assert _drop(rows, -5, 0.0, torch.Generator()) is rows


# ── how training ends ───────────────────────────────────────────────────────────────────────────────────────────────


def test_training_that_only_makes_things_worse_is_undone(data):
    values = iter(range(0, -100, -1))
    untrained = Lgir(small("paper"), data.shape)
    model, log = Lgir(small("paper", max_epochs=50, patience=3), data.shape), InterruptedLog()
    model.fit(replace(data, validate=lambda _: float(next(values))), Run(seed=0, log=log))
    assert [record["epoch"] for record in log] == [0, 1, 2, 3]
    assert_equal_arrays(model.weights(), untrained.weights())


def test_the_best_epoch_is_restored(data):
    values, seen = iter([0.1, 0.3, 0.2, 0.3, 0.1]), []

    def validate(model):
        seen.append(copied(model.weights()))
        return next(values)

    model = Lgir(small("default", max_epochs=4, graph_layers=0), data.shape)
    model.fit(replace(data, validate=validate), Run(seed=0))
    assert_equal_arrays(model.weights(), seen[1])


def test_the_strength_of_the_graph_is_the_best_on_validation(data):
    def validate(model):
        return -abs(float(model.weights()["collaboration.strength"]) - 0.5)

    model = Lgir(small("default", max_epochs=1), data.shape)
    model.fit(replace(data, validate=validate), Run(seed=0))
    assert model.weights()["collaboration.strength"] == np.float32(0.5)


@pytest.mark.parametrize("name", ["paper", "default"])
def test_every_epoch_is_diagnosed(data, name):
    log = InterruptedLog()
    model = Lgir(small(name), data.shape)
    model.fit(data, Run(seed=0, log=log))
    assert [record["epoch"] for record in log] == [0, 1, 2]
    expected = {
        "epoch",
        "validation",
        "loss_classifier",
        "loss_discriminator",
        "loss_generator",
        "loss_recommendation",
        "gradient_classifier",
        "gradient_discriminator",
        "gradient_recommendation",
        "discriminator_accuracy",
        "share_low",
        "refinement",
        "refined_spread",
    }
    for record in log[1:]:
        assert set(record) == expected
        assert all(np.isfinite(value) for value in record.values())
        assert 0 <= record["share_low"] <= 1
        assert 0 <= record["discriminator_accuracy"] <= 1
    assert model.diagnose(log) == describe_game(log)
    assert Lgir(small(name, refine=False), data.shape).diagnose(log) == ()


def test_a_loss_that_is_not_a_number(data):
    model = Lgir(small("paper", learning_rate=1e30), data.shape)
    with pytest.raises(TrainingFailed, match=r"the loss became (nan|inf); a smaller learning_rate usually helps"):
        model.fit(data, Run(seed=0))


def test_one_pair_at_a_time(data):
    few = replace(data, pairs=data.pairs[:9], fold_of_pair=data.fold_of_pair[:9])
    log = InterruptedLog()
    Lgir(small("default", batch_size=1, max_epochs=1), data.shape).fit(few, Run(seed=0, log=log))
    assert all(np.isfinite(value) for value in log[1].values())


def test_data_without_structured_columns(data):
    shape = replace(data.shape, fields=())
    jobs = replace(data.jobs, fields=np.zeros((len(data.jobs), 0), dtype=np.int64))
    bare = replace(data, shape=shape, jobs=jobs, users=replace(data.users, bank=jobs), validate=always_better())
    model = Lgir(small("default"), shape)
    model.fit(bare, Run(seed=0))
    assert model.score(bare.users, jobs).shape == (len(bare.users), len(jobs))
    assert model.weights()["match.field_weight"].shape == (0,)


@pytest.mark.slow
def test_two_threads_give_the_same_weights_each_time():
    """At sizes where torch splits its work over threads."""
    rng = np.random.default_rng(0)
    data = make_world("text").data
    dim = 384
    job_text = rng.normal(size=(len(data.jobs), dim)).astype(np.float32)
    user_text = rng.normal(size=(len(data.users), dim)).astype(np.float32)
    shape = Shape(len(data.users), len(data.jobs), (TextBlock("wide", dim),), data.shape.fields)
    jobs = replace(data.jobs, text=job_text)
    many = np.tile(np.arange(len(data.pairs)), 8)
    wide = replace(
        data,
        shape=shape,
        jobs=jobs,
        users=replace(data.users, text=user_text, own_text=user_text, bank=jobs),
        pairs=data.pairs[many],
        fold_text=user_text,
        fold_of_pair=data.fold_of_pair[many],
        validate=always_better(),
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = []
        for _ in range(2):
            model = Lgir(small("default", batch_size=1024, few_shot=8, many_shot=40), shape)
            model.fit(replace(wide, validate=always_better()), Run(seed=0))
            found.append(copied(model.weights()))
    finally:
        torch.set_num_threads(threads)
    assert_equal_arrays(*found)


# ── the game in words ───────────────────────────────────────────────────────────────────────────────────────────────

SOUND = {"share_low": 0.4, "discriminator_accuracy": 0.6, "refined_spread": 0.8}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share_low": 1.0}, "the classifier calls every résumé low-quality"),
        ({"share_low": 0.0}, "the classifier calls no résumé low-quality, so nothing is refined"),
        ({"discriminator_accuracy": 1.0}, "the discriminator is never fooled"),
        ({"refined_spread": 0.01}, "maps everybody to nearly the same vector"),
    ],
)
def test_each_collapse_has_its_sentence(changes, message):
    found = describe_game([{**SOUND, **changes}] * 3)
    assert len(found) == 1
    assert found[0].startswith("the game collapsed: ")
    assert message in found[0]


def test_a_sound_game_needs_no_words():
    assert describe_game([SOUND] * 3) == ()
    assert describe_game([{"epoch": 0, "validation": 0.1}]) == ()
    assert describe_game([]) == ()


def test_several_collapses_are_all_named():
    found = describe_game([{**SOUND, "discriminator_accuracy": 1.0, "refined_spread": 0.0}])
    assert len(found) == 2


def test_the_verdict_is_on_the_epochs_before_the_one_that_is_served(data):
    model = Lgir(small("paper"), data.shape)

    def log_of(*stretches):
        """Epochs of which each is better than the one before, up to the end of the first stretch."""
        games = [game for game, length in stretches for _ in range(length)]
        best = stretches[0][1]
        return [{**game, "validation": min(epoch, 2 * best - epoch)} for epoch, game in enumerate(games, start=1)]

    lost = {**SOUND, "share_low": 1.0}
    assert model.diagnose(log_of((SOUND, 12), (lost, 50))) == ()
    assert model.diagnose(log_of((lost, 12), (SOUND, 50))) != ()
    assert model.diagnose([{"epoch": 0, "validation": 0.5}, {"epoch": 1, "validation": 0.4, **lost}]) == ()


def test_a_collapse_shows_in_half_of_the_epochs_or_more():
    assert describe_game([{**SOUND, "share_low": 1.0}] * 2 + [SOUND] * 2) != ()
    assert describe_game([{**SOUND, "share_low": 1.0}] * 2 + [SOUND] * 3) == ()


def test_without_one_side_nobody_plays(data):
    learner, net, *_ = learner_with_both_sides(data)
    with torch.no_grad():
        net.classifier.second.weight.abs_()
        net.classifier.first.weight.abs_()
        net.user_tower.second.bias.fill_(10.0)
    before = copied(learner.weights())
    found = learner._step(batch_of(data, torch.arange(32), torch.zeros(32, 1, dtype=torch.int64)))
    assert found["share_low"] == 0.0
    assert not {"loss_discriminator", "loss_generator"} & set(found)
    # G still learns from eq. 13 in general, but nobody was refined here
    assert moved(before, learner.weights()).isdisjoint({"discriminator", "generator"})
