"""What the transformer encoders share: windows in, one vector per text out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float32, Int64

from lgir.core.errors import BackendError
from lgir.encode.report import Encoded, EncodingReport
from lgir.encode.windows import Windows, cut_windows
from lgir.nets.quiet import quiet_transformers

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

BATCH_SIZE = 32
"""Windows per forward pass."""


@dataclass(frozen=True, slots=True, eq=False)
class Backbone:
    """A loaded model.

    Attributes:
        tokenizer: cuts a text into windows of `max_tokens`, special tokens included.
        embed: token numbers [b, t] and mask [b, t] (1 = token, 0 = filler on the right) → vectors [b, d].
        pad_id: token number of the filler.
        device: torch device of the weights.
    """

    tokenizer: "Tokenizer"
    embed: "Callable[[Tensor, Tensor], Tensor]"
    pad_id: int
    device: str


class TransformerEncoder:
    """A `TextEncoder` over a transformer, loaded when the first text needs it.

    The batch size changes a vector by float rounding only (1e-5). Vectors on different devices or thread counts differ
    likewise; the fingerprint does not cover these.
    """

    def __init__(
        self,
        load: Callable[[], Backbone],
        *,
        dim: int,
        fingerprint: str,
        max_tokens: int,
        chunks: int,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.dim = dim
        self.fingerprint = fingerprint
        self._load = load
        self._chunks = chunks
        self._batch_size = batch_size
        self._report = EncodingReport(texts=0, truncated=0, limit=max_tokens * chunks)

    @property
    def report(self) -> EncodingReport:
        """How many texts were encoded and how many of them cut, so far."""
        return self._report

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row of length 1 per text; a text without any token (empty, white space) is the zero vector."""
        return self.encode_counted(texts).vectors

    def encode_counted(self, texts: Sequence[str], /) -> Encoded:
        """What `encode` gives, with a flag for each text that was cut; both are added to `report`.

        Raises:
            BackendError: the model cannot be loaded, or gave a value that is not finite.
        """
        # an empty batch needs no model: opening a dataset without résumés must not cost seconds
        if any(text and not text.isspace() for text in texts):
            windows = cut_windows(self._backbone.tokenizer, texts, chunks=self._chunks)
            encoded = Encoded(windows.join(self._embed(windows)), windows.truncated)
        else:
            encoded = Encoded(np.zeros((len(texts), self.dim), dtype=np.float32), np.zeros(len(texts), dtype=np.bool_))
        self._report = self._report.plus(encoded)
        return encoded

    @cached_property
    def _backbone(self) -> Backbone:
        return self._load()

    def _embed(self, windows: Windows) -> Float32[np.ndarray, "w d"]:
        vectors = np.zeros((len(windows.ids), self.dim), dtype=np.float32)
        # windows of like length share a batch, so that little is spent on filler
        order = np.argsort([-len(ids) for ids in windows.ids], kind="stable")
        for start in range(0, len(order), self._batch_size):
            places = order[start : start + self._batch_size]
            vectors[places] = _forward(self._backbone, [windows.ids[place] for place in places])
        if not np.isfinite(vectors).all():
            raise BackendError("the text encoder gave a value that is not finite; check that its weights are undamaged")
        return vectors


def _forward(backbone: Backbone, batch: Sequence[Int64[np.ndarray, " _"]]) -> Float32[np.ndarray, "b d"]:
    import torch

    longest = max(len(ids) for ids in batch)
    ids = torch.full((len(batch), longest), backbone.pad_id, dtype=torch.int64)
    mask = torch.zeros((len(batch), longest), dtype=torch.int64)
    for row, window in enumerate(batch):
        ids[row, : len(window)] = torch.from_numpy(window)
        mask[row, : len(window)] = 1
    with torch.inference_mode():
        vectors = backbone.embed(ids.to(backbone.device), mask.to(backbone.device))
    return np.asarray(vectors.float().cpu().numpy())


def mean_pooling(hidden: "Float[Tensor, 'b t d']", mask: "Int64[Tensor, 'b t']") -> "Float[Tensor, 'b d']":
    """The mean over tokens, fillers left out."""
    weights = mask[:, :, None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)


def cls_pooling(hidden: "Float[Tensor, 'b t d']", mask: "Int64[Tensor, 'b t']") -> "Float[Tensor, 'b d']":
    """The first token's vector: [CLS] in BERT and SimBERT (the paper's setting)."""
    return hidden[:, 0]


def weighted_mean_pooling(hidden: "Float[Tensor, 'b t d']", mask: "Int64[Tensor, 'b t']") -> "Float[Tensor, 'b d']":
    """The mean over tokens, the i-th with weight i, fillers left out: a decoder's later tokens have seen more text.

    Source: SGPT-BE (Muennighoff 2022, arXiv 2202.08904), position-weighted mean pooling. Its symmetric search encodes
    both sides alike, as here; the brackets around queries and documents belong to its asymmetric models.
    """
    weights = (mask.cumsum(1) * mask)[:, :, None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)


POOLINGS: "dict[str, Callable[[Tensor, Tensor], Tensor]]" = {
    "mean": mean_pooling,
    "cls": cls_pooling,
    "weighted-mean": weighted_mean_pooling,
}
"""Ways from token vectors [b, t, d] and mask [b, t] to text vectors [b, d], by name."""


def pooled(model: Any, pool: "Callable[[Tensor, Tensor], Tensor]") -> "Callable[[Tensor, Tensor], Tensor]":
    """The `Backbone.embed` of a model: its last hidden layer, pooled."""

    def embed(ids: "Tensor", mask: "Tensor") -> "Tensor":
        return pool(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    return embed


def load_weights(folder: Path, device: str) -> Any:
    """The transformer of a folder in float32, ready to encode; safetensors only, and no code from the folder.

    Raises:
        BackendError: the weights are missing, damaged or do not fill the model.
    """
    import torch
    from transformers import AutoModel

    with quiet_transformers():
        try:
            model, info = AutoModel.from_pretrained(
                str(folder),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
        # the library raises whatever its parts raise: OSError, ValueError, RuntimeError, SafetensorError
        except Exception as error:
            raise BackendError(f"the model in {folder} cannot be loaded: {_first_line(error)}") from error
    # a missing weight would be drawn at random; the pooler is a head that no encoder here uses
    missing = sorted(key for key in info["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise BackendError(
            f"the weights in {folder} do not fill the model: {len(missing)} are missing, {missing[0]!r} first; "
            "give a folder with all weights"
        )
    # a decoder would keep keys and values for tokens that never come
    model.config.use_cache = False
    return model.eval().to(device)


def library_versions(*names: str) -> dict[str, str]:
    """Major versions of libraries that could change a bit of a vector; part of fingerprints."""
    return {name: version(name).split(".")[0] for name in ("torch", "transformers", "tokenizers", *names)}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
