"""A dataset without one person, put in the place of the one with them: whole or not at all."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from lgir import __version__
from lgir.core.errors import BadInput
from lgir.data.check import build_dataset
from lgir.data.dataset import TABLES, Dataset
from lgir.data.folder import MANIFEST, read_manifest
from lgir.data.report import describe
from lgir.data.swap import CONTENT_KEYED, DERIVED, fresh_folder, put_in_place, sync

OUTDATED = ("splits", "encoders", "batches")
"""Of DERIVED: lists of places in the old tables; vocabularies with the person's words; requests that do not say whose
they are, and whose answers are among the completions."""

_REASON = "forgotten by lgir forget"


def refuse_batches(folder: Path) -> None:
    """Refuses while a server works on requests of this dataset: an answer that came later would bring the person back.

    Raises:
        BadInput: a batch was sent and not collected, or nobody can tell.
    """
    for state in sorted((folder / DERIVED / "batches").glob("*/state.json")):
        try:
            batch = json.loads(state.read_bytes())
            sent = any(part["step"] != "written" for part in batch["parts"]) and not batch["collected"]
        except (OSError, ValueError, TypeError, LookupError):
            raise BadInput(f"{state} cannot be read; delete {state.parent} and run the same command again") from None
        if sent:
            raise BadInput(
                f"the batch {state.parent.name!r} is at a server and may ask for this person; end it with 'lgir batch "
                "cancel' or wait, take its answers with 'lgir batch collect', then run the same command again"
            )


def without_person(dataset: Dataset, user_id: str) -> Dataset:
    """The dataset without a user and what they did.

    Raises:
        BadInput: nothing would be left.
    """
    users = dataset.users.filter(pl.col("user_id") != user_id)
    interactions = dataset.interactions.filter(pl.col("user_id") != user_id)
    if not users.height or not interactions.height:
        what = "user" if not users.height else "one who did anything"
        raise BadInput(f"user {user_id[:80]!r} is the only {what} in this dataset; delete its folder instead")
    return build_dataset(users, dataset.jobs, interactions)


def put_without(folder: Path, dataset: Dataset) -> None:
    """Puts a dataset with fewer people in the place of the one in this folder.

    A kill leaves the old folder or the new one, as with `save_dataset`. Stores move along, what is OUTDATED does not;
    everything else in the folder stays, as it may be of any kind.
    """
    manifest = read_manifest(folder)
    with fresh_folder(folder) as made:
        for name in TABLES:
            getattr(dataset, name).write_parquet(made / f"{name}.parquet", compression="zstd", statistics=False)
        if manifest:
            content = json.dumps(_manifest(manifest, dataset), ensure_ascii=False, indent=2) + "\n"
            (made / MANIFEST).write_bytes(content.encode("utf-8", "surrogatepass"))
        sync(made)
        _keep_the_rest(folder, made)
        # the swap takes batches along, as a replaced dataset may still want its answers
        shutil.rmtree(folder / DERIVED / "batches", ignore_errors=True)
        put_in_place(made, folder)


def _manifest(old: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    counts = {name: getattr(dataset, name).height for name in TABLES}
    new = {**old, "lgir": __version__, "fingerprint": dataset.fingerprint, "counts": counts}
    report = old.get("report")
    if isinstance(report, dict):
        dropped = [one for one in report.get("dropped", ()) if isinstance(one, dict)]
        before = sum(int(one.get("count", 0)) for one in dropped if one.get("reason") == _REASON)
        others = [one for one in dropped if one.get("reason") != _REASON]
        forgotten = {"table": "users", "reason": _REASON, "count": before + 1}
        new["report"] = {**report, "dropped": [*others, forgotten], "stats": describe(dataset)}
    return new


def _keep_the_rest(folder: Path, made: Path) -> None:
    """Names what is neither a table nor outdated in the new folder too: until the swap, each file has two names."""
    written = {*(f"{name}.parquet" for name in TABLES), MANIFEST}

    def left_out(where: str, names: list[str]) -> set[str]:
        if Path(where) == folder:
            return written & set(names)
        if Path(where) == folder / DERIVED:
            # stores are moved by the swap itself: SQLite must not meet one file under two names
            return {name for name in names if name in OUTDATED or name.startswith(CONTENT_KEYED)}
        return set()

    shutil.copytree(folder, made, copy_function=_link, symlinks=True, dirs_exist_ok=True, ignore=left_out)
    for where, _, _ in os.walk(made):
        handle = os.open(where, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)
