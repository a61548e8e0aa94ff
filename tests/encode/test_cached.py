from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lgir.encode.cached import CHUNK, CachedEncoder
from lgir.encode.report import CountingEncoder, Encoded, EncodingReport
from lgir.encode.sentence import SentenceConfig, SentenceEncoder
from lgir.store.vectors import VectorStore
from lgir.testing.encoders import TEXTS, TINY_MAX_TOKENS, EncoderContract, make_tiny_bert


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    folder = make_tiny_bert(tmp_path_factory.mktemp("tiny"))
    return SentenceEncoder(SentenceConfig(model=str(folder), long_texts="truncate"))


class TestCachedEncoder(EncoderContract):
    @pytest.fixture(autouse=True)
    def _parts(self, tiny: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.tiny = tiny
        self.folder = tmp_path_factory.mktemp("store")

    def make(self) -> CachedEncoder:
        return CachedEncoder(self.tiny, VectorStore(self.folder / "v.sqlite"))

    def make_other(self) -> CachedEncoder:
        folder = make_tiny_bert(self.folder / "other", seed=1)
        return CachedEncoder(SentenceEncoder(SentenceConfig(model=str(folder))), VectorStore(self.folder / "v.sqlite"))


class Watched:
    """The real encoder, writing down what it is asked; it stops working after `budget` texts."""

    def __init__(self, inner: SentenceEncoder, budget: int = 10**9) -> None:
        self.dim, self.fingerprint, self.inner, self.budget = inner.dim, inner.fingerprint, inner, budget
        self.asked: list[str] = []

    @property
    def report(self) -> EncodingReport:
        return self.inner.report

    def encode(self, texts: Sequence[str], /) -> np.ndarray:
        return self.encode_counted(texts).vectors

    def encode_counted(self, texts: Sequence[str], /) -> Encoded:
        if len(self.asked) + len(texts) > self.budget:
            raise KeyboardInterrupt
        self.asked += texts
        return self.inner.encode_counted(texts)


class Written:
    """A `Progress` that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def start(self, what: str, total: int | None) -> None:
        self.told.append(("start", what, total))

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.told.append(("advance", steps))

    def finish(self, note: str = "") -> None:
        self.told.append(("finish",))


def test_each_distinct_text_is_encoded_once(tiny: SentenceEncoder, tmp_path: Path) -> None:
    watched, progress = Watched(tiny), Written()
    assert isinstance(watched, CountingEncoder)
    with VectorStore(tmp_path / "v.sqlite") as store:
        encoder = CachedEncoder(watched, store, progress, name="tiny")
        first = encoder.encode([*TEXTS, TEXTS[0], ""])
        again = encoder.encode([TEXTS[1], "new", "new"])
        quiet = len(progress.told)
        last = encoder.encode([*TEXTS, TEXTS[0], ""])
    assert watched.asked == [*TEXTS, "", "new"]
    assert last.tobytes() == first.tobytes()
    assert again[0].tobytes() == first[1].tobytes()
    assert progress.told[:3] == [("start", "encode texts (tiny)", 7), ("advance", 7), ("finish",)]
    assert len(progress.told) == quiet


def test_another_process_reads_the_same_bits(tiny: SentenceEncoder, tmp_path: Path) -> None:
    with VectorStore(tmp_path / "v.sqlite") as store:
        first = CachedEncoder(tiny, store).encode(TEXTS)
    with VectorStore(tmp_path / "v.sqlite") as store:
        # nothing left to encode: an encoder that cannot work gives the same
        assert CachedEncoder(Watched(tiny, budget=0), store).encode(TEXTS[::-1]).tobytes() == first[::-1].tobytes()


def test_an_interruption_keeps_finished_chunks(tiny: SentenceEncoder, tmp_path: Path) -> None:
    texts = [f"cook {i}" for i in range(2 * CHUNK + 10)]
    with VectorStore(tmp_path / "v.sqlite") as store:
        with pytest.raises(KeyboardInterrupt):
            CachedEncoder(Watched(tiny, budget=2 * CHUNK), store).encode(texts)
        assert len(store) == 2 * CHUNK
        rest = Watched(tiny)
        vectors = CachedEncoder(rest, store).encode(texts)
    assert rest.asked == texts[2 * CHUNK :]
    np.testing.assert_allclose(vectors, tiny.encode(texts), atol=1e-5)


def test_cut_texts_are_counted_from_the_cache_too(tiny: SentenceEncoder, tmp_path: Path) -> None:
    texts = ["nurse " * (TINY_MAX_TOKENS + 1), "nurse"]
    with VectorStore(tmp_path / "v.sqlite") as store:
        CachedEncoder(tiny, store).encode(texts)
        encoder = CachedEncoder(tiny, store)
        encoded = encoder.encode_counted([*texts, *texts, ""])
    assert encoded.truncated.tolist() == [True, False, True, False, False]
    assert encoder.report == EncodingReport(texts=5, truncated=2, limit=TINY_MAX_TOKENS)
