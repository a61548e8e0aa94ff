"""Texts as sparse bags of words [n, n_words], weighed by TF-IDF or BM25, and the scores that follow."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array

from lgir.core.records import Jobs, Users

N_RESERVED = 2
"""Word codes 0 and 1 stand for the end of a text and for a word that training has not seen; they are no words."""

K1, B = 1.2, 0.75
"""BM25's usual saturation of a word's count, and weight of a text's length."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """What is known of the training jobs' texts.

    Attributes:
        n: how many there are.
        df: how many of them contain each word.
        mean_length: their mean number of words.
    """

    n: int
    df: Float32[np.ndarray, " w"]
    mean_length: float

    def bm25_scores(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """BM25 of each job for each user's query: all words of the completed résumé and of the engaged jobs."""
        resumes, engaged, offered = (word_counts(batch, len(self.df)) for batch in _texts(users, jobs))
        return _products(resumes + over_histories(users, engaged, mean=False), bm25(offered, self))

    def tf_idf_scores(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """Mean cosine of the engaged jobs and each job, plus the cosine of the completed résumé and the job."""
        resumes, engaged, offered = (tf_idf(word_counts(one, len(self.df)), self) for one in _texts(users, jobs))
        return _products(resumes + over_histories(users, engaged, mean=True), offered)


def word_counts(batch: Jobs | Users, n_words: int) -> csr_array:
    """tf: how often each word occurs in each text."""
    assert batch.words is not None, "`needs` asks for words"
    text, place = np.nonzero(batch.words >= N_RESERVED)
    ones = np.ones(len(text), dtype=np.float32)
    return csr_array((ones, (text, batch.words[text, place])), shape=(len(batch), n_words))


def tf_idf(counts: csr_array, known: Collection) -> csr_array:
    """(1 + ln tf)·(ln((1 + n)/(1 + df)) + 1), each row divided by its length.

    Source: sublinear term frequency and smooth idf as in scikit-learn.
    """
    idf = (np.log((1 + known.n) / (1 + known.df)) + 1).astype(np.float32)
    values = (1 + np.log(counts.data)) * idf[counts.indices]
    squares = _with(counts, values * values).sum(axis=1)
    return _with(counts, values / np.sqrt(_per_value(squares, counts)))


def bm25(counts: csr_array, known: Collection) -> csr_array:
    """ln(1 + (n − df + ½)/(df + ½))·tf·(k1 + 1)/(tf + k1·(1 − b + b·length/mean length)).

    Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the 1 within the
    logarithm, as in Lucene, keeps words of more than half of the texts from counting against a text.
    """
    idf = np.log(1 + (known.n - known.df + 0.5) / (known.df + 0.5)).astype(np.float32)
    length = _per_value(counts.sum(axis=1), counts) / np.float32(known.mean_length)
    return _with(counts, idf[counts.indices] * counts.data * (K1 + 1) / (counts.data + K1 * (1 - B + B * length)))


def over_histories(users: Users, bags: csr_array, *, mean: bool) -> csr_array:
    """The sum, or the mean, of the bags of each user's engaged jobs; bags: one row per entry of `users.history`."""
    lengths = np.diff(users.offsets)
    shares = np.repeat(1 / lengths.clip(min=1) if mean else np.ones(len(users)), lengths).astype(np.float32)
    entries = np.arange(len(users.history))
    return csr_array((shares, entries, users.offsets), shape=(len(users), len(entries))) @ bags


def _texts(users: Users, jobs: Jobs) -> tuple[Users, Jobs, Jobs]:
    return users, users.bank.take(users.history), jobs


def _products(wanted: csr_array, offered: csr_array) -> Float32[np.ndarray, "u j"]:
    return np.asarray((wanted @ offered.T).toarray(), dtype=np.float32)


def _with(counts: csr_array, values: Float32[np.ndarray, " n"]) -> csr_array:
    return csr_array((values, counts.indices, counts.indptr), shape=counts.shape)


def _per_value(per_row: Float32[np.ndarray, " n"], counts: csr_array) -> Float32[np.ndarray, " v"]:
    return np.repeat(per_row, np.diff(counts.indptr))
