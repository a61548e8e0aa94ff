import tomllib

import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.encode.config import EncodeConfig
from lgir.encode.lexical import LexicalConfig
from lgir.encode.minilm import MiniLmConfig
from lgir.encode.scratch_lm import ScratchLmConfig
from lgir.encode.sentence import SentenceConfig

EXAMPLE = """
[[encoders]]
kind = "minilm"
[[encoders]]
kind = "lexical"
dim = 256
[[encoders]]
kind = "sentence"
model = "some/simbert"
pooling = "cls"
[[encoders]]
kind = "lexical"
pairs = false
[[encoders]]
kind = "sentence"
model = "models/gpt-neo"
pooling = "weighted-mean"
[[encoders]]
kind = "scratch-lm"
steps = 100
"""


def read(toml: str) -> EncodeConfig:
    return parse_config(EncodeConfig, tomllib.loads(toml), source="file.toml")


def test_a_table_per_encoder() -> None:
    config = read(EXAMPLE)
    assert config.encoders == (
        MiniLmConfig(),
        LexicalConfig(dim=256),
        SentenceConfig(model="some/simbert", pooling="cls"),
        LexicalConfig(pairs=False),
        SentenceConfig(model="models/gpt-neo", pooling="weighted-mean"),
        ScratchLmConfig(steps=100),
    )
    assert config.names() == ("minilm", "lexical", "sentence", "lexical-2", "sentence-2", "scratch-lm")
    assert EncodeConfig.model_validate(config.model_dump(mode="json")) == config


def test_the_default_needs_no_hub() -> None:
    assert EncodeConfig().names() == ("minilm", "lexical")
    assert read("") == EncodeConfig()


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            '[[encoders]]\nkind = "bert"',
            "file.toml: encoders.0: .*'bert'.*'minilm', 'lexical', 'sentence', 'scratch-lm'",
        ),
        ('[[encoders]]\nkind = "sentence"', "encoders.0.sentence.model: Field required"),
        ('[[encoders]]\nkind = "lexical"\ndim = 0', "encoders.0.lexical.dim: .*greater than 0.*given: 0"),
        (
            '[[encoders]]\nkind = "minilm"\npooling = "cls"',
            "encoders.0.minilm.pooling: there is no such key; mend its spelling or remove it",
        ),
        ('[[encoders]]\nkind = "scratch-lm"\ndim = 100', "encoders.0.scratch-lm.dim: .*multiple of 32.*given: 100"),
        ('[[encoders]]\nkind = "scratch-lm"\nvocabulary = 256', "vocabulary: .*greater than 256.*given: 256"),
        ('[[encoders]]\nkind = "scratch-lm"\ncontext = 1', "context: .*greater than or equal to 2.*given: 1"),
        (
            '[[encoders]]\nkind = "sentence"\nmodel = "m"\npooling = "last"',
            "pooling: .*'model', 'mean', 'cls' or 'weighted-mean'.*given: 'last'",
        ),
        ("encoders = []", "encoders: .*at least 1 item"),
    ],
)
def test_a_wrong_table_gives_a_sentence(toml: str, sentence: str) -> None:
    with pytest.raises(BadConfig, match=sentence):
        read(toml)
