"""The worker: a process that trains and measures one task after another and keeps what tasks share."""

from dataclasses import dataclass
from pathlib import Path

from lgir.core.errors import LgirError
from lgir.core.fingerprint import fingerprint
from lgir.core.processes import follow
from lgir.core.run import Progress, Silent
from lgir.experiment import prepare
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.opened import made_from
from lgir.pipeline.tools import open_completer, open_tools
from lgir.store.run_folder import RunFolder
from lgir.study.config import ProtocolName
from lgir.study.measure import Bench, measure, measured, row_folder

FAILED = "failed.json"
"""Name of the file with the reason of a task that failed."""

KEPT = 2
"""Benches a worker keeps: tasks come ordered so that neighbours share one."""


@dataclass(frozen=True, slots=True)
class Task:
    """One row, one protocol, one seed."""

    name: str
    protocol: ProtocolName
    seed: int
    config: ExperimentConfig
    data: Path
    out: Path

    @property
    def bench_key(self) -> str:
        """Equal for tasks that share everything completed and encoded."""
        config = self.config
        parts = (config.split, config.candidates, config.complete, config.encode, config.words)
        shared = [part.model_dump(mode="json") for part in parts]
        return fingerprint("bench", str(self.data.resolve()), shared, config.folded)

    @property
    def folder(self) -> RunFolder:
        """Where its results go."""
        return row_folder(self.out, self.protocol, self.name)

    def done(self) -> bool:
        """Whether it is trained and measured."""
        return measured(self.folder, self.seed)

    def failure(self) -> str:
        """Why it has no values; "" where it has, or was not tried."""
        name = f"seed-{self.seed}/{FAILED}"
        found = not self.done() and self.folder.has(name)
        return f"protocol {self.protocol}, seed {self.seed}: {self.folder.read_json(name)['reason']}" if found else ""


_benches: dict[str, Bench] = {}


def work(task: Task) -> None:
    """Does one task.

    A row that fails, such as one whose loss is no number, leaves its reason instead of its values: the others are not
    to be lost for it. The next run tries it again.
    """
    if task.done():
        return
    failed = f"seed-{task.seed}/{FAILED}"
    task.folder.remove(failed)
    try:
        measure(bench_of(task), task.config, task.folder, task.seed, task.name)
    except LgirError as error:
        task.folder.write_json(failed, {"reason": str(error)})


def bench_of(task: Task, progress: Progress | None = None) -> Bench:
    """What the task shares with others; made at its first use."""
    key = task.bench_key
    if key not in _benches:
        while len(_benches) >= KEPT:
            _benches.pop(next(iter(_benches)))
        shown = progress or Silent()
        material = open_material(task.data, task.config)
        with open_tools(task.data, task.config, material.view, shown) as tools:
            prepared = prepare(material, tools, task.config, shown, words=True)
        _benches[key] = Bench(material, prepared)
    return _benches[key]


def row_made_from(task: Task, material: Material) -> dict[str, str]:
    """Everything that must be the same for a row's earlier results to count. More seeds after the first leave those
    that are done as they are; the first one's ranking is kept beside them."""
    config = task.config.model_copy(update={"seeds": task.config.seeds[:1]})
    with open_completer(task.data, config) as completer:
        return made_from(material, config, completer)


def begin_worker(parent: int) -> None:
    """One thread, and an end with the parent."""
    import torch

    follow(parent)
    torch.set_num_threads(1)
