"""Where a local model comes from, and what identifies it before it is loaded."""

import hashlib
import json
import os
from pathlib import Path
from typing import BinaryIO

from lgir.complete.local.config import LocalConfig
from lgir.core.errors import BackendError, BadConfig
from lgir.core.fingerprint import fingerprint

_TEXTS = ("*.json", "*.txt", "*.model", "*.jinja")
_SAMPLE = 4096
_MOST_HEADER = 100_000_000
"""Bytes; what the safetensors library itself accepts."""


def model_name(config: LocalConfig, backend: str) -> str:
    """The model a configuration names.

    Raises:
        BadConfig: it names none, or a folder that does not exist.
    """
    name = config.model
    if not name:
        raise BadConfig(f"{backend}.model names no model; give a folder or a name on the hub, such as 'Qwen/Qwen3-8B'")
    looks_like_folder = name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name
    if looks_like_folder and not Path(name).expanduser().is_dir():
        raise BadConfig(
            f"there is no model folder {name!r}; correct {backend}.model: a folder that exists, or a name on the hub"
        )
    return name


def place_of(name: str) -> str:
    """What the libraries are given: the folder's path, or the name on the hub."""
    folder = Path(name).expanduser()
    return str(folder) if folder.is_dir() else name


def identity(name: str, config: LocalConfig) -> str:
    """Fingerprint of the model: a folder by what is in it, wherever it lies; a name on the hub with its revision.

    Weights of many gigabytes are not read in full: of each safetensors file its header, and of each tensor the first
    and the last 4 KiB. Training or merging changes these in nearly every tensor; a change of a few rows in the middle
    of one tensor is not seen.

    Raises:
        BackendError: the folder holds no safetensors, or a file cannot be read.
    """
    folder = Path(name).expanduser()
    trusted = config.trust_remote_code is not None
    if not folder.is_dir():
        return fingerprint("hub", name, config.revision, trusted)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise BackendError(
            f"the model folder {name} holds no safetensors, and pickled weights can run code when they are read; "
            "convert them where you trust them (save_pretrained does so) and give that folder"
        )
    kinds = (*_TEXTS, "*.py") if trusted else _TEXTS
    texts = sorted({file for kind in kinds for file in folder.glob(kind)})
    try:
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in texts}
        hashes |= {file.name: _stamp(file) for file in weights}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackendError(
            f"a file of the model folder {name} cannot be read ({type(error).__name__}); fetch the model again"
        ) from error
    return fingerprint("folder", hashes, trusted)


def _stamp(file: Path) -> str:
    """SHA-256 of a safetensors file's size, header, and both ends of every tensor."""
    digest = hashlib.sha256(str(file.stat().st_size).encode())
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > min(_MOST_HEADER, os.fstat(stream.fileno()).st_size):
            raise ValueError("no safetensors")
        header = stream.read(length)
        digest.update(header)
        tensors = {key: entry for key, entry in json.loads(header).items() if key != "__metadata__"}
        for _, entry in sorted(tensors.items()):
            begin, end = entry["data_offsets"]
            if not 0 <= begin <= end:
                raise ValueError("no safetensors")
            for start in {begin: 0, max(begin, end - _SAMPLE): 0}:
                digest.update(_read_at(stream, 8 + length + start, min(_SAMPLE, end - start)))
    return digest.hexdigest()


def _read_at(stream: BinaryIO, place: int, count: int) -> bytes:
    stream.seek(place)
    return stream.read(count)
