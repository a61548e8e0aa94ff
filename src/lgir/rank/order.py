"""Scores as unsigned integers of the same order: what lets ties be found, and broken, by exact integer comparison."""

import numpy as np
from jaxtyping import Float32, UInt32

from lgir.core.errors import LgirError

_SIGN = np.uint32(0x8000_0000)


def sortable(scores: Float32[np.ndarray, "*shape"]) -> UInt32[np.ndarray, "*shape"]:
    """Integers that compare as the scores do; equal exactly where the scores are (−0.0 equals 0.0); never 0.

    Raises:
        LgirError: a score is not finite.
    """
    check_finite(scores)
    # adding 0.0 turns −0.0 into 0.0
    bits = (scores + np.float32(0)).view(np.uint32)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def unsortable(keys: UInt32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """The scores that `sortable` turned into these integers."""
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).astype(np.uint32).view(np.float32)


def check_finite(scores: Float32[np.ndarray, "*shape"]) -> None:
    """Refuses scores that cannot be ranked.

    Raises:
        LgirError: a score is NaN or infinite.
    """
    bad = scores.size - int(np.count_nonzero(np.isfinite(scores)))
    if bad:
        raise LgirError(
            f"{bad} of {scores.size} scores are NaN or infinite and cannot be ranked; expected finite numbers: "
            "check the model's weights, or train again with a smaller learning rate"
        )
