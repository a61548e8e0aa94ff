"""The peak of this process, forgotten on request."""

from pathlib import Path

import numpy as np
import pytest

from lgir.study import memory
from lgir.study.memory import peak_mib, reset_peak


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
def test_the_peak_is_that_since_the_last_reset():
    reset_peak()
    before = peak_mib()
    assert before is not None
    block = np.ones(64 << 17)  # 64 MiB
    del block
    high = peak_mib()
    assert high is not None
    assert high - before > 50
    reset_peak()
    after = peak_mib()
    assert after is not None
    assert after < high - 50


def test_a_system_that_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "none")
    monkeypatch.setattr(memory, "_RESET", tmp_path / "none" / "none")
    reset_peak()
    assert peak_mib() is None
    (tmp_path / "none").write_text("Name:\tpython\n")
    assert peak_mib() is None
