"""`lgir complete` with a language model that fails for some people, and one that is not there."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.testing.scripted_server import Reply, scripted_server

Lgir = Callable[..., SimpleNamespace]


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A configuration for a server."""
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")

    def write(base_url: str, model: str = "m") -> Path:
        file = tmp_path / "config.toml"
        file.write_text(
            '[complete]\nbackend = "openai"\nfolds = 2\n[complete.llm]\nanswer = "lines"\nbad_answer_retries = 0\n'
            f'[complete.openai]\nbase_url = "{base_url}"\nmodel = "{model}"\nmax_retries = 0\n'
        )
        return file

    return write


@pytest.fixture
def data(trained: SimpleNamespace, tmp_path: Path) -> Path:
    """A small world without completions."""
    save_dataset(trained.world, tmp_path / "data", source="synthetic")
    return tmp_path / "data"


def test_failures_are_counted_and_asked_for_again_on_request(
    lgir: Lgir, data: Path, configured: Callable[..., Path]
) -> None:
    def answer(_: str, number: int) -> Reply:
        return Reply(f"Cook {number}", finish_reason="length" if number % 5 == 4 else "stop")

    with scripted_server(answer) as server:
        found = lgir("complete", data, "--config", configured(server.base_url), "--json", "-q")
        value = json.loads(found.out)
        assert value["note"] == "written by the language model m"
        assert value["tokens_in"] == 7 * len(server.requests), "tokens of unusable answers were paid for too"
        assert value["rows"] == value["completed"] + value["kept"] + value["failed"]
        assert value["failed"] == sum(value["reasons"].values()) > 5
        assert found.code == 1
        assert found.err.startswith(
            f"error: {value['failed']:,} résumés failed and are listed in {data}/derived/dead-letters"
        )
        assert "--retry-failed asks for them again: " in found.err
        assert "llm.max_tokens = 1024" in found.err
        assert len(found.err.splitlines()) == 1
    with scripted_server(lambda _, number: Reply(f"Server {number}")) as server:
        again = lgir("complete", data, "--config", configured(server.base_url), "-q")
        assert again.code == 0, "nothing has failed in this run"
        assert "failed rows, with reasons: " in again.out
        assert server.requests == []
        last = lgir("complete", data, "--config", configured(server.base_url), "-q", "--retry-failed")
        assert len(server.requests) == value["failed"]
    assert last.code == 0
    counts = (
        f"{value['failed']:,} completed, {value['completed'] + value['kept']:,} completed before or equal to another"
    )
    assert f"{value['rows']:,} résumés: {counts}; written by the language model m" in last.out
    assert "tokens read by the model" in last.out


def test_a_dry_run_asks_nobody(lgir: Lgir, data: Path, configured: Callable[..., Path]) -> None:
    file = configured("http://127.0.0.1:9/v1")
    shown = lgir("complete", data, "--config", file, "--dry-run", "-q")
    assert shown.code == 0
    assert "to ask for; written by the language model m" in shown.out
    assert "tokens to read: about " in shown.out
    assert "time: unknown, no answer of this model in this mode was timed yet" in shown.out
    assert "price: unknown; set llm.price_in and llm.price_out" in shown.out
    plan = json.loads(lgir("complete", data, "--config", file, "--dry-run", "--json", "-q").out)
    assert plan["to_ask"] == plan["rows"] > 0
    assert plan["tokens_in"] > 0


def test_options_go_over_the_configuration(lgir: Lgir, data: Path, configured: Callable[..., Path]) -> None:
    file = configured("http://127.0.0.1:9/v1")
    value = json.loads(lgir("complete", data, "--config", file, "--backend", "extractive", "--json", "-q").out)
    assert value["note"] == "no language model was used"
    fewer = json.loads(
        lgir("complete", data, "--backend", "extractive", "--mode", "src", "--json", "-q", "--limit", "3").out
    )
    assert fewer["rows"] < value["rows"]
    assert (fewer["completed"], fewer["stopped"]) == (3, "the limit of 3 rows was reached")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--backend", "oracle"), "complete.backend: .*'extractive', 'openai', 'transformers' or 'vllm'"),
        (("--mode", "best"), "complete.mode: "),
        (("--max-cost", "1"), "a most cost needs prices; set llm.price_in and llm.price_out"),
    ],
)
def test_a_wrong_option_is_one_sentence(lgir: Lgir, data: Path, options: tuple[str, ...], message: str) -> None:
    found = lgir("complete", data, *options, "-q")
    assert (found.code, found.out) == (2, "")
    assert re.search(message, found.err)


def test_a_server_that_is_not_there_is_one_sentence(lgir: Lgir, data: Path, configured: Callable[..., Path]) -> None:
    found = lgir("complete", data, "--config", configured("http://127.0.0.1:9/v1", "another"), "-q")
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("error: cannot reach the language model server http://127.0.0.1:9/v1; start it")
    assert "secret-key" not in found.err
