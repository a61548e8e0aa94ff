"""Names and texts → batches: rows from the training vocabularies, vectors from an encoder, codes of structured values.

Known and unknown people and jobs take the same way; what training has not seen gets row or code −1.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lgir.core.records import Jobs, Users
from lgir.core.seams import TextEncoder
from lgir.core.vocabulary import UNKNOWN, Vocabularies


class Batcher:
    """Turns names and texts into batches."""

    def __init__(self, vocabularies: Vocabularies, encoder: TextEncoder) -> None:
        self._vocabularies, self._encoder = vocabularies, encoder

    def jobs(self, ids: Sequence[str | None], texts: Sequence[str], columns: Mapping[str, Sequence[str]]) -> Jobs:
        """One batch of jobs.

        Args:
            ids: None for a job without an id.
            texts: their texts, in the same order.
            columns: structured values as `field_columns` folds them; a column that is absent counts as unknown.
        """
        codes = [
            values.rows(columns[name]) if name in columns else np.full(len(ids), UNKNOWN)
            for name, values in self._vocabularies.fields.items()
        ]
        fields = np.stack(codes, axis=1) if codes else np.zeros((len(ids), 0), dtype=np.int64)
        return Jobs(self._vocabularies.jobs.rows(ids), self._encoder.encode(texts), fields.astype(np.int64))

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
        return Users(self._vocabularies.users.rows(ids), text, own_text, bank, history, offsets)
