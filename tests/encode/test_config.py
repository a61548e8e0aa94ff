import tomllib

import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.encode.config import EncodeConfig
from lgir.encode.lexical import LexicalConfig
from lgir.encode.minilm import MiniLmConfig
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
    )
    assert config.names() == ("minilm", "lexical", "sentence", "lexical-2")
    assert EncodeConfig.model_validate(config.model_dump(mode="json")) == config


def test_the_default_needs_no_hub() -> None:
    assert EncodeConfig().names() == ("minilm", "lexical")
    assert read("") == EncodeConfig()


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ('[[encoders]]\nkind = "bert"', "file.toml: encoders.0: .*'bert'.*'minilm', 'lexical', 'sentence'"),
        ('[[encoders]]\nkind = "sentence"', "encoders.0.sentence.model: Field required"),
        ('[[encoders]]\nkind = "lexical"\ndim = 0', "encoders.0.lexical.dim: .*greater than 0.*given: 0"),
        (
            '[[encoders]]\nkind = "minilm"\npooling = "cls"',
            "encoders.0.minilm.pooling: there is no such key; mend its spelling or remove it",
        ),
        ("encoders = []", "encoders: .*at least 1 item"),
    ],
)
def test_a_wrong_table_gives_a_sentence(toml: str, sentence: str) -> None:
    with pytest.raises(BadConfig, match=sentence):
        read(toml)
