"""SIGTERM is answered like Ctrl-C, with an exit code of its own."""

import os
import signal
import threading

import pytest

from lgir.cli.interruption import INTERRUPTED, TERMINATED, Ending, interruptible


def test_sigterm_raises_what_ctrl_c_raises() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruptible() as ending:
        assert ending.code == INTERRUPTED == 130
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        assert ending.code == TERMINATED == 143
    assert signal.getsignal(signal.SIGTERM) == before


def test_another_thread_leaves_signals_alone() -> None:
    before, found = signal.getsignal(signal.SIGTERM), list[object]()

    def run() -> None:
        with interruptible() as ending:
            found.extend([ending.code, signal.getsignal(signal.SIGTERM)])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [Ending.code, before]
