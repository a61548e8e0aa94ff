"""Fitted encoders are kept with the dataset: fitted once on the same texts, and again when they cannot be used."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from lgir.core.run import Silent
from lgir.encode import factory
from lgir.encode.lexical import LexicalEncoder
from lgir.pipeline.material import open_material
from lgir.pipeline.tools import open_tools


@pytest.fixture
def copy(trained, tmp_path):
    shutil.copytree(trained.data, tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "derived" / "encoders", ignore_errors=True)
    return tmp_path / "data"


@pytest.fixture
def fits(monkeypatch):
    """How often the lexical encoder was fitted."""
    done = []
    fit = LexicalEncoder.fit

    def counted(texts, config):
        done.append(len(texts))
        return fit(texts, config)

    monkeypatch.setattr(factory.LexicalEncoder, "fit", counted)
    return done


def encoded(data, config, view):
    with open_tools(data, config, view, Silent()) as tools:
        return tools.encoder.fingerprint, tools.encoder.encode(["warehouse clerk in the north", "night nurse", ""])


def test_an_encoder_is_fitted_once_and_gives_the_same_vectors_after(copy, config, fits):
    view = open_material(copy, config).view
    first, again = encoded(copy, config, view), encoded(copy, config, view)
    assert len(fits) == 1
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert len(list((copy / "derived" / "encoders").iterdir())) == 1


def test_other_texts_or_settings_are_fitted_anew(copy, config, fits):
    view = open_material(copy, config).view
    encoded(copy, config, view)
    encoded(copy, config, replace(view, job_texts=(*view.job_texts[:-1], "something else")))
    wider = config.encode.model_copy(update={"encoders": (config.encode.encoders[0].model_copy(update={"dim": 8}),)})
    assert encoded(copy, config.model_copy(update={"encode": wider}), view)[1].shape == (3, 8)
    assert len(fits) == 3


def test_texts_are_those_of_training_alone(copy, config, fits):
    material = open_material(copy, config)
    encoded(copy, config, material.view)
    texts = [*material.view.job_texts, *material.view.resumes]
    assert fits == [sum(bool(text) for text in texts)]
    assert fits[0] < material.dataset.jobs.height + material.dataset.users.height


@pytest.mark.parametrize("how", ["damaged", "of another version"])
def test_what_was_kept_and_cannot_be_used_is_fitted_again(copy, config, fits, how, monkeypatch):
    view = open_material(copy, config).view
    first = encoded(copy, config, view)
    (kept,) = (copy / "derived" / "encoders").iterdir()
    if how == "damaged":
        kept.write_bytes(b"no")
    else:  # such as a transformer beside it whose vectors changed with a library
        from lgir.store.run_folder import RunFolder

        folder = RunFolder(kept.parent)
        arrays, meta = folder.read_arrays(kept.name)
        meta["blocks"][0]["fingerprint"] = "another"
        folder.write_arrays(kept.name, arrays, meta)
    again = encoded(copy, config, view)
    assert len(fits) == 2
    np.testing.assert_array_equal(first[1], again[1])
    assert encoded(copy, config, view)[0] == first[0]
    assert len(fits) == 2, "and kept again"
