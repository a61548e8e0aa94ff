"""Nothing of the validation and test part reaches a prompt, a vocabulary, a fitted encoder, an array or a weight.

A world and its double differ only in what training must not see; whatever training is given must be the same bytes.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from lgir.core.config import parse_config
from lgir.core.records import Jobs, TrainingData
from lgir.core.run import Run, Silent
from lgir.data.candidates import draw_candidates
from lgir.data.dataset import Dataset
from lgir.data.folder import load_dataset, save_dataset
from lgir.data.split import split
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.data.view import training_view
from lgir.experiment import prepare
from lgir.models import CONFIGS, MODELS, build_model
from lgir.models.lgir import CONFIGURATIONS
from lgir.models.train import TrainConfig
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.tools import Tools, open_tools

WORD = "zyzzyva"

VALUES = {
    "seeds": [0],
    "complete": {"folds": 2},
    "encode": {"encoders": [{"kind": "lexical", "dim": 16}]},
    "words": {"length": 10},
}


def config_of(rule: str) -> ExperimentConfig:
    return parse_config(ExperimentConfig, {**VALUES, "split": {"rule": rule}}, source="test")


def model_of(kind: str) -> Any:
    """A model's configuration, of LGIR the one with every addition; one epoch."""
    values = {"max_epochs": 1} if issubclass(CONFIGS[kind], TrainConfig) else {}
    if kind == "lgir":
        values = {**CONFIGURATIONS["default"].model_dump(), **values, "many_shot": 3, "few_shot": 1}
    return parse_config(CONFIGS[kind], values, source="test")


def save(dataset: Dataset, folder: Path) -> Path:
    save_dataset(dataset, folder, source="test")
    (folder / "manifest.json").unlink()  # which says the fingerprint of other tables
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("leak")
    world = synthetic_world(SyntheticConfig(n_users=40, n_jobs=60, mean_interactions=5), 7)
    # without posting dates, the dates of interactions stand in
    save(replace(world, jobs=world.jobs.drop("posted_at", "expires_at")), home / "plain")
    return home


class Listening:
    """A completer that notes what it is asked."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.fingerprint = inner, inner.fingerprint
        self.asked: list[Any] = []

    def complete(self, queries: Any, /) -> Iterator[Any]:
        given = list(queries)
        self.asked += given
        return self._inner.complete(given)


def made(material: Material, config: ExperimentConfig) -> SimpleNamespace:
    """Everything that training is given, and what went into it."""
    with open_tools(material.folder, config, material.view, Silent()) as tools:
        completer = Listening(tools.completer)
        prepared = prepare(material, Tools(completer, tools.profiles, tools.encoder), config, Silent(), words=True)
        return SimpleNamespace(
            data=prepared.data,
            vocabularies=prepared.vocabularies.to_json(),
            encoder=tools.encoder.fingerprint,
            asked={repr(query) for query in completer.asked if query.user_id in material.view.users},
        )


def arrays(value: Any, name: str = "") -> Iterator[tuple[str, bytes]]:
    """Every array of a record, by its place."""
    if isinstance(value, np.ndarray):
        yield name, value.tobytes()
    elif is_dataclass(value):
        for one in fields(value):
            if one.name != "validate":
                yield from arrays(getattr(value, one.name), f"{name}.{one.name}")
    elif value is not None and not callable(value):
        yield name, repr(value).encode()


def check_same(one: SimpleNamespace, other: SimpleNamespace) -> None:
    assert one.vocabularies == other.vocabularies
    assert one.encoder == other.encoder
    assert one.asked == other.asked
    of_one, of_other = dict(arrays(one.data)), dict(arrays(other.data))
    assert len(of_one) > 20
    assert list(of_one) == list(of_other)
    assert [name for name in of_one if of_one[name] != of_other[name]] == []


def planted(dataset: Dataset, jobs: np.ndarray) -> Dataset:
    """These jobs say a word that nobody says, in every column."""
    here = pl.Series(np.isin(np.arange(dataset.jobs.height), jobs))
    columns = [name for name in ("text", "title", "company", "location", "category") if name in dataset.jobs.columns]
    return replace(
        dataset,
        jobs=dataset.jobs.with_columns(
            pl.when(here).then(pl.col(name) + f", {WORD}").otherwise(pl.col(name)).alias(name) for name in columns
        ),
    )


@pytest.fixture(scope="module", params=["paper", "time"])
def doubles(request: pytest.FixtureRequest, home: Path) -> SimpleNamespace:
    """A world, and the same with a word planted in every job that training does not see."""
    rule = request.param
    config = config_of(rule)
    material = open_material(home / "plain", config)
    unseen = np.setdiff1d(np.arange(60), material.split.train[:, 1])
    held_out = np.concatenate([material.split.validation[:, 1], material.split.test[:, 1]])
    assert np.isin(held_out, unseen).any()
    folder = save(planted(material.dataset, unseen), home / f"planted-{rule}")
    double = open_material(folder, config)
    both = made(material, config), made(double, config)
    return SimpleNamespace(rule=rule, plain=material, planted=double, config=config, made=both)


def test_a_word_of_an_unseen_job_is_nowhere(doubles):
    one, other = doubles.made
    assert WORD in "".join(doubles.planted.dataset.jobs["text"])
    check_same(one, other)
    for text in (repr(other.vocabularies), *other.asked, *doubles.planted.view.job_texts):
        assert WORD not in text


def test_a_word_of_a_training_job_is_seen(doubles, home):
    """The control: the comparison does find what training sees."""
    train = np.unique(doubles.plain.split.train[:, 1])
    folder = save(planted(doubles.plain.dataset, train[:1]), home / f"control-{doubles.rule}")
    one, other = doubles.made[0], made(open_material(folder, doubles.config), doubles.config)
    assert WORD in other.vocabularies["words"]
    assert other.encoder != one.encoder
    assert other.asked != one.asked
    with pytest.raises(AssertionError):
        check_same(one, other)


@pytest.mark.parametrize("kind", MODELS)
def test_no_weight_of_any_model_depends_on_it(doubles, kind):
    found = []
    for given in doubles.made:
        model = build_model(model_of(kind), given.data.shape)
        # the last epoch wins: which one is best may depend on the validation part, but nothing else may
        model.fit(replace(given.data, validate=Counting()), Run(0))
        found.append(model.weights())
    assert list(found[0]) == list(found[1])
    assert [name for name in found[0] if found[0][name].tobytes() != found[1][name].tobytes()] == []


class Counting:
    """A validation value that rises with every call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, model: object) -> float:
        self.calls += 1
        return float(self.calls)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_held_out_pairs_change_nothing_that_training_is_given(doubles, part):
    """Every held-out pair is replaced by another of the same person."""
    material, rng = doubles.plain, np.random.default_rng(0)
    taken = {tuple(pair) for pair in np.concatenate([material.split.train, material.split.part(part)]).tolist()}
    others = np.array(
        [
            (user, rng.choice([job for job in material.split.catalogue.tolist() if (user, job) not in taken]))
            for user, _ in material.split.part(part).tolist()
        ],
        dtype=np.int64,
    )
    changed = replace(material.split, **{part: np.unique(others, axis=0)})
    lists = {part: draw_candidates(changed, part, seed=0)}
    double = replace(material, split=changed, view=training_view(material.dataset, changed.train), **lists)
    assert not np.array_equal(getattr(double, part).jobs, getattr(material, part).jobs)
    check_same(doubles.made[0], made(double, doubles.config))


