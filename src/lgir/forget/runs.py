"""Runs and folders of results: which of them were made from a dataset, and which of these know a person."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lgir.core.errors import BadInput, UnreadableRun
from lgir.forget.proof import knows
from lgir.forget.traces import Traces
from lgir.store.run_folder import RunFolder

OF_ANOTHER_DATASET = "it was made from another dataset"
KNOWS_NOBODY = "it does not know the person; made from the dataset as it was, it has to be made anew all the same"


@dataclass(frozen=True, slots=True)
class Sorted:
    """The folders that were given.

    Attributes:
        known: those to be removed.
        others: the rest, each with the reason why it stays.
    """

    known: tuple[Path, ...]
    others: dict[Path, str]


def sort_runs(given: Iterable[Path], folder: Path, fingerprints: set[str], traces: Traces) -> Sorted:
    """Finds the folders that were made from a dataset and hold traces of a person.

    Args:
        given: folders of runs or results.
        folder: the dataset.
        fingerprints: of the dataset, now and before an interrupted forgetting.
        traces: of the person.

    Raises:
        BadInput: one of them holds the dataset or lies in it.
        UnreadableRun: one of them is neither a run nor a folder of results.
    """
    known, others = [], {}
    for path in dict.fromkeys(path.resolve() for path in given):
        if path == folder or path in folder.parents or folder in path.parents:
            raise BadInput(f"{path} and the dataset {folder} lie in one another; move the run to a folder of its own")
        if not _made_from(path, folder, fingerprints):
            others[path] = OF_ANOTHER_DATASET
        elif knows(path, traces):
            known.append(path)
        else:
            others[path] = KNOWS_NOBODY
    return Sorted(tuple(known), others)


def _made_from(path: Path, folder: Path, fingerprints: set[str]) -> bool:
    if (path / "rows").is_dir():  # of an experiment or a search of settings
        records = [*path.glob("rows/*/*/made-from.json"), *path.glob("rows/*/*/searched-from.json")]
        return any(_dataset(file) in fingerprints for file in records)
    manifest = RunFolder(path).manifest()
    made_from = manifest.get("made_from")
    if isinstance(made_from, dict) and made_from.get("dataset") in fingerprints:
        return True
    # of the same dataset before it was changed
    return Path(os.path.normpath(path / str(manifest.get("data", "")))) == folder


def _dataset(file: Path) -> str | None:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        raise UnreadableRun(f"{file} cannot be read; delete the folder of results by hand, or leave it out") from None
    return str(found.get("dataset")) if isinstance(found, dict) else None
