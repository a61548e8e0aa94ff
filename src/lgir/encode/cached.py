"""Vectors are made once: a wrapper that asks the store first."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from lgir.core.fingerprint import fingerprint
from lgir.core.run import Progress, Silent
from lgir.encode.report import CountingEncoder, Encoded, EncodingReport
from lgir.store.vectors import VectorStore

CHUNK = 128
"""Texts encoded between two writes: what an interruption can lose."""


class CachedEncoder:
    """A `TextEncoder` that encodes each distinct text once and keeps its vector by content; a vector from the store
    is bit for bit the one that was put in.

    Progress appears only when something has to be encoded.
    """

    def __init__(
        self, inner: CountingEncoder, store: VectorStore, progress: Progress | None = None, *, name: str = "text"
    ) -> None:
        self.dim = inner.dim
        self.fingerprint = inner.fingerprint
        self._inner = inner
        self._store = store
        self._progress: Progress = progress or Silent()
        self._name = name
        self._report = EncodingReport(texts=0, truncated=0, limit=inner.report.limit)

    @property
    def report(self) -> EncodingReport:
        """How many texts were given, cached ones too, and how many of them are cut."""
        return self._report

    def encode(self, texts: Sequence[str], /) -> Float32[np.ndarray, "n d"]:
        """One row per text, from the store where it is known."""
        return self.encode_counted(texts).vectors

    def encode_counted(self, texts: Sequence[str], /) -> Encoded:
        """What `encode` gives, with a flag for each text that was cut when it was encoded."""
        keys = [fingerprint(text, self.fingerprint) for text in texts]
        distinct = dict(zip(keys, texts, strict=True))
        known = self._store.get(list(distinct))
        self._encode_missing({key: text for key, text in distinct.items() if key not in known})
        # read again what was just written: two processes that encode one text at once must agree on its bits
        known |= self._store.get([key for key in distinct if key not in known])
        encoded = Encoded(
            np.array([known[key].vector for key in keys], dtype=np.float32).reshape(len(keys), self.dim),
            np.array([known[key].truncated for key in keys], dtype=np.bool_),
        )
        self._report = self._report.plus(encoded)
        return encoded

    def _encode_missing(self, missing: dict[str, str]) -> None:
        if not missing:
            return
        keys = list(missing)
        self._progress.start(f"encode texts ({self._name})", len(keys))
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            encoded = self._inner.encode_counted([missing[key] for key in chunk])
            self._store.put(chunk, encoded.vectors, encoded.truncated)
            self._progress.advance(len(chunk))
        self._progress.finish()
