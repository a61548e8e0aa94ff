"""A real vLLM on a processor, in a virtual environment of its own: `make test-vllm`."""

import os

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the engine in this process: loads in seconds
}

from pathlib import Path
from typing import Any

import pytest

from lgir.testing.tiny_llm import make_random_llm, make_tiny_llm


@pytest.fixture(scope="session")
def tiny_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny language model."""
    folder = tmp_path_factory.mktemp("llm") / "model"
    make_tiny_llm(folder)
    return folder


@pytest.fixture(scope="session")
def random_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights."""
    folder = tmp_path_factory.mktemp("random-llm") / "model"
    make_random_llm(folder)
    return folder


@pytest.fixture(scope="session")
def short_strings() -> dict[str, Any]:
    """A schema that even a model of random weights has to come to the end of."""
    strings = {"type": "array", "items": {"type": "string", "pattern": "^[a-z ]{1,12}$"}, "minItems": 1, "maxItems": 3}
    return {
        "type": "object",
        "properties": {"statements": strings},
        "required": ["statements"],
        "additionalProperties": False,
    }
