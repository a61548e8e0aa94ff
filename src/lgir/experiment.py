"""TOML → data → complete → encode → fit → evaluate, kept in a run folder that survives interruption."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from lgir import __version__
from lgir.core.errors import BadInput
from lgir.core.records import Candidates, TrainingData
from lgir.core.run import Progress, Run
from lgir.core.seams import Completer, Recommender, SelfDiagnosing
from lgir.core.vocabulary import Vocabularies
from lgir.data.candidates import FullCatalogue, candidates_hash, short_lists
from lgir.data.posted import posted_days
from lgir.encode.batches import Batcher
from lgir.encode.factory import encoder_state
from lgir.evaluate.protocol import evaluate_candidates, evaluate_full
from lgir.evaluate.report import Report, make_report, per_user_table, save_per_user
from lgir.models import build_model
from lgir.models.lgir import LgirConfig, check_shots
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.features import (
    Features,
    fold_vectors,
    make_features,
    seen_in_training,
    training_data,
    whole_vectors,
)
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.opened import OpenRun, check_made_from, data_path, made_from, model_shape
from lgir.pipeline.tools import Tools, open_completer, open_tools
from lgir.store.run_folder import RunFolder

Protocol = Literal["paper", "full"]

VALIDATION_METRIC = "NDCG@5"
"""What early stopping and every choice of settings look at, on the validation part's sampled candidates."""

LIBRARIES = ("torch", "numpy", "scikit-learn", "transformers", "polars")
"""Whose versions a manifest names."""


@dataclass(frozen=True, slots=True)
class FitSummary:
    """What a fit did.

    Attributes:
        out: the run folder.
        seeds: finished seeds with the best epoch and its validation value.
        notes: sentences a person must know: texts cut, completions failed, games collapsed.
    """

    out: Path
    seeds: dict[int, tuple[int, float]]
    notes: tuple[str, ...]


def fit(data: Path, config: ExperimentConfig, out: Path, progress: Progress, *, device: str = "cpu") -> FitSummary:
    """Trains one model per seed. Called again after an interruption it goes on where it was, to the same result.

    Raises:
        BadInput: the data or configuration is wrong, or `out` holds a run of something else.
        LgirError: completion, encoding or training failed.
    """
    material = open_material(data, config)
    check_fits(material, config)
    folder = RunFolder(out)
    if folder.exists():
        folder.manifest()  # a dataset, or a run of a newer format, is refused before anything is written
    notes: tuple[str, ...] = ()
    with open_completer(data, config) as completer:
        _begin(folder, material, config, completer)
    missing = [seed for seed in config.seeds if not folder.finished(seed)]
    if missing:  # fitting encoders takes seconds, and a finished run needs none
        with open_tools(data, config, material.view, progress, device=device) as tools:
            prepared = prepare(material, tools, config, progress)
            folder.write_json("vocabulary.json", prepared.vocabularies.to_json())
            state = encoder_state(tools.encoder)
            folder.write_arrays("encoder.safetensors", state.arrays, state.meta)
            notes = prepared.notes
            for seed in missing:
                fit_seed(folder, prepared.data, config, Run(seed, device, progress))
    results = {seed: folder.result(seed) for seed in config.seeds}
    for seed, value in results.items():
        notes += tuple(f"seed {seed}: {sentence}" for sentence in value["notes"])
    return FitSummary(out, {seed: (value["epoch"], value["validation"]) for seed, value in results.items()}, notes)


def evaluate(run: OpenRun, protocol: Protocol, progress: Progress) -> Report:
    """Measures every seed's model on the test part; per-user values and the report are kept in the run folder."""
    features = make_features(run.material, run.tools, run.batcher, progress)
    candidates: Candidates | FullCatalogue = run.material.test if protocol == "paper" else run.material.full()
    users = features.users_at(candidates.users)
    names = run.material.dataset.users["user_id"].gather(candidates.users).to_list()
    progress.start(f"evaluating, protocol {protocol}", len(run.config.seeds))
    tables = []
    for seed in run.config.seeds:
        model = run.model(seed)
        if isinstance(candidates, FullCatalogue):
            values = evaluate_full(model, users, features.catalogue, candidates)
        else:
            values = evaluate_candidates(model, users, features.catalogue, candidates)
        tables.append(per_user_table(names, seed, values))
        progress.advance()
    progress.finish()
    table = pl.concat(tables)
    digest = candidates_hash(candidates)
    report = make_report(
        table, protocol=protocol, model=run.config.label, candidates=dict.fromkeys(run.config.seeds, digest)
    )
    save_per_user(run.folder.path / f"per-user-{protocol}.parquet", table)
    run.folder.write_text(f"evaluation-{protocol}.json", report.to_json())
    return report


