"""What an encoder says beside its vectors: how many texts it could not read to the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32

from lgir.core.seams import TextEncoder


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Vectors, and for each text whether its end was cut off before encoding."""

    vectors: Float32[np.ndarray, "n d"]
    truncated: Bool[np.ndarray, " n"]


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """What an encoder has encoded since it was made; a text given twice counts twice.

    Attributes:
        texts: texts encoded or taken from the cache.
        truncated: those of them whose end was cut off.
        limit: tokens of one text that the encoder reads at most.
    """

    texts: int
    truncated: int
    limit: int

    def plus(self, encoded: Encoded) -> "EncodingReport":
        """This report with one more batch."""
        return replace(
            self,
            texts=self.texts + len(encoded.truncated),
            truncated=self.truncated + int(encoded.truncated.sum()),
        )

    def __str__(self) -> str:
        """One sentence for people."""
        return f"{self.truncated:,} of {self.texts:,} texts are longer than {self.limit:,} tokens and were cut there"


@runtime_checkable
class CountingEncoder(TextEncoder, Protocol):
    """A `TextEncoder` that may cut texts, and says so."""

    @property
    def report(self) -> EncodingReport: ...

    def encode_counted(self, texts: Sequence[str], /) -> Encoded:
        """What `encode` gives, with a flag for each cut text."""
        ...
