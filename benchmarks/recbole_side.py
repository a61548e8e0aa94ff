"""RecBole's side of `vs_recbole.py` and `parity.py`, which start it: one model per process, in RecBole's environment.

A job comes as JSON on standard input: the work (`time` or `fit`), the folder with the log, the model, its settings,
the number of threads; one JSON object goes back as the last line. The log is three benchmark files (`log.train.inter`
and so on), so RecBole divides nothing by itself. `fit` trains with RecBole's own trainer and loss; only the number that
decides when to stop is ours: one metric over fixed candidate lists, by `lgir.evaluate.metrics`, because RecBole draws
its lists anew at every validation. The scores of the best epoch go to a .npy file.

Nothing of RecBole is changed. Its checkpoints are not used: today's torch refuses to read them.
"""

import json
import logging
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.model.general_recommender import NeuMF
from recbole.utils import get_model, get_trainer, init_seed

from lgir.evaluate.metrics import Ranks, measure, rank_relevant

Job = Mapping[str, Any]

FIXED: dict[str, Any] = {
    "load_col": {"inter": ["user_id", "item_id"]},
    "benchmark_filename": ["train", "valid", "test"],
    "train_neg_sample_args": {"distribution": "uniform", "sample_num": 1, "alpha": 1.0, "dynamic": False},
    "eval_args": {"split": {"RS": [0.8, 0.1, 0.1]}, "group_by": "user", "order": "RO", "mode": "uni20"},
    "metrics": ["MAP", "NDCG", "MRR"],
    "topk": [5],
    "valid_metric": "NDCG@5",
    "use_gpu": False,
    "show_progress": False,
    "worker": 0,
    "state": "ERROR",
}
"""What every run shares: no third part of RecBole's may divide or filter the log, and nothing is printed."""

PAIRS_AT_ONCE = 1 << 15


