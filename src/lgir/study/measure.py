"""One row, one protocol, one seed: trained, measured, and kept, so that nothing is done twice."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64

from lgir.core.records import Candidates
from lgir.core.run import Run
from lgir.core.seams import Recommender
from lgir.data.candidates import cold_candidates, cold_catalogue
from lgir.evaluate.metrics import measure as measure_ranks
from lgir.evaluate.metrics import rank_relevant
from lgir.evaluate.protocol import PAPER_METRICS, candidate_scores, evaluate_full, top_of_catalogue
from lgir.evaluate.report import per_user_table, save_per_user
from lgir.experiment import Prepared, fit_seed
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material
from lgir.pipeline.opened import load_model
from lgir.store.run_folder import RunFolder
from lgir.study.config import ProtocolName
from lgir.study.memory import peak_mib, reset_peak
from lgir.study.trec import TREC_DEPTH, trec_of_lists, trec_of_top


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What all rows of one protocol and one way of completing and encoding share.

    Attributes:
        material: the dataset, divided.
        prepared: everything completed and encoded.
    """

    material: Material
    prepared: Prepared


def row_folder(out: Path, protocol: ProtocolName, name: str) -> RunFolder:
    """Where a row's results lie."""
    slug = "".join(letter if letter.isalnum() or letter in "-+" else "-" for letter in name.lower()).strip("-")
    return RunFolder(out / "rows" / protocol / slug)


def measured(folder: RunFolder, seed: int) -> bool:
    """Whether a seed is trained and measured."""
    return folder.has(f"seed-{seed}/measured.json")


def measure(bench: Bench, config: ExperimentConfig, folder: RunFolder, seed: int, name: str) -> None:
    """Trains and measures one seed. Called again after an interruption it goes on where it was.

    Leaves behind `seed-N/per-user.parquet`, `seed-N/cold-jobs.parquet`, the training log and the cost; for the first
    seed a TREC run too. Weights are dropped once they have been measured: an experiment is about numbers.
    """
    reset_peak()
    data, began = bench.prepared.data, time.perf_counter()
    if folder.finished(seed):
        model = load_model(folder, config, data.shape, seed)
    else:
        model = fit_seed(folder, data, config, Run(seed))
    fitted = time.perf_counter()
    _evaluate(bench, model, config, folder, seed, name)
    cost = {
        "fit_seconds": fitted - began,
        "evaluation_seconds": time.perf_counter() - fitted,
        "peak_memory_mib": peak_mib(),
        "n_weights": int(sum(array.size for array in model.weights().values())),
        "tokens": bench.prepared.tokens,
        "notes": [*bench.prepared.notes, *folder.result(seed)["notes"]],
    }
    folder.write_json(f"seed-{seed}/measured.json", cost)
    folder.remove(f"seed-{seed}/weights.safetensors")


def _evaluate(
    bench: Bench, model: Recommender, config: ExperimentConfig, folder: RunFolder, seed: int, name: str
) -> None:
    """Per-user values, and for the first seed the TREC run."""
    material, features = bench.material, bench.prepared.features
    jobs, seen = features.catalogue, features.catalogue.rows >= 0
    trec = seed == config.seeds[0]
    if config.split.rule == "paper":
        lists = material.test
        scores = candidate_scores(model, features.users_at(lists.users), jobs, lists)
        cold, kept = cold_candidates(lists, seen)
        tables = {
            "per-user": (lists.users, _ranked(scores, lists)),
            "cold-jobs": (cold.users, _ranked(scores[kept], cold)),
        }
        if trec:
            folder.write_text("run.trec", trec_of_lists(material, lists, scores, name))
    else:
        full = material.full()
        users, cold_full = features.users_at(full.users), cold_catalogue(full, seen)
        cold_users = features.users_at(cold_full.users)
        tables = {
            "per-user": (full.users, evaluate_full(model, users, jobs, full)),
            "cold-jobs": (cold_full.users, evaluate_full(model, cold_users, jobs, cold_full)),
        }
        if trec:
            top = top_of_catalogue(model, users, jobs, full, TREC_DEPTH)
            folder.write_text("run.trec", trec_of_top(material, full.users, top, name))
    names = material.dataset.users["user_id"]
    for what, (indices, values) in tables.items():
        save_per_user(
            folder.path / f"seed-{seed}" / f"{what}.parquet",
            per_user_table(names.gather(indices).to_list(), seed, values),
        )


def _ranked(scores: Float32[np.ndarray, " n"], lists: Candidates) -> dict[str, Float64[np.ndarray, " u"]]:
    return measure_ranks(rank_relevant(scores, lists.relevant, lists.offsets), PAPER_METRICS)
