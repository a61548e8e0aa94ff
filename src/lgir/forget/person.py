"""One person is forgotten: what there is of them is counted, removed in steps that a kill cannot undo, and looked for.

The steps, each of which can be done again:

1. a note of who is forgotten, beside the dataset, so that an interrupted command can be finished;
2. the tables, replaced whole, without splits, fitted encoders and batches;
3. completions and vectors;
4. lines of logs, and parts of files that a killed writer left;
5. runs and folders of results that know the person;
6. the proof; the note goes last.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

import polars as pl

from lgir.core.errors import BackendError, BadInput, UnknownId
from lgir.core.files import written_whole
from lgir.core.run import Progress
from lgir.data.dataset import Dataset
from lgir.data.folder import load_dataset
from lgir.data.swap import DERIVED, sweep
from lgir.forget import stores
from lgir.forget.dataset import OUTDATED, put_without, refuse_batches, without_person
from lgir.forget.lines import log_files, remove_lines, telling_lines
from lgir.forget.proof import Found, Proof, prove
from lgir.forget.runs import Sorted, sort_runs
from lgir.forget.traces import Traces, find_traces, subjects_of


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is of a person, and goes.

    Attributes:
        rows: of the tables, by table.
        completions: theirs.
        failures: of completions, theirs.
        other_completions: of others, that hold their words; they are made anew when they are asked for.
        vectors: all there are, see `stores.sweep`.
        splits: drawn from the tables with the person in them.
        encoders: fitted on texts, theirs among them.
        batches: of requests to a server, that are over or were never sent.
        lines: of logs, by file.
        runs: runs and folders of results that know the person.
        left_alone: folders that were given and stay, with the reason.
        interrupted: the person was being forgotten before, and that was cut off.
    """

    rows: dict[str, int]
    completions: int
    failures: int
    other_completions: int
    vectors: int
    splits: int
    encoders: int
    batches: int
    lines: dict[str, int]
    runs: tuple[str, ...]
    left_alone: dict[str, str]
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done.

    Attributes:
        user_id: None for somebody who gave a résumé alone.
        plan: what was removed, or would be.
        fingerprint: of the dataset as it is now.
        proof: None where nothing was removed.
    """

    user_id: str | None
    plan: Plan
    fingerprint: str
    proof: Proof | None


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    folder: Path
    remaining: Dataset
    in_tables: bool
    resume: str
    traces: Traces
    runs: Sorted
    note: "_Note"
    plan: Plan
    former: tuple[str, ...]


def forget(
    data: Path,
    progress: Progress,
    *,
    user_id: str | None = None,
    resume: str | None = None,
    runs: Sequence[Path] = (),
    dry_run: bool = False,
    confirm: Callable[[Plan], bool],
) -> Outcome:
    """Removes a person from a dataset, its caches and the given runs, and looks for them again.

    Called again after an interruption it goes on where it was.

    Args:
        data: the dataset's folder.
        progress: where this reports itself.
        user_id: somebody of the dataset.
        resume: instead, the text of somebody who asked without an id: only caches and logs can know them.
        runs: folders of runs or results that may know the person.
        dry_run: counts alone; nothing is touched.
        confirm: is asked before runs are removed.

    Raises:
        UnknownId: nobody has this id, and nothing of an earlier forgetting is left to finish.
        BadInput: there is no dataset, nothing would be left of it, a run is none, or a batch is at a server.
        BackendError: another process uses the stores, or forgets somebody at this moment.
    """
    folder = data.resolve()
    with _alone(folder):
        if not dry_run:
            sweep(folder)
        progress.start("looking for what there is", None)
        work = _look(folder, user_id, resume or "", runs)
        progress.finish()
        if dry_run or (work.plan.runs and not confirm(work.plan)):
            return Outcome(user_id, work.plan, _now(work), None)
        if work.in_tables:
            refuse_batches(folder)
        stores.refuse_if_open(folder / DERIVED)
        progress.start("removing", None)
        _remove(work)
        progress.finish()
        progress.start("reading everything again", None)
        proof = prove([folder, *work.runs.others], work.traces)
        proof.found += [Found(str(left), "a copy that could not be removed", 1) for left in _copies(folder)]
        progress.finish()
        if not proof.found:
            work.note.remove()
        return Outcome(user_id, work.plan, work.remaining.fingerprint, proof)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _look(folder: Path, user_id: str | None, resume: str, runs: Sequence[Path]) -> _Work:
    dataset = load_dataset(folder)
    note = _Note(folder, subjects_of(user_id, resume)[0])
    known = note.read()
    mine = dataset.users.filter(pl.col("user_id") == user_id) if user_id is not None else dataset.users.clear()
    in_tables = bool(mine.height)
    remaining = without_person(dataset, user_id) if in_tables and user_id is not None else dataset
    if user_id is not None:
        resume = mine["resume"][0] if in_tables else str(known.get("resume", ""))
    former = (*known.get("datasets", ()), *((dataset.fingerprint,) if in_tables else ()))
    traces = find_traces(user_id, resume, remaining)
    begun = {Path(run) for run in known.get("runs", ())}
    others = [run for run in runs if run.resolve() not in begun]
    found = sort_runs(others, folder, {dataset.fingerprint, *former}, traces)
    found = Sorted((*sorted(begun), *found.known), found.others)
    plan = _plan(folder, dataset, remaining, traces, found, interrupted=bool(known))
    if user_id is not None and not in_tables and not known and not _anything(plan):
        raise UnknownId(
            f"user {user_id[:80]!r} is not among the {dataset.users.height:,} users of this dataset, and nothing else"
            f" of theirs is known; the ids stand in {folder / 'users.parquet'}"
        )
    return _Work(folder, remaining, in_tables, resume, traces, found, note, plan, former)


def _plan(
    folder: Path, dataset: Dataset, remaining: Dataset, traces: Traces, runs: Sorted, *, interrupted: bool
) -> Plan:
    kept = stores.look(folder / DERIVED, traces)
    lines = {str(file): len(telling_lines(file, traces)) for file in _logs(folder, runs)}
    fewer = dataset.users.height > remaining.users.height
    splits, encoders, batches = (_entries(folder / DERIVED / name) if fewer else 0 for name in OUTDATED)
    return Plan(
        rows={
            "users": dataset.users.height - remaining.users.height,
            "interactions": dataset.interactions.height - remaining.interactions.height,
        },
        completions=len(kept.completions),
        failures=kept.failures,
        other_completions=len(kept.others),
        vectors=kept.vectors,
        splits=splits,
        encoders=encoders,
        batches=batches,
        lines={file: count for file, count in lines.items() if count},
        runs=tuple(str(run) for run in runs.known),
        left_alone={str(run): reason for run, reason in runs.others.items()},
        interrupted=interrupted,
    )


def _anything(plan: Plan) -> bool:
    # lines do not count: a word of a log would pass for somebody's id
    return bool(plan.completions or plan.failures or plan.runs)


def _now(work: _Work) -> str:
    return work.former[-1] if work.in_tables else work.remaining.fingerprint


def _logs(folder: Path, runs: Sorted) -> Iterator[Path]:
    """Those that stay: of the dataset, and of runs that are left alone."""
    for home in (folder, *runs.others):
        yield from log_files(home)


def _entries(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


# ── removing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _remove(work: _Work) -> None:
    if work.traces.user_id is not None:
        work.note.write(work)
    if work.in_tables:
        put_without(work.folder, work.remaining)
        # whoever has opened a store since the last look did so for the old tables
        stores.refuse_if_open(work.folder / DERIVED)
    stores.sweep(work.folder / DERIVED, work.traces)
    for part in work.folder.rglob(".*.part"):  # of a writer that was killed: the stores are nobody's but ours
        part.unlink(missing_ok=True)
    for file in _logs(work.folder, work.runs):
        if numbers := telling_lines(file, work.traces):
            remove_lines(file, numbers)
    for run in work.runs.known:
        if run.is_dir():
            shutil.rmtree(run)


def _copies(folder: Path) -> list[Path]:
    """Folders beside the dataset in which a swap that was cut off keeps tables."""
    hidden = (f".{folder.name}.old-", f".{folder.name}.new-")
    return [path for path in folder.parent.iterdir() if path.name.startswith(hidden)]


class _Note:
    """Who is being forgotten: a file beside the dataset, there from before the first step until after the proof."""

    def __init__(self, folder: Path, subject: str) -> None:
        self._file = folder.with_name(f".{folder.name}.forgetting-{subject[:16]}.json")

    def read(self) -> dict[str, Any]:
        """What was noted; empty where nothing is under way.

        Raises:
            BadInput: the note cannot be read.
        """
        try:
            found: dict[str, Any] = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise BadInput(f"{self._file} cannot be read; delete it and run the same command again") from None
        return found

    def write(self, work: _Work) -> None:
        """Notes what later steps need and can no longer find."""
        noted = {
            "resume": work.resume,
            "datasets": list(dict.fromkeys(work.former)),
            "runs": [str(run) for run in work.runs.known],
        }
        with written_whole(self._file) as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(json.dumps(noted, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def remove(self) -> None:
        """Ends the forgetting."""
        for part in self._file.parent.glob(f".{escape(self._file.name)}.*.part"):  # of a writer that was killed
            part.unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second forgetting away: two at once would put each other's person back.

    Raises:
        BackendError: there is one.
    """
    if not folder.parent.is_dir():
        yield  # there is no dataset either, and reading it says so
        return
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackendError(
                f"somebody is being forgotten in {folder.parent} at this moment; wait for the end of that, then run the"
                " same command again"
            ) from None
        yield
    finally:
        os.close(handle)
