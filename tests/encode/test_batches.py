"""Names and texts become rows, vectors and codes; what training has not seen is −1, and what was not asked for None."""

import numpy as np

from lgir.core.vocabulary import Vocabularies, Vocabulary
from lgir.encode.batches import Batcher
from lgir.encode.noise import NoiseConfig, NoiseEncoder
from lgir.encode.words import WordsConfig

ENCODER = NoiseEncoder(NoiseConfig(dim=4))
NAMES = (Vocabulary(["ann", "bob"]), Vocabulary(["a", "b", "c"]), {"location": Vocabulary(["dover", "york"])})


def made(words=None):
    return Batcher(Vocabularies(*NAMES, words), ENCODER, WordsConfig(length=3))


def test_jobs_and_users_by_hand():
    batcher = made(Vocabulary(["cook", "baker"]))
    posted = np.array([1.5, np.nan, 7.0])
    jobs = batcher.jobs(["c", None, "z"], ["cook", "baker guard", ""], {"location": ["york", "dover", "rome"]}, posted)
    assert jobs.rows.tolist() == [2, -1, -1]
    assert jobs.fields.tolist() == [[1], [0], [-1]]
    assert jobs.words.tolist() == [[2, 0, 0], [3, 1, 0], [0, 0, 0]]
    np.testing.assert_array_equal(jobs.posted, posted)
    np.testing.assert_array_equal(jobs.text, ENCODER.encode(["cook", "baker guard", ""]))
    users = batcher.users(["bob", "eve", None], ["cook baker", "x", ""], ["cook", "", "x"], [[0, 2], [], [1]], jobs)
    assert users.rows.tolist() == [1, -1, -1]
    assert users.history.tolist() == [0, 2, 1]
    assert users.offsets.tolist() == [0, 2, 2, 3]
    # words are those of the completed résumé
    assert users.words.tolist() == [[2, 3, 0], [1, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(users.text, ENCODER.encode(["cook baker", "x", ""]))
    np.testing.assert_array_equal(users.own_text, ENCODER.encode(["cook", "", "x"]))


def test_what_was_not_asked_for_is_none():
    batcher = made()
    jobs = batcher.jobs(["a"], ["cook"], {})
    assert jobs.words is None
    assert jobs.posted is None
    assert jobs.fields.tolist() == [[-1]], "a column that is absent is unknown"
    users = batcher.users(["ann"], ["cook"], [""], [[]], jobs)
    assert users.words is None


def test_some_of_a_batch_keep_their_words_and_dates():
    batcher = made(Vocabulary(["cook"]))
    jobs = batcher.jobs(["a", "b"], ["cook", "x"], {}, np.array([1.0, 2.0]))
    users = batcher.users(["ann", "bob"], ["cook", "x"], ["", ""], [[0], [1, 0]], jobs)
    some = jobs.take(np.array([1]))
    assert (some.words.tolist(), some.posted.tolist()) == ([[1, 0, 0]], [2.0])
    one = users.take(np.array([1]))
    assert (one.words.tolist(), one.history.tolist(), one.offsets.tolist()) == ([[1, 0, 0]], [1, 0], [0, 2])
