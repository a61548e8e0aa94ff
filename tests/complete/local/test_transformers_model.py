"""The model in this process: on a tiny model that answers, and on one of random weights that never ends."""

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lgir.complete.local.config import TransformersConfig
from lgir.complete.local.transformers_model import TransformersModel
from lgir.core.errors import BackendError, BadConfig
from lgir.core.records import Answer, Failure, Prompt
from lgir.testing.language_models import LanguageModelContract, prompts
from lgir.testing.tiny_llm import make_random_llm

LONG = [
    Prompt(one.instructions, one.sources + f"waiter {one.sources[-3:]}" * 7 * (at % 4))
    for at, one in enumerate(prompts(9))
]
"""Prompts of different lengths."""


def make(
    folder: Path | str,
    *,
    max_tokens: int = 64,
    temperature: float | None = 0.0,
    seed: int | None = 0,
    device: str | None = None,
    deadline: float | None = None,
    **options: Any,
) -> TransformersModel:
    config = TransformersConfig(model=str(folder), **options)
    return TransformersModel(
        config, max_tokens=max_tokens, temperature=temperature, seed=seed, device=device, deadline=deadline
    )


def ask(model: TransformersModel, asked: list[Prompt]) -> list[Answer | Failure]:
    found = dict(model.answers(asked))
    return [found[place] for place in range(len(asked))]


def texts(model: TransformersModel, asked: list[Prompt]) -> list[str]:
    answers = ask(model, asked)
    assert all(isinstance(answer, Answer) for answer in answers), answers
    return [answer.text for answer in answers if isinstance(answer, Answer)]


class TestContract(LanguageModelContract):
    read_ahead = 2 * 2 - 1

    @pytest.fixture(autouse=True)
    def _folder(self, tiny_llm: Path) -> None:
        self.folder = tiny_llm

    def make(self, *, max_tokens: int = 64) -> TransformersModel:
        return make(self.folder, max_tokens=max_tokens, batch=2, read_ahead=2)


class TestContractOfSampling(TestContract):
    def make(self, *, max_tokens: int = 64) -> TransformersModel:
        return make(self.folder, max_tokens=max_tokens, temperature=1.5, batch=2, read_ahead=2)


def test_answers_of_different_prompts_differ_and_are_counted(tiny_llm: Path) -> None:
    answers = ask(make(tiny_llm), prompts(9))
    assert len({answer.text for answer in answers if isinstance(answer, Answer)}) > 3
    for answer in answers:
        assert isinstance(answer, Answer)
        # a token begins the list, one stands for each further statement, one closes it, and one ends the answer
        assert answer.tokens_out == len(json.loads(answer.text)["statements"]) + 2


@pytest.mark.parametrize("temperature", [0.0, 0.9])
@pytest.mark.parametrize("kind", ["llama", "glm", "glm4", "qwen3", "mistral", "gpt2"])
def test_an_answer_does_not_depend_on_its_batch(tmp_path: Path, kind: str, temperature: float) -> None:
    make_random_llm(tmp_path / kind, kind)

    def answered(batch: int) -> list[str]:
        return texts(make(tmp_path / kind, max_tokens=16, temperature=temperature, batch=batch), LONG)

    alone = answered(1)
    assert len(set(alone)) > 4
    assert answered(4) == answered(9) == alone


def test_the_seed_decides_what_is_drawn(random_llm: Path) -> None:
    def drawn(seed: int | None) -> list[str]:
        return texts(make(random_llm, max_tokens=12, temperature=1.0, seed=seed), LONG)

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert drawn(None) != drawn(None)
    assert drawn(0) != texts(make(random_llm, max_tokens=12, temperature=None), LONG)


def test_bytes_that_are_no_text_are_replaced(random_llm: Path) -> None:
    answers = ask(make(random_llm, max_tokens=32), prompts(4))
    assert all(isinstance(answer, Answer) and not answer.finished and answer.tokens_out == 32 for answer in answers)
    assert any("�" in answer.text for answer in answers if isinstance(answer, Answer))


def test_a_prompt_beyond_the_context_is_a_failure_that_names_both_numbers(random_llm: Path) -> None:
    short, long = prompts(1)[0], Prompt("Complete.", "9" * 500)
    model = make(random_llm, max_tokens=64)
    answer, failure = ask(model, [short, long])
    assert isinstance(answer, Answer)
    tokens = len(model._loaded.chat.tokens(long))
    assert tokens > 500
    assert failure == Failure(
        f"the prompt has {tokens} tokens, and the model's context of 512 leaves room for 448 beside an answer of "
        "llm.max_tokens = 64; lower llm.max_prompt_tokens",
        attempts=0,
    )


