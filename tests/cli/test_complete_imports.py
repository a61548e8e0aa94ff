"""`lgir complete` over finished rows loads nothing that only asking or training needs."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.testing.scripted_server import Reply, scripted_server

HEAVY = ("torch", "transformers", "scipy", "sklearn", "matplotlib", "aiohttp", "vllm")

SCRIPT = """
import sys
from lgir.cli.app import main
code = main(sys.argv[1:])
print("loaded:", [name for name in {heavy} if name in sys.modules])
sys.exit(code)
"""


@pytest.mark.slow
def test_a_finished_dataset_is_gone_through_without_torch(lgir: Callable[..., SimpleNamespace], tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "config.toml"
    save_dataset(
        synthetic_world(SyntheticConfig(n_users=30, n_jobs=40, mean_interactions=6), 1), data, source="synthetic"
    )
    with scripted_server(lambda _, number: Reply(json.dumps({"statements": [f"Cook {number}"]}))) as server:
        config.write_text(
            f'[complete]\nbackend = "openai"\n[complete.openai]\nbase_url = "{server.base_url}"\nmodel = "m"\n'
        )
        assert lgir("complete", data, "--config", config, "-q").code == 0
    # the server is gone, and is not missed
    command = [sys.executable, "-c", SCRIPT.format(heavy=HEAVY), "complete", str(data), "--config", str(config), "-q"]
    found = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    told, _, loaded = found.stdout.rpartition("loaded: ")
    assert loaded.strip() == "[]"
    assert json.loads(told)["kept"] == json.loads(told)["rows"] > 30


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "loads"), [("lgir", False), ("popularity", False), ("mf", True)])
def test_a_model_is_loaded_when_it_is_asked_for(kind: str, loads: bool) -> None:
    script = f"""
import sys
from lgir.core.config import parse_config
from lgir.pipeline.config import ExperimentConfig
made = parse_config(ExperimentConfig, {{"model": {{"kind": "{kind}"}}}}, source="here")
assert made.model.kind == "{kind}"
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == loads
