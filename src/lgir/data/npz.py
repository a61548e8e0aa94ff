"""One file for a record of arrays: npz without pickle, its manifest inside, its content hash checked at every load."""

import dataclasses
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lgir.core.errors import UnreadableRun
from lgir.core.files import written_whole
from lgir.core.fingerprint import fingerprint, fingerprint_arrays

FORMAT = 1
_MANIFEST = "manifest"

# what numpy, zipfile and json raise on broken files; a flipped bit can name a compression method that does not exist
_DAMAGE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)

RecordT = TypeVar("RecordT")


def record_hash(record: Any) -> str:
    """SHA-256 (64 hex digits) over a dataclass whose fields are arrays and strings: its class name and every field."""
    arrays, strings = _parts(record)
    return fingerprint(
        type(record).__name__, sorted(arrays), strings, fingerprint_arrays(arrays[n] for n in sorted(arrays))
    )


def save_record(file: Path, record: Any) -> None:
    """Writes a dataclass of arrays and strings; whoever looks sees the old file or the whole new one."""
    arrays, strings = _parts(record)
    manifest = {"format": FORMAT, "kind": type(record).__name__, "sha256": record_hash(record), "strings": strings}
    text = np.frombuffer(json.dumps(manifest, sort_keys=True).encode(), dtype=np.uint8)
    with written_whole(file) as stream:
        np.savez_compressed(stream, allow_pickle=False, **{_MANIFEST: text, **arrays})


def load_record(kind: type[RecordT], file: Path) -> RecordT:
    """Reads what `save_record` wrote.

    Raises:
        UnreadableRun: the file is missing, damaged, of another kind, from a newer format, or not what was hashed.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            manifest = json.loads(stored[_MANIFEST].tobytes())
            _check_kind(file, manifest, kind.__name__)
            values = {name: stored[name] for name in stored.files if name != _MANIFEST}
        record = kind(**values, **manifest["strings"])
        expected = manifest["sha256"]
    except FileNotFoundError:
        raise UnreadableRun(f"there is no file {str(file)!r}; run the step that writes it first") from None
    except _DAMAGE as error:
        raise UnreadableRun(f"{file} is damaged ({type(error).__name__}); delete it and make it again") from None
    if record_hash(record) != expected:
        raise UnreadableRun(f"{file} is damaged: its content is not what its hash {expected!r} says; make it again")
    return record


def _check_kind(file: Path, manifest: dict[str, Any], kind: str) -> None:
    if int(manifest["format"]) > FORMAT:
        raise UnreadableRun(
            f"{file} has format {manifest['format']}, this version reads up to {FORMAT}; install a newer lgir"
        )
    if manifest["kind"] != kind:
        raise UnreadableRun(f"{file} holds a {manifest['kind']!s}, expected a {kind}; give the file of the right kind")


def _parts(record: Any) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    values = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    strings = {name: value for name, value in values.items() if isinstance(value, str)}
    return {name: np.asarray(value) for name, value in values.items() if name not in strings}, strings
