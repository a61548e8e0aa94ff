"""Lines and bars, on a clock that the test turns."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lgir.cli.bars import Bars
from lgir.cli.progress import Lines, Stage, amount, duration, shown_progress
from lgir.core.run import Progress, Silent


class Clock:
    """A clock that stands still until told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_lines_come_at_the_start_every_ten_seconds_and_at_the_end(clock: Clock) -> None:
    printed: list[str] = []
    lines = Lines(printed.append, clock)
    lines.start("completing résumés", 1200)
    for _ in range(1199):
        clock.now += 1 / 64  # exact in binary
        lines.advance()
    assert printed[0] == "completing résumés (1,200) …"
    assert [line.partition(", ")[0] for line in printed[1:]] == [
        "completing résumés: 640 of 1,200",
    ]
    assert printed[1] == "completing résumés: 640 of 1,200, 64/s, 8.8 s left"
    lines.advance()
    lines.finish("3 of 1200 failed")
    assert printed[2:] == ["completing résumés: 1,200 in 19 s (64/s); 3 of 1200 failed"]


def test_a_short_stage_leaves_its_first_line_alone(clock: Clock) -> None:
    printed: list[str] = []
    lines = Lines(printed.append, clock)
    lines.start("reading", None)
    clock.now += 1.9
    lines.finish()
    assert printed == ["reading …"]


def test_the_rate_forgets_what_came_out_of_a_cache(clock: Clock) -> None:
    printed: list[str] = []
    lines = Lines(printed.append, clock)
    lines.start("encode", 10_000)
    lines.advance(9000)
    for _ in range(60):
        clock.now += 1
        lines.advance(1)
    assert printed[-1] == "encode: 9,060 of 10.0k, 1/s, 15 min 40 s left"


def test_the_remark_stays_until_the_next(clock: Clock) -> None:
    printed: list[str] = []
    lines = Lines(printed.append, clock)
    lines.start("training", 10)
    lines.advance(1, note="validation 0.5\x1b[31m")
    clock.now += 11
    lines.advance()
    assert printed[-1].endswith("left, validation 0.5")


def test_a_stage_within_a_stage(clock: Clock) -> None:
    printed: list[str] = []
    lines = Lines(printed.append, clock)
    lines.start("outer", 2)
    lines.start("inner", 5)
    lines.advance(5)
    lines.finish()
    clock.now += 20
    lines.advance()
    lines.finish()
    lines.finish()
    lines.advance()
    assert printed == ["outer (2) …", "outer: 1 of 2, 0.1/s, 20 s left", "outer: 1 in 20 s (0.1/s)"]


def test_a_stage_that_has_not_moved_says_how_long_it_has_run() -> None:
    assert Stage("encode", 280, 5.0).figures(17.0) == "0 of 280, 12 s so far, time left unknown"
    assert Stage("fit", None, 5.0).figures(6.5) == "1.5 s so far"


def test_a_pause_is_said_and_does_not_make_the_time_left_wild() -> None:
    stage, now = Stage("completing résumés", 10_000, 0.0), 0.0
    for _ in range(1200):
        now += 1 / 16
        stage.advance(1, "90 tokens/s", now)
    assert stage.figures(now) == "1,200 of 10.0k, 16/s, 9 min 10 s left, 90 tokens/s"
    assert stage.figures(now + 12) == "1,200 of 10.0k, nothing for 12 s, time left unknown"
    now += 12
    stage.advance(1, "", now)
    assert stage.figures(now) == "1,201 of 10.0k, 13/s, 11 min 08 s left, 90 tokens/s"


def test_bars_show_figures_and_leave_lines_with_remarks() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, highlight=False, markup=False, emoji=False)
    with Bars(console) as bars:
        assert isinstance(bars, Progress)
        bars.start("reading [red]odd[/] :smile:", 50)
        bars.advance(20, note="so far")
        bars.start("within", None)
        bars.finish()
        bars._progress.refresh()
        bars.finish("7 rows dropped")
        bars.finish()
        bars.advance()
    shown = screen.getvalue()
    assert "20 of 50" in shown
    assert "so far" in shown
    assert "reading [red]odd[/] :smile:: 20 in" in shown
    assert shown.rstrip().endswith("7 rows dropped")


def test_which_progress_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_progress(quiet=True) as progress:
        assert isinstance(progress, Silent)
    with shown_progress(quiet=False) as progress:
        assert isinstance(progress, Lines)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress(quiet=False) as progress:
        assert isinstance(progress, Bars)
    monkeypatch.setenv("TERM", "dumb")
    with shown_progress(quiet=False) as progress:
        assert isinstance(progress, Lines)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (0.42, "0.4"), (43.4, "43"), (9_999, "9,999"), (12_345, "12.3k"), (4_500_000, "4.5M"), (3e9, "3.0G")],
)
def test_amount(number: float, shown: str) -> None:
    assert amount(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (4810, "1 h 20 min")],
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@given(st.floats(0, 1e7))
def test_a_duration_never_counts_sixty(seconds: float) -> None:
    assert "60 s" not in duration(seconds)
    assert " 60 min" not in duration(seconds)