def prepared(job: Job) -> tuple[Any, Any, Any, Any, Any]:
    """(model, trainer, training loader, test loader, dataset) as RecBole's own quick start makes them."""
    settings = {**FIXED, "data_path": str(Path(job["folder"]).parent), **job["settings"]}
    config = Config(model=job["model"], dataset=Path(job["folder"]).name, config_dict=settings)
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    train, _, test = data_preparation(config, dataset)
    init_seed(config["seed"], config["reproducibility"])
    model = get_model(config["model"])(config, train._dataset)
    return model, get_trainer(config["MODEL_TYPE"], config["model"])(config, model), train, test, dataset


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the clock, and of all threads on the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def time_model(job: Job) -> dict[str, Any]:
    """Seconds per training epoch without validation, and per evaluation of all users on sampled candidates."""
    start = time.perf_counter()
    _, trainer, train, test, dataset = prepared(job)
    prepare_s = time.perf_counter() - start
    # what `Trainer.fit` does before its first epoch
    trainer.eval_collector.data_collect(train)
    epochs = [timed(lambda number=number: trainer._train_epoch(train, number)) for number in range(job["epochs"])]
    evaluations = [timed(lambda: trainer.evaluate(test, load_best_model=False)) for _ in range(job["evaluations"])]
    return {
        "users": dataset.user_num - 1,
        "jobs": dataset.item_num - 1,
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
        "prepare_s": prepare_s,
        "epoch_s": statistics.median(wall for wall, _ in epochs[1:]),
        "epoch_cpu_s": statistics.median(used for _, used in epochs[1:]),
        "evaluation_s": statistics.median(wall for wall, _ in evaluations),
        "evaluation_cpu_s": statistics.median(used for _, used in evaluations),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def ids(dataset: Any, field: str, size: int) -> np.ndarray:
    """RecBole's id of each of our rows; its id 0 is padding."""
    return np.asarray(dataset.token2id(field, [str(row) for row in range(size)]))


def score_matrix(model: Any, users: np.ndarray, jobs: np.ndarray) -> np.ndarray:
    """RecBole's score of every user and job, rows and columns in our order."""
    with torch.no_grad():
        try:
            found = model.full_sort_predict(Interaction({model.USER_ID: torch.from_numpy(users)}))
            return found.view(len(users), -1).numpy()[:, jobs]
        except NotImplementedError:
            return pair_scores(model, np.repeat(users, len(jobs)), np.tile(jobs, len(users))).reshape(len(users), -1)


def pair_scores(model: Any, users: np.ndarray, jobs: np.ndarray) -> np.ndarray:
    """RecBole's score of these pairs."""
    user, job = torch.from_numpy(users), torch.from_numpy(jobs)
    parts = [
        model.predict(Interaction({model.USER_ID: u, model.ITEM_ID: j}))
        for u, j in zip(user.split(PAIRS_AT_ONCE), job.split(PAIRS_AT_ONCE), strict=True)
    ]
    return torch.cat(parts).numpy()


class Validation:
    """The value of one metric on fixed lists, and the best model so far by RecBole's own rule."""

    def __init__(self, model: Any, lists: Any, users: np.ndarray, jobs: np.ndarray, metric: str) -> None:
        self._model, self._users, self._jobs, self._metric = model, users, jobs, metric
        self._offsets, self._relevant, self._job = lists["offsets"], lists["relevant"], lists["jobs"]
        self._user = np.repeat(lists["users"], np.diff(lists["offsets"]))
        self.values: list[float] = []
        self.best_epoch = -1
        self.best: dict[str, torch.Tensor] = {}

    def __call__(self, *_: Any, **__: Any) -> tuple[float, dict[str, float]]:
        """Stands for `Trainer._valid_epoch`: the value, and RecBole's table of results."""
        self._model.eval()
        value = float(np.mean(measure(self._ranks(), [self._metric])[self._metric]))
        # as RecBole's early_stopping: of equal values the last one wins
        if not self.values or value >= max(self.values):
            self.best_epoch = len(self.values)
            self.best = {name: tensor.clone() for name, tensor in self._model.state_dict().items()}
        self.values.append(value)
        return value, {self._metric.lower(): value}

    def _ranks(self) -> Ranks:
        if isinstance(self._model, NeuMF):
            with torch.no_grad():
                scores = pair_scores(self._model, self._users[self._user], self._jobs[self._job])
        else:
            scores = score_matrix(self._model, self._users, self._jobs)[self._user, self._job]
        return rank_relevant(scores.astype(np.float32), self._relevant, self._offsets)


def fit_model(job: Job) -> dict[str, Any]:
    """Trains until validation stops improving, and writes the scores of the best epoch."""
    model, trainer, train, test, dataset = prepared(job)
    lists = np.load(Path(job["folder"]) / "validation.npz", allow_pickle=False)
    users, jobs = ids(dataset, model.USER_ID, job["users"]), ids(dataset, model.ITEM_ID, job["jobs"])
    trainer._valid_epoch = validation = Validation(model, lists, users, jobs, job["metric"])
    start = time.perf_counter()
    trainer.fit(train, test, verbose=False, saved=False)
    fit_s = time.perf_counter() - start
    model.load_state_dict(validation.best)
    # so that no vectors of a later epoch are left in the caches of full_sort_predict
    model.restore_user_e = model.restore_item_e = None
    model.eval()
    np.save(job["out"], score_matrix(model, users, jobs).astype(np.float32), allow_pickle=False)
    best = validation.values[validation.best_epoch]
    return {"epochs": len(validation.values), "best_epoch": validation.best_epoch + 1, "validation": best, "s": fit_s}


def main() -> None:
    job = json.loads(sys.stdin.read())
    # RecBole leaves folders for its logs where it is started
    os.chdir(job["scratch"])
    torch.set_num_threads(job["threads"])
    logging.disable(logging.CRITICAL)
    found = time_model(job) if job["work"] == "time" else fit_model(job)
    versions = {"torch": torch.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    print(json.dumps({**found, "versions": versions}))


if __name__ == "__main__":
    main()
