"""Model folders: found by name or path, read without running anything from them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, PositiveInt, TypeAdapter, ValidationError

from lgir.core.errors import BackendError, BadConfig

_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""Configuration, tokeniser and weights; pickled weights and code are never fetched."""
_LATER_MODULES = frozenset({"Pooling", "Dense", "LayerNorm", "Normalize"})


class _Module(BaseModel):
    """An entry of modules.json."""

    type: str
    path: str


class _Limits(BaseModel):
    """What is used of sentence_bert_config.json."""

    max_seq_length: PositiveInt | None = None
    do_lower_case: bool = False


class _Own(BaseModel):
    """What is used of config_sentence_transformers.json."""

    default_prompt_name: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What a folder says about itself.

    Attributes:
        root: the folder.
        transformer: where its transformer lies; the root itself in a plain Hugging Face folder.
        later: modules of sentence-transformers that follow the transformer, as (class, folder); () in a plain folder.
        max_tokens: its own limit, None where it names none.
        lowercase: texts are to be put into lower case first.
        prompt: name of a prompt that it wants before every text, None for none.
    """

    root: Path
    transformer: Path
    later: tuple[tuple[str, Path], ...]
    max_tokens: int | None
    lowercase: bool
    prompt: str | None

    @property
    def pooling(self) -> str | None:
        """How the folder pools, as in `POOLINGS`; None where its modules do something else.

        A plain folder says nothing and means "mean", as in sentence-transformers.
        """
        if not self.later:
            return "mean"
        (kind, folder), *rest = self.later
        if kind != "Pooling" or any(other != "Normalize" for other, _ in rest):
            return None
        settings: dict[str, Any] = _read(folder / "config.json", dict[str, Any])
        # the older form has one yes/no per mode, the newer one names the mode
        modes = [name for name, wanted in settings.items() if name.startswith("pooling_mode_") and wanted]
        mode = settings.get("pooling_mode") or (modes[0] if len(modes) == 1 else modes)
        return {
            "mean": "mean", "pooling_mode_mean_tokens": "mean", "cls": "cls", "pooling_mode_cls_token": "cls",
            "weightedmean": "weighted-mean", "pooling_mode_weightedmean_tokens": "weighted-mean",
        }.get(mode if isinstance(mode, str) else "")  # fmt: skip

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file that can change a vector, by its place in the folder."""
        folders = {self.root, self.transformer, *(folder for _, folder in self.later)}
        files = sorted({file for folder in folders for kind in _FILES for file in folder.glob(kind)})
        return {file.relative_to(self.root).as_posix(): _sha256(file) for file in files}


def open_model(name: str, revision: str | None) -> ModelFolder:
    """Finds and reads a model folder.

    Raises:
        BadConfig: there is no such folder, or the folder is of a kind that cannot be used.
        BackendError: the name is not in the local cache and no hub gives it, or a file is missing or damaged.
    """
    root = _find(name, revision)
    transformer, later = _modules(root)
    for folder in (transformer, *(folder for _, folder in later)):
        _refuse_pickle(folder)
    own: _Own = _read(root / "config_sentence_transformers.json", _Own, absent=_Own())
    limits: _Limits = _read(transformer / "sentence_bert_config.json", _Limits, absent=_Limits())
    return ModelFolder(
        root, transformer, later, limits.max_seq_length, limits.do_lower_case, prompt=own.default_prompt_name
    )


def _find(name: str, revision: str | None) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise BadConfig(f"there is no model folder {name!r}; give a folder that exists, or a model's name on the hub")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(_FILES)))
    # the hub's client raises its own errors, its network library's, or OSError
    except Exception as error:
        raise BackendError(
            f"the model {name!r} is no folder here, not in the local model cache, and the hub did not give it "
            f"({type(error).__name__}); check the name, or fetch it where there is a network and give its folder"
        ) from error


def _modules(root: Path) -> tuple[Path, tuple[tuple[str, Path], ...]]:
    if not (root / "modules.json").exists():
        return root, ()
    listed: list[_Module] = _read(root / "modules.json", list[_Module])
    kinds = [module.type.rpartition(".")[2] for module in listed]
    foreign = [module.type for module in listed if not module.type.startswith("sentence_transformers.")]
    if foreign or kinds[:1] != ["Transformer"] or not _LATER_MODULES.issuperset(kinds[1:]):
        raise BadConfig(
            f"the model folder {root} is built from {foreign or kinds}; supported are a Transformer followed by "
            f"{', '.join(sorted(_LATER_MODULES))} of sentence-transformers"
        )
    paths = [root / module.path for module in listed]
    return paths[0], tuple(zip(kinds[1:], paths[1:], strict=True))


def _refuse_pickle(folder: Path) -> None:
    pickled = sorted(folder.glob("*.bin"))
    if pickled and not any(folder.glob("*.safetensors")):
        raise BackendError(
            f"{folder} holds its weights only as {pickled[0].name}, a pickle that can run code when it is read; "
            "convert it to model.safetensors where you trust it (save_pretrained does so) and give that folder"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(file: Path, kind: Any, *, absent: Any = None) -> Any:
    """A JSON file as `kind`; `absent` where there is no file and that is allowed."""
    if absent is not None and not file.exists():
        return absent
    try:
        return TypeAdapter(kind).validate_json(file.read_bytes())
    except ValidationError as error:
        what = error.errors()[0]["msg"]
    except OSError as error:
        what = str(error.strerror)
    raise BackendError(f"the model's file {file} cannot be read: {what}; fetch the model again")
