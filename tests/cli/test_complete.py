"""`lgir complete` when the language model does not answer."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("openai")

Lgir = Callable[..., SimpleNamespace]

NOBODY_ANSWERS = """
[complete]
backend = "openai"
[complete.openai]
base_url = "http://127.0.0.1:9/v1"
model = "none"
max_retries = 0
"""


def test_failures_are_counted_and_give_code_1(
    lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")
    config = tmp_path / "config.toml"
    config.write_text(NOBODY_ANSWERS)
    found = lgir("complete", tiny.data, "--config", config, "--json", "-q")
    assert found.code == 1
    value = json.loads(found.out)
    assert value["done"] == 0
    failed = sum(value["failed"].values())
    assert failed >= 40
    assert found.err.startswith(f"error: {failed:,} résumés failed, the same command tries them again: ")
    assert len(found.err.splitlines()) == 1
    assert "secret-key" not in found.out + found.err
