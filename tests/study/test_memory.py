"""The peak of this process, forgotten on request."""

import subprocess
import sys
from pathlib import Path

import pytest

from lgir.study import memory
from lgir.study.memory import peak_mib, reset_peak

# in a process of its own: what other tests have left behind may be given back to the system in the middle of this one
PEAKS = """
import numpy as np
from lgir.study.memory import peak_mib, reset_peak
reset_peak()
found = [peak_mib()]
block = np.ones(64 << 17)  # 64 MiB
del block
found.append(peak_mib())
reset_peak()
print(*found, peak_mib())
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
def test_the_peak_is_that_since_the_last_reset():
    printed = subprocess.run([sys.executable, "-c", PEAKS], check=True, capture_output=True, text=True).stdout
    before, high, after = map(float, printed.split())
    assert high - before > 50
    assert after < high - 50


def test_a_system_that_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "none")
    monkeypatch.setattr(memory, "_RESET", tmp_path / "none" / "none")
    reset_peak()
    assert peak_mib() is None
    (tmp_path / "none").write_text("Name:\tpython\n")
    assert peak_mib() is None
