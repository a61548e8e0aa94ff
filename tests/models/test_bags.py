"""BM25 and TF-IDF recomputed word by word; TF-IDF also by scikit-learn."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from lgir.models.bags import Collection, bm25, tf_idf, word_counts
from lgir.testing.worlds import make_world

N_WORDS = 9
TEXTS = st.lists(st.lists(st.integers(0, N_WORDS - 1), min_size=6, max_size=6), min_size=1, max_size=8)


def batch(texts):
    """Jobs with these word codes."""
    jobs = make_world("text").jobs.take(np.zeros(len(texts), dtype=np.int64))
    return replace(jobs, words=np.array(texts, dtype=np.int32))


def known(counts):
    df = (counts.toarray() > 0).sum(axis=0).astype(np.float32)
    return Collection(counts.shape[0], df, max(float(counts.sum()) / counts.shape[0], 1.0))


@settings(max_examples=30)
@given(TEXTS)
def test_words_are_counted_and_the_reserved_codes_are_no_words(texts):
    found = word_counts(batch(texts), N_WORDS).toarray()
    expected = [[text.count(word) if word >= 2 else 0 for word in range(N_WORDS)] for text in texts]
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=30)
@given(TEXTS)
def test_tf_idf_is_that_of_scikit_learn(texts):
    counts = word_counts(batch(texts), N_WORDS)
    expected = TfidfTransformer(sublinear_tf=True).fit_transform(counts.toarray().astype(np.float64)).toarray()
    np.testing.assert_allclose(tf_idf(counts, known(counts)).toarray(), expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=30)
@given(TEXTS)
def test_bm25_is_that_of_the_definition(texts):
    counts = word_counts(batch(texts), N_WORDS)
    all_known, n = known(counts), len(texts)
    found = bm25(counts, all_known).toarray()
    for text, row in zip(counts.toarray(), found, strict=True):
        for word, tf in enumerate(text):
            df = all_known.df[word]
            idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
            norm = 1.2 * (1 - 0.75 + 0.75 * text.sum() / all_known.mean_length)
            np.testing.assert_allclose(row[word], idf * tf * 2.2 / (tf + norm), rtol=1e-5)
