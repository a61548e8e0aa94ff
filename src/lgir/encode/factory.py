"""Configuration → encoder, and what a run folder must keep of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lgir.core.errors import UnreadableRun
from lgir.core.run import Progress, Silent
from lgir.core.seams import TextEncoder
from lgir.encode.cached import CachedEncoder
from lgir.encode.config import EncodeConfig, EncoderConfig
from lgir.encode.joined import JoinedEncoder
from lgir.encode.lexical import LexicalConfig, LexicalEncoder
from lgir.encode.minilm import MiniLmConfig, MiniLmEncoder
from lgir.encode.report import CountingEncoder
from lgir.encode.sentence import SentenceEncoder
from lgir.store.vectors import VectorStore


@dataclass(frozen=True, slots=True, eq=False)
class EncoderState:
    """What a run keeps of its encoder.

    Attributes:
        arrays: everything fitted, as "block/array".
        meta: JSON-able: per block its name and fingerprint, and for a fitted block what its arrays mean.
    """

    arrays: Mapping[str, np.ndarray]
    meta: Mapping[str, Any]


def build_encoder(
    config: EncodeConfig,
    fit_texts: Callable[[], Sequence[str]],
    store: VectorStore | None = None,
    progress: Progress | None = None,
    *,
    device: str = "cpu",
) -> JoinedEncoder:
    """The encoders of a configuration, ready to encode.

    Args:
        config: which encoders.
        fit_texts: gives the training view's texts; called once per lexical encoder.
        store: where vectors of transformers are kept; None keeps nothing and reports no progress.
        progress: where encoding reports itself.
        device: torch device of the transformers.
    """

    shown = progress or Silent()

    def fitted(name: str, wanted: LexicalConfig) -> LexicalEncoder:
        texts = fit_texts()
        shown.start(f"fit text encoder ({name})", None)
        encoder = LexicalEncoder.fit(texts, wanted)
        shown.finish(f"{len(texts):,} texts")
        return encoder

    return _assemble(config, fitted, store, shown, device)


def encoder_state(encoder: JoinedEncoder) -> EncoderState:
    """What `restore_encoder` needs beside the configuration; the weights of transformers are not copied."""
    arrays: dict[str, np.ndarray] = {}
    blocks: list[dict[str, Any]] = []
    for name, part in encoder.encoders:
        block: dict[str, Any] = {"name": name, "fingerprint": part.fingerprint}
        if isinstance(part, LexicalEncoder):
            fitted, block["fitted"] = part.state()
            arrays |= {f"{name}/{key}": array for key, array in fitted.items()}
        blocks.append(block)
    return EncoderState(arrays, {"blocks": blocks})


def restore_encoder(
    config: EncodeConfig,
    state: EncoderState,
    store: VectorStore | None = None,
    progress: Progress | None = None,
    *,
    device: str = "cpu",
) -> JoinedEncoder:
    """The encoder a run was trained with.

    Raises:
        UnreadableRun: the state is damaged, or an encoder of today gives other vectors than the run's: other weights,
            or another major version of a library.
    """
    blocks = {str(block["name"]): block for block in state.meta.get("blocks", ())}
    if tuple(blocks) != config.names():
        raise UnreadableRun(
            f"the run's encoders are {list(blocks)} and its configuration names {list(config.names())}; "
            "the run folder was changed by hand, fit the run again"
        )

    def saved(name: str, wanted: LexicalConfig) -> LexicalEncoder:
        arrays = {
            key.removeprefix(f"{name}/"): array for key, array in state.arrays.items() if key.startswith(f"{name}/")
        }
        encoder = LexicalEncoder.from_state(arrays, blocks[name].get("fitted", {}))
        if encoder.config != wanted:
            raise _changed(name)
        return encoder

    encoder = _assemble(config, saved, store, progress or Silent(), device)
    for name, part in encoder.encoders:
        if part.fingerprint != blocks[name]["fingerprint"]:
            raise _changed(name)
    return encoder


def _changed(name: str) -> UnreadableRun:
    return UnreadableRun(
        f"the text encoder {name!r} is not the one this run was trained with, so its vectors would not fit: its "
        "weights, settings or the major version of torch or transformers changed; restore them or fit again"
    )


def _assemble(
    config: EncodeConfig,
    lexical: Callable[[str, LexicalConfig], LexicalEncoder],
    store: VectorStore | None,
    progress: Progress,
    device: str,
) -> JoinedEncoder:
    def block(name: str, wanted: EncoderConfig) -> TextEncoder:
        if isinstance(wanted, LexicalConfig):
            return lexical(name, wanted)
        transformer: CountingEncoder
        if isinstance(wanted, MiniLmConfig):
            transformer = MiniLmEncoder(wanted, device=device)
        else:
            transformer = SentenceEncoder(wanted, device=device)
        return transformer if store is None else CachedEncoder(transformer, store, progress, name=name)

    names = config.names()
    return JoinedEncoder([(name, block(name, wanted)) for name, wanted in zip(names, config.encoders, strict=True)])