def test_no_array_of_training_holds_a_held_out_pair(doubles):
    data: TrainingData = doubles.made[0].data
    split, view = doubles.plain.split, doubles.plain.view
    users = view.users.rows(doubles.plain.dataset.users["user_id"].to_list())
    jobs = view.jobs.rows(doubles.plain.dataset.jobs["job_id"].to_list())
    held_out = {(int(users[user]), int(jobs[job])) for user, job in (*split.validation, *split.test)}
    owner = np.repeat(np.arange(len(data.users)), np.diff(data.users.offsets))
    for pairs in (data.pairs, np.stack([owner, data.users.history], axis=1)):
        assert len(pairs) == len(split.train)
        assert not {tuple(pair) for pair in pairs.tolist()} & held_out
    for some in (data.jobs, data.users.bank):
        assert isinstance(some, Jobs)
        assert (some.rows == np.arange(len(view.jobs))).all(), "no job but those of training"


def test_under_protocol_time_nothing_after_the_cut_is_seen(home):
    """Everything that happened after the cut is replaced: who did what, what unseen jobs say, when it happened."""
    config = config_of("time")
    dataset = load_dataset(home / "plain")
    parts = split(dataset, config.split)
    users, jobs = dataset.users["user_id"].to_list(), dataset.jobs["job_id"].to_list()
    trained = {(users[user], jobs[job]) for user, job in parts.train.tolist()}
    before = pl.Series([pair[:2] in trained for pair in dataset.interactions.iter_rows()])
    past, future = dataset.interactions.filter(before), dataset.interactions.filter(~before)
    cut = future["timestamp"].min()
    assert past["timestamp"].max() < cut
    rng = np.random.default_rng(1)
    free = [(user, job) for user in users for job in jobs if (user, job) not in trained]
    chosen = [free[place] for place in rng.choice(len(free), size=future.height, replace=False)]
    moments = [
        cut + timedelta(hours=int(hours)) for hours in np.sort(rng.permutation(10 * future.height))[: future.height]
    ]
    rewritten = pl.DataFrame(
        {"user_id": [user for user, _ in chosen], "job_id": [job for _, job in chosen], "timestamp": moments},
        schema=future.schema,
    )
    unseen = np.setdiff1d(np.arange(len(jobs)), parts.train[:, 1])
    double = planted(replace(dataset, interactions=pl.concat([past, rewritten])), unseen)
    one = open_material(home / "plain", config)
    other = open_material(save(double, home / "rewritten"), config)
    assert np.array_equal(one.split.train, other.split.train)
    assert not np.array_equal(one.split.test, other.split.test)
    # the dates that stand in for posting dates are those of training
    check_same(made(one, config), made(other, config))
