"""A signal that asks a command to end is answered like Ctrl-C: what is under way is put in order first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143


class Ending:
    """How a command was asked to end.

    Attributes:
        code: the exit code that says so.
    """

    code = INTERRUPTED


@contextmanager
def interruptible() -> Iterator[Ending]:
    """Within it, SIGTERM raises KeyboardInterrupt, as Ctrl-C does."""
    ending = Ending()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        ending.code = TERMINATED
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread alone
        yield ending
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield ending
    finally:
        signal.signal(signal.SIGTERM, before)
