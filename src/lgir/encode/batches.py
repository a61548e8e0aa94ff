"""Names and texts → batches: rows from the training vocabularies, vectors from an encoder, codes of structured values.

Known and unknown people and jobs take the same way; what training has not seen gets row or code −1.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int32

from lgir.core.records import Jobs, Users
from lgir.core.seams import TextEncoder
from lgir.core.stuffing import without_stuffing
from lgir.core.vocabulary import UNKNOWN, Vocabularies
from lgir.encode.words import WordCodes, WordsConfig


class Batcher:
    """Turns names and texts into batches."""

    def __init__(self, vocabularies: Vocabularies, encoder: TextEncoder, words: WordsConfig | None = None) -> None:
        self._vocabularies, self._encoder = vocabularies, encoder
        known = vocabularies.words
        self._words = None if known is None else WordCodes(known, words or WordsConfig())

    def jobs(
        self,
        ids: Sequence[str | None],
        texts: Sequence[str],
        columns: Mapping[str, Sequence[str]],
        posted: Float64[np.ndarray, " j"] | None = None,
    ) -> Jobs:
        """One batch of jobs.

        Args:
            ids: None for a job without an id.
            texts: their texts, in the same order; of long lists of bare words only the beginning counts.
            columns: structured values as `field_columns` folds them; a column that is absent counts as unknown.
            posted: see `Jobs.posted`.
        """
        codes = [
            values.rows(columns[name]) if name in columns else np.full(len(ids), UNKNOWN)
            for name, values in self._vocabularies.fields.items()
        ]
        texts = [without_stuffing(text) for text in texts]
        fields = np.stack(codes, axis=1) if codes else np.zeros((len(ids), 0), dtype=np.int64)
        rows, text = self._vocabularies.jobs.rows(ids), self._encoder.encode(texts)
        return Jobs(rows, text, fields.astype(np.int64), self._word_codes(texts), posted)

    def users(
        self,
        ids: Sequence[str | None],
        texts: Sequence[str],
        resumes: Sequence[str],
        histories: Sequence[Sequence[int]],
        bank: Jobs,
    ) -> Users:
        """One batch of users.

        Args:
            ids: None for a person without an id.
            texts: their completed résumés, in the same order.
            resumes: their résumés in their own words.
            histories: places in `bank` of the jobs each of them engaged with.
            bank: the jobs histories point into.
        """
        lengths = [len(history) for history in histories]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        history = np.fromiter((place for places in histories for place in places), dtype=np.int64)
        text, own_text = self._encoder.encode(texts), self._encoder.encode(resumes)
        rows = self._vocabularies.users.rows(ids)
        return Users(rows, text, own_text, bank, history, offsets, self._word_codes(texts))

    def _word_codes(self, texts: Sequence[str]) -> Int32[np.ndarray, "n w"] | None:
        return None if self._words is None else self._words.encode(texts)
