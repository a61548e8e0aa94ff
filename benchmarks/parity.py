"""Are our MF, NCF, LightGCN and SGL as good as RecBole 1.2.1's? Two commands from the repository root:

    .venv/bin/python benchmarks/vs_recbole.py --make-env FOLDER
    .venv/bin/python benchmarks/parity.py --env FOLDER [--models NAME ...] [--seeds N] [--threads N] [--json]

The log is MovieLens-100K as it lies in RecBole's package, because its numbers are known and nothing has to be
downloaded beside: ratings of 4 or 5 are interactions, users with fewer than 5 are left out, each user's are divided
60/20/20 at random, and held-out films that nobody saw in training are dropped.

Both sides learn from the same training part with the same dimensions, learning rate, pairs per step, negatives, layers
and, where they mean the same, regularisation (`SETTINGS`); both stop by the same metric over the same candidate lists,
after the same number of epochs without improvement, and rank the same test lists. RecBole gives its scores of the best
epoch, and our own code measures them: what is left is the model and its training.

The interval is of the mean difference per user (values averaged over seeds first), ours minus RecBole's, at 95 %.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from lgir.core.records import Jobs, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature, Recommender
from lgir.data.candidates import draw_candidates, full_catalogue
from lgir.evaluate.protocol import PAPER_METRICS, evaluate_candidates, evaluate_full
from vs_recbole import (
    BATCH,
    DIM,
    RECBOLE,
    THEIR_MODEL,
    Log,
    ascending,
    ask_recbole,
    commit,
    our_model,
    processor,
    their_settings,
)

ML_100K = "lib/python*/site-packages/recbole/dataset_example/ml-100k/ml-100k.inter"

METRIC = "NDCG@5"
MAX_EPOCHS, PATIENCE = 400, 10
"""Of both sides."""

LEARNING_RATE = 3e-3

SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # RecBole starts at Xavier's normal distribution, whose deviation is 0.045 for users and 0.037 for films
    "MF": ({"bias": False, "init_std": 0.04}, {}),
    "NCF": ({}, {}),
    "LightGCN": ({"embedding_l2": 1e-4}, {"reg_weight": 1e-4, "require_pow": True}),
    # its SGL knows only the length of the embeddings as a penalty, not the squared length
    "SGL": (
        {"ssl_weight": 0.05, "ssl_temperature": 0.5, "edge_dropout": 0.1},
        {"ssl_weight": 0.05, "ssl_tau": 0.5, "drop_ratio": 0.1, "type": "ED", "reg_weight": 0.0},
    ),
}
"""Ours, and the same in RecBole's words, beside dimensions and layers (`vs_recbole.py`) and what stands above."""

FULL_METRICS = ("NDCG@10", "Recall@10")


