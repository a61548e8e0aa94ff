"""The completer and the encoder of a run, over caches that live with the dataset and are keyed by content."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lgir import __version__
from lgir.complete.factory import build_completer
from lgir.core.fingerprint import fingerprint
from lgir.core.run import Progress
from lgir.core.seams import Completer
from lgir.data.view import TrainingView
from lgir.encode.factory import EncoderState, build_encoder, encoder_state, restore_encoder
from lgir.encode.joined import JoinedEncoder
from lgir.pipeline.config import ExperimentConfig
from lgir.store.completions import CompletionStore
from lgir.store.run_folder import RunFolder
from lgir.store.vectors import VectorStore


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What completes and what encodes."""

    completer: Completer
    encoder: JoinedEncoder


@contextmanager
def open_completer(data: Path, config: ExperimentConfig) -> Iterator[Completer]:
    """The configured completer over the dataset's store of completions."""
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        yield build_completer(config.complete, store)


@contextmanager
def open_tools(
    data: Path,
    config: ExperimentConfig,
    fitted: TrainingView | EncoderState,
    progress: Progress,
    *,
    device: str = "cpu",
) -> Iterator[Tools]:
    """Completer and encoder.

    Args:
        data: the dataset's folder; caches live in its `derived/`.
        config: the run's configuration.
        fitted: the training view to fit encoders on, or what a run kept of fitted ones.
        progress: where encoding reports itself.
        device: torch device of the encoders.
    """
    with open_completer(data, config) as completer, VectorStore(data / "derived" / "vectors.sqlite") as store:
        state = fitted if isinstance(fitted, EncoderState) else _fitted_before(data, config, fitted)
        if state is not None:
            encoder = restore_encoder(config.encode, state, store, progress, device=device)
        else:
            assert not isinstance(fitted, EncoderState)
            texts = _texts(fitted)
            encoder = build_encoder(config.encode, lambda: texts, store, progress, device=device)
            _keep(data, config, fitted, encoder)
        yield Tools(completer, encoder)


def _texts(view: TrainingView) -> list[str]:
    """What encoders are fitted on: texts of the training part."""
    return [text for text in (*view.job_texts, *view.resumes) if text]


def _state_name(config: ExperimentConfig, view: TrainingView) -> str:
    return (
        f"{fingerprint('encoder', __version__, config.encode.model_dump(mode='json'), _texts(view))[:32]}.safetensors"
    )


def _fitted_before(data: Path, config: ExperimentConfig, view: TrainingView) -> EncoderState | None:
    """Encoders that another run has fitted on the same texts: fitting takes longer than reading."""
    folder, name = RunFolder(data / "derived" / "encoders"), _state_name(config, view)
    return EncoderState(*folder.read_arrays(name)) if folder.has(name) else None


def _keep(data: Path, config: ExperimentConfig, view: TrainingView, encoder: JoinedEncoder) -> None:
    state = encoder_state(encoder)
    if state.arrays:  # what is not fitted needs no keeping
        RunFolder(data / "derived" / "encoders").write_arrays(_state_name(config, view), state.arrays, state.meta)
