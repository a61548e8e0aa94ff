from pathlib import Path

import pytest

from lgir.testing.tiny_llm import make_random_llm, make_tiny_llm


@pytest.fixture(scope="session")
def tiny_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny language model; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("llm") / "model"
    make_tiny_llm(folder)
    return folder


@pytest.fixture(scope="session")
def random_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights."""
    folder = tmp_path_factory.mktemp("random-llm") / "model"
    make_random_llm(folder)
    return folder
