"""Texts → windows of tokens that a transformer can read, with what did not fit counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lgir.encode.terms import valid_text

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

LongTexts = Literal["truncate", "chunk"]
"""What happens to a text longer than the model reads: its end is cut off, or it is read in windows whose vectors are
averaged, weighted by their tokens."""

MAX_CHUNKS = 32
"""Windows read of one text; some 6,000 words with MiniLM. What lies beyond is cut off and counted: the mean of more
windows says little, and one endless text must not stop a service."""

_SLAB = 256
"""Texts tokenised at a time; the tokeniser's own records are a hundred times larger than the token numbers kept."""


def max_chunks(long_texts: LongTexts) -> int:
    """Windows read of one text under this policy."""
    return MAX_CHUNKS if long_texts == "chunk" else 1


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows of a batch of texts.

    Attributes:
        ids: per window its token numbers with the model's special tokens.
        owner: per window the place of its text; a text without any token has no window.
        tokens: per window the tokens that are not special, > 0.
        truncated: per text, whether a part of it lies in no window.
    """

    ids: tuple[Int64[np.ndarray, " _"], ...]
    owner: Int64[np.ndarray, " w"]
    tokens: Int64[np.ndarray, " w"]
    truncated: Bool[np.ndarray, " n"]

    def join(self, vectors: Float32[np.ndarray, "w d"]) -> Float32[np.ndarray, "n d"]:
        """Per text the mean of its windows' normalised vectors by tokens, normalised; zero without a window."""
        joined = np.zeros((len(self.truncated), vectors.shape[1]), dtype=np.float64)
        np.add.at(joined, self.owner, self.tokens[:, None] * _normalised(vectors.astype(np.float64)))
        return _normalised(joined).astype(np.float32)


def cut_windows(tokenizer: "Tokenizer", texts: Sequence[str], *, chunks: int) -> Windows:
    """Cuts texts into windows of the length set by the tokeniser's truncation, `chunks` of each text at most."""
    ids: list[Int64[np.ndarray, " _"]] = []
    owner: list[int] = []
    tokens: list[int] = []
    truncated = np.zeros(len(texts), dtype=np.bool_)
    for start in range(0, len(texts), _SLAB):
        # tokenisers of bytes make tokens of white space too
        slab = ["" if text.isspace() else valid_text(text) for text in texts[start : start + _SLAB]]
        for place, encoding in enumerate(tokenizer.encode_batch(slab), start):
            windows = [encoding, *encoding.overflowing]
            truncated[place] = len(windows) > chunks
            for window in windows[:chunks]:
                if count := _plain_tokens(window):
                    ids.append(np.array(window.ids, dtype=np.int64))
                    owner.append(place)
                    tokens.append(count)
    return Windows(tuple(ids), np.array(owner, dtype=np.int64), np.array(tokens, dtype=np.int64), truncated)


def _plain_tokens(window: "Encoding") -> int:
    return len(window.ids) - sum(window.special_tokens_mask)


def _normalised(vectors: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
