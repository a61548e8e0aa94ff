"""A run folder: all that a training run leaves behind, and all that serving it needs. No pickle.

manifest.json            format, versions, where the data is; fingerprints of data, configuration, split, candidates
config.json              what was built, every value resolved
vocabulary.json          ids and values seen in training
encoder.safetensors      fitted state and fingerprints of the encoders
seed-N/weights.safetensors   learned weights
seed-N/log.jsonl             one record per epoch
seed-N/result.json           best epoch and validation value; its presence says that the seed is finished
seed-N/checkpoint.safetensors    only while training
evaluation-*.json, per-user-*.parquet    written by `lgir evaluate`
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from lgir.core.errors import UnreadableRun
from lgir.core.files import written_whole

FORMAT = 1
"""Raised when a folder written by this version cannot be read by the one before."""


class RunFolder:
    """Reads and writes the files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / "manifest.json").is_file()

    def write_manifest(self, manifest: Mapping[str, object]) -> None:
        """Begins the run; the format version is added."""
        self.write_json("manifest.json", {"kind": "run", "format": FORMAT, **manifest})

    def manifest(self) -> dict[str, Any]:
        """What the run was made from.

        Raises:
            UnreadableRun: there is no run, it is damaged, or a newer format wrote it.
        """
        if not self.exists():
            raise UnreadableRun(f"{self.path} is not a run folder; make one with: lgir fit DATA --out {self.path}")
        manifest = self.read_json("manifest.json")
        if isinstance(manifest, dict) and manifest.get("kind", "run") != "run":
            raise UnreadableRun(f"{self.path} is not a run folder; make one with: lgir fit DATA --out FOLDER")
        if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
            raise UnreadableRun(
                f"{self.path / 'manifest.json'} is damaged: it names no format; delete {self.path} and fit again"
            )
        if manifest["format"] > FORMAT:
            raise UnreadableRun(
                f"{self.path} was written in format {manifest['format']} by lgir {manifest.get('lgir', '?')}; this "
                f"version reads up to format {FORMAT}: install a newer lgir"
            )
        return manifest

    def write_text(self, name: str, text: str) -> None:
        """Writes one text file, whole."""
        with written_whole(self.path / name) as stream:
            stream.write(text.encode("utf-8", "surrogatepass"))

    def begun(self) -> bool:
        """Whether training of any seed has begun."""
        return any(self.path.glob("seed-*"))

    def write_json(self, name: str, value: object) -> None:
        """Writes one JSON file, whole."""
        self.write_text(name, json.dumps(value, ensure_ascii=False, indent=1))

    def read_json(self, name: str) -> Any:
        """Reads one JSON file.

        Raises:
            UnreadableRun: it is missing or damaged.
        """
        try:
            # json reads bytes with surrogatepass, as they were written
            return json.loads((self.path / name).read_bytes())
        except FileNotFoundError:
            raise UnreadableRun(f"{self.path} lacks {name}; run lgir fit again, it continues where it was") from None
        except (OSError, ValueError) as error:
            raise UnreadableRun(f"{self.path / name} is damaged: {error}; delete {self.path} and fit again") from None

    def has(self, name: str) -> bool:
        """Whether a file of this name was written."""
        return (self.path / name).is_file()

    def write_arrays(
        self, name: str, arrays: Mapping[str, np.ndarray], meta: Mapping[str, object] | None = None
    ) -> None:
        """Writes arrays, and JSON beside them, as one safetensors file, whole."""
        # not ascontiguousarray, which gives an array without axes an axis
        contiguous = {key: np.asarray(array, order="C") for key, array in arrays.items()}
        with written_whole(self.path / name) as stream:
            stream.write(safetensors.numpy.save(contiguous, {"meta": json.dumps(meta or {})}))

    def read_arrays(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Reads what `write_arrays` wrote.

        Raises:
            UnreadableRun: it is missing or damaged.
        """
        try:
            with safe_open(self.path / name, framework="numpy") as stored:
                meta = json.loads((stored.metadata() or {}).get("meta", "{}"))
                return {key: stored.get_tensor(key) for key in stored.keys()}, meta  # noqa: SIM118 (not a mapping)
        except FileNotFoundError:
            raise UnreadableRun(f"{self.path} lacks {name}; run lgir fit again, it continues where it was") from None
        except (OSError, ValueError, SafetensorError) as error:
            raise UnreadableRun(f"{self.path / name} is damaged: {error}; delete {self.path} and fit again") from None

    def write_result(self, seed: int, result: Mapping[str, object]) -> None:
        """Finishes a seed: its best epoch, validation value and notes."""
        self.write_json(_result(seed), result)

    def result(self, seed: int) -> dict[str, Any]:
        """What `write_result` wrote.

        Raises:
            UnreadableRun: the seed is not finished, or the file is damaged.
        """
        result: dict[str, Any] = self.read_json(_result(seed))
        return result

    def finished(self, seed: int) -> bool:
        """Whether a seed is trained to the end."""
        return self.has(_result(seed))

    def remove(self, name: str) -> None:
        """Deletes a file if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def checkpoint(self, name: str) -> "FileCheckpoint":
        """Where a training loop keeps its state; see `lgir.core.run.Checkpoint`."""
        return FileCheckpoint(self, name)

    def epoch_log(self, name: str) -> "EpochLog":
        """Where a training loop's records go."""
        return EpochLog(self.path / name)


def _result(seed: int) -> str:
    return f"seed-{seed}/result.json"


class FileCheckpoint:
    """A `Checkpoint` in one safetensors file."""

    def __init__(self, folder: RunFolder, name: str) -> None:
        self._folder, self._name = folder, name

    def save(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, object]) -> None:
        self._folder.write_arrays(self._name, arrays, meta)

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, object]] | None:
        return self._folder.read_arrays(self._name) if self._folder.has(self._name) else None


class EpochLog:
    """One JSON line per epoch. Training that resumes from a checkpoint repeats epochs; their old lines are replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._records = _whole_lines(file)

    def __call__(self, record: Mapping[str, object]) -> None:
        repeated = bool(self._records) and self._records[-1]["epoch"] >= record["epoch"]
        self._records = [old for old in self._records if old["epoch"] < record["epoch"]] + [dict(record)]
        if repeated:
            with written_whole(self._file) as stream:
                stream.writelines((json.dumps(line) + "\n").encode() for line in self._records)
        else:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(record) + "\n")

    def records(self) -> list[dict[str, Any]]:
        """Every epoch's record, in order."""
        return self._records


def _whole_lines(file: Path) -> list[dict[str, Any]]:
    """The records of a log; a line that a kill cut short is cut off, so that the next one starts on its own line."""
    if not file.is_file():
        return []
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with written_whole(file) as stream:
            stream.write(whole)
    return [json.loads(line) for line in whole.splitlines()]
