"""The whole line behind a real language model server: complete, encode, fit, evaluate, recommend."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.testing.llm_server import llm_server

Lgir = Callable[..., SimpleNamespace]

CONFIG = """
seeds = [0]
[complete]
backend = "openai"
mode = "irc"
folds = 2
[complete.llm]
max_tokens = 64
[complete.openai]
base_url = "{base_url}"
model = "{model}"
concurrency = 2
[[encode.encoders]]
kind = "lexical"
dim = 32
[model]
max_epochs = 3
many_shot = 3
few_shot = 1
"""


@pytest.mark.slow
def test_from_a_dataset_to_recommendations(lgir: Lgir, trained: SimpleNamespace, tmp_path: Path) -> None:
    data, run, config = tmp_path / "data", tmp_path / "run", tmp_path / "config.toml"
    save_dataset(trained.world, data, source="synthetic")
    with llm_server(tmp_path / "llm") as server:
        config.write_text(CONFIG.format(base_url=server.base_url, model=server.model))
        completed = lgir("complete", data, "--config", config, "--json", "-q")
        assert completed.code == 0, completed.err
        told = json.loads(completed.out)
        assert told["completed"] + told["kept"] == told["rows"] > 100
        assert told["tokens_out"] > told["rows"]
    # from here on nobody is asked: the server is gone, and everything is kept
    fitted = lgir("fit", data, "--config", config, "--out", run, "-q")
    assert fitted.code == 0, fitted.err
    assert "failed" not in fitted.err
    evaluated = lgir("evaluate", run, "--json", "-q")
    assert evaluated.code == 0, evaluated.err
    user = trained.world.interactions["user_id"][0]
    found = lgir("recommend", run, "--user", user, "--json", "-q")
    assert found.code == 0, found.err
    answer = json.loads(found.out)
    assert answer["completion"]["language_model"] == server.model
    assert len(answer["jobs"]) == 10
    assert answer["display"]["own"] == dict(zip(*trained.world.users.select("user_id", "resume"), strict=True))[user]
    sources = {one["source"] for one in answer["completion"]["statements"]}
    assert "completion" in sources, "the tiny model invents, and that is said"
    assert {one["source"] for one in answer["display"]["suggestions"]} <= {"completion", "job you looked at"}
