import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.run import Silent
from lgir.encode.scratch_lm import ScratchLmConfig, ScratchLmEncoder
from lgir.testing.encoders import TEXTS, EncoderContract

SMALL: dict[str, Any] = {"dim": 32, "layers": 1, "vocabulary": 300, "context": 24, "steps": 3}
"""Fitted in a few milliseconds."""


def fit(texts: tuple[str, ...] = TEXTS, **settings: Any) -> ScratchLmEncoder:
    return ScratchLmEncoder.fit(texts, ScratchLmConfig(**{**SMALL, **settings}))


class TestScratchLm(EncoderContract):
    def make(self) -> ScratchLmEncoder:
        return fit()

    def make_other(self) -> ScratchLmEncoder:
        return fit(long_texts="truncate")


def by_hand(state: Mapping[str, np.ndarray], text: str, context: int) -> np.ndarray:
    """One text, no filler: transformers' own GPT-2 over the saved weights, token i weighted by i."""
    import torch
    from tokenizers import Tokenizer
    from transformers import GPT2Config, GPT2Model

    weights = {name: torch.from_numpy(array.copy()) for name, array in state.items() if name != "tokens"}
    ids = Tokenizer.from_str(state["tokens"].tobytes().decode()).encode(text).ids[:context]
    vocabulary, dim = weights["wte.weight"].shape
    model = GPT2Model(GPT2Config(vocab_size=vocabulary, n_embd=dim, n_layer=1, n_head=1, n_positions=context)).eval()
    model.load_state_dict(weights)
    with torch.inference_mode():
        hidden = model(torch.tensor([ids])).last_hidden_state[0].numpy()
    total = sum((place + 1) * vector for place, vector in enumerate(hidden))
    return total / np.linalg.norm(total)


def test_vectors_equal_a_computation_by_hand() -> None:
    encoder = fit(long_texts="truncate")
    arrays, _ = encoder.state()
    for text, vector in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        np.testing.assert_allclose(vector, by_hand(arrays, text, SMALL["context"]), atol=1e-5)


class Losses(Silent):
    """Keeps what training says."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.values += [float(note.removeprefix("loss "))] * steps


def test_training_learns_to_predict_the_texts() -> None:
    losses = Losses()
    settings = {**SMALL, "dim": 64, "steps": 60}
    ScratchLmEncoder.fit(TEXTS * 5, ScratchLmConfig(**settings), losses)
    assert len(losses.values) == 60
    assert losses.values[0] == pytest.approx(np.log(300), abs=0.3)
    assert losses.values[-1] < losses.values[0] - 1.5


def test_every_setting_and_every_text_counts() -> None:
    made = {
        "plain": fit(),
        "dim": fit(dim=64),
        "layers": fit(layers=2),
        "vocabulary": fit(vocabulary=280),
        "context": fit(context=20),
        "steps": fit(steps=4),
        "seed": fit(seed=1),
        "texts": fit((*TEXTS, "welder")),
    }
    assert len({encoder.fingerprint for encoder in made.values()}) == len(made)
    first = {name: encoder.encode(["registered nurse"])[0, :32] for name, encoder in made.items()}
    for name, vector in first.items():
        assert name == "plain" or not np.allclose(vector, first["plain"], atol=1e-4), name


def test_order_and_blanks_of_the_texts_do_not_count() -> None:
    assert fit(("", *TEXTS[::-1], " \n")).fingerprint == fit().fingerprint


def test_global_randomness_and_threads_neither_matter_nor_change() -> None:
    import torch

    threads, expected = torch.get_num_threads(), fit().fingerprint
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        before = torch.random.get_rng_state()
        torch.set_num_threads(threads + 1)
        try:
            assert fit().fingerprint == expected
            assert torch.get_num_threads() == threads + 1
        finally:
            torch.set_num_threads(threads)
        assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.slow
def test_another_process_fits_the_same_encoder() -> None:
    code = (
        "from lgir.encode.scratch_lm import *; from lgir.testing.encoders import TEXTS; "
        f"print(ScratchLmEncoder.fit(TEXTS, ScratchLmConfig(**{SMALL!r})).fingerprint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fit().fingerprint


def test_long_texts_are_averaged_by_tokens_or_cut_and_counted() -> None:
    chunking, cutting = fit(), fit(long_texts="truncate")
    # a word the tokeniser has never seen is one token per byte, and so is the space before it
    first, second = "Q" * (SMALL["context"] - 1), "Z" * 9
    tail = chunking.encode([second])[0], 10
    vectors = chunking.encode([first, f"{first} {second}"])
    mean = SMALL["context"] * vectors[0] + tail[1] * tail[0]
    np.testing.assert_allclose(vectors[1], mean / np.linalg.norm(mean), atol=1e-5)
    assert chunking.report.truncated == 0
    np.testing.assert_allclose(*cutting.encode([first, f"{first} {second}"]), atol=1e-5)
    assert (cutting.report.texts, cutting.report.truncated) == (2, 1)


def test_a_restored_encoder_is_the_same() -> None:
    from safetensors.numpy import load, save

    encoder = fit()
    encoder.encode(TEXTS)
    arrays, meta = encoder.state()
    again = ScratchLmEncoder.from_state(load(save(arrays)), meta)
    assert again.config == encoder.config
    assert again.fingerprint == encoder.fingerprint
    assert again.encode(TEXTS).tobytes() == encoder.encode(TEXTS).tobytes()


def test_one_changed_bit_changes_the_fingerprint() -> None:
    arrays, meta = fit().state()
    for name in ("wte.weight", "h.0.attn.c_attn.bias", "ln_f.weight"):
        changed = arrays[name].copy()
        changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
        assert ScratchLmEncoder.from_state({**arrays, name: changed}, meta).fingerprint != fit().fingerprint


def test_a_damaged_state_gives_a_sentence() -> None:
    arrays, meta = fit().state()
    without = {name: array for name, array in arrays.items() if name != "ln_f.weight"}
    config = {**meta["config"], "dim": 64}
    for broken, told in (
        (without, meta),
        ({**arrays, "more": arrays["ln_f.weight"]}, meta),
        ({**arrays, "tokens": arrays["tokens"][:-5]}, meta),
        ({name: array for name, array in arrays.items() if name != "tokens"}, meta),
        (arrays, {**meta, "config": config}),
        (arrays, {**meta, "config": {"dim": 33}}),
        (arrays, {"format": 1}),
    ):
        with pytest.raises(UnreadableRun, match=r"language model is damaged; fit the run again"):
            ScratchLmEncoder.from_state(broken, told)
    with pytest.raises(UnreadableRun, match=r"saved in format 2 and this version reads 1; install"):
        ScratchLmEncoder.from_state(arrays, {**meta, "format": 2})


def test_texts_without_content_teach_nothing() -> None:
    with pytest.raises(BadInput, match=r"none of the 2 training texts has any content.*leave scratch-lm out"):
        fit(("", " \n"))
    assert np.linalg.norm(fit(("x",)).encode(["x y"])) == pytest.approx(1, abs=1e-5)
