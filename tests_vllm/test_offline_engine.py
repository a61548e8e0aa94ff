"""The offline engine: on a tiny model that answers, and on one of random weights."""

import json
import os
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.llm.config import LlmConfig
from lgir.complete.local.config import TransformersConfig, VllmConfig
from lgir.complete.local.transformers_model import TransformersModel
from lgir.complete.local.vllm_model import VllmModel
from lgir.core.errors import BackendError, BadConfig
from lgir.core.records import Answer, Completion, Failure, Prompt
from lgir.testing.completers import people
from lgir.testing.language_models import SCHEMA, LanguageModelContract, prompts

ENGINES: dict[tuple[Path, str], Any] = {}
"""One engine per model; a new one for every test would cost seconds and memory that is never given back."""


def make(
    folder: Path, *, max_tokens: int = 64, temperature: float = 0.0, deadline: float | None = None, **options: Any
) -> VllmModel:
    limit = 512 if "random" in folder.parent.name else 4096
    config = VllmConfig(
        **{"model": str(folder), "dtype": "float32", "max_model_len": limit, **options}, enforce_eager=True
    )
    model = VllmModel(config, max_tokens=max_tokens, temperature=temperature, seed=0, deadline=deadline)
    if (folder, "engine") not in ENGINES:
        ENGINES[folder, "engine"] = model._loaded
    model.__dict__["_loaded"] = ENGINES[folder, "engine"]
    return model


def ask(model: VllmModel, asked: list[Prompt]) -> list[Answer | Failure]:
    found = dict(model.answers(asked))
    return [found[place] for place in range(len(asked))]


def texts(found: list[Answer | Failure]) -> list[str]:
    assert all(isinstance(one, Answer) for one in found), found
    return [one.text for one in found if isinstance(one, Answer)]


class TestContract(LanguageModelContract):
    read_ahead = 3 - 1
    keeps_schema = True
    temperature = 0.0

    @pytest.fixture(autouse=True)
    def _folder(self, tiny_llm: Path) -> None:
        self.folder = tiny_llm

    def make(self, *, max_tokens: int = 64) -> VllmModel:
        return make(self.folder, max_tokens=max_tokens, temperature=self.temperature, window=3)


class TestContractOfSampling(TestContract):
    temperature = 1.5


def test_it_answers_as_transformers_does(tiny_llm: Path) -> None:
    other = TransformersModel(TransformersConfig(model=str(tiny_llm)), max_tokens=64, temperature=0.0, seed=0)
    expected = dict(other.answers(prompts(12)))
    for place, answer in enumerate(ask(make(tiny_llm), prompts(12))):
        like = expected[place]
        assert isinstance(answer, Answer)
        assert isinstance(like, Answer)
        assert replace(answer, seconds=0.0) == replace(like, seconds=0.0)


def test_every_answer_keeps_to_its_schema_whatever_the_weights(random_llm: Path, short_strings: dict[str, Any]) -> None:
    asked = [Prompt(one.instructions, one.sources, short_strings) for one in prompts(24)]
    for temperature in (0.0, 1.0):
        for answer in ask(make(random_llm, max_tokens=128, temperature=temperature), asked):
            assert isinstance(answer, Answer)
            assert answer.finished
            told = json.loads(answer.text)
            assert list(told) == ["statements"]
            assert 1 <= len(told["statements"]) <= 3
            assert all(re.fullmatch("[a-z ]{1,12}", one) for one in told["statements"])


def test_without_a_schema_random_weights_write_no_json(random_llm: Path) -> None:
    for text in texts(ask(make(random_llm, max_tokens=128), prompts(4))):
        with pytest.raises(ValueError):
            json.loads(text)


def test_answers_with_and_without_a_schema_stand_side_by_side(tiny_llm: Path) -> None:
    mixed = [replace(one, schema=SCHEMA if at % 2 else None) for at, one in enumerate(prompts(8))]
    assert texts(ask(make(tiny_llm), mixed)) == texts(ask(make(tiny_llm), prompts(8)))


@pytest.mark.parametrize("schema", [{"type": "no such type"}, {"type": "object", "properties": 7}])
def test_a_schema_that_is_none_fails_its_prompt_alone(tiny_llm: Path, schema: dict[str, object]) -> None:
    good, bad = ask(make(tiny_llm), [prompts(2)[0], replace(prompts(2)[1], schema=schema)])
    assert isinstance(good, Answer)
    assert isinstance(bad, Failure)
    assert bad.reason.startswith("the engine refused the prompt or its schema (")


