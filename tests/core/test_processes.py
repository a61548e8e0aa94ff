"""A worker ends with its parent."""

import os

import pytest

from lgir.core import processes


def test_a_worker_ends_when_it_has_another_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(processes.time, "sleep", lambda seconds: None)

    def ended(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", ended)
    with pytest.raises(SystemExit) as stopped:
        processes._end_with(7)
    assert stopped.value.code == 1
    assert list(parents) == []
