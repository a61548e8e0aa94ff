"""Texts as word codes: known words by how many training texts hold them, unseen ones all alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.encode.words import FILL, N_RESERVED, UNSEEN, WordCodes, WordsConfig

TEXTS = ["cook cook cook", "baker and cook", "and baker", "zebra"]


def fitted(texts=TEXTS, **values) -> WordCodes:
    return WordCodes.fit(texts, parse_config(WordsConfig, {"length": 4, **values}, source="test"))


def test_words_are_ranked_by_texts_that_hold_them_ties_by_the_alphabet():
    codes = fitted()
    # a word counts once per text: cook stands in two texts, as do and, baker
    assert codes.vocabulary.ids == ("and", "baker", "cook", "zebra")
    assert codes.n_words == 4 + N_RESERVED
    assert fitted(most_words=2).vocabulary.ids == ("and", "baker")


def test_codes_by_hand():
    found = fitted().encode(["Cook AND Eve", "", "zebra baker and cook cook", "…!"])
    assert found.dtype == np.int32
    assert found.tolist() == [
        [4, 2, UNSEEN, FILL],
        [FILL] * 4,
        [5, 3, 2, 4],  # cut after four words
        [FILL] * 4,
    ]


def test_a_script_without_spaces_and_a_broken_character():
    codes = fitted(["厨师 c++", "厨"])
    assert codes.vocabulary.ids[0] == "厨"
    assert "c++" in codes.vocabulary
    assert codes.encode(["\ud800厨"])[0, 0] in (UNSEEN, codes.vocabulary.row("厨") + N_RESERVED)


texts = st.lists(st.text("abc ", max_size=12), max_size=8)


@given(texts, texts, st.integers(1, 5), st.integers(1, 4))
def test_codes_lie_within_the_vocabulary_and_fill_up_at_the_end(training, others, length, most):
    codes = fitted(training, length=length, most_words=most)
    assert len(codes.vocabulary) <= most
    found = codes.encode(others)
    assert found.shape == (len(others), length)
    if found.size:
        assert 0 <= found.min() <= found.max() < codes.n_words
    for text, row in zip(others, found, strict=True):
        words = text.split()[:length]
        assert (row[: len(words)] >= UNSEEN).all()
        assert (row[len(words) :] == FILL).all()
        for word, code in zip(words, row, strict=False):
            known = word in codes.vocabulary
            assert code == (codes.vocabulary.row(word) + N_RESERVED if known else UNSEEN)
            assert known <= any(word in other.split() for other in training), "only training words are known"


@given(texts, st.randoms(use_true_random=False))
def test_the_order_of_texts_changes_nothing(training, random):
    shuffled = random.sample(training, len(training))
    assert fitted(training).vocabulary.ids == fitted(shuffled).vocabulary.ids


def test_limits_must_be_positive():
    for wrong in ({"length": 0}, {"most_words": 0}, {"words": 3}):
        with pytest.raises(BadConfig):
            parse_config(WordsConfig, wrong, source="test")
