"""How long work reports itself on stderr: bars on a terminal, plain lines elsewhere."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lgir.cli.output import complain
from lgir.core.plain_text import one_line
from lgir.core.rate import Rate

if TYPE_CHECKING:
    from lgir.core.run import Progress

LINE_EVERY_S = 10.0
"""Seconds between two plain lines of a stage."""

WORTH_A_LINE_S = 2.0
"""A stage that took less, and has nothing to remark, leaves no line behind."""


class Stage:
    """One stage of work: what it is, how far it has come, how fast it goes."""

    def __init__(self, what: str, total: int | None, now: float) -> None:
        self.what, self.total, self.done, self.note = one_line(what), total, 0, ""
        self.began = now
        self._rate = Rate(now)

    def advance(self, steps: int, note: str, now: float) -> None:
        """`steps` more are done."""
        self.done += steps
        self.note = one_line(note) or self.note
        self._rate.add(steps, now)

    def seconds(self, now: float) -> float:
        """Since the start."""
        return now - self.began

    def figures(self, now: float) -> str:
        """Such as: 512 of 1,050, 43/s, 12 s left, validation 0.71. How long it takes is unknown at first, and while
        nothing comes."""
        parts = [amount(self.done) + (f" of {amount(self.total)}" if self.total else "")]
        unknown = ["time left unknown"] if self.total and self.done < self.total else []
        if (stalled := self._rate.stalled_s(now)) is not None:
            return ", ".join([*parts, f"nothing for {duration(stalled)}", *unknown])
        if (rate := self._rate.per_s()) is not None:
            parts.append(f"{amount(rate)}/s")
            if self.total and self.done < self.total:
                parts.append(f"{duration((self.total - self.done) / rate)} left")
        else:  # that time passes is all there is to say
            parts = [*(parts if self.total else []), f"{duration(self.seconds(now))} so far", *unknown]
        return ", ".join([*parts, *([self.note] if self.note else [])])

    def summary(self, note: str, now: float) -> str:
        """Such as: completing résumés: 1,050 in 24 s (43/s); 3 failed."""
        took = max(self.seconds(now), 1e-3)
        count = f"{amount(self.done)} in " if self.done else ""
        rate = f" ({amount(self.done / took)}/s)" if self.done else ""
        return f"{self.what}: {count}{duration(took)}{rate}" + (f"; {one_line(note)}" if note else "")


class Lines:
    """A `Progress` in plain lines: one at the start, one every ten seconds, one at the end."""

    def __init__(self, print_line: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._print, self._clock = print_line, clock
        self._stages: list[tuple[Stage, float]] = []

    def start(self, what: str, total: int | None) -> None:
        stage = Stage(what, total, self._clock())
        # a stage within a stage, such as encoding while reasons are sought, is a detail
        if not self._stages:
            self._print(f"{stage.what}{f' ({amount(total)})' if total else ''} …")
        self._stages.append((stage, stage.began))

    def advance(self, steps: int = 1, note: str = "") -> None:
        if not self._stages:
            return
        (stage, printed), now = self._stages[-1], self._clock()
        stage.advance(steps, note, now)
        if now - printed >= LINE_EVERY_S and stage.done != stage.total:
            self._print(f"{stage.what}: {stage.figures(now)}")
            self._stages[-1] = (stage, now)

    def finish(self, note: str = "") -> None:
        if not self._stages:
            return
        (stage, _), now = self._stages.pop(), self._clock()
        if note or stage.seconds(now) >= WORTH_A_LINE_S:
            self._print(stage.summary(note, now))


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator["Progress"]:
    """What a command hands to the work it calls."""
    from lgir.core.run import Silent

    if quiet:
        yield Silent()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from lgir.cli.bars import Bars

        with Bars() as bars:
            yield bars
    else:
        yield Lines(complain)


def amount(number: int | float) -> str:
    """Such as 0.4, 43, 1,050, 12.3k, 4.5M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= limit:
            return f"{number / {'G': 1e9, 'M': 1e6, 'k': 1e3}[unit]:.1f}{unit}"
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def duration(seconds: int | float) -> str:
    """Such as 3.2 s, 45 s, 2 min 05 s, 1 h 20 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