def test_what_prompts_share_is_read_once(tiny_llm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(tiny_llm)
    completer = LlmCompleter(model, LlmConfig(max_tokens=64), backend="vllm")
    asked = [prompt for query in people(8) if (prompt := completer.prompt(query)) is not None]
    # words of its own, so that no earlier test has left them in the cache
    asked = [replace(one, instructions=f"This test is number 7919. {one.instructions}") for one in asked]
    cached: dict[str, int] = {}
    step = model._loaded.engine.step

    def counting() -> Any:
        outputs = step()
        cached.update({one.request_id: one.num_cached_tokens for one in outputs if one.finished})
        return outputs

    monkeypatch.setattr(model._loaded.engine, "step", counting)
    texts(ask(model, asked[:1]))
    answers = ask(model, asked[1:])
    first, *later = cached.values()
    assert first == 0
    # whole blocks of the part that is shared: the instructions are more than half of these prompts
    assert len(later) == len(asked) - 1
    for answer, shared in zip(answers, later, strict=True):
        assert isinstance(answer, Answer)
        assert answer.tokens_in / 2 < shared < answer.tokens_in


def test_a_prompt_beyond_the_context_is_a_failure_that_names_both_numbers(random_llm: Path) -> None:
    model = make(random_llm)
    long = Prompt("Complete.", "9" * 500)
    tokens = len(model._loaded.chat.tokens(long))
    answer, failure = ask(model, [prompts(1)[0], long])
    assert isinstance(answer, Answer)
    assert isinstance(failure, Failure)
    assert failure.reason.startswith(
        f"the prompt has {tokens} tokens, and the model's context of 512 leaves room for 448 beside an answer of "
        "llm.max_tokens = 64"
    )


def test_the_deadline_cuts_what_is_under_way(random_llm: Path) -> None:
    model = make(random_llm, max_tokens=400)
    model._deadline = time.monotonic() + 0.2
    up = Failure("the time for this run was over", attempts=0, passing=True)
    found = list(model.answers(prompts(600)))
    assert sorted(place for place, _ in found) == list(range(600))
    assert up in dict(found).values()
    assert all(one == up or isinstance(one, Answer) for _, one in found)
    assert not model._loaded.engine.has_unfinished_requests()
    assert len(texts(ask(make(random_llm), prompts(3)))) == 3


def test_left_in_the_middle_nothing_goes_on(tiny_llm: Path) -> None:
    model = make(tiny_llm)
    answers = model.answers(iter(prompts(12)))  # answers of different lengths
    next(answers)
    assert model._loaded.engine.has_unfinished_requests()
    answers.close()  # type: ignore[attr-defined]
    assert not model._loaded.engine.has_unfinished_requests()


def test_people_are_completed(tiny_llm: Path) -> None:
    completer = LlmCompleter(make(tiny_llm), LlmConfig(max_tokens=64), backend="vllm")
    found = list(completer.complete(people(8)))
    assert all(isinstance(one, Completion) for one in found), found
    for one in found:
        assert isinstance(one, Completion)
        assert one.statements
        assert one.provenance.backend == "vllm"
        assert one.provenance.tokens_in > 100
    assert len({one.text for one in found if isinstance(one, Completion)}) > 1


class TestFolders:
    @pytest.fixture
    def folder(self, tiny_llm: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(tiny_llm, tmp_path / "model"))

    def fails(self, folder: Path) -> Any:
        config = VllmConfig(model=str(folder), dtype="float32", enforce_eager=True, max_model_len=512)
        return VllmModel(config, max_tokens=64, temperature=0.0, seed=0).answers(prompts(1))

    def test_code_of_a_model_does_not_run_unasked(self, folder: Path, tmp_path: Path) -> None:
        settings = json.loads((folder / "config.json").read_text())
        own = {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}
        (folder / "config.json").write_text(json.dumps(settings | {"auto_map": own, "model_type": "own"}))
        (folder / "modeling_own.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'mark')!r}).touch()\n")
        with pytest.raises(BadConfig, match=r"needs Python code of its own.*set vllm\.trust_remote_code = "):
            next(self.fails(folder))
        assert not (tmp_path / "mark").exists()

    def test_damaged_weights_are_an_error_in_one_sentence(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 128}))
        with pytest.raises(BackendError, match="cannot be loaded: "):
            next(self.fails(folder))


def test_nothing_is_reported_to_anybody() -> None:
    assert os.environ["VLLM_NO_USAGE_STATS"] == "1"
