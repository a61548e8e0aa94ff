import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lgir.core.errors import BadConfig, UnreadableRun
from lgir.core.records import TextBlock
from lgir.core.run import Silent
from lgir.encode.cached import CachedEncoder
from lgir.encode.config import EncodeConfig
from lgir.encode.factory import EncoderState, build_encoder, encoder_state, restore_encoder
from lgir.encode.lexical import LexicalConfig
from lgir.encode.minilm import MiniLmConfig
from lgir.encode.scratch_lm import ScratchLmConfig
from lgir.encode.sentence import SentenceConfig
from lgir.store.vectors import VectorStore
from lgir.testing.encoders import TEXTS, TINY_DIM, make_tiny_bert

TINY_LM = ScratchLmConfig(dim=32, layers=1, vocabulary=300, context=16, steps=2)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return make_tiny_bert(tmp_path / "tiny")


@pytest.fixture
def config(tiny: Path) -> EncodeConfig:
    sentence = SentenceConfig(model=str(tiny), pooling="cls")
    return EncodeConfig(encoders=(LexicalConfig(dim=6), sentence, LexicalConfig(dim=4, pairs=False), TINY_LM))


def nothing() -> Sequence[str]:
    raise AssertionError("nothing is to be fitted")


def test_blocks_in_the_order_of_the_configuration(config: EncodeConfig) -> None:
    encoder = build_encoder(config, lambda: TEXTS)
    widths = (("lexical", 6), ("sentence", TINY_DIM), ("lexical-2", 4), ("scratch-lm", 32))
    assert encoder.blocks == tuple(TextBlock(name, dim) for name, dim in widths)
    assert encoder.encode(TEXTS).shape == (len(TEXTS), encoder.dim)
    assert set(encoder.reports()) == {"sentence", "scratch-lm"}


def test_only_what_is_not_fitted_is_cached(config: EncodeConfig, tmp_path: Path) -> None:
    with VectorStore(tmp_path / "v.sqlite") as store:
        encoder = build_encoder(config, lambda: TEXTS, store)
        vectors = encoder.encode(TEXTS)
        assert len(store) == len(TEXTS)
        assert [isinstance(part, CachedEncoder) for _, part in encoder.encoders] == [False, True, False, False]
    uncached = build_encoder(config, lambda: TEXTS)
    assert uncached.fingerprint == encoder.fingerprint
    np.testing.assert_allclose(uncached.encode(TEXTS), vectors, atol=1e-5)


def test_texts_to_fit_on_are_asked_for_only_when_needed() -> None:
    config = EncodeConfig(encoders=(MiniLmConfig(),))
    assert build_encoder(config, nothing).dim == 384


def through_files(state: EncoderState, folder: Path) -> EncoderState:
    """As a run folder keeps it."""
    from safetensors.numpy import load_file, save_file

    save_file(dict(state.arrays), folder / "state.safetensors")
    return EncoderState(load_file(folder / "state.safetensors"), json.loads(json.dumps(state.meta)))


def test_a_restored_encoder_gives_the_same_vectors(config: EncodeConfig, tmp_path: Path) -> None:
    encoder = build_encoder(config, lambda: TEXTS)
    state = through_files(encoder_state(encoder), tmp_path)
    again = restore_encoder(config, state)
    assert again.fingerprint == encoder.fingerprint
    assert again.blocks == encoder.blocks
    for columns in (slice(0, 6), slice(6 + TINY_DIM, 6 + TINY_DIM + 4)):
        assert again.encode(TEXTS)[:, columns].tobytes() == encoder.encode(TEXTS)[:, columns].tobytes()
    np.testing.assert_allclose(again.encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)


def test_a_model_that_changed_since_training_is_refused(config: EncodeConfig, tiny: Path, tmp_path: Path) -> None:
    state = encoder_state(build_encoder(config, lambda: TEXTS))
    shutil.rmtree(tiny)
    make_tiny_bert(tiny, seed=1)
    with pytest.raises(UnreadableRun, match=r"'sentence' is not the one this run was trained with.*or fit again"):
        restore_encoder(config, state)


def test_a_state_of_other_encoders_is_refused(config: EncodeConfig) -> None:
    state = encoder_state(build_encoder(EncodeConfig(encoders=(LexicalConfig(dim=6),)), lambda: TEXTS))
    with pytest.raises(UnreadableRun, match=r"encoders are \['lexical'\] and its configuration names"):
        restore_encoder(config, state)
    with pytest.raises(UnreadableRun, match=r"encoders are \[\]"):
        restore_encoder(config, EncoderState({}, {}))


def test_a_changed_configuration_is_noticed() -> None:
    given = EncodeConfig(encoders=(LexicalConfig(dim=6),))
    state = encoder_state(build_encoder(given, lambda: TEXTS))
    changed = EncodeConfig(encoders=(LexicalConfig(dim=7),))
    with pytest.raises(UnreadableRun, match=r"'lexical'"):
        restore_encoder(changed, state)
    state = encoder_state(build_encoder(EncodeConfig(encoders=(TINY_LM,)), lambda: TEXTS))
    with pytest.raises(UnreadableRun, match=r"'scratch-lm'"):
        restore_encoder(EncodeConfig(encoders=(TINY_LM.model_copy(update={"steps": 3}),)), state)


def test_a_missing_folder_is_known_before_anything_is_fitted(tmp_path: Path) -> None:
    absent = SentenceConfig(model=str(tmp_path / "absent"), pooling="weighted-mean")
    with pytest.raises(BadConfig, match=r"no model folder .*absent'; give a folder that exists"):
        build_encoder(EncodeConfig(encoders=(TINY_LM, LexicalConfig(), absent)), nothing)


class Told(Silent):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int | None]] = []
        self.steps = 0

    def start(self, what: str, total: int | None) -> None:
        self.started.append((what, total))

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.steps += steps


def test_fitting_reports_its_steps() -> None:
    told = Told()
    build_encoder(EncodeConfig(encoders=(LexicalConfig(dim=4), TINY_LM)), lambda: TEXTS, progress=told)
    assert told.started == [("fit text encoder (lexical)", None), ("fit text encoder (scratch-lm)", 2)]
    assert told.steps == 2
