"""The completer and the encoder of a run, over caches that live with the dataset and are keyed by content."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lgir import __version__
from lgir.complete.factory import build_cached_completer
from lgir.core.errors import UnreadableRun
from lgir.core.fingerprint import fingerprint
from lgir.core.run import Progress
from lgir.core.seams import Completer
from lgir.data.view import TrainingView
from lgir.encode.factory import EncoderState, build_encoder, encoder_state, restore_encoder
from lgir.encode.joined import JoinedEncoder
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.profiles import Profiles
from lgir.store.completions import CompletionStore
from lgir.store.run_folder import RunFolder
from lgir.store.vectors import VectorStore


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What completes, what makes ranking profiles of completions, and what encodes."""

    completer: Completer
    profiles: Profiles
    encoder: JoinedEncoder


@contextmanager
def open_completer(data: Path, config: ExperimentConfig) -> Iterator[Completer]:
    """The configured completer over the dataset's store of completions."""
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        yield build_cached_completer(config.complete, store)


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
        if isinstance(fitted, EncoderState):
            encoder = restore_encoder(config.encode, fitted, store, progress, device=device)
        else:
            encoder = _fitted_before(data, config, fitted, store, progress, device) or _fitted_now(
                data, config, fitted, store, progress, device
            )
        yield Tools(completer, Profiles(config.complete, encoder), encoder)


def _texts(view: TrainingView) -> list[str]:
    """What encoders are fitted on: texts of the training part."""
    return [text for text in (*view.job_texts, *view.resumes) if text]


def _state_name(config: ExperimentConfig, view: TrainingView) -> str:
    return (
        f"{fingerprint('encoder', __version__, config.encode.model_dump(mode='json'), _texts(view))[:32]}.safetensors"
    )


def _fitted_before(
    data: Path, config: ExperimentConfig, view: TrainingView, store: VectorStore, progress: Progress, device: str
) -> JoinedEncoder | None:
    """Encoders that another run has fitted on the same texts: fitting takes longer than reading."""
    folder, name = RunFolder(data / "derived" / "encoders"), _state_name(config, view)
    if not folder.has(name):
        return None
    try:
        return restore_encoder(config.encode, EncoderState(*folder.read_arrays(name)), store, progress, device=device)
    except UnreadableRun:  # damaged, or of another version of a library: fitted again, it is replaced
        return None


def _fitted_now(
    data: Path, config: ExperimentConfig, view: TrainingView, store: VectorStore, progress: Progress, device: str
) -> JoinedEncoder:
    texts = _texts(view)
    encoder = build_encoder(config.encode, lambda: texts, store, progress, device=device)
    state = encoder_state(encoder)
    if state.arrays:  # what is not fitted needs no keeping
        RunFolder(data / "derived" / "encoders").write_arrays(_state_name(config, view), state.arrays, state.meta)
    return encoder
