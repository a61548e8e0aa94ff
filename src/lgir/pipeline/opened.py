"""A finished or unfinished run, opened: its configuration, data, encoder and models."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lgir.core.config import parse_config
from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Shape
from lgir.core.run import Progress
from lgir.core.seams import Completer, Recommender, TwoTower
from lgir.core.vocabulary import Vocabularies
from lgir.data.candidates import candidates_hash
from lgir.encode.batches import Batcher
from lgir.encode.factory import EncoderState
from lgir.encode.words import N_RESERVED
from lgir.models import build_model
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.tools import Tools, open_tools
from lgir.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True, eq=False)
class OpenRun:
    """Everything a trained run needs to answer."""

    folder: RunFolder
    config: ExperimentConfig
    material: Material
    vocabularies: Vocabularies
    tools: Tools

    @property
    def batcher(self) -> Batcher:
        """Names and texts → batches, as in training."""
        return Batcher(self.vocabularies, self.tools.encoder, self.config.words)

    def model(self, seed: int) -> Recommender:
        """The model trained with one seed.

        Raises:
            UnreadableRun: that seed is not finished.
        """
        if not self.folder.finished(seed):
            raise UnreadableRun(
                f"seed {seed} of {self.folder.path} is not trained yet; run the same lgir fit again, it goes on"
            )
        return load_model(self.folder, self.config, self.shape, seed)

    def tower(self) -> TwoTower:
        """The model that serves recommendations: that of the best seed.

        Raises:
            BadInput: its score is no inner product, so that no index can search its jobs.
        """
        model = self.model(self.best_seed())
        if not isinstance(model, TwoTower):
            raise BadInput(
                f"{self.folder.path} holds a {self.config.model.kind} model, which can be evaluated but not searched "
                "for recommendations; fit a model whose score is an inner product, such as lgir"
            )
        return model

    def best_seed(self) -> int:
        """The seed whose model was best on the validation part; of equals the first. It serves recommendations."""
        done = [seed for seed in self.config.seeds if self.folder.finished(seed)]
        if not done:
            raise UnreadableRun(f"no seed of {self.folder.path} is trained yet; run lgir fit again, it goes on")
        return max(done, key=lambda seed: float(self.folder.result(seed)["validation"]))

    @property
    def shape(self) -> Shape:
        """Sizes the models were built for."""
        return model_shape(self.vocabularies, self.tools)


def model_shape(vocabularies: Vocabularies, tools: Tools) -> Shape:
    """Sizes of a model over these vocabularies and encoders."""
    fields = tuple((name, len(values)) for name, values in vocabularies.fields.items())
    n_words = 0 if vocabularies.words is None else len(vocabularies.words) + N_RESERVED
    return Shape(len(vocabularies.users), len(vocabularies.jobs), tools.encoder.blocks, fields, n_words)


def load_model(folder: RunFolder, config: ExperimentConfig, shape: Shape, seed: int) -> Recommender:
    """One seed's trained model.

    Raises:
        UnreadableRun: its weights are missing, damaged, or do not fit.
    """
    model = build_model(config.model, shape)
    weights, _ = folder.read_arrays(f"seed-{seed}/weights.safetensors")
    try:
        model.load_weights(weights)
    except RuntimeError:
        raise UnreadableRun(
            f"the weights in {folder.path}/seed-{seed} do not fit its configuration; delete {folder.path} and fit again"
        ) from None
    return model


def data_path(out: Path, data: Path) -> str:
    """How a manifest names its dataset: from the run folder, so that both can move together."""
    return os.path.relpath(data.resolve(), out.resolve())


def made_from(material: Material, config: ExperimentConfig, completer: Completer) -> dict[str, str]:
    """Everything that must be the same when a run is continued, evaluated or asked, by the words an error uses."""
    return {
        "dataset": material.dataset.fingerprint,
        "configuration": fingerprint(config.model_dump(mode="json")),
        "split": material.split.fingerprint,
        "validation candidates": candidates_hash(material.validation),
        "test candidates": candidates_hash(material.test),
        "completer": completer.fingerprint,
    }


def check_made_from(folder: RunFolder, material: Material, config: ExperimentConfig, completer: Completer) -> None:
    """Compares a run with what it is now used with.

    Raises:
        BadInput: something differs, such as the dataset or the language model.
    """
    found = folder.manifest().get("made_from")
    for what, value in made_from(material, config, completer).items():
        if not isinstance(found, dict) or found.get(what) != value:
            hint = " (LGIR_LLM_MODEL names another one?)" if what == "completer" else ""
            raise BadInput(
                f"{folder.path} was made from another {what} than the one given now{hint}; give that one, or fit into "
                "another --out"
            )


@contextmanager
def open_run(path: Path, progress: Progress, *, data: Path | None = None) -> Iterator[OpenRun]:
    """Opens a run folder.

    Args:
        path: the run folder.
        progress: where encoding reports itself.
        data: the dataset, where it is no longer where the run was trained on it.

    Raises:
        UnreadableRun: it is not a run, is damaged, or was written by a newer format.
        BadInput: its dataset is gone or has changed.
    """
    folder = RunFolder(path)
    manifest = folder.manifest()
    config = parse_config(ExperimentConfig, folder.read_json("config.json"), source=f"{path}/config.json")
    where = data or Path(os.path.normpath(path.resolve() / str(manifest.get("data", ""))))
    if not where.is_dir():
        raise BadInput(f"the dataset of {path} is not at {where}; say where it is with --data FOLDER")
    material = open_material(where, config)
    try:
        vocabularies = Vocabularies.from_json(folder.read_json("vocabulary.json"))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnreadableRun(f"{path}/vocabulary.json is damaged; delete {path} and fit again") from None
    arrays, meta = folder.read_arrays("encoder.safetensors")
    with open_tools(where, config, EncoderState(arrays, meta), progress) as tools:
        check_made_from(folder, material, config, tools.completer)
        yield OpenRun(folder, config, material, vocabularies, tools)
