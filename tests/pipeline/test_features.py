"""What a model sees: the training part, and only that."""

import numpy as np

from lgir.core.run import Silent
from lgir.encode.batches import Batcher
from lgir.pipeline.features import fold_vectors, make_features, training_data, whole_vectors
from lgir.pipeline.material import open_material
from lgir.pipeline.opened import model_shape
from lgir.pipeline.tools import open_tools


def test_training_data_holds_the_training_part_alone(trained, config):
    material = open_material(trained.data, config)
    with open_tools(trained.data, config, material.view, Silent()) as tools:
        batcher = Batcher(material.view.vocabularies(), tools.encoder)
        features = make_features(material, tools, batcher, Silent())
        folds = fold_vectors(material, 2, tools, Silent())
        data = training_data(
            material, features, model_shape(material.view.vocabularies(), tools), folds, lambda model: 0.0
        )
        whole = whole_vectors(material, features)

    train = {(int(u), int(j)) for u, j in material.split.train}
    users = material.dataset.users["user_id"].to_list()
    jobs = material.dataset.jobs["job_id"].to_list()
    seen = {(users.index(material.view.users.ids[u]), jobs.index(material.view.jobs.ids[j])) for u, j in data.pairs}
    assert seen == train
    assert len(data.jobs) == len({j for _, j in train})
    assert (data.users.rows == np.arange(len(data.users))).all()
    # histories are the pairs, in the same order
    np.testing.assert_array_equal(data.users.history, data.pairs[:, 1])
    np.testing.assert_array_equal(np.diff(data.users.offsets), np.bincount(data.pairs[:, 0]))
    # the paper's scheme uses the whole completion for each of the user's pairs
    np.testing.assert_array_equal(whole.text, data.users.text)
    np.testing.assert_array_equal(whole.of_pair, data.pairs[:, 0])
    # jobs outside training have row −1 in the catalogue
    assert (features.catalogue.rows >= 0).sum() == len(data.jobs)


def test_a_test_job_changes_nothing_that_training_sees(trained, config):
    """The view, its vocabularies and fitted encoders are equal whatever jobs outside the training part hold."""
    material = open_material(trained.data, config)
    held_out = np.setdiff1d(material.split.catalogue, material.split.train[:, 1])
    ids = set(material.dataset.jobs["job_id"].gather(held_out).to_list())
    assert ids
    assert not ids & set(material.view.jobs.ids)
    with open_tools(trained.data, config, material.view, Silent()) as tools:
        fingerprint = tools.encoder.fingerprint
    # the same view over a dataset whose held-out jobs say something else
    from dataclasses import replace

    import polars as pl

    spoiled = material.dataset.jobs.with_columns(
        pl.when(pl.col("job_id").is_in(list(ids))).then(pl.lit("zyzzyva, zyzzyva")).otherwise(pl.col(name)).alias(name)
        for name in ("text", "company", "location", "category")
    )
    assert spoiled["text"].to_list() != material.dataset.jobs["text"].to_list()
    from lgir.data.view import training_view

    view = training_view(replace(material.dataset, jobs=spoiled), material.split.train)
    assert view.vocabularies().to_json() == material.view.vocabularies().to_json()
    assert view.job_texts == material.view.job_texts
    assert view.columns == material.view.columns
    with open_tools(trained.data, config, view, Silent()) as tools:
        assert tools.encoder.fingerprint == fingerprint


def test_words_and_dates_are_there_where_they_are_asked_for(trained, config):
    from lgir.pipeline.features import catalogue_batch, seen_in_training

    material = open_material(trained.data, config)
    without, with_words = (seen_in_training(material.view, config, words=words) for words in (False, True))
    assert without.words is None
    assert with_words.words is not None
    assert (with_words.users, with_words.jobs) == (material.view.users, material.view.jobs)
    with open_tools(trained.data, config, material.view, Silent()) as tools:
        plain = catalogue_batch(material, Batcher(without, tools.encoder, config.words))
        told = catalogue_batch(material, Batcher(with_words, tools.encoder, config.words))
        assert model_shape(with_words, tools).n_words == len(with_words.words) + 2
        assert model_shape(without, tools).n_words == 0
    assert plain.words is None
    assert told.words is not None
    assert told.words.shape == (80, config.words.length)
    assert told.words.max() < len(with_words.words) + 2
    # posting dates, in days since 1970
    posted = material.dataset.jobs["posted_at"].dt.epoch("s").to_numpy() / 86_400
    np.testing.assert_allclose(plain.posted, posted)
    taken = told.take(np.array([5, 2]))
    np.testing.assert_array_equal(taken.words, told.words[[5, 2]])
    np.testing.assert_array_equal(taken.posted, told.posted[[5, 2]])
