"""Progress bars for a terminal. Apart from `progress`, so that rich is only loaded where there is one."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from lgir.cli.progress import WORTH_A_LINE_S, Stage


class _Figures(ProgressColumn):
    """Count, rate, time left and remark of a stage."""

    def __init__(self, stages: Mapping[TaskID, Stage]) -> None:
        super().__init__()
        self._stages = stages

    def render(self, task: Task) -> Text:
        """Called by rich's own thread, several times a second."""
        stage = self._stages.get(task.id)
        return Text("" if stage is None else stage.figures(time.monotonic()))


class Bars:
    """A `Progress` of one bar per running stage; a finished one leaves a line behind."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._stages: dict[TaskID, Stage] = {}
        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), _Figures(self._stages))
        self._progress = Progress(*columns, console=self._console, transient=True)

    def __enter__(self) -> "Bars":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, what: str, total: int | None) -> None:
        self._progress.start()
        stage = Stage(what, total, time.monotonic())
        self._stages[self._progress.add_task(stage.what, total=total or None)] = stage

    def advance(self, steps: int = 1, note: str = "") -> None:
        if self._stages:
            task, stage = next(reversed(self._stages.items()))
            stage.advance(steps, note, time.monotonic())
            self._progress.update(task, completed=stage.done)

    def finish(self, note: str = "") -> None:
        if not self._stages:
            return
        task, stage = self._stages.popitem()
        now = time.monotonic()
        self._progress.remove_task(task)
        if not self._stages:
            # nothing may move on the screen while a command prints its results
            self._progress.stop()
        if note or stage.seconds(now) >= WORTH_A_LINE_S:
            self._console.print(Text(stage.summary(note, now)), soft_wrap=True)
