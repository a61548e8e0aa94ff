"""`lgir complete` with a language model that fails for some people, and one that is not there."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.testing.scripted_server import Reply, scripted_server

pytest.importorskip("openai")

Lgir = Callable[..., SimpleNamespace]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A configuration for a server."""
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")

    def write(base_url: str, model: str = "m") -> Path:
        file = tmp_path / "config.toml"
        file.write_text(
            '[complete]\nbackend = "openai"\nfolds = 2\n'
            f'[complete.openai]\nbase_url = "{base_url}"\nmodel = "{model}"\nmax_retries = 0\n'
        )
        return file

    return write


def test_failures_are_counted_and_the_same_command_mends_them(
    lgir: Lgir, tiny: SimpleNamespace, config: Callable[..., Path]
) -> None:
    with scripted_server(lambda _, number: Reply(finish_reason="length" if number % 5 == 4 else "stop")) as server:
        found = lgir("complete", tiny.data, "--config", config(server.base_url), "--json", "-q")
        value = json.loads(found.out)
        assert value["note"] == "written by the language model m"
        assert value["tokens_in"] == 7 * value["done"]
        failed = sum(value["failed"].values())
        assert failed > 5
        assert found.code == 1
        assert found.err.startswith(f"error: {failed:,} résumés failed, the same command tries them again: ")
        assert "openai.max_tokens = 1024" in found.err
        assert len(found.err.splitlines()) == 1
    with scripted_server(lambda *_: Reply()) as server:
        again = lgir("complete", tiny.data, "--config", config(server.base_url), "-q")
    assert again.code == 0
    assert f"{value['done'] + failed:,} résumés completed; written by the language model m" in again.out
    assert "tokens read by the model" in again.out


def test_a_server_that_is_not_there_is_one_sentence(
    lgir: Lgir, tiny: SimpleNamespace, config: Callable[..., Path]
) -> None:
    found = lgir("complete", tiny.data, "--config", config("http://127.0.0.1:9/v1", "another"), "-q")
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("error: cannot reach the language model server http://127.0.0.1:9/v1; start it")
    assert "secret-key" not in found.err