class Matrix:
    """A `Recommender` that knows a score for every pair: what RecBole gave."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids"})
    serves_unseen_users: ClassVar[bool] = False
    serves_unseen_jobs: ClassVar[bool] = False

    def __init__(self, scores: np.ndarray) -> None:
        self._scores = scores

    def fit(self, data: TrainingData, run: Run) -> None:
        """Nothing to learn."""

    def score(self, users: Users, jobs: Jobs) -> np.ndarray:
        """The known scores."""
        return self._scores[np.ix_(users.rows, jobs.rows)]

    def weights(self) -> dict[str, np.ndarray]:
        """None."""
        return {}

    def load_weights(self, weights: Any) -> None:
        """Takes none."""


def ml_100k(env: Path, seed: int = 0) -> Log:
    """MovieLens-100K as users and jobs."""
    file = next(env.glob(ML_100K), None)
    if file is None:
        raise SystemExit(f"{env} has no {ML_100K}; make the environment with vs_recbole.py --make-env")
    table = np.loadtxt(file, skiprows=1, usecols=(0, 1, 2), dtype=np.int64)
    liked = np.unique(table[table[:, 2] >= 4, :2], axis=0)
    _, user, count = np.unique(liked[:, 0], return_inverse=True, return_counts=True)
    liked = liked[count[user] >= 5]
    _, user = np.unique(liked[:, 0], return_inverse=True)
    order = np.lexsort((np.random.default_rng(seed).random(len(liked)), user))
    user, film = user[order], liked[order, 1]
    sizes = np.bincount(user)
    place = np.arange(len(user)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    share = place / sizes[user]
    known = np.unique(film[share < 0.6])
    keep = np.isin(film, known)
    pairs, share = np.stack([user, np.searchsorted(known, film)], axis=1)[keep], share[keep]
    cuts = (share < 0.6, (share >= 0.6) & (share < 0.8), share >= 0.8)
    return Log(len(sizes), len(known), *(ascending(pairs[cut]) for cut in cuts))


# ── the two sides ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Course:
    """One fit: epochs until it stopped, the best of them, its validation value, and the test metrics of every user."""

    epochs: int
    best_epoch: int
    validation: float
    metrics: dict[str, np.ndarray]


class World:
    """The log, and what both sides rank."""

    def __init__(self, log: Log) -> None:
        self.log, split = log, log.split()
        self.validation = draw_candidates(split, "validation", seed=0)
        self.test, self.full = draw_candidates(split, "test", seed=0), full_catalogue(split, "test")
        self.data = log.training_data(self.validate)

    def validate(self, model: Recommender) -> float:
        """The value that decides when to stop."""
        users = self.data.users.take(self.validation.users)
        found = evaluate_candidates(model, users, self.data.jobs, self.validation, metrics=(METRIC,))
        return float(found[METRIC].mean())

    def measured(self, model: Recommender) -> dict[str, np.ndarray]:
        """Test metrics of every user: sampled candidates as the paper does, and the full catalogue."""
        users, jobs = self.data.users.take(self.test.users), self.data.jobs
        sampled = evaluate_candidates(model, users, jobs, self.test, metrics=PAPER_METRICS)
        full = evaluate_full(model, users, jobs, self.full, metrics=FULL_METRICS)
        return sampled | {f"full {name}": values for name, values in full.items()}

    def write(self, folder: Path) -> None:
        """What RecBole's side reads."""
        self.log.write(folder)
        lists = self.validation
        arrays = {"users": lists.users, "offsets": lists.offsets, "jobs": lists.jobs, "relevant": lists.relevant}
        np.savez(folder / "validation.npz", **arrays)


def fit_ours(name: str, world: World, seed: int) -> Course:
    """Trains our model."""
    records: list[Mapping[str, Any]] = []
    stopping = {"batch_size": BATCH, "max_epochs": MAX_EPOCHS, "patience": PATIENCE}
    settings = {"learning_rate": LEARNING_RATE, "weight_decay": 0.0, **stopping, **SETTINGS[name][0]}
    model = our_model(name, world.data.shape, **settings)
    model.fit(world.data, Run(seed=seed, log=records.append))
    values = [float(record["validation"]) for record in records]
    best = int(np.argmax(values))
    return Course(len(values) - 1, best, values[best], world.measured(model))


def fit_theirs(name: str, world: World, seed: int, env: Path, folder: Path, threads: int) -> Course:
    """Trains RecBole's model, and measures its scores."""
    # RecBole stops after one epoch more than it is told
    stopping = {"epochs": MAX_EPOCHS, "stopping_step": PATIENCE - 1, "valid_metric": METRIC}
    settings = {**their_settings(name), **stopping, "seed": seed, "learning_rate": LEARNING_RATE, **SETTINGS[name][1]}
    job = {"work": "fit", "folder": str(folder), "model": THEIR_MODEL[name], "settings": settings, "threads": threads}
    job |= {"users": world.log.n_users, "jobs": world.log.n_jobs, "metric": METRIC, "out": f"{folder}/scores.npy"}
    found = ask_recbole(env, job)
    scores = Matrix(np.load(folder / "scores.npy", allow_pickle=False))
    if not np.isclose(world.validate(scores), found["validation"], atol=1e-6):
        raise SystemExit(f"{name}: the exported scores have another validation value than RecBole's model had")
    return Course(found["epochs"], found["best_epoch"], found["validation"], world.measured(scores))