def _begin(folder: RunFolder, material: Material, config: ExperimentConfig, completer: Completer) -> None:
    """Writes the manifest of a new run, or checks that the old one is of the same thing. A run in which no seed has
    begun holds nothing worth keeping, and is begun anew."""
    if folder.exists() and folder.begun():
        check_made_from(folder, material, config, completer)
        return
    if folder.path.is_dir() and not folder.exists() and any(folder.path.iterdir()):
        raise BadInput(f"{folder.path} holds something else than a run; choose another --out")
    folder.write_json("config.json", config.model_dump(mode="json"))
    folder.write_manifest(
        {
            "made_from": made_from(material, config, completer),
            "data": data_path(folder.path, material.folder),
            "lgir": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Everything completed and encoded: what models learn from and are measured on.

    Attributes:
        vocabularies: ids, values and words seen in training.
        features: batches over the dataset.
        data: the training part.
        tokens: of the language model that completed, in and out.
        notes: sentences a person must know: texts cut, completions failed.
    """

    vocabularies: Vocabularies
    features: Features
    data: TrainingData
    tokens: tuple[int, int]
    notes: tuple[str, ...]


def prepare(
    material: Material, tools: Tools, config: ExperimentConfig, progress: Progress, *, words: bool | None = None
) -> Prepared:
    """Completes and encodes everything.

    Args:
        material: the dataset, divided.
        tools: completer and encoder.
        config: the run's configuration.
        progress: where the work reports itself.
        words: whether texts become word codes too; None: if the model reads them.
    """
    with_words = "words" in config.needs if words is None else words
    vocabularies = seen_in_training(material.view, config, words=with_words)
    features = make_features(material, tools, Batcher(vocabularies, tools.encoder, config.words), progress)
    if config.folded:
        folds = fold_vectors(material, config.complete.folds, tools, progress)
    else:
        folds = whole_vectors(material, features)
    users = features.users_at(material.validation.users)

    def validate(model: Recommender) -> float:
        found = evaluate_candidates(model, users, features.catalogue, material.validation, metrics=(VALIDATION_METRIC,))
        return float(found[VALIDATION_METRIC].mean())

    shape = model_shape(vocabularies, tools)
    data = training_data(material, features, shape, folds, validate)
    # rule `time` is measured on the whole catalogue
    sampled = config.split.rule == "paper"
    short = short_lists(material.test, negatives=config.candidates.negatives) if sampled else 0
    tokens = features.tokens[0] + folds.tokens[0], features.tokens[1] + folds.tokens[1]
    return Prepared(vocabularies, features, data, tokens, _notes(features.failures + folds.failures, short, tools))


def check_fits(material: Material, config: ExperimentConfig) -> None:
    """Refuses, before any work, a model whose needs the dataset does not have.

    Raises:
        BadInput: no text, no dates, or nobody for a side of the paper's game.
    """
    kind, jobs = config.model.kind, material.dataset.jobs
    if config.needs & {"text", "words"} and not any(material.view.job_texts):
        raise BadInput(f"the model {kind!r} reads texts, and no job of {material.folder} has any; choose another model")
    if "dates" in config.needs and posted_days(material.dataset, material.split.train) is None:
        raise BadInput(
            f"the model {kind!r} needs to know when jobs appeared: none of the {jobs.height:,} jobs of "
            f"{material.folder} has posted_at and no interaction has a timestamp; add one, or choose another model"
        )
    if isinstance(config.model, LgirConfig):
        check_shots(np.bincount(material.view.pairs[:, 0]), config.model)


def _notes(failures: int, short: int, tools: Tools) -> tuple[str, ...]:
    notes = [f"{name}: {report}" for name, report in tools.encoder.reports().items() if report.truncated]
    if failures:
        notes.append(
            f"{failures} completions failed; those people's own résumés were used. lgir complete --retry-failed asks"
            " for them again"
        )
    if short:
        notes.append(
            f"{short} people have fewer sampled jobs than asked for: the catalogue has no more they did not see"
        )
    return tuple(notes)


def fit_seed(folder: RunFolder, data: TrainingData, config: ExperimentConfig, run: Run) -> Recommender:
    """Trains one seed's model and keeps its weights, log and result; the model is returned as trained."""
    name = f"seed-{run.seed}"
    log = folder.epoch_log(f"{name}/log.jsonl")
    model = build_model(config.model, data.shape)
    model.fit(data, Run(run.seed, run.device, run.progress, log, folder.checkpoint(f"{name}/checkpoint.safetensors")))
    folder.write_arrays(f"{name}/weights.safetensors", model.weights())
    folder.write_result(run.seed, _seed_result(model, data, log.records()))
    folder.remove(f"{name}/checkpoint.safetensors")
    return model


def _seed_result(model: Recommender, data: TrainingData, log: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Best epoch, its validation value, what went wrong. A model without epochs is measured as it is, as epoch 0."""
    best = max(log, key=lambda record: record["validation"], default=None)
    if best is None:
        return {"epoch": 0, "validation": data.validate(model), "notes": ()}
    notes = model.diagnose(log) if isinstance(model, SelfDiagnosing) else ()
    return {"epoch": best["epoch"], "validation": best["validation"], "notes": notes}
