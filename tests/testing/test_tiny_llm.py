"""The tiny language model answers in the form that is asked for, and not everybody alike."""

import json
from pathlib import Path
from typing import Any

import pytest

from lgir.testing.tiny_llm import make_tiny_llm


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import pipeline

    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_llm(folder)
    return pipeline("text-generation", model=str(folder), device="cpu")


def ask(tiny: Any, text: str) -> str:
    reply = tiny([{"role": "user", "content": text}], max_new_tokens=32, return_full_text=False)
    return str(reply[0]["generated_text"])


@pytest.mark.parametrize("text", ["Cook at place 17", "nothing numbered", "", "9" * 3000, '{"statements": ["Cook"]} 4'])
def test_every_answer_is_a_list_of_statements(tiny: Any, text: str) -> None:
    answer = json.loads(ask(tiny, text))
    assert list(answer) == ["statements"]
    assert 1 <= len(answer["statements"]) <= 4
    assert all(statement.strip() == statement != "" for statement in answer["statements"])


def test_the_digits_of_a_prompt_decide(tiny: Any) -> None:
    answers = [ask(tiny, f"Cook at place {number}") for number in range(10)]
    assert len(set(answers)) >= 5
    assert answers == [ask(tiny, f"Cook at place {number}") for number in range(10)]


def test_two_folders_hold_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_tiny_llm(tmp_path / name)
    assert (tmp_path / "one/model.safetensors").read_bytes() == (tmp_path / "other/model.safetensors").read_bytes()