# ── the comparison ──────────────────────────────────────────────────────────────────────────────────────────────────


def compare(env: Path, names: list[str], seeds: int, threads: int) -> dict[str, Any]:
    """Both sides of every model under every seed."""
    world = World(ml_100k(env))
    models = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "log"
        world.write(folder)
        for name in names:
            ours, theirs = [], []
            for seed in range(seeds):
                theirs.append(fit_theirs(name, world, seed, env, folder, threads))
                ours.append(fit_ours(name, world, seed))
                values = [f"{side[-1].metrics[METRIC].mean():.4f}" for side in (theirs, ours)]
                print(f"{name}, seed {seed}: {METRIC} of RecBole {values[0]}, ours {values[1]}", file=sys.stderr)
            models[name] = both(ours, theirs)
    log = world.log
    return {
        "log": f"MovieLens-100K: {log.n_users} users, {log.n_jobs} films, {len(log.train)} training, "
        f"{len(log.validation)} validation and {len(log.test)} test pairs, {len(world.test)} users evaluated",
        "settings": f"d = {DIM}, learning rate {LEARNING_RATE}, {BATCH} pairs per step, best {METRIC} of at most "
        f"{MAX_EPOCHS} epochs, patience {PATIENCE}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "processor": processor(),
        "torch": torch.__version__,
        "seeds": seeds,
        "threads": threads,
        "models": models,
    }


def both(ours: list[Course], theirs: list[Course]) -> dict[str, Any]:
    """Values of each seed, and the difference with its interval over users."""
    metrics = {}
    for metric in ours[0].metrics:
        mine, other = (np.array([course.metrics[metric] for course in courses]) for courses in (ours, theirs))
        difference = mine.mean(axis=0) - other.mean(axis=0)
        half = 1.96 * difference.std(ddof=1) / len(difference) ** 0.5
        metrics[metric] = {
            "ours": mine.mean(axis=1).tolist(),
            "recbole": other.mean(axis=1).tolist(),
            "difference": [float(difference.mean() + by) for by in (0.0, -half, half)],
        }
    sides = (("ours", ours), ("recbole", theirs))
    epochs = {side: [course.best_epoch for course in courses] for side, courses in sides}
    return {"metrics": metrics, "best_epochs": epochs}


def shown(found: dict[str, Any]) -> str:
    """The comparison as a page of text."""
    lines = [
        found["log"],
        found["settings"],
        f"{found['date']}, commit {found['commit']}, {found['processor']}, {found['threads']} thread(s), torch "
        f"{found['torch']}, {RECBOLE}, {found['seeds']} seed(s)",
        "",
        "| model | metric | RecBole, mean (deviation over seeds) | ours | difference | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for name, model in found["models"].items():
        for metric, values in model["metrics"].items():
            mean, low, high = values["difference"]
            cells = (f"{np.mean(values[side]):.4f} ({np.std(values[side]):.4f})" for side in ("recbole", "ours"))
            lines.append(f"| {name} | {metric} | {' | '.join(cells)} | {mean:+.4f} | {low:+.4f} to {high:+.4f} |")
    best = (
        f"{name}: RecBole {of['best_epochs']['recbole']}, ours {of['best_epochs']['ours']}"
        for name, of in found["models"].items()
    )
    return "\n".join([*lines, "", "best epochs: " + "; ".join(best)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", type=Path, required=True, metavar="FOLDER", help="RecBole's environment")
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--threads", type=int, default=1, help="threads of both sides (default 1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    found = compare(given.env, given.models, given.seeds, given.threads)
    print(json.dumps(found, indent=1) if given.json else shown(found))


if __name__ == "__main__":
    main()
