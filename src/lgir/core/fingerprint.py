"""Content fingerprints: the keys of every cache and the names of every frozen thing."""

import hashlib
import json
from collections.abc import Iterable

import numpy as np

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
"""Made once: a large run makes hundreds of thousands of keys."""


def fingerprint(*parts: object) -> str:
    """SHA-256 (64 hex digits) of JSON-representable parts; equal parts give equal keys on every machine.

    Raises:
        TypeError: a part is not representable in JSON.
    """
    # surrogatepass: a lone surrogate from hostile input must get a key, not a crash
    return hashlib.sha256(_JSON.encode(parts).encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint_arrays(arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 of arrays: dtype, shape and every byte, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
