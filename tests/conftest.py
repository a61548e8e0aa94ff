"""What every test may rely on: no network, one thread, and time limits that suit a busy machine."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

from lgir.core.config import parse_config
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.experiment import fit
from lgir.pipeline.config import ExperimentConfig

# a shared machine can stall for seconds: an example's time says nothing about the code
settings.register_profile("lgir", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lgir")

SMALL = {
    "seeds": [0, 1],
    "complete": {"folds": 2},
    "encode": {"encoders": [{"kind": "lexical", "dim": 32}]},
    "model": {"max_epochs": 3, "many_shot": 3, "few_shot": 1},
}


@pytest.fixture(scope="session")
def config() -> ExperimentConfig:
    """Lexical encoder alone, few epochs: trains in seconds."""
    return parse_config(ExperimentConfig, SMALL, source="test")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, config: ExperimentConfig) -> SimpleNamespace:
    """A small world, saved and trained: paths `data` and `run`, the `world`, the `summary` of fit."""
    home: Path = tmp_path_factory.mktemp("pipeline")
    world = synthetic_world(SyntheticConfig(n_users=60, n_jobs=80, mean_interactions=6), 4)
    save_dataset(world, home / "data", source="synthetic")
    summary = fit(home / "data", config, home / "run", Silent())
    return SimpleNamespace(data=home / "data", run=home / "run", world=world, summary=summary)
