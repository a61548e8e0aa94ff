"""Worker processes that end with their parent, however that ends."""

import os
import signal
import threading
import time


def follow(parent: int) -> None:
    """Called first in a worker: it ends with the process `parent`; Ctrl-C is for the parent alone to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
