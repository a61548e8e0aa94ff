"""Texts as sequences of word codes, for models that read words: BPJFNN and the profile of terms."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from jaxtyping import Int32
from pydantic import PositiveInt

from lgir.core.config import Config
from lgir.core.vocabulary import Vocabulary
from lgir.encode.terms import terms

FILL, UNSEEN = 0, 1
"""Codes for the end of a short text, and for a word that training has not seen."""

N_RESERVED = 2


class WordsConfig(Config):
    """How texts become word codes. Only models that read words look at this."""

    most_words: PositiveInt = 20_000
    """The words that most training texts contain are known, up to so many."""
    length: PositiveInt = 96
    """Words kept of a text; a longer one is cut."""


class WordCodes:
    """Turns texts into word codes by a vocabulary of the training texts."""

    def __init__(self, vocabulary: Vocabulary, config: WordsConfig) -> None:
        self.vocabulary, self._length = vocabulary, config.length

    @classmethod
    def fit(cls, texts: Iterable[str], config: WordsConfig) -> "WordCodes":
        """Learns which words there are; ties in alphabetical order."""
        counts = Counter(word for text in texts for word in set(terms(text, pairs=False)))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(Vocabulary(ranked[: config.most_words]), config)

    @property
    def n_words(self) -> int:
        """Number of codes, the reserved ones included."""
        return len(self.vocabulary) + N_RESERVED

    def encode(self, texts: Sequence[str]) -> Int32[np.ndarray, "n w"]:
        """One row per text: its first words, filled up with 0; an empty text is all 0."""
        codes = np.full((len(texts), self._length), FILL, dtype=np.int32)
        for row, text in zip(codes, texts, strict=True):
            # an unseen word has row −1 and so code 1
            found = [self.vocabulary.row(word) + N_RESERVED for word in islice(terms(text, pairs=False), self._length)]
            row[: len(found)] = found
        return codes
