"""The lexical encoder: TF-IDF over words and word pairs, reduced by a truncated SVD. It keeps names of towns and
employers apart, which a general sentence encoder blurs, and needs no model."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float32
from pydantic import PositiveInt, ValidationError

from lgir.core.config import Config
from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.fingerprint import fingerprint, fingerprint_arrays
from lgir.encode.terms import terms

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_FORMAT = 1
_SMALLEST = 1e-6
"""A text whose known terms keep no larger share of their length is outside what was fitted."""
_NO_LENGTH = 1e-4
"""Singular values with a smaller share of the largest one are rounding noise in single precision."""


class LexicalConfig(Config):
    """TF-IDF reduced by a truncated SVD."""

    kind: Literal["lexical"] = "lexical"
    dim: PositiveInt = 512
    """Width of a vector; texts that span fewer dimensions leave the last columns zero."""
    pairs: bool = True
    """Count pairs of neighbouring words too, such as "new york". Scripts without spaces always use character pairs."""
    min_df: PositiveInt = 1
    """Leave out terms that occur in fewer of the fitted texts."""
    max_terms: PositiveInt = 100_000
    """Keep this many terms at most, those in most texts first; it bounds memory at max_terms × dim × 4 bytes."""


@dataclass(frozen=True, eq=False)
class _Fitted:
    vocabulary: Mapping[str, int]
    idf: Float32[np.ndarray, " v"]
    components: Float32[np.ndarray, "v r"]


class LexicalEncoder:
    """A `TextEncoder` made by `fit` or `from_state`. Vectors do not depend on the batch, to the last bit; a text with
    no known term becomes the zero vector.

    Attributes:
        config: what it was fitted with.
        dim: width of a vector.
        fingerprint: covers configuration and everything fitted.

    Source: sublinear term frequency 1 + ln(tf), smooth idf ln((1 + n) / (1 + df)) + 1, as in scikit-learn.
    """

    def __init__(self, config: LexicalConfig, fitted: _Fitted) -> None:
        self.config = config
        self.dim = config.dim
        self._fitted = fitted
        arrays, meta = self.state()
        self.fingerprint = fingerprint("lexical", meta, fingerprint_arrays(arrays.values()))

    @classmethod
    def fit(cls, texts: Sequence[str], config: LexicalConfig) -> "LexicalEncoder":
        """Learns vocabulary, idf and directions, from texts of the training view only; equal texts, equal encoder.

        Raises:
            BadInput: no term occurs in `min_df` texts.
        """
        counts = [Counter(terms(text, pairs=config.pairs)) for text in texts]
        vocabulary, idf = _choose_terms(counts, config)
        return cls(config, _Fitted(vocabulary, idf, _directions(_tf_idf(counts, vocabulary, idf), config.dim)))

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row of length 1 (or 0) per text."""
        fitted = self._fitted
        counts = [Counter(terms(text, pairs=self.config.pairs)) for text in texts]
        inside = _tf_idf(counts, fitted.vocabulary, fitted.idf) @ fitted.components
        lengths = np.linalg.norm(inside, axis=1, keepdims=True)
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        np.divide(inside, lengths, out=vectors[:, : inside.shape[1]], where=lengths > _SMALLEST)
        return vectors

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything fitted: arrays by name, and what JSON can hold. `from_state` puts it back bit for bit."""
        fitted = self._fitted
        listed = np.frombuffer("\n".join(fitted.vocabulary).encode(), dtype=np.uint8)
        arrays = {"terms": listed.copy(), "idf": fitted.idf, "components": fitted.components}
        return arrays, {"format": _FORMAT, "config": self.config.model_dump(mode="json")}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> "LexicalEncoder":
        """The encoder that `state` described.

        Raises:
            UnreadableRun: the state is damaged or from a newer format.
        """
        if meta.get("format") != _FORMAT:
            raise UnreadableRun(
                f"the lexical encoder was saved in format {meta.get('format')!r} and this version reads {_FORMAT}; "
                "install the version of lgir that saved it"
            )
        try:
            config = LexicalConfig.model_validate(meta["config"])
            listed = arrays["terms"].tobytes().decode().split("\n")
            idf, components = arrays["idf"], arrays["components"]
        except (KeyError, UnicodeDecodeError, ValidationError):
            raise UnreadableRun("the saved lexical encoder is damaged; fit the run again") from None
        sizes = {len(listed), len(idf), len(components)}
        if len(sizes) != 1 or components.ndim != 2 or components.shape[1] > config.dim:
            raise UnreadableRun("the saved lexical encoder is damaged, its arrays differ in size; fit the run again")
        return cls(config, _Fitted({term: column for column, term in enumerate(listed)}, idf, components))


def _choose_terms(
    counts: Sequence[Counter[str]], config: LexicalConfig
) -> tuple[dict[str, int], Float32[np.ndarray, " v"]]:
    found = Counter(term for count in counts for term in count)
    kept = [term for term, texts in found.items() if texts >= config.min_df]
    if not kept:
        raise BadInput(
            f"no term occurs in {config.min_df} or more of the {len(counts)} texts, so the lexical encoder has nothing "
            "to learn; lower its min_df or leave it out of encode.encoders"
        )
    # ties by the term itself, so that the order of the texts decides nothing
    kept.sort(key=lambda term: (-found[term], term))
    kept = sorted(kept[: config.max_terms])
    idf = [math.log((1 + len(counts)) / (1 + found[term])) + 1 for term in kept]
    return {term: column for column, term in enumerate(kept)}, np.array(idf, dtype=np.float32)


def _tf_idf(
    counts: Sequence[Counter[str]], vocabulary: Mapping[str, int], idf: Float32[np.ndarray, " v"]
) -> "csr_matrix":
    """Sublinear TF-IDF rows of length 1, [n, v]; a text without a known term is an empty row."""
    from scipy.sparse import csr_matrix

    known = [[(vocabulary[term], tf) for term, tf in count.items() if term in vocabulary] for count in counts]
    offsets = np.cumsum([0, *(len(row) for row in known)])
    columns = np.array([column for row in known for column, _ in sorted(row)], dtype=np.int32)
    frequencies = np.array([tf for row in known for _, tf in sorted(row)], dtype=np.float32)
    values = (1 + np.log(frequencies)) * idf[columns]
    shape = (len(counts), len(idf))
    # a sparse product adds up each row on its own, so that a row's last bit does not depend on its batch
    lengths = np.sqrt(csr_matrix((values * values, columns, offsets), shape=shape) @ np.ones(len(idf), np.float32))
    return csr_matrix((values / np.repeat(lengths, np.diff(offsets)), columns, offsets), shape=shape)


def _directions(rows: "csr_matrix", dim: int) -> Float32[np.ndarray, "v r"]:
    """The `dim` right singular vectors with the largest singular values, or as many as the texts span."""
    from sklearn.utils.extmath import randomized_svd

    # single precision and four power iterations: on 7,000 short job texts a third of the time for the same similarities
    _, lengths, directions = randomized_svd(rows, min(dim, *rows.shape), n_iter=4, random_state=0, flip_sign=True)
    # a direction with no length is one that the texts do not span: noise that a new text must not be projected on
    kept = directions[lengths > _NO_LENGTH * lengths.max()]
    return np.ascontiguousarray(kept.T, dtype=np.float32)
