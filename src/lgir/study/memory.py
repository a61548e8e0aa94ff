"""The largest resident memory of this process since it was last asked to start anew."""

from contextlib import suppress
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Forgets the peak so far, where the system can (Linux)."""
    with suppress(OSError):
        _RESET.write_text("5")


def peak_mib() -> float | None:
    """Peak in MiB; None where the system does not tell."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)
