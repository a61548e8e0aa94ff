"""A run's file: the model is chosen by its kind, and says what it needs."""

import re

import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.models import CONFIGS, MODELS
from lgir.models.lgir import CONFIGURATIONS
from lgir.pipeline.config import ExperimentConfig


def parsed(**values):
    return parse_config(ExperimentConfig, values, source="run.toml")


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_model_can_be_chosen_and_says_what_it_needs(kind):
    made = parsed(model={"kind": kind}, complete={"mode": "none"})
    assert made.model.kind == kind
    assert made.needs == MODELS[kind].needs
    assert made.label == ("LGIR (default)" if kind == "lgir" else kind)
    assert parse_config(ExperimentConfig, made.model_dump(mode="json"), source="again") == made


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_is_of_lgir_alone(name):
    assert parsed(configuration=name).model == CONFIGURATIONS[name]
    changed = parsed(configuration=name, model={"learning_rate": 0.5}).model
    assert changed == CONFIGURATIONS[name].model_copy(update={"learning_rate": 0.5})
    assert parsed(configuration=name, model={"kind": "mf"}).model == CONFIGS["mf"]()


def test_only_rows_that_see_the_jobs_leave_one_out():
    assert parsed(model={"kind": "lightgcn"}).folded, "mode irc shows the jobs"
    assert not parsed(model={"kind": "lightgcn"}, complete={"mode": "src"}).folded
    assert parsed(configuration="default").folded
    assert not parsed(configuration="paper").folded, "the paper's own scheme"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"model": {"kind": "bert"}}, "model: Input tag 'bert'"),
        ({"model": {"kind": "mf", "layers": 3}}, "model.mf.layers: there is no such key"),
        ({"model": {"layers": 3}}, "model.lgir.layers: there is no such key"),
        ({"configuration": "best"}, "configuration: Input should be 'paper' or 'default'"),
        ({"words": {"length": 0}}, "words.length: "),
        ({"model": {"kind": "bpjfnn"}, "complete": {"mode": "irc"}}, "writes the job to be ranked into them"),
    ],
)
def test_a_wrong_model_is_named(values, sentence):
    with pytest.raises(BadConfig, match=re.escape(sentence)):
        parsed(**values)