def test_an_answer_as_long_as_the_context_is_refused(random_llm: Path) -> None:
    with pytest.raises(BadConfig, match=r"llm\.max_tokens = 512 leaves no room for a prompt.*512 tokens together"):
        list(make(random_llm, max_tokens=512).answers(prompts(1)))


def test_nothing_is_loaded_before_the_first_prompt() -> None:
    model = make("somebody/a-model-that-is-not-there", revision="v1")
    assert model.name == "somebody/a-model-that-is-not-there"
    assert len(model.fingerprint) == 64
    assert list(model.answers([])) == []
    with pytest.raises(BackendError, match="the model 'somebody/a-model-that-is-not-there' cannot be loaded: "):
        list(model.answers(prompts(1)))


def test_what_changes_answers_changes_the_fingerprint(tiny_llm: Path, random_llm: Path) -> None:
    marks = {
        make(tiny_llm).fingerprint,
        make(random_llm).fingerprint,
        make(tiny_llm, max_tokens=63).fingerprint,
        make(tiny_llm, temperature=0.5).fingerprint,
        make(tiny_llm, seed=1).fingerprint,
        make(tiny_llm, dtype="float32").fingerprint,
        make(tiny_llm, thinking=True).fingerprint,
        make(tiny_llm, trust_remote_code=str(tiny_llm)).fingerprint,
    }
    assert len(marks) == 8
    same = make(tiny_llm, batch=3, read_ahead=1, device="cuda", deadline=1.0)
    assert same.fingerprint == make(tiny_llm).fingerprint


def test_penalties_of_the_folder_are_kept(random_llm: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(random_llm, tmp_path / "model"))
    settings = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(settings | {"repetition_penalty": 5.0}))
    plain, penalised = (ask(make(one, max_tokens=48), prompts(3)) for one in (random_llm, folder))
    assert plain != penalised


