"""Runs an experiment: everything completed and encoded once, every task trained and measured once, a report written."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from lgir.core.errors import BackendError, BadInput, MissingExtra
from lgir.core.run import Progress
from lgir.encode.model_folder import open_model
from lgir.encode.sentence import SentenceConfig
from lgir.evaluate.study.summary import Summary, summarize
from lgir.evaluate.study.write import write_study
from lgir.experiment import check_fits
from lgir.pipeline.material import Material, open_material
from lgir.study.case import check_case
from lgir.study.config import ProtocolName, StudyConfig
from lgir.study.gather import gather
from lgir.study.work import Task, begin_worker, bench_of, row_made_from, work

THREADS = "OMP_NUM_THREADS"


def run_study(study: StudyConfig, data: Path, out: Path, progress: Progress, *, workers: int) -> Summary:
    """Runs what has not been run yet, and writes the report into `out`.

    Args:
        study: which rows, protocols and seeds.
        data: the dataset's folder.
        out: folder of the results; results of the same rows are used again, others are replaced.
        progress: where the work reports itself.
        workers: rows trained at once, each on one core.

    Raises:
        BadInput: the data or a row's settings are wrong, or `out` holds something else; nothing has been done then.
        MissingExtra: the package that draws the figures is not installed; likewise.
        LgirError: completion, encoding or training failed; what was measured is kept.
    """
    if find_spec("matplotlib") is None:
        raise MissingExtra("matplotlib", "experiment")
    materials = check_study(study, data)
    tasks = tasks_of(study, data, out)
    begin(out)
    _drop_outdated(tasks, materials)
    missing = [task for task in tasks if not task.done()]
    if missing:
        _warm(missing, progress)
        in_workers(work, missing, progress, workers, "training and measuring")
    summary = summarize(gather(study, tasks, materials, progress))
    write_study(out, summary)
    return summary


def tasks_of(study: StudyConfig, data: Path, out: Path) -> list[Task]:
    """Every task, those that share what was completed and encoded one after another."""
    found = []
    for protocol in study.protocols:
        for name in study.rows:
            config = study.experiment(name, protocol)
            found += [Task(name, protocol, seed, config, data, out) for seed in config.seeds]
    keys = list(dict.fromkeys(task.bench_key for task in found))
    return sorted(found, key=lambda task: keys.index(task.bench_key))


def check_models(study: StudyConfig) -> None:
    """Finds every model folder that a row names.

    Raises:
        BadConfig: one is missing.
        BackendError: a model is named that is neither here nor can be fetched.
    """
    named = [study.experiment(row, protocol).encode.encoders for row in study.rows for protocol in study.protocols]
    sentence = [encoder for encoders in named for encoder in encoders if isinstance(encoder, SentenceConfig)]
    for model, revision in {(encoder.model, encoder.revision): None for encoder in sentence}:
        open_model(model, revision)


def check_study(study: StudyConfig, data: Path) -> dict[ProtocolName, Material]:
    """Refuses, before any work, what could not be done later.

    Returns:
        The dataset as each protocol divides it.

    Raises:
        BadInput: the dataset does not suit a protocol, or a row needs what it does not have; all such rows are named.
        UnknownId: nobody has the id of `case`.
        BadConfig: a model folder is missing.
    """
    check_models(study)
    materials = {protocol: _opened(study, data, protocol) for protocol in study.protocols}
    if study.case is not None:
        check_case(materials[study.protocols[0]], study.case)
    problems = []
    for protocol, material in materials.items():
        for name in study.rows:
            try:
                check_fits(material, study.experiment(name, protocol))
            except BadInput as error:
                problems.append(f"row {name!r}, protocol {protocol!r}: {error}")
    if problems:
        raise BadInput("\n".join(problems))
    return materials


def _opened(study: StudyConfig, data: Path, protocol: ProtocolName) -> Material:
    """The dataset, divided: split and candidates are the same for every row."""
    try:
        return open_material(data, study.experiment(study.rows[0], protocol))
    except BadInput as error:
        raise BadInput(f"protocol {protocol!r}: {error}") from None


def begin(out: Path) -> None:
    """Makes the folder of results.

    Raises:
        BadInput: it is a file, or holds something else.
    """
    other = any(out.iterdir()) and not (out / "rows").is_dir() if out.is_dir() else out.exists()
    if other:
        raise BadInput(f"{out} holds something else than an experiment; choose another --out")
    (out / "rows").mkdir(parents=True, exist_ok=True)


def _drop_outdated(tasks: Sequence[Task], materials: Mapping[ProtocolName, Material]) -> None:
    """Deletes results of a row that was made from other data or settings, and says from what the new ones are made."""
    for task in {task.folder.path: task for task in tasks}.values():
        folder, made_from = task.folder, row_made_from(task, materials[task.protocol])
        if folder.has("made-from.json") and folder.read_json("made-from.json") == made_from:
            continue
        shutil.rmtree(folder.path, ignore_errors=True)
        folder.write_json("made-from.json", made_from)
        folder.write_json("config.json", task.config.model_dump(mode="json"))


def _warm(tasks: Sequence[Task], progress: Progress) -> None:
    """Completes and encodes everything once, so that workers find it in the dataset's stores."""
    for task in {task.bench_key: task for task in tasks}.values():
        bench_of(task, progress)


@runtime_checkable
class Named(Protocol):
    """What workers do, by the words a progress line uses."""

    @property
    def name(self) -> str: ...

    @property
    def protocol(self) -> str: ...

    @property
    def seed(self) -> int: ...


TaskT = TypeVar("TaskT", bound=Named)


def in_workers(
    function: Callable[[TaskT], None], tasks: Sequence[TaskT], progress: Progress, workers: int, what: str
) -> None:
    """Does every task in one of so many processes, each on one core.

    Raises:
        BackendError: a process was killed.
        LgirError: a task failed; those that were done are kept.
    """
    progress.start(what, len(tasks))
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            max_workers=min(workers, max(len(tasks), 1)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=begin_worker,
            initargs=(os.getpid(),),
        ) as pool,
    ):
        under_way: dict[Future[None], TaskT] = {pool.submit(function, task): task for task in tasks}
        try:
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    task = under_way.pop(future)
                    future.result()
                    progress.advance(1, note=f"{task.name}, {task.protocol}, seed {task.seed}")
        except KeyboardInterrupt:
            # what is under way continues from its checkpoint the next time: nobody has to wait for its end now
            for child in multiprocessing.active_children():
                child.terminate()
            raise
        except BrokenProcessPool:
            raise BackendError(
                "a worker ended unexpectedly, most likely for want of memory; run the same again, it goes on, or give "
                "fewer --workers"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    progress.finish()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers start with one thread: several that use all cores each would slow one another down by far."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before
