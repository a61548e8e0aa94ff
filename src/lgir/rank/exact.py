"""Exact maximum inner-product search: every vector is compared with every query, in blocks of bounded memory."""

import numpy as np
from jaxtyping import Float32, UInt64

from lgir.core.errors import BadInput
from lgir.core.records import TopK
from lgir.rank.topk import Excluded, best, check_request, decoded, exclude, keys_of

BLOCK = 1 << 21
"""Scores computed at a time. With their keys and the sort's copy that is about 60 MB, whatever the catalogue's size."""

_PLACES = 1 << 13
"""Vectors per block at most: wide enough for the matrix product, and room for 256 queries beside them."""


class ExactIndex:
    """An `Index` over vectors held in memory; ties by place, lower first.

    Scores are float32 matrix products, so a score can differ in its last bits between two batches of queries.
    """

    def __init__(self, vectors: Float32[np.ndarray, "n v"]) -> None:
        if not np.isfinite(vectors).all():
            raise BadInput("the vectors of an index must be finite; check the model's weights")
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: Float32[np.ndarray, "q v"], k: int, *, excluded: Excluded | None = None) -> TopK:
        """The k places with the largest inner product for every query, best first.

        Args:
            queries: one vector per row, of the width of the index.
            k: length of the lists, ≥ 0; short ones are filled with place −1 and score −inf.
            excluded: for each query the places to leave out.

        Raises:
            BadInput: another width, a negative `k`, an excluded place that does not exist.
            LgirError: an inner product is not finite.
        """
        if queries.shape[1] != self._vectors.shape[1]:
            raise BadInput(
                f"queries have width {queries.shape[1]}, this index has {self._vectors.shape[1]}; "
                "use vectors of the model that made the index"
            )
        check_request(k, len(queries), len(self), excluded)
        step = max(1, BLOCK // min(max(len(self), 1), _PLACES))
        blocks = [np.zeros((0, k), dtype=np.uint64)]
        for start in range(0, len(queries), step):
            mine = None if excluded is None else excluded[start : start + step]
            blocks.append(self._best(queries[start : start + step], k, mine))
        return decoded(np.concatenate(blocks))

    def _best(
        self, queries: Float32[np.ndarray, "q v"], k: int, excluded: Excluded | None
    ) -> UInt64[np.ndarray, "q k"]:
        found = best(np.zeros((len(queries), 0), dtype=np.uint64), k)
        for start in range(0, len(self), _PLACES):
            # an overflow is refused in `keys_of`, in words
            with np.errstate(over="ignore", invalid="ignore"):
                scores = queries @ self._vectors[start : start + _PLACES].T
            keys = keys_of(scores, first_place=start)
            if excluded is not None:
                exclude(keys, excluded, first_place=start)
            found = best(np.concatenate([found, best(keys, min(k, keys.shape[1]))], axis=1), k)
        return found
