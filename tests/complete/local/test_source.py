import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lgir.complete.local.config import TransformersConfig
from lgir.complete.local.source import identity, model_name, place_of
from lgir.core.errors import BackendError, BadConfig


@pytest.fixture
def folder(tiny_llm: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llm, tmp_path / "model"))


def stamp(folder: Path, **options: str) -> str:
    config = TransformersConfig(model=str(folder), **options)
    return identity(model_name(config, "transformers"), config)


def test_a_folder_is_what_is_in_it_wherever_it_lies(folder: Path, tiny_llm: Path) -> None:
    assert stamp(folder) == stamp(tiny_llm)


@pytest.mark.parametrize("row", [0, 300])
def test_other_weights_of_the_same_shape_are_another_model(folder: Path, row: int) -> None:
    before = stamp(folder)
    tensors = load_file(folder / "model.safetensors")
    size = (folder / "model.safetensors").stat().st_size
    tensors["lm_head.weight"] += 0.01 * torch.randn_like(tensors["lm_head.weight"])
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert (folder / "model.safetensors").stat().st_size == size
    assert stamp(folder) != before


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "generation_config.json", "chat_template.jinja"])
def test_a_changed_file_is_another_model(folder: Path, name: str) -> None:
    before = stamp(folder)
    with (folder / name).open("a") as file:
        file.write(" ")
    assert stamp(folder) != before


def test_code_counts_only_where_it_may_run(folder: Path) -> None:
    without, trusted = stamp(folder), stamp(folder, trust_remote_code=str(folder))
    assert without != trusted
    (folder / "modeling_own.py").write_text("pass")
    assert stamp(folder) == without
    assert stamp(folder, trust_remote_code=str(folder)) != trusted


def test_a_name_on_the_hub_counts_with_its_revision() -> None:
    config = TransformersConfig(model="somebody/model", revision="v1")
    other = config.model_copy(update={"revision": "v2"})
    assert identity("somebody/model", config) == identity("somebody/model", config)
    assert identity("somebody/model", config) != identity("somebody/model", other)
    assert place_of("somebody/model") == "somebody/model"


def test_a_model_must_be_named() -> None:
    with pytest.raises(BadConfig, match=r"vllm\.model names no model; give a folder or a name on the hub"):
        model_name(TransformersConfig(), "vllm")


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all", "a/b/c", "models\\glm"])
def test_a_folder_must_exist(name: str) -> None:
    with pytest.raises(BadConfig, match=r"there is no model folder .*correct transformers\.model"):
        model_name(TransformersConfig(model=name), "transformers")


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BackendError, match="holds no safetensors, and pickled weights can run code"):
        stamp(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 64,
        (10).to_bytes(8, "little") + b"not json..",
        (2).to_bytes(8, "little") + b"[]",
        (len(b := json.dumps({"a": {}}).encode())).to_bytes(8, "little") + b,
        (len(b := json.dumps({"a": {"data_offsets": [-9, 4]}}).encode())).to_bytes(8, "little") + b,
    ],
)
def test_damaged_weights_are_an_error_in_one_sentence(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(BackendError, match="a file of the model folder .* cannot be read .*; fetch the model again"):
        stamp(folder)
