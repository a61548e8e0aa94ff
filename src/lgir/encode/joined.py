"""Several encoders side by side."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from lgir.core.errors import BadConfig
from lgir.core.fingerprint import fingerprint
from lgir.core.records import TextBlock
from lgir.core.seams import TextEncoder
from lgir.encode.report import CountingEncoder, EncodingReport


class JoinedEncoder:
    """Blocks of several encoders in one vector. Each block has length 1 or 0 on its own, so a vector with two blocks
    has length √2; it is the one `TextEncoder` whose rows are not of length 1.

    Attributes:
        encoders: names with encoders, in the order of their blocks.
        blocks: names with widths, in the same order.
    """

    def __init__(self, encoders: Sequence[tuple[str, TextEncoder]]) -> None:
        names = [name for name, _ in encoders]
        if not names or len(set(names)) != len(names):
            raise BadConfig(f"text encoders need one or more names, each used once; given: {names}")
        self.encoders = tuple(encoders)
        self.blocks = tuple(TextBlock(name, encoder.dim) for name, encoder in encoders)
        self.dim = sum(block.dim for block in self.blocks)
        self.fingerprint = fingerprint("joined", [[name, encoder.fingerprint] for name, encoder in encoders])

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row per text: the encoders' vectors one after another."""
        return np.concatenate([encoder.encode(texts) for _, encoder in self.encoders], axis=1)

    def reports(self) -> dict[str, EncodingReport]:
        """Per encoder that may cut texts, how many it has cut so far."""
        return {name: encoder.report for name, encoder in self.encoders if isinstance(encoder, CountingEncoder)}
