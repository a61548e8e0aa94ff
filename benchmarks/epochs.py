"""Seconds per epoch, seconds to evaluate everybody and peak memory of every learned model at the size of Designs.

    .venv/bin/python benchmarks/epochs.py [--models kind …] [--threads N] [--json]

12,290 users, 9,143 jobs, 66,142 training pairs, batch 1,024, d = 64; a random long-tailed log, random texts: 384
columns of text vector, four structured columns, 8 to 64 words a text. An epoch is timed without validation; evaluation
ranks every user's held-out jobs among 20 sampled ones each, drawn once before. Every model runs in its own process.
`vs_recbole.py` compares four of them, without text, with RecBole.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lgir.core.records import Shape, TextBlock, TrainingData, Users
from lgir.core.run import Run
from lgir.data.candidates import draw_candidates
from lgir.evaluate.protocol import evaluate_candidates
from lgir.models import CONFIGS, build_model
from lgir.models.lgir import CONFIGURATIONS
from lgir.models.train import TrainConfig
from lgir.study.memory import peak_mib
from vs_recbole import random_log

N_COLUMNS, FIELDS, N_WORDS, LENGTH = 384, (300, 30, 2000, 12), 20_000, 64
LEARNED = [kind for kind, config in CONFIGS.items() if issubclass(config, TrainConfig)] + ["default"]


def data_of(rng: np.random.Generator) -> tuple[TrainingData, Any]:
    """Training data with random texts, and lists of candidates."""
    log = random_log(0)
    data = log.training_data(lambda _: 0.0)

    def vectors(n: int) -> np.ndarray:
        found = rng.standard_normal((n, N_COLUMNS), dtype=np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def words(n: int) -> np.ndarray:
        codes = rng.integers(2, N_WORDS, size=(n, LENGTH)).astype(np.int32)
        lengths = rng.integers(8, LENGTH, size=n, endpoint=True)
        return np.where(np.arange(LENGTH) < lengths[:, None], codes, 0).astype(np.int32)

    fields = np.stack([rng.integers(size, size=log.n_jobs) for size in FIELDS], axis=1)
    jobs = replace(data.jobs, text=vectors(log.n_jobs), fields=fields, words=words(log.n_jobs))
    text = vectors(log.n_users)
    users: Users = replace(data.users, text=text, own_text=text, bank=jobs, words=words(log.n_users))
    names = tuple((f"field {number}", size) for number, size in enumerate(FIELDS))
    shape = Shape(log.n_users, log.n_jobs, (TextBlock("random", N_COLUMNS),), names, N_WORDS)
    lists = draw_candidates(log.split(), "test", negatives=20, seed=0)
    return replace(data, shape=shape, users=users, jobs=jobs, fold_text=text), lists


def measured(kind: str, threads: int) -> dict[str, Any]:
    """One model, in this process: the faster of two epochs and of two evaluations."""
    torch.set_num_threads(threads)
    data, lists = data_of(np.random.default_rng(0))
    config = CONFIGURATIONS["default"] if kind == "default" else CONFIGS[kind]()
    marks: list[float] = []
    model = build_model(config.model_copy(update={"max_epochs": 2}), data.shape)
    model.fit(data, Run(log=lambda _: marks.append(time.perf_counter())))
    epochs = np.diff(marks)
    users, seconds = data.users.take(lists.users), []
    for _ in range(2):
        began = time.perf_counter()
        evaluate_candidates(model, users, data.jobs, lists)
        seconds.append(time.perf_counter() - began)
    return {"model": kind, "epoch_s": float(epochs.min()), "evaluation_s": min(seconds), "peak_mib": peak_mib()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=LEARNED, default=LEARNED)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", choices=LEARNED, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one, given.threads)))
        return
    found = []
    for kind in given.models:
        command = [sys.executable, __file__, "--one", kind, "--threads", str(given.threads)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(given.threads)}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print("| model | epoch, s | evaluation of everybody, s | peak memory, MiB |\n|---|---|---|---|")
    for row in found:
        print(f"| {row['model']} | {row['epoch_s']:.2f} | {row['evaluation_s']:.2f} | {row['peak_mib']:.0f} |")


if __name__ == "__main__":
    main()
