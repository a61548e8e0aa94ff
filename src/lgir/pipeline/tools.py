"""The completer and the encoder of a run, over caches that live with the dataset and are keyed by content."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lgir.complete.factory import build_completer
from lgir.core.run import Progress
from lgir.core.seams import Completer
from lgir.data.view import TrainingView
from lgir.encode.factory import EncoderState, build_encoder, restore_encoder
from lgir.encode.joined import JoinedEncoder
from lgir.pipeline.config import ExperimentConfig
from lgir.store.completions import CompletionStore
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
        if isinstance(fitted, EncoderState):
            yield Tools(completer, restore_encoder(config.encode, fitted, store, progress, device=device))
        else:
            texts = [text for text in (*fitted.job_texts, *fitted.resumes) if text]
            yield Tools(completer, build_encoder(config.encode, lambda: texts, store, progress, device=device))
