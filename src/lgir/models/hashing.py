"""Hashes of users and jobs that depend on nothing but themselves."""

from hashlib import blake2b

import numpy as np
from jaxtyping import UInt64

from lgir.core.records import Jobs, Users


def identities(batch: Users | Jobs) -> UInt64[np.ndarray, " n"]:
    """A number per user or job: the row where training has seen it, else a digest of its text vector.

    The vector is rounded first, so that an encoder's float noise between batches rarely counts.
    """
    numbers = batch.rows.astype(np.uint64)
    for place in np.flatnonzero(batch.rows < 0):
        rounded = np.round(batch.text[place], 3) + np.float32(0)  # −0 becomes 0
        numbers[place] = int.from_bytes(blake2b(rounded.tobytes(), digest_size=8).digest(), "little")
    return numbers


def hashed(numbers: UInt64[np.ndarray, "*n"]) -> UInt64[np.ndarray, "*n"]:
    """Well-mixed bits of each number: splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators",
    OOPSLA 2014)."""
    x = numbers + np.uint64(0x9E3779B97F4A7C15)  # uint64 arithmetic wraps around, as meant
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
