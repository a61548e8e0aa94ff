"""The best k of every row of scores, ties by a stated rule.

**Ties** (scores equal as float32; −0.0 equals 0.0): the lower place comes first, within the k and at their edge.

A score and its place become one 64-bit integer, larger for what comes first. No two are equal, so a partial sort of
integers is exact on ties too, and lists from different parts of a catalogue merge by sorting once more.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int64, UInt64

from lgir.core.errors import BadInput
from lgir.core.records import TopK
from lgir.rank.order import sortable, unsortable

_LOW = np.uint64(0xFFFF_FFFF)
_NOTHING = np.uint64(0)
"""The key of an excluded or absent place: below the key of every finite score."""

Excluded = Sequence[Int64[np.ndarray, " _"]]
"""For each query the places it must not get."""


def top_k(scores: Float32[np.ndarray, "u j"], k: int, excluded: Excluded | None = None) -> TopK:
    """The k best places of every row, best first, equal scores by place.

    Args:
        scores: one row per query, one column per place; finite.
        k: length of the lists, ≥ 0; a list that runs out of places is filled with place −1 and score −inf.
        excluded: for each row the places to leave out.

    Raises:
        BadInput: `k` is negative, or an excluded place is not a place.
        LgirError: a score is not finite.

    Example:
        >>> top_k(np.array([[1, 3, 3, 2]], dtype=np.float32), 3, [np.array([3])])
        TopK(places=array([[1, 2, 0]]), scores=array([[3., 3., 1.]], dtype=float32))
    """
    check_request(k, len(scores), scores.shape[1], excluded)
    keys = keys_of(scores, first_place=0)
    if excluded is not None:
        exclude(keys, excluded, first_place=0)
    return decoded(best(keys, k))


def check_request(k: int, n_queries: int, n_places: int, excluded: Excluded | None) -> None:
    """Refuses a request that makes no sense.

    Raises:
        BadInput: `k` is negative, `excluded` has another length than the queries, or names something else than a place.
    """
    if k < 0:
        raise BadInput(f"k={k}: the length of a list must be 0 or more")
    if excluded is None:
        return
    if len(excluded) != n_queries:
        raise BadInput(f"{len(excluded)} lists of excluded places for {n_queries} queries; give one list per query")
    for places in excluded:
        if len(places) and not 0 <= places.min() <= places.max() < n_places:
            wrong = places.min() if places.min() < 0 else places.max()
            raise BadInput(f"excluded place {wrong} does not exist; expected 0 to {n_places - 1}")


def keys_of(scores: Float32[np.ndarray, "u j"], *, first_place: int) -> UInt64[np.ndarray, "u j"]:
    """One integer per score, larger for what comes first; columns are the places from `first_place` on."""
    places = np.arange(first_place, first_place + scores.shape[1], dtype=np.uint64)
    return (sortable(scores).astype(np.uint64) << np.uint64(32)) | (_LOW - places)


def exclude(keys: UInt64[np.ndarray, "u j"], excluded: Excluded, *, first_place: int) -> None:
    """Strikes places out, in `keys` itself; those outside its columns are passed over."""
    rows = np.repeat(np.arange(len(excluded)), [len(places) for places in excluded])
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *excluded]) - first_place
    here = (columns >= 0) & (columns < keys.shape[1])
    keys[rows[here], columns[here]] = _NOTHING


def best(keys: UInt64[np.ndarray, "u j"], k: int) -> UInt64[np.ndarray, "u k"]:
    """The k largest keys of each row, largest first; short rows are filled."""
    missing = k - keys.shape[1]
    if missing > 0:
        keys = np.concatenate([keys, np.full((len(keys), missing), _NOTHING)], axis=1)
    cut = keys.shape[1] - k
    if cut > 0 and k > 0:
        keys = np.partition(keys, cut, axis=1)
    return np.sort(keys[:, cut:], axis=1)[:, ::-1]


def decoded(keys: UInt64[np.ndarray, "u k"]) -> TopK:
    """Places and scores out of keys."""
    absent = keys == _NOTHING
    places = np.where(absent, -1, (_LOW - (keys & _LOW)).astype(np.int64))
    scores = unsortable((keys >> np.uint64(32)).astype(np.uint32))
    return TopK(places, np.where(absent, np.float32(-np.inf), scores))
