"""What can be said of the vLLM back end without vLLM; the rest is in tests_vllm/."""

import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest

from lgir.complete.local.config import VllmConfig
from lgir.complete.local.vllm_model import VllmModel
from lgir.core.errors import BadConfig, MissingExtra
from lgir.core.records import Failure
from lgir.testing.language_models import prompts


def make(folder: Path | str, deadline: float | None = None, **options: Any) -> VllmModel:
    config = VllmConfig(model=str(folder), **options)
    return VllmModel(config, max_tokens=64, temperature=0.0, seed=0, deadline=deadline)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vllm is installed")
def test_without_the_package_a_prompt_says_what_to_install(tiny_llm: Path) -> None:
    model = make(tiny_llm)
    assert list(model.answers([])) == []
    with pytest.raises(MissingExtra, match=r"pip install 'lgir\[vllm\]'"):
        list(model.answers(prompts(1)))


def test_after_the_deadline_nothing_is_loaded(tiny_llm: Path) -> None:
    found = dict(make(tiny_llm, deadline=time.monotonic()).answers(prompts(2)))
    assert found == dict.fromkeys(range(2), Failure("the time for this run was over", attempts=0, passing=True))


def test_its_fingerprint_is_that_of_the_model(tiny_llm: Path) -> None:
    one = make(tiny_llm)
    assert one.name == str(tiny_llm)
    assert one.fingerprint == make(tiny_llm, window=3, gpu_memory_utilization=0.5, enforce_eager=True).fingerprint
    assert one.fingerprint != make(tiny_llm, dtype="float16").fingerprint
    assert one.fingerprint != make("somebody/model").fingerprint


def test_a_model_must_be_named() -> None:
    with pytest.raises(BadConfig, match=r"vllm\.model names no model"):
        VllmModel(VllmConfig(), max_tokens=64, temperature=0.0, seed=0)
