"""The contract of `TextEncoder`: a new encoder's test class inherits these checks and says how one is made. Beside it a
tiny BERT, made on the spot, for tests that need a real transformer."""

import json
from pathlib import Path

import numpy as np

from lgir.core.seams import TextEncoder

HOSTILE: dict[str, str] = {
    "NUL and controls": "co\x00ok\x07\x1b[31m\x85",
    "only NUL": "\x00",
    "lone surrogates": "cook \ud800 and \udfff",
    "a surrogate pair": "cook \ud83d\ude00",
    "right to left": "طباخ، نادل\u202e gnirevo\u202c\u200f",
    "no spaces": "厨师，五年经验。熟悉川菜",
    "marks alone": "\u0301\u0301\ufe0f\u200d",
    "special tokens": "[CLS] [SEP] [PAD] [MASK] <s> </s>",
    "one endless word": "x" * 100_000,
    "a megabyte": "stocked shelves, helped customers. " * 30_000,
}

TEXTS = (
    "Registered nurse, five years in intensive care",
    "line cook; Newark, New Jersey",
    "C++ developer",
    "warehouse picker with a forklift licence, early and late shifts, " * 12,
    "cook",
    "厨师 五年经验",
)
"""Different texts of different lengths, each with something to encode."""


class EncoderContract:
    """Inherit, and implement `make` and `make_other`."""

    atol = 1e-5
    """How far a vector may move when other texts are encoded with it."""

    def make(self) -> TextEncoder:
        """A new encoder that knows the words of `TEXTS`."""
        raise NotImplementedError

    def make_other(self) -> TextEncoder:
        """A new encoder with another setting, so that some vector differs."""
        raise NotImplementedError

    def blocks(self, encoder: TextEncoder) -> tuple[int, ...]:
        """Widths of the runs of columns that are each of length 1 or 0."""
        return (encoder.dim,)

    def encode(self, texts: list[str] | tuple[str, ...]) -> np.ndarray:
        """Vectors by an encoder that the tests of one class share, as loading one may cost seconds."""
        kind = type(self)
        if "_shared" not in kind.__dict__:
            kind._shared = self.make()  # type: ignore[attr-defined]
        vectors: np.ndarray = kind._shared.encode(texts)  # type: ignore[attr-defined]
        return vectors

    def test_it_is_an_encoder_with_a_fingerprint_of_its_settings(self) -> None:
        encoder = self.make()
        assert isinstance(encoder, TextEncoder)
        assert len(encoder.fingerprint) == 64
        assert encoder.fingerprint == self.make().fingerprint
        assert encoder.fingerprint != self.make_other().fingerprint

    def test_a_row_of_length_one_per_text(self) -> None:
        vectors = self.encode(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), self.make().dim)
        self.assert_lengths(vectors, allow_zero=False)

    def test_two_instances_agree(self) -> None:
        np.testing.assert_allclose(self.make().encode(TEXTS), self.encode(TEXTS), atol=self.atol)

    def test_rows_keep_the_order_and_ignore_their_neighbours(self) -> None:
        together = self.encode(TEXTS)
        alone = np.concatenate([self.encode([text]) for text in TEXTS])
        np.testing.assert_allclose(together, alone, atol=self.atol)
        np.testing.assert_allclose(self.encode(TEXTS[::-1]), together[::-1], atol=self.atol)

    def test_different_texts_differ_and_equal_texts_agree(self) -> None:
        vectors = self.encode([*TEXTS, *TEXTS])
        first, second = vectors[: len(TEXTS)], vectors[len(TEXTS) :]
        np.testing.assert_allclose(first, second, atol=self.atol)
        distances = np.linalg.norm(first[:, None] - first[None], axis=2)
        assert (distances + np.eye(len(TEXTS)) > 1e-3).all()

    def test_a_text_without_content_is_zero_wherever_it_stands(self) -> None:
        vectors = self.encode(["", TEXTS[0], " \t\n\u3000", TEXTS[1], "\r\n"])
        assert not vectors[[0, 2, 4]].any()
        self.assert_lengths(vectors[[1, 3]], allow_zero=False)
        assert not self.encode(["", "  "]).any()

    def test_no_text_no_row(self) -> None:
        assert self.encode([]).shape == (0, self.make().dim)

    def test_hostile_texts_are_encoded(self) -> None:
        vectors = self.encode([*HOSTILE.values(), TEXTS[0]])
        self.assert_lengths(vectors, allow_zero=True)
        np.testing.assert_allclose(vectors[-1], self.encode([TEXTS[0]])[0], atol=self.atol)

    def assert_lengths(self, vectors: np.ndarray, *, allow_zero: bool) -> None:
        """Every block of every row is finite and of length 1, or 0 where that is allowed."""
        assert np.isfinite(vectors).all()
        for block in np.split(vectors, np.cumsum(self.blocks(self.make()))[:-1], axis=1):
            lengths = np.linalg.norm(block, axis=1)
            # a text in a script that a model does not know may leave one block empty, never all of a plain text
            right = np.isclose(lengths, 1, atol=1e-5) | (allow_zero & (lengths == 0))
            assert right.all(), lengths


TINY_MAX_TOKENS = 48
TINY_DIM = 32


def make_tiny_bert(folder: Path, *, seed: int = 0) -> Path:
    """A BERT with random weights and a word-piece vocabulary of letters, as a plain Hugging Face folder: 32 columns,
    two layers, 48 tokens. Equal seeds give equal weights."""
    import torch
    from transformers import BertConfig, BertModel

    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,;:+#-[]<>/()", *"厨师五年经验熟悉川菜招聘上海"]
    words = ["nurse", "cook", "care", "forklift", "shifts", "developer"]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *words,
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    told = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": TINY_MAX_TOKENS}
    (folder / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=TINY_DIM,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=TINY_MAX_TOKENS,
        initializer_range=0.5,  # larger than usual: an untrained BERT gives nearly one vector for all texts
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    return folder