class TestMemory:
    def limit(
        self, model: TransformersModel, monkeypatch: pytest.MonkeyPatch, cells: int, error: Exception
    ) -> list[int]:
        """Lets memory run out for batches of more than `cells` tokens; the list will hold the batches tried."""
        network, tried = model._loaded.network, list[int]()
        generate = network.generate

        def limited(*, input_ids: Any, **options: Any) -> Any:
            tried.append(len(input_ids))
            if input_ids.numel() > cells:
                raise error
            return generate(input_ids=input_ids, **options)

        monkeypatch.setattr(network, "generate", limited)
        return tried

    @pytest.mark.parametrize("kind", ["cuda", "cpu", "python"])
    def test_where_it_runs_out_the_batch_is_halved(
        self, tiny_llm: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        import torch

        error: Exception = torch.cuda.OutOfMemoryError("CUDA out of memory.") if kind == "cuda" else MemoryError()
        if kind == "cpu":
            with pytest.raises(RuntimeError) as raised:
                torch.empty(2**50)
            error = raised.value
        expected = texts(make(tiny_llm), prompts(8))
        model = make(tiny_llm)
        longest = max(len(model._loaded.chat.tokens(prompt)) for prompt in prompts(8))
        tried = self.limit(model, monkeypatch, 2 * longest, error)
        assert texts(model, prompts(8)) == expected
        assert tried == [8, 4, 2, 2, 2, 2]
        # what was learned holds for the next prompts
        assert texts(model, prompts(4)) == expected[:4]
        assert tried[6:] == [2, 2]

    def test_a_prompt_that_never_fits_is_a_failure(self, tiny_llm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        model = make(tiny_llm)
        self.limit(model, monkeypatch, 100, MemoryError())
        short, long = ask(model, [prompts(1)[0], Prompt("Do.", "9" * 200)])
        assert isinstance(short, Answer)
        assert isinstance(long, Failure)
        tokens = len(model._loaded.chat.tokens(Prompt("Do.", "9" * 200)))
        assert long.reason == f"memory ran out with a prompt of {tokens} tokens; lower llm.max_prompt_tokens"

    def test_any_other_fault_ends_it(self, tiny_llm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        model = make(tiny_llm)
        self.limit(model, monkeypatch, 0, RuntimeError("device-side assert\nmore"))
        with pytest.raises(BackendError, match=r"failed while it answered: RuntimeError: device-side assert$"):
            list(model.answers(prompts(1)))


class TestDeadline:
    def test_after_it_nothing_is_asked_or_loaded(self) -> None:
        model = make("somebody/a-model-that-is-not-there", deadline=time.monotonic())
        answers = ask(model, prompts(3))
        assert answers == [Failure("the time for this run was over", attempts=0, passing=True)] * 3

    def test_an_answer_that_it_cuts_off_is_no_answer(self, random_llm: Path) -> None:
        model = make(random_llm, max_tokens=400)
        list(model.answers([]))
        assert model._loaded
        model._deadline = time.monotonic() + 0.05
        assert [answer for answer in ask(model, prompts(2)) if not isinstance(answer, Failure)] == []


class TestFolders:
    @pytest.fixture
    def folder(self, tiny_llm: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(tiny_llm, tmp_path / "model"))

    def test_weights_that_do_not_fill_the_model_are_refused(self, folder: Path) -> None:
        from safetensors.torch import load_file, save_file

        tensors = load_file(folder / "model.safetensors")
        del tensors["lm_head.weight"]
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(BackendError, match=r"do not fill the model: 1 are missing, 'lm_head.weight' first"):
            list(make(folder).answers(prompts(1)))

    def test_pickled_weights_are_not_read_whatever_lies_beside_them(self, folder: Path) -> None:
        import torch
        from safetensors.torch import load_file

        torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "model.safetensors").rename(folder / "other.safetensors")
        with pytest.raises(BackendError, match="cannot be loaded: "):
            list(make(folder).answers(prompts(1)))

    def test_a_folder_without_a_tokenizer_is_refused(self, folder: Path) -> None:
        (folder / "tokenizer.json").unlink()
        (folder / "tokenizer_config.json").unlink()
        with pytest.raises(BackendError, match="cannot be loaded: "):
            list(make(folder).answers(prompts(1)))

    def test_a_gpu_is_used_where_torch_sees_one(self, tiny_llm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert make(tiny_llm)._loaded.network.device.type == "cpu"
        monkeypatch.setattr("torch.cuda.is_available", lambda: True)
        with pytest.raises(BackendError, match="cannot be put on device 'cuda': "):
            list(make(tiny_llm).answers(prompts(1)))

    def test_a_device_that_is_not_there(self, tiny_llm: Path) -> None:
        with pytest.raises(BackendError, match="cannot be put on device 'nonsense': "):
            list(make(tiny_llm, device="nonsense").answers(prompts(1)))


class TestCodeOfAModel:
    @pytest.fixture
    def mark(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A file that the model's code writes when it runs."""
        monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setenv("LGIR_TEST_MARK", str(tmp_path / "mark"))
        return tmp_path / "mark"

    @pytest.fixture
    def folder(self, tiny_llm: Path, tmp_path: Path, mark: Path) -> Path:
        folder = Path(shutil.copytree(tiny_llm, tmp_path / "model"))
        (folder / "modeling_own.py").write_text(
            "import os, pathlib\n"
            "from transformers import LlamaConfig, LlamaForCausalLM\n"
            "pathlib.Path(os.environ['LGIR_TEST_MARK']).touch()\n"
            "class OwnConfig(LlamaConfig):\n    model_type = 'own'\n"
            "class OwnForCausalLM(LlamaForCausalLM):\n    config_class = OwnConfig\n"
        )
        self.set(folder, model_type="own")
        return folder

    @staticmethod
    def set(folder: Path, **changes: str) -> None:
        settings = json.loads((folder / "config.json").read_text())
        own = {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}
        (folder / "config.json").write_text(json.dumps(settings | {"auto_map": own} | changes))

    def test_it_does_not_run_unasked(self, folder: Path, mark: Path) -> None:
        with pytest.raises(BadConfig, match=r"needs Python code of its own.*set transformers\.trust_remote_code = "):
            list(make(folder).answers(prompts(1)))
        assert not mark.exists()

    def test_it_runs_where_it_is_asked_for_by_name(self, folder: Path, tiny_llm: Path, mark: Path) -> None:
        model = make(folder, trust_remote_code=str(folder))
        assert texts(model, prompts(3)) == texts(make(tiny_llm), prompts(3))
        assert mark.exists()

    def test_it_does_not_run_where_it_is_not_needed(self, folder: Path, mark: Path) -> None:
        self.set(folder, model_type="llama")
        assert len(texts(make(folder), prompts(3))) == 3
        assert not mark.exists()
