"""Which encoders make a text vector; in TOML one `[[encode.encoders]]` table per block, in order."""

from typing import Annotated

from pydantic import Field

from lgir.core.config import Config
from lgir.encode.lexical import LexicalConfig
from lgir.encode.minilm import MiniLmConfig
from lgir.encode.noise import NoiseConfig
from lgir.encode.scratch_lm import ScratchLmConfig
from lgir.encode.sentence import SentenceConfig

EncoderConfig = Annotated[
    MiniLmConfig | LexicalConfig | SentenceConfig | ScratchLmConfig | NoiseConfig, Field(discriminator="kind")
]


class EncodeConfig(Config):
    """The encoders of a run.

    Example:
        >>> from lgir.core.config import parse_config
        >>> given = {"encoders": [{"kind": "sentence", "model": "bert-base-chinese", "pooling": "cls"}]}
        >>> parse_config(EncodeConfig, given, source="example").encoders[0].pooling
        'cls'
    """

    encoders: tuple[EncoderConfig, ...] = Field(default=(MiniLmConfig(), LexicalConfig()), min_length=1)
    """One block of columns each. The default needs no model hub: what a text means, and which words it uses."""

    def names(self) -> tuple[str, ...]:
        """The blocks' names: the encoder's kind, with a number from the second of a kind on ("sentence-2")."""
        kinds = [encoder.kind for encoder in self.encoders]
        counts = [kinds[: place + 1].count(kind) for place, kind in enumerate(kinds)]
        return tuple(kind if count == 1 else f"{kind}-{count}" for kind, count in zip(kinds, counts, strict=True))
