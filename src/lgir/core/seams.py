"""Every protocol of the project, on one page. Whoever implements one joins its contract suite in `lgir.testing`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from lgir.core.records import Answer, Completion, Failure, Jobs, Prompt, Query, TopK, TrainingData, Users
from lgir.core.run import Run

Feature = Literal["ids", "text", "history", "fields", "words", "dates"]
"""What a model can use of a dataset: rows of known users and jobs, text vectors, engaged jobs, structured columns, word
codes, and when jobs appeared."""


@runtime_checkable
class Completer(Protocol):
    """Completes résumés (paper eq. 1, 2)."""

    fingerprint: str
    """Changes whenever the text for some query may change: back end, model, prompt, parameters."""

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One result per query, in order, lazily; a failed query is a value, never an exception."""
        ...


@runtime_checkable
class ReadyCompleter(Completer, Protocol):
    """A `Completer` that can also give its results out of order, so that a cache can keep each of them at once."""

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Completion | Failure]]:
        """(place of the query, its result), the moment each is ready."""
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """Answers prompts: a server, or a model in this process."""

    name: str
    """What the model is called, as provenance names it."""
    fingerprint: str
    """Changes whenever an answer may change: model, revision, parameters; not its address or speed."""

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, its answer), the moment each is ready; a failed prompt is a value, not an exception.

        Prompts are read lazily, and another is asked only after the caller has come back for the next answer, so that
        what was yielded can be kept first.

        Raises:
            BackendError: no prompt can succeed: wrong key, unknown model, no server.
        """
        ...


@runtime_checkable
class TextEncoder(Protocol):
    """Turns texts into vectors of length 1, or, where several encoders stand side by side, of blocks of length 1; an
    empty text becomes the zero vector."""

    dim: int
    fingerprint: str
    """Changes whenever one output bit may change."""

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row per text, in order; a row does not depend on the other texts beyond float tolerance."""
        ...


@runtime_checkable
class Recommender(Protocol):
    """Scores jobs for users. Capabilities are class attributes."""

    needs: ClassVar[frozenset[Feature]]
    serves_unseen_users: ClassVar[bool]
    serves_unseen_jobs: ClassVar[bool]

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns from the training part; equal data and seed give equal weights."""
        ...

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """A finite score for every pair, higher is better; a pair's score does not depend on the rest of the batch."""
        ...

    def weights(self) -> Mapping[str, np.ndarray]:
        """Everything learned, by name."""
        ...

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave."""
        ...


@runtime_checkable
class TwoTower(Recommender, Protocol):
    """A recommender whose score is the inner product of two vectors, so that an `Index` can serve it."""

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u v"]: ...

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j v"]: ...


@runtime_checkable
class PairScorer(Recommender, Protocol):
    """A recommender whose score is any function of one vector per user and one per job, so that scoring many pairs
    computes each vector once."""

    def user_states(self, users: Users) -> Float32[np.ndarray, "u v"]: ...

    def job_states(self, jobs: Jobs) -> Float32[np.ndarray, "j w"]: ...

    def score_states(
        self, users: Float32[np.ndarray, "... v"], jobs: Float32[np.ndarray, "... w"]
    ) -> Float32[np.ndarray, "..."]:
        """One score per pair; the leading axes broadcast, as in [u, 1, v] with [1, j, w] for every pair."""
        ...


@runtime_checkable
class SelfDiagnosing(Recommender, Protocol):
    """A recommender that can tell from its training log what went wrong."""

    def diagnose(self, log: Sequence[Mapping[str, float | int]]) -> tuple[str, ...]:
        """Sentences for people; none where nothing went wrong."""
        ...


@runtime_checkable
class Index(Protocol):
    """Finds the places with the largest inner product."""

    def search(self, queries: Float32[np.ndarray, "q v"], k: int) -> TopK: ...
