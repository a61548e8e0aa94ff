"""Text encoders by name or folder: models of sentence-transformers, plain BERT folders such as SimBERT, and decoder
language models such as GPT-2, GPT-Neo or Llama."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PositiveInt

from lgir.core.config import Config
from lgir.core.errors import BackendError, BadConfig
from lgir.core.fingerprint import fingerprint
from lgir.encode.model_folder import ModelFolder, open_model
from lgir.encode.transformer import (
    BATCH_SIZE,
    POOLINGS,
    Backbone,
    TransformerEncoder,
    library_versions,
    load_weights,
    pooled,
)
from lgir.encode.windows import LongTexts, max_chunks

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

_UNLIMITED = 1_000_000
"""Tokenisers without a limit of their own say 10³⁰."""


class SentenceConfig(Config):
    """A transformer. The paper's setting is one line: `model = "<SimBERT>", pooling = "cls"` gives [CLS], d = 768. Its
    row SGPT-BE is another: `model = "<decoder>", pooling = "weighted-mean"`."""

    kind: Literal["sentence"] = "sentence"
    model: str = Field(min_length=1)
    """A folder, or a name on the model hub that is in the local cache or can be fetched."""
    revision: str | None = None
    """A branch, tag or commit on the hub; None is its main branch. A folder has none."""
    pooling: Literal["model", "mean", "cls", "weighted-mean"] = "model"
    """"model" does what the folder says (mean where it says nothing); the others use its transformer alone.
    "weighted-mean" is for decoders: later tokens, which have seen more of the text, count more (SGPT-BE)."""
    max_tokens: PositiveInt | None = None
    """Tokens per window, special tokens included; None is the model's own limit."""
    long_texts: LongTexts = "chunk"
    """Longer texts: "chunk" averages windows, "truncate" cuts the end off, as the paper's encoder does."""


class SentenceEncoder(TransformerEncoder):
    """A `TextEncoder` over any BERT-like model or decoder; loaded at once, so that a wrong name is known at once.

    Only safetensors are read, and no code from the model's folder is run.

    Raises:
        BadConfig: the folder does not exist or cannot be used, or `max_tokens` is more than the model can read.
        BackendError: the model cannot be found or loaded.
    """

    def __init__(self, config: SentenceConfig, *, device: str = "cpu", batch_size: int = BATCH_SIZE) -> None:
        folder = open_model(config.model, config.revision)
        model = load_weights(folder.transformer, device)
        tokenizer, limit, pad_id = _tokenizer(folder, model, config.max_tokens)
        pool = _pooling(folder, config.pooling, device)
        # a decoder that names no filler takes token 0: it stands to the right, where no token looks, and is not pooled
        backbone = Backbone(tokenizer, pooled(model, pool), pad_id, device)
        chunks = max_chunks(config.long_texts)
        versions = library_versions("sentence-transformers")
        super().__init__(
            lambda: backbone,
            dim=_width(backbone, config.model),
            fingerprint=fingerprint("sentence", folder.hashes(), config.pooling, limit, chunks, versions),
            max_tokens=limit,
            chunks=chunks,
            batch_size=batch_size,
        )


def _tokenizer(folder: ModelFolder, model: Any, max_tokens: int | None) -> tuple["Tokenizer", int, int]:
    """The tokeniser set to windows, their length, and the filler's number."""
    from tokenizers.normalizers import Lowercase, Sequence
    from transformers import AutoTokenizer

    try:
        loaded = AutoTokenizer.from_pretrained(str(folder.transformer), local_files_only=True, trust_remote_code=False)
    # the library raises whatever its parts raise
    except Exception as error:
        raise BackendError(f"the tokeniser in {folder.transformer} cannot be loaded: {type(error).__name__}") from error
    if not loaded.is_fast:
        raise BackendError(f"the tokeniser in {folder.transformer} has no tokenizer.json and none can be made from it")
    tokenizer: Tokenizer = loaded.backend_tokenizer
    limit = _limit(folder, model, loaded.model_max_length, max_tokens)
    special = tokenizer.num_special_tokens_to_add(False)
    if limit <= special:
        raise BadConfig(
            f"max_tokens = {limit} leaves no room beside {special} special tokens; give {special + 1} or more"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    if folder.lowercase:
        given = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = Sequence([Lowercase(), *given])
    return tokenizer, limit, loaded.pad_token_id or 0


def _limit(folder: ModelFolder, model: Any, tokenizer_limit: int, wanted: int | None) -> int:
    positions = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    stated = getattr(model.config, "max_position_embeddings", None)
    readable = stated if isinstance(stated, int) and stated > 0 else _UNLIMITED
    if positions is not None:
        # RoBERTa counts positions from behind its filler's
        readable = positions.num_embeddings - (0 if positions.padding_idx is None else positions.padding_idx + 1)
    if wanted is not None and wanted > readable:
        raise BadConfig(f"max_tokens = {wanted} is more than the model {folder.root} can read; give {readable} or less")
    limit = wanted or min(folder.max_tokens or _UNLIMITED, tokenizer_limit, readable)
    if limit >= _UNLIMITED:
        raise BadConfig(f"the model {folder.root} does not say how many tokens it reads; set max_tokens, such as 512")
    return limit


def _pooling(folder: ModelFolder, wanted: str, device: str) -> "Callable[[Tensor, Tensor], Tensor]":
    if wanted == "model" and folder.prompt:
        raise BadConfig(
            f"the model {folder.root} wants its prompt {folder.prompt!r} before every text, which is not supported; "
            'set pooling to "mean", "cls" or "weighted-mean" to use its transformer without it, or choose another model'
        )
    kind = folder.pooling if wanted == "model" else wanted
    if kind is not None:
        return POOLINGS[kind]
    # anything else is the folder's own chain of modules; this import costs seconds, so the usual cases do without it
    from sentence_transformers.sentence_transformer import modules

    try:
        chain = [getattr(modules, name).load(str(path)).eval().to(device) for name, path in folder.later]
    # the library raises whatever its parts raise
    except Exception as error:
        raise BackendError(f"a module in {folder.root} cannot be loaded: {type(error).__name__}: {error}") from error

    def pool(hidden: "Tensor", mask: "Tensor") -> "Tensor":
        features = {"token_embeddings": hidden, "attention_mask": mask}
        for module in chain:
            features = module(features)
        return features["sentence_embedding"]

    return pool


def _width(backbone: Backbone, name: str) -> int:
    import torch

    ids = torch.tensor([backbone.tokenizer.encode("a").ids], device=backbone.device)
    try:
        with torch.inference_mode():
            return int(backbone.embed(ids, torch.ones_like(ids)).shape[1])
    # a model that needs more than text, such as a decoder's input or an image, fails in its own way
    except Exception as error:
        raise BadConfig(
            f"the model {name!r} does not encode plain text ({type(error).__name__}); choose another"
        ) from error
