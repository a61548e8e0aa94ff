"""One dataset on disk: a folder with users.parquet, jobs.parquet, interactions.parquet and manifest.json.

The folder appears under its name whole or not at all: it is written beside it under a hidden name, brought to the disk,
and renamed. `derived/` inside it belongs to later steps (completions, vectors, splits).
"""

import json
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lgir.core.errors import BadInput
from lgir.core.run import Silent
from lgir.data.check import check_tables
from lgir.data.dataset import COLUMNS, TABLES, Dataset
from lgir.data.problems import Problems
from lgir.data.raw import RawTables
from lgir.data.readers.files import Files
from lgir.data.readers.parquet import read_parquet
from lgir.data.report import DataReport
from lgir.data.swap import fresh_folder, put_in_place, sweep, sync

FORMAT = 1
"""Version of the folder's layout."""

MANIFEST = "manifest.json"


class Saved(StrEnum):
    """What `save_dataset` did, as a person may read it."""

    WRITTEN = "written"
    REPLACED = "the old dataset was replaced"
    ALREADY_THERE = "the same dataset is already there; nothing was written"


def save_dataset(
    dataset: Dataset, folder: Path, *, source: str, report: DataReport | None = None, replace: bool = False
) -> Saved:
    """Writes a dataset; kill -9 at any moment leaves the old state or the new one, and the next call tidies up.

    Args:
        dataset: what to write.
        folder: where; its parents are made.
        source: where the data came from, for the manifest, such as "sjr".
        report: kept in the manifest.
        replace: put it in the place of another dataset. Its completions and vectors are kept, as they are keyed by
            content; its splits and candidates are not.

    Raises:
        BadInput: the folder holds something else, or cannot be written.
    """
    # behind a link, or given as ".", the folder itself is what is renamed
    folder = folder.resolve()
    try:
        sweep(folder)
        if _holds(folder, dataset, replace=replace):
            return Saved.ALREADY_THERE
        with fresh_folder(folder) as made:
            for name in TABLES:
                getattr(dataset, name).write_parquet(made / f"{name}.parquet", compression="zstd", statistics=False)
            # surrogatepass: the report may name an archive whose name is not UTF-8
            (made / MANIFEST).write_bytes(_manifest(dataset, source, report).encode("utf-8", "surrogatepass"))
            sync(made)
            replaced = put_in_place(made, folder)
    except OSError as error:
        raise BadInput(
            f"the dataset cannot be written to {str(folder)!r} ({error.strerror or error}); "
            "check rights and free space, or choose another folder"
        ) from None
    return Saved.REPLACED if replaced else Saved.WRITTEN


def load_dataset(folder: Path, report: DataReport | None = None) -> Dataset:
    """Reads a dataset and checks its schema again; a folder made by hand needs no manifest.

    Args:
        folder: the dataset.
        report: gets the data report.

    Raises:
        BadInput: there is no dataset, it is from a newer format, or it was changed after it was written.
        BadData: its tables break the schema.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no dataset {str(folder)!r}; make one with 'lgir import'")
    manifest = read_manifest(folder)
    report = DataReport() if report is None else report
    report.source = str(manifest.get("source", "parquet"))
    problems = Problems()
    with Files(folder) as files:
        tables = [read_parquet(files, f"{name}.parquet", problems, Silent(), columns=COLUMNS[name]) for name in TABLES]
    dataset = check_tables(RawTables(*(report.count(table) for table in tables)), problems, report)
    written = manifest.get("fingerprint", dataset.fingerprint)
    if written != dataset.fingerprint:
        raise BadInput(
            f"the tables of {str(folder)!r} were changed after they were written: their fingerprint is "
            f"{dataset.fingerprint[:12]}, {MANIFEST} says {str(written)[:12]}; import again, or delete {MANIFEST}"
        )
    return dataset


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a dataset; empty where there is none.

    Raises:
        BadInput: it cannot be read, or it was written by a newer format.
    """
    file = folder / MANIFEST
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        raise BadInput(f"{file} cannot be read as JSON; import again, or delete it") from None
    made_by = found.get("format") if isinstance(found, dict) else None
    if not isinstance(made_by, int):
        raise BadInput(f"{file} names no format; import again, or delete it")
    if made_by > FORMAT:
        raise BadInput(
            f"{str(folder)!r} has format {made_by}, written by lgir {found.get('lgir', 'of a later version')}; "
            f"this lgir reads formats up to {FORMAT}: update it"
        )
    return dict(found)


def _holds(folder: Path, dataset: Dataset, *, replace: bool) -> bool:
    """True if the folder holds this very dataset, False if it is free or may be replaced.

    Raises:
        BadInput: it holds something else.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if not (folder / "users.parquet").is_file():
        raise BadInput(f"{str(folder)!r} exists and is no dataset; choose another folder")
    try:
        same = load_dataset(folder).fingerprint == dataset.fingerprint
    except BadInput:
        same = False
    if same or replace:
        return same
    raise BadInput(f"{str(folder)!r} holds another dataset; choose another folder, or replace it with --replace")


def _manifest(dataset: Dataset, source: str, report: DataReport | None) -> str:
    content = {
        "kind": "dataset",
        "format": FORMAT,
        "lgir": _own_version(),
        "source": source,
        "fingerprint": dataset.fingerprint,
        "counts": {name: getattr(dataset, name).height for name in TABLES},
        "report": None if report is None else report.as_json(),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _own_version() -> str:
    try:
        return version("lgir")
    except PackageNotFoundError:
        return "not installed"
