"""Folders that appear whole or not at all (POSIX: rename, fsync and flock on folders)."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DERIVED = "derived"
CONTENT_KEYED = ("completions", "vectors", "batches")
"""What of `derived/` outlives a replaced dataset: names that start so are keyed by content."""


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """A new hidden folder beside `target`, locked while in use and removed unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f".{target.name}.new-{secrets.token_hex(8)}")
    made.mkdir()
    lock = os.open(made, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def put_in_place(made: Path, target: Path) -> bool:
    """Renames `made` to `target`; True if it took the place of another folder.

    A kill between the renames leaves the old folder under a hidden name, from which `sweep` brings it back.
    """
    old = target.with_name(f".{target.name}.old-{made.name.rpartition('-')[2]}")
    replaced = target.is_dir() and any(target.iterdir())
    if replaced:
        target.rename(old)
    try:
        made.rename(target)
    except OSError:
        if replaced:
            old.rename(target)
        raise
    _sync_folder(target.parent)
    if replaced:
        _retire(old, target)
    return replaced


def sweep(target: Path) -> None:
    """Removes what killed writers of `target` left behind, and finishes or undoes their replacing."""
    if not target.parent.is_dir():
        return
    for old in sorted(target.parent.glob(f".{_escaped(target.name)}.old-*")):
        if not _in_use(target, old):
            if target.exists():
                _retire(old, target)
            else:
                old.rename(target)
    for left in sorted(target.parent.glob(f".{_escaped(target.name)}.new-*")):
        if not _locked(left):
            shutil.rmtree(left, ignore_errors=True)


def sync(folder: Path) -> None:
    """Brings a folder and its files to the disk."""
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    _sync_folder(folder)


def _retire(old: Path, target: Path) -> None:
    """Moves what is keyed by content over and removes the rest."""
    if (old / DERIVED).is_dir():
        (target / DERIVED).mkdir(exist_ok=True)
        for child in sorted((old / DERIVED).iterdir()):
            place = target / DERIVED / child.name
            if child.name.startswith(CONTENT_KEYED) and not place.exists():
                child.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _in_use(target: Path, old: Path) -> bool:
    """True while the writer that moved `old` away lives: it locks its new folder, whatever that is called by now."""
    token = old.name.rpartition("-")[2]
    return _locked(target.with_name(f".{target.name}.new-{token}")) or _locked(target)


def _locked(folder: Path) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _escaped(name: str) -> str:
    """A name as a glob pattern that matches only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
