"""What was measured → what the report is written from."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lgir import __version__
from lgir.core.files import written_whole
from lgir.core.run import Progress
from lgir.data.candidates import candidates_hash
from lgir.data.dataset import Dataset
from lgir.data.split import PARTS
from lgir.evaluate.report import load_per_user
from lgir.evaluate.study.records import Cost, DataTable, Protocol, RowResult, StudyResult, sampled_label
from lgir.experiment import LIBRARIES, VALIDATION_METRIC
from lgir.pipeline.material import Material
from lgir.study.case import make_case
from lgir.study.config import ProtocolName, StudyConfig
from lgir.study.rows import row_named
from lgir.study.trec import trec_relevance
from lgir.study.work import Task

HEADLINES = {"paper": ("MAP@5", "NDCG@5", "MRR"), "time": ("NDCG@10", "Recall@10", "MRR")}
"""Metrics of the tables; the first protocol's are the paper's."""

MAIN_METRICS = {"paper": "NDCG@5", "time": "NDCG@10"}
"""The metric that slices and figures are told in."""


def gather(
    study: StudyConfig, tasks: Sequence[Task], materials: Mapping[ProtocolName, Material], progress: Progress
) -> StudyResult:
    """Reads every row's results; writes each protocol's relevance beside them."""
    first = tasks[0]
    for protocol, material in materials.items():
        test = material.test if protocol == "paper" else material.full()
        with written_whole(first.out / f"relevance-{protocol}.trec") as stream:
            stream.write(trec_relevance(material, test).encode())
    return StudyResult(
        title=study.title,
        data=_data_table(first.data, materials),
        protocols=tuple(_protocol(study, name, materials[name]) for name in study.protocols),
        rows=tuple(_row(study, name, [task for task in tasks if task.name == name]) for name in study.rows),
        main=study.main,
        contrast=study.contrast,
        validation_metric=f"{VALIDATION_METRIC} on the validation part, sampled",
        versions={"lgir": __version__, "python": platform.python_version(), **{n: version(n) for n in LIBRARIES}},
        provenance={"dataset": materials[study.protocols[0]].dataset.fingerprint},
        case=None if study.case is None else make_case(study, first.data, study.case, progress),
    )


_NOTHING_ADDED = (
    "without a language model, simple completion (SRC) gives the résumé itself: this row equals the one without it"
)


def _row(study: StudyConfig, name: str, tasks: Sequence[Task]) -> RowResult:
    row = row_named(name)
    failures = [task.failure() for task in tasks if not task.done()]
    whole = [one for one in study.protocols if all(task.done() for task in tasks if task.protocol == one)]
    tasks = [task for task in tasks if task.protocol in whole]
    costs = [task.folder.read_json(f"seed-{task.seed}/measured.json") for task in tasks]
    told = [row.note] if row.note and name not in study.encoders else []
    if row.mode == "src" and study.complete.backend == "extractive":
        told.append(_NOTHING_ADDED)
    return RowResult(
        name=name,
        group=row.group,
        kind=row.kind,
        seeds=tuple(sorted({task.seed for task in tasks})),
        per_user=_tables(tasks, "per-user"),
        cold_jobs=_tables(tasks, "cold-jobs"),
        curves=_curves([task for task in tasks if task.protocol == study.protocols[0]]),
        cost=_cost(costs) if costs else Cost(),
        refused="; ".join(dict.fromkeys(failures)),
        notes=(*told, *dict.fromkeys(note for cost in costs for note in cost["notes"])),
    )


def _tables(tasks: Sequence[Task], what: str) -> dict[str, pl.DataFrame]:
    """Protocol → per-user values, all seeds one below the other."""
    found: dict[str, list[pl.DataFrame]] = {}
    for task in tasks:
        found.setdefault(task.protocol, []).append(
            load_per_user(task.folder.path / f"seed-{task.seed}" / f"{what}.parquet")
        )
    return {protocol: pl.concat(tables) for protocol, tables in found.items()}


def _curves(tasks: Sequence[Task]) -> dict[int, list[dict[str, float | int]]]:
    """Seed → validation value per epoch; nothing for a model without epochs."""
    found = {}
    for task in tasks:
        records = task.folder.epoch_log(f"seed-{task.seed}/log.jsonl").records()
        if records:
            found[task.seed] = [{key: record[key] for key in ("epoch", "validation")} for record in records]
    return found


def _cost(costs: Sequence[Mapping[str, Any]]) -> Cost:
    """Of all seeds and protocols together; the memory is the largest."""
    peaks = [cost["peak_memory_mib"] for cost in costs if cost["peak_memory_mib"] is not None]
    return Cost(
        fit_seconds=sum(cost["fit_seconds"] for cost in costs),
        evaluation_seconds=sum(cost["evaluation_seconds"] for cost in costs),
        peak_memory_mib=max(peaks, default=None),
        # every seed reads the same completions
        tokens_in=max(cost["tokens"][0] for cost in costs),
        tokens_out=max(cost["tokens"][1] for cost in costs),
        n_weights=max(cost["n_weights"] for cost in costs),
    )


def _protocol(study: StudyConfig, name: ProtocolName, material: Material) -> Protocol:
    paper, full = name == "paper", material.full()
    users = material.test.users if paper else full.users
    counts = np.bincount(material.split.train[:, 0], minlength=material.dataset.users.height)
    table = pl.DataFrame({"user_id": material.dataset.users["user_id"].gather(users), "n_training": counts[users]})
    return Protocol(
        name=name,
        label=sampled_label(study.candidates.negatives) if paper else "full catalogue, one cut in time",
        description=_PAPER if paper else _time(study, material),
        headline=HEADLINES[name],
        main_metric=MAIN_METRICS[name],
        users=table,
        few_shot=study.few_shot,
        candidates=candidates_hash(material.test if paper else full),
    )


_PAPER = (
    "The paper's protocol: each user's jobs in random thirds for training, validation and test; every held-out job is "
    "ranked among sampled jobs the user never engaged with. Values on sampled lists do not say how a model does on the "
    "whole catalogue."
)


def _time(study: StudyConfig, material: Material) -> str:
    dated = {"posted_at", "expires_at"} & set(material.dataset.jobs.columns)
    which = "every job open in the test part" if dated else "every job (this dataset has no dates of jobs)"
    n_jobs, n_all = len(material.split.test_catalogue), len(material.split.catalogue)
    return (
        f"The protocol to decide by: the first {study.time.train_until:.0%} of all interactions in time are training, "
        f"up to {study.time.validate_until:.0%} validation, the rest test; ranked is {which}: {n_jobs:,} of {n_all:,} "
        "jobs, without those the user engaged with before."
    )


def _data_table(data: Path, materials: Mapping[ProtocolName, Material]) -> DataTable:
    dataset = next(iter(materials.values())).dataset
    kept = {
        f"{protocol}: {part}": len(material.split.part(part))
        for protocol, material in materials.items()
        for part in PARTS
    }
    written = (dataset.users["resume"].str.strip_chars() != "").mean()
    return DataTable(
        dataset=data.name,
        n_users=dataset.users.height,
        n_jobs=dataset.jobs.height,
        n_interactions=dataset.interactions.height,
        parts=kept,
        resume_share=float(written) if isinstance(written, float) else 0.0,
        means=_means(dataset, materials),
    )


def _means(dataset: Dataset, materials: Mapping[ProtocolName, Material]) -> dict[str, float]:
    found = {
        "interactions per user (mean)": dataset.interactions.height / dataset.users.height,
        "words per résumé (mean)": _words(dataset.users["resume"]),
        "words per job (mean)": _words(dataset.jobs["text"]),
    }
    for protocol, material in materials.items():
        split = material.split
        found[f"{protocol}: users in training"] = float(len(material.view.users))
        found[f"{protocol}: users tested"] = float(len(np.unique(split.test[:, 0])))
        seen = np.isin(split.test[:, 1], split.train[:, 1])
        found[f"{protocol}: share of test interactions whose job is unseen in training"] = float(1 - seen.mean())
    return found


def _words(texts: pl.Series) -> float:
    return float(np.mean([len(text.split()) for text in texts.to_list()]))
