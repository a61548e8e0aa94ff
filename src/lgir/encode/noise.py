"""Noise in place of text: equal texts get equal vectors, and nothing else about a text can be read from them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float32
from pydantic import PositiveInt

from lgir.core.config import Config
from lgir.core.fingerprint import fingerprint


class NoiseConfig(Config):
    """What is left of a model that reads texts when they say nothing (ablation)."""

    kind: Literal["noise"] = "noise"
    dim: PositiveInt = 384
    """Width of a vector; 384 is MiniLM's."""


class NoiseEncoder:
    """A `TextEncoder` whose vectors are drawn from a text's hash: uniform in direction, of length 1."""

    def __init__(self, config: NoiseConfig) -> None:
        self.dim = config.dim
        self.fingerprint = fingerprint("noise", 1, config.dim)

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row per text, in order; zero for a blank text."""
        found = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            if text.strip():
                drawn = np.random.default_rng(int(fingerprint("noise", text)[:32], 16)).standard_normal(self.dim)
                row[:] = drawn / np.linalg.norm(drawn)
        return found
