"""What a worker of a test does. A file of its own, so that a new process can import it."""

import os
import signal
from dataclasses import dataclass

from lgir.core.errors import BadInput


@dataclass(frozen=True)
class Errand:
    """Something to do that is not a training."""

    name: str
    protocol: str = "paper"
    seed: int = 0


def do(errand: Errand) -> None:
    """Ends as the errand's name says."""
    if errand.name == "refuses":
        raise BadInput("this one cannot be done")
    if errand.name == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    import torch

    assert torch.get_num_threads() == 1
    assert os.environ["OMP_NUM_THREADS"] == "1"
