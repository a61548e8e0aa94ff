from pathlib import Path

import numpy as np
import pytest

from lgir.core.errors import BadInput, UnreadableRun
from lgir.encode.lexical import LexicalConfig, LexicalEncoder
from lgir.testing.encoders import TEXTS, EncoderContract

CORPUS = (*TEXTS, "nurse in Newark", "cook in New York", "forklift driver, York", "developer of C++ in New Jersey", "")


class TestLexicalEncoder(EncoderContract):
    atol = 0.0

    def make(self) -> LexicalEncoder:
        return LexicalEncoder.fit(CORPUS, LexicalConfig())

    def make_other(self) -> LexicalEncoder:
        return LexicalEncoder.fit(CORPUS, LexicalConfig(pairs=False))


def random_texts(n: int, words: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{word}" for word in rng.zipf(1.4, size=words) % 500) for _ in range(n)]


def test_similarities_are_those_of_tf_idf_where_the_vectors_have_room() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = random_texts(60, 30)
    peer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(texts)
    vectors = LexicalEncoder.fit(texts, LexicalConfig(dim=100)).encode(texts)
    np.testing.assert_allclose(vectors @ vectors.T, (peer @ peer.T).toarray(), atol=1e-4)


def test_fewer_columns_keep_the_largest_directions() -> None:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    # eight trades with words of their own, and some words that all share: eight directions stand out
    texts = [f"{text} {' '.join(f't{i % 8}x{k}' for k in range(20))}" for i, text in enumerate(random_texts(200, 5))]
    peer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(texts)
    reduced = TruncatedSVD(8, algorithm="arpack", random_state=0).fit_transform(peer)
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    vectors = LexicalEncoder.fit(texts, LexicalConfig(dim=8)).encode(texts)
    np.testing.assert_allclose(vectors @ vectors.T, reduced @ reduced.T, atol=1e-3)


def test_names_are_kept_apart() -> None:
    encoder = LexicalEncoder.fit(CORPUS, LexicalConfig())
    newark, york, newark_again = encoder.encode(["nurse Newark", "nurse New York", "Newark, a nurse"])
    assert newark @ newark_again > 0.9 > newark @ york


def test_columns_without_a_direction_are_zero_and_dim_stays() -> None:
    encoder = LexicalEncoder.fit(["one two", "three", "one two"], LexicalConfig(dim=16))
    vectors = encoder.encode(["one two three", "two"])
    assert vectors.shape == (2, 16)
    assert not vectors[:, 2:].any()
    assert encoder.state()[0]["components"].shape == (4, 2)


def test_a_text_without_a_known_term_is_zero() -> None:
    vectors = LexicalEncoder.fit(CORPUS, LexicalConfig()).encode(["zzz qqq", "nurse zzz"])
    assert not vectors[0].any()
    assert np.linalg.norm(vectors[1]) == pytest.approx(1)


def test_min_df_and_max_terms_choose_the_terms_in_most_texts() -> None:
    def chosen(**settings: int) -> list[str]:
        texts = ["a b", "a b", "a c", "a d"]
        arrays, _ = LexicalEncoder.fit(texts, LexicalConfig(pairs=False, **settings)).state()
        return arrays["terms"].tobytes().decode().split("\n")

    assert chosen() == ["a", "b", "c", "d"]
    assert chosen(min_df=2) == ["a", "b"]
    assert chosen(max_terms=3) == ["a", "b", "c"]


@pytest.mark.parametrize("texts", [[], ["", "  "], ["one", "two"]])
def test_nothing_to_learn_gives_a_sentence(texts: list[str]) -> None:
    with pytest.raises(BadInput, match=rf"in 2 or more of the {len(texts)} texts.*lower its min_df"):
        LexicalEncoder.fit(texts, LexicalConfig(min_df=2))


def test_equal_texts_fit_equal_encoders_and_other_texts_others() -> None:
    first, second = (LexicalEncoder.fit(random_texts(300, 20), LexicalConfig(dim=32)) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    other = LexicalEncoder.fit(random_texts(300, 20, seed=1), LexicalConfig(dim=32))
    assert other.fingerprint != first.fingerprint


def test_the_state_survives_a_file_bit_for_bit(tmp_path: Path) -> None:
    encoder = LexicalEncoder.fit(CORPUS, LexicalConfig(dim=5))
    arrays, meta = encoder.state()
    np.savez(tmp_path / "state.npz", **arrays)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as loaded:
        again = LexicalEncoder.from_state(dict(loaded), meta)
    assert again.fingerprint == encoder.fingerprint
    assert again.config == encoder.config
    assert again.encode(CORPUS).tobytes() == encoder.encode(CORPUS).tobytes()


def test_a_damaged_or_newer_state_gives_a_sentence() -> None:
    arrays, meta = LexicalEncoder.fit(CORPUS, LexicalConfig()).state()
    with pytest.raises(UnreadableRun, match="format 9 and this version reads 1; install"):
        LexicalEncoder.from_state(arrays, {**meta, "format": 9})
    with pytest.raises(UnreadableRun, match="damaged"):
        LexicalEncoder.from_state({}, meta)
    with pytest.raises(UnreadableRun, match="damaged"):
        LexicalEncoder.from_state(arrays, {**meta, "config": {"dim": -1}})
    with pytest.raises(UnreadableRun, match="differ in size"):
        LexicalEncoder.from_state({**arrays, "idf": arrays["idf"][1:]}, meta)
