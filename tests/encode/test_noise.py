"""Noise for text: a text is told from another, and nothing else is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.config import parse_config
from lgir.core.seams import TextEncoder
from lgir.encode.config import EncodeConfig
from lgir.encode.factory import build_encoder, encoder_state, restore_encoder
from lgir.encode.noise import NoiseConfig, NoiseEncoder


def test_equal_texts_equal_vectors_of_length_1():
    encoder = NoiseEncoder(NoiseConfig(dim=64))
    assert isinstance(encoder, TextEncoder)
    found = encoder.encode(["cook", "cooks", "cook", " ", ""])
    assert (found.shape, found.dtype) == ((5, 64), np.float32)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(found[0], found[2])
    # a vector depends on its own text alone
    np.testing.assert_array_equal(NoiseEncoder(NoiseConfig(dim=64)).encode(["cooks"])[0], found[1])
    assert encoder.encode([]).shape == (0, 64)


def test_nothing_of_a_text_can_be_read_from_its_vector():
    """Texts that share all words but one are as far apart as any: cosines look like those of random directions."""
    found = NoiseEncoder(NoiseConfig(dim=384)).encode(
        [f"warehouse clerk in the north {number}" for number in range(300)]
    )
    cosines = (found @ found.T)[np.triu_indices(300, 1)]
    assert abs(cosines.mean()) < 0.001
    assert 0.9 < cosines.std() * np.sqrt(384) < 1.1
    assert np.abs(found.mean(axis=0)).max() < 5 / np.sqrt(384 * 300)


@given(st.text(min_size=1))
def test_any_text_has_a_vector(text):
    found = NoiseEncoder(NoiseConfig(dim=3)).encode([text])[0]
    assert np.isfinite(found).all()
    assert np.linalg.norm(found) > 0.99 or not text.strip()


def test_half_a_character_has_one_too():
    assert np.linalg.norm(NoiseEncoder(NoiseConfig(dim=3)).encode(["\ud800"])[0]) > 0.99


def test_it_is_chosen_by_kind_and_restored_without_state():
    config = parse_config(EncodeConfig, {"encoders": [{"kind": "noise", "dim": 5}]}, source="test")
    encoder = build_encoder(config, list)
    assert [(block.name, block.dim) for block in encoder.blocks] == [("noise", 5)]
    state = encoder_state(encoder)
    assert state.arrays == {}
    again = restore_encoder(config, state)
    assert again.fingerprint == encoder.fingerprint
    np.testing.assert_array_equal(again.encode(["a"]), encoder.encode(["a"]))
    assert NoiseEncoder(NoiseConfig(dim=6)).fingerprint != NoiseEncoder(NoiseConfig(dim=5)).fingerprint
