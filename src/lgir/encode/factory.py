"""Configuration → encoder, and what a run folder must keep of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lgir.core.errors import UnreadableRun
from lgir.core.run import Progress, Silent
from lgir.core.seams import TextEncoder
from lgir.encode.cached import CachedEncoder
from lgir.encode.config import EncodeConfig
from lgir.encode.joined import JoinedEncoder
from lgir.encode.lexical import LexicalConfig, LexicalEncoder
from lgir.encode.minilm import MiniLmConfig, MiniLmEncoder
from lgir.encode.noise import NoiseConfig, NoiseEncoder
from lgir.encode.report import CountingEncoder
from lgir.encode.scratch_lm import ScratchLmConfig, ScratchLmEncoder
from lgir.encode.sentence import SentenceConfig, SentenceEncoder
from lgir.store.vectors import VectorStore

FittedConfig = LexicalConfig | ScratchLmConfig
"""Encoders that are fitted on the training view; a run keeps them whole, and their vectors go into no cache."""
FittedEncoder = LexicalEncoder | ScratchLmEncoder


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
        fit_texts: gives the training view's texts; called once per encoder that is fitted.
        store: where vectors of transformers are kept; None keeps nothing and reports no progress.
        progress: where encoding reports itself.
        device: torch device of the transformers.
    """

    shown = progress or Silent()

    def fitted(name: str, wanted: FittedConfig) -> FittedEncoder:
        texts = fit_texts()
        what = f"fit text encoder ({name})"
        encoder: FittedEncoder
        if isinstance(wanted, LexicalConfig):
            shown.start(what, None)
            encoder = LexicalEncoder.fit(texts, wanted)
        else:
            shown.start(what, wanted.steps)
            encoder = ScratchLmEncoder.fit(texts, wanted, shown, device=device)
        shown.finish(f"{len(texts):,} texts")
        return encoder

    return _assemble(config, fitted, store, shown, device)


def encoder_state(encoder: JoinedEncoder) -> EncoderState:
    """What `restore_encoder` needs beside the configuration; the weights of transformers are not copied."""
    arrays: dict[str, np.ndarray] = {}
    blocks: list[dict[str, Any]] = []
    for name, part in encoder.encoders:
        block: dict[str, Any] = {"name": name, "fingerprint": part.fingerprint}
        if isinstance(part, FittedEncoder):
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

    def saved(name: str, wanted: FittedConfig) -> FittedEncoder:
        arrays = {
            key.removeprefix(f"{name}/"): array for key, array in state.arrays.items() if key.startswith(f"{name}/")
        }
        meta = blocks[name].get("fitted", {})
        encoder: FittedEncoder
        if isinstance(wanted, LexicalConfig):
            encoder = LexicalEncoder.from_state(arrays, meta)
        else:
            encoder = ScratchLmEncoder.from_state(arrays, meta, device=device)
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
    fitted: Callable[[str, FittedConfig], FittedEncoder],
    store: VectorStore | None,
    progress: Progress,
    device: str,
) -> JoinedEncoder:
    def opened(name: str, wanted: MiniLmConfig | SentenceConfig | NoiseConfig) -> TextEncoder:
        transformer: CountingEncoder
        if isinstance(wanted, NoiseConfig):
            return NoiseEncoder(wanted)
        if isinstance(wanted, MiniLmConfig):
            transformer = MiniLmEncoder(wanted, device=device)
        else:
            transformer = SentenceEncoder(wanted, device=device)
        return transformer if store is None else CachedEncoder(transformer, store, progress, name=name)

    wanted = dict(zip(config.names(), config.encoders, strict=True))
    made: dict[str, TextEncoder] = {}
    # what has to be found comes first: a missing folder must be known before minutes of fitting
    made |= {name: opened(name, one) for name, one in wanted.items() if not isinstance(one, FittedConfig)}
    made |= {name: fitted(name, one) for name, one in wanted.items() if isinstance(one, FittedConfig)}
    return JoinedEncoder([(name, made[name]) for name in wanted])
