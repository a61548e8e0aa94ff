"""How long a synthetic world takes to make and how much memory; and what a world's texts and behaviour tell.

    .venv/bin/python benchmarks/synth.py [--like designs|sales|tech] [--seed N]
    .venv/bin/python benchmarks/synth.py --world experiments/worlds/poor.toml [--seed N]

Prints one JSON object. The first form makes the world and writes it to a temporary folder, as `lgir synth` does. The
second scores the test part of a world (a third of every user's interactions known, a third held out, 20 negatives for
each of them) with scorers that learn next to nothing, each of one source alone, and with the true utility, which no
method can be expected to beat.
"""

import os

# one core: what a second one would help is not what is asked
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
from scipy.sparse.linalg import svds
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from lgir.core.config import load_config
from lgir.core.records import Candidates
from lgir.data.candidates import draw_candidates
from lgir.data.dataset import Dataset
from lgir.data.folder import save_dataset
from lgir.data.split import Split, SplitConfig, split
from lgir.data.synthetic import LIKE, SyntheticConfig, hidden_world, synthetic_world
from lgir.data.synthetic.worth import Worth
from lgir.evaluate.metrics import measure, rank_relevant

METRIC = "NDCG@5"
DIM = 16
"""Dimensions of the factorized training matrix."""


def cost(like: str, seed: int) -> dict[str, Any]:
    """Makes and writes a world; what came out, and what it took."""
    load, began = os.getloadavg(), time.perf_counter()
    world = synthetic_world(LIKE[like], seed)
    made = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        save_dataset(world, Path(folder) / "world", source="synthetic")
    written = time.perf_counter()
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {
        "like": like,
        "seed": seed,
        "users": world.users.height,
        "jobs": world.jobs.height,
        "interactions": world.interactions.height,
        "distinct pairs": world.interactions.select("user_id", "job_id").n_unique(),
        "seconds": {"make": round(made - began, 1), "write": round(written - made, 1)},
        "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit),
        "load": [round(value, 2) for value in load],
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "polars": pl.__version__},
    }


def sources(file: Path, seed: int) -> dict[str, Any]:
    """What each source of a world tells."""
    config = load_config(SyntheticConfig, file)
    world = synthetic_world(config, seed)
    parts = split(world, SplitConfig())
    test = draw_candidates(parts, "test", seed=0)
    places = np.repeat(test.users, np.diff(test.offsets))
    scores = scorers(world, parts, places, test.jobs) | {"true utility": _worth(config, seed, test)}
    found = {name: measure(_ranks(values, test), (METRIC,))[METRIC].mean() for name, values in scores.items()}
    return {
        "world": file.name,
        "seed": seed,
        "interactions": world.interactions.height,
        METRIC: {name: round(float(value), 3) for name, value in found.items()},
    }


def scorers(world: Dataset, parts: Split, users: np.ndarray, jobs: np.ndarray) -> dict[str, np.ndarray]:
    """The score of each (user, job), by each source alone."""
    n_users, n_jobs = world.users.height, world.jobs.height
    ones = np.ones(len(parts.train))
    train = sp.csr_matrix((ones, (parts.train[:, 0], parts.train[:, 1])), shape=(n_users, n_jobs))
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(world.jobs["text"])
    texts, resumes = words.transform(world.jobs["text"]), words.transform(world.users["resume"])
    alike = normalize(train.T)
    left, values, right = svds(normalize(train), k=DIM, random_state=0)
    return {
        # metrics take the mean over the orders of equal scores
        "chance": np.zeros(len(jobs)),
        "popularity in training": np.bincount(parts.train[:, 1], minlength=n_jobs)[jobs],
        "résumé text against job text": _products(resumes[users], texts[jobs]),
        "texts of training jobs against job text": _products((train @ texts)[users], texts[jobs]),
        "jobs chosen together": _products((train @ alike)[users], alike[jobs]),
        f"factorized choices ({DIM})": ((left * values)[users] * right.T[jobs]).sum(1),
    }


def _worth(config: SyntheticConfig, seed: int, test: Candidates) -> np.ndarray:
    worth, found = Worth(config, hidden_world(config, seed)), []
    for place, user in enumerate(test.users):
        jobs = test.jobs[test.offsets[place] : test.offsets[place + 1]]
        found.append(worth(slice(int(user), int(user) + 1))[0, jobs])
    return np.concatenate(found)


def _products(left: sp.csr_matrix, right: sp.csr_matrix) -> np.ndarray:
    return np.asarray(left.multiply(right).sum(axis=1)).ravel()


def _ranks(scores: np.ndarray, test: Candidates) -> Any:
    return rank_relevant(scores.astype(np.float32), test.relevant, test.offsets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--like", choices=sorted(LIKE), default="tech")
    parser.add_argument("--world", type=Path, help="TOML file: say what its sources tell instead")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found = cost(given.like, given.seed) if given.world is None else sources(given.world, given.seed)
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
