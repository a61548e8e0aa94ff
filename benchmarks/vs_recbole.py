"""MF, NCF, LightGCN and SGL beside those of RecBole 1.2.1: seconds per training epoch, seconds per evaluation of all
users on sampled candidates, peak memory. Two commands from the repository root:

    .venv/bin/python benchmarks/vs_recbole.py --make-env FOLDER
    .venv/bin/python benchmarks/vs_recbole.py --env FOLDER [--models NAME ...] [--threads N] [--rounds N] [--json]

The first makes RecBole's own environment (1.6 GB), because it does not run with the NumPy that we use. FOLDER should
lie outside the repository.

The log has the size of the paper's Designs dataset: 12,290 users, 9,143 jobs, 66,142 training pairs and two parts of
50,064, long-tailed at random from a seed; what a step costs does not depend on what the pairs say. Both sides have 64
dimensions, steps of 1,024 pairs with one uniform negative each, the same number of threads, and one process per model
and round; the two sides take turns, and of the rounds the fastest counts. Our models run without text, which is how
they were published.

An epoch is everything but validation. An evaluation scores, ranks and measures each user's held-out jobs with 20
sampled jobs for each of them. RecBole draws those lists anew at every evaluation, we draw them once per split; both are
shown. RecBole's evaluation depends on `eval_batch_size`: by default this program gives it a larger one than RecBole
does (4,096), under which it is faster by far.
"""

import os

# as `lgir` does: threads that spin while they wait are slower by far where other work shares the cores
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lgir.core.records import Jobs, Shape, TextBlock, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Recommender
from lgir.data.candidates import draw_candidates
from lgir.data.split import Split
from lgir.evaluate.protocol import evaluate_candidates
from lgir.models.lightgcn import LightGcn, LightGcnConfig
from lgir.models.mf import Mf, MfConfig
from lgir.models.ncf import Ncf, NcfConfig
from lgir.models.sgl import Sgl, SglConfig

ROOT = Path(__file__).resolve().parent.parent
SIDE = ROOT / "benchmarks" / "recbole_side.py"

RECBOLE = "recbole==1.2.1"
PINS = (
    "torch==2.13.0",
    "numpy==1.26.4",
    "pandas==2.1.4",
    "scipy==1.11.4",
    "scikit-learn==1.4.2",
    "colorlog==4.7.2",
    "colorama==0.4.4",
    "plotly==5.24.1",
    "thop==0.1.1.post2209072238",
    "jaxtyping==0.3.11",
    "psutil",
    "pyyaml",
    "tabulate",
    "tensorboard",
    "texttable",
    "tqdm",
)
"""What RecBole 1.2.1 runs with on Python 3.11: it uses names that NumPy 2 and SciPy 1.12 removed. torch is ours. No
bound on setuptools: one below 70 makes pip exchange torch for an older one. RecBole itself is installed without its
dependencies, because it asks for a version of ray that only its search for hyperparameters uses. jaxtyping is for our
metrics."""

N_USERS, N_JOBS, N_TRAIN, N_HELD_OUT, DIM, BATCH, NEGATIVES = 12_290, 9_143, 66_142, 50_064, 64, 1024, 20

LAYERS = (64, 32, 16)
"""Widths of NCF's perceptron."""

GRAPH_LAYERS = 3
"""How often LightGCN and SGL propagate."""

EPOCHS = {"MF": 6, "NCF": 4, "LightGCN": 4, "SGL": 2}
"""Epochs per round; the first is not counted."""

EVALUATIONS = 3

THEIR_MODEL = {"MF": "BPR", "NCF": "NeuMF", "LightGCN": "LightGCN", "SGL": "SGL"}


def make_env(folder: Path) -> None:
    """Makes RecBole's environment."""
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PINS], check=True)
    subprocess.run([*pip, "--no-deps", RECBOLE], check=True)


# ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Log:
    """Pairs of (user row, job row) in three parts, ascending; every user and job is in the training part."""

    n_users: int
    n_jobs: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def split(self) -> Split:
        """As our own evaluation takes it."""
        catalogue = np.arange(self.n_jobs)
        return Split(
            train=self.train,
            validation=self.validation,
            test=self.test,
            catalogue=catalogue,
            validation_catalogue=catalogue,
            test_catalogue=catalogue,
            user_keys=np.arange(self.n_users, dtype=np.uint64),
            fingerprint="benchmark",
        )

    def training_data(self, validate: Callable[[Recommender], float]) -> TrainingData:
        """As our models take it; texts are zero, and the models here do not look at them."""
        shape = Shape(self.n_users, self.n_jobs, (TextBlock("none", 1),))
        jobs = Jobs(np.arange(self.n_jobs), _nothing(self.n_jobs), np.zeros((self.n_jobs, 0), dtype=np.int64))
        pairs = self.train
        offsets = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=self.n_users))])
        text = _nothing(self.n_users)
        users = Users(np.arange(self.n_users), text, text, jobs, pairs[:, 1].copy(), offsets)
        return TrainingData(shape, users, jobs, pairs, text, pairs[:, 0].copy(), validate)

    def write(self, folder: Path) -> None:
        """As RecBole takes it: three benchmark files, named as their folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, pairs in (("train", self.train), ("valid", self.validation), ("test", self.test)):
            lines = ["user_id:token\titem_id:token", *(f"{user}\t{job}" for user, job in pairs.tolist())]
            (folder / f"{folder.name}.{name}.inter").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _nothing(rows: int) -> np.ndarray:
    return np.zeros((rows, 1), dtype=np.float32)


def random_log(seed: int) -> Log:
    """A log of the size of Designs: everybody has a pair to learn from and one to be tested on."""
    rng = np.random.default_rng(seed)
    total = N_TRAIN + 2 * N_HELD_OUT
    everybody = np.arange(N_USERS)
    first = rng.permutation(everybody) % N_JOBS
    users = np.concatenate([everybody, everybody, _long_tailed(N_USERS, 2 * total, rng)])
    jobs = np.concatenate([first, (first + 1) % N_JOBS, _long_tailed(N_JOBS, 2 * total, rng)])
    _, kept = np.unique(users * N_JOBS + jobs, return_index=True)
    pairs = np.stack([users, jobs], axis=1)[np.sort(kept)[:total]]
    cuts = np.cumsum([N_USERS, N_USERS, N_TRAIN - N_USERS, N_HELD_OUT - N_USERS])
    own_train, own_test, train, test, validation = np.split(pairs, cuts)
    train, test = np.concatenate([own_train, train]), np.concatenate([own_test, test])
    return Log(N_USERS, N_JOBS, ascending(train), ascending(validation), ascending(test))


def ascending(pairs: np.ndarray) -> np.ndarray:
    """The pairs by user, then by job."""
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _long_tailed(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    weight = rng.lognormal(sigma=1.0, size=n)
    return rng.choice(n, size=size, p=weight / weight.sum())


# ── the two sides ───────────────────────────────────────────────────────────────────────────────────────────────────


def our_model(name: str, shape: Shape, **settings: Any) -> Recommender:
    """Our model of this name, without text."""
    build: dict[str, Callable[[], Recommender]] = {
        "MF": lambda: Mf(MfConfig(dim=DIM, **settings), shape),
        "NCF": lambda: Ncf(NcfConfig(dim=DIM, layers=LAYERS, **settings), shape),
        "LightGCN": lambda: LightGcn(LightGcnConfig(dim=DIM, layers=GRAPH_LAYERS, text=False, **settings), shape),
        "SGL": lambda: Sgl(SglConfig(dim=DIM, layers=GRAPH_LAYERS, text=False, **settings), shape),
    }
    return build[name]()


def time_ours(name: str, threads: int) -> dict[str, Any]:
    """Our side of one model, in this process."""
    torch.set_num_threads(threads)
    log = random_log(0)
    data = log.training_data(lambda _: 0.0)
    marks: list[tuple[float, float]] = []
    model = our_model(name, data.shape, batch_size=BATCH, max_epochs=EPOCHS[name], patience=EPOCHS[name])
    model.fit(data, Run(log=lambda _: marks.append((time.perf_counter(), time.process_time()))))
    # the first mark is the untrained model's, the first epoch is not counted
    epochs = np.diff(np.array(marks), axis=0)[1:]
    wall, used = time.perf_counter(), time.process_time()
    candidates = draw_candidates(log.split(), "test", negatives=NEGATIVES, seed=0)
    draw_s, draw_cpu_s = time.perf_counter() - wall, time.process_time() - used
    users = data.users.take(candidates.users)
    evaluations = []
    for _ in range(EVALUATIONS):
        wall, used = time.perf_counter(), time.process_time()
        evaluate_candidates(model, users, data.jobs, candidates)
        evaluations.append((time.perf_counter() - wall, time.process_time() - used))
    return {
        "users": len(candidates),
        "parameters": sum(array.size for array in model.weights().values()),
        "epoch_s": float(np.median(epochs[:, 0])),
        "epoch_cpu_s": float(np.median(epochs[:, 1])),
        "evaluation_s": statistics.median(wall for wall, _ in evaluations),
        "evaluation_cpu_s": statistics.median(used for _, used in evaluations),
        "draw_s": draw_s,
        "draw_cpu_s": draw_cpu_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
    }


def ask_ours(name: str, threads: int) -> dict[str, Any]:
    """Our side of one model, in a process of its own."""
    command = [sys.executable, __file__, "--ours", name, "--threads", str(threads)]
    return _last_line(command, None, _threads(threads))


def ask_recbole(env: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """RecBole's side of one model, in its own environment. What a job holds: see `recbole_side.py`."""
    with tempfile.TemporaryDirectory() as scratch:
        command, given = [str(env / "bin" / "python"), str(SIDE)], json.dumps({**job, "scratch": scratch})
        return _last_line(command, given, {**_threads(job["threads"]), "PYTHONPATH": str(ROOT / "src")})


def _threads(number: int) -> dict[str, str]:
    # before the libraries start; MKL takes no more threads than there are cores, whatever it is told
    return {"OMP_NUM_THREADS": str(number), "MKL_NUM_THREADS": str(number)}


def _last_line(command: list[str], given: str | None, environment: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, input=given, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def their_settings(name: str) -> dict[str, Any]:
    """Sizes in RecBole's words."""
    if name == "NCF":
        # it counts the negatives of a batch, the others do not
        sizes = {"mf_embedding_size": DIM, "mlp_embedding_size": DIM, "mlp_hidden_size": list(LAYERS)}
        return {"train_batch_size": 2 * BATCH, "dropout_prob": 0.0, **sizes}
    layers = {} if name == "MF" else {"n_layers": GRAPH_LAYERS}
    return {"train_batch_size": BATCH, "embedding_size": DIM, **layers}


# ── the comparison ──────────────────────────────────────────────────────────────────────────────────────────────────


def compare(env: Path, names: list[str], threads: int, rounds: int, evaluation_batch: int) -> dict[str, Any]:
    """Both sides of every model, in turns; of the rounds the fastest of each number."""
    models: dict[str, Any] = {}
    load = os.getloadavg()
    with tempfile.TemporaryDirectory() as folder:
        random_log(0).write(Path(folder) / "log")
        for name in names:
            settings = {**their_settings(name), "eval_batch_size": evaluation_batch}
            job = {"work": "time", "folder": f"{folder}/log", "model": THEIR_MODEL[name], "settings": settings}
            job |= {"threads": threads, "epochs": EPOCHS[name], "evaluations": EVALUATIONS}
            found = [(ask_recbole(env, job), ask_ours(name, threads)) for _ in range(rounds)]
            models[name] = {
                "recbole": _fastest([theirs for theirs, _ in found]),
                "ours": _fastest([o for _, o in found]),
            }
            print(f"{name}: done", file=sys.stderr)
    return {
        "sizes": f"{N_USERS} users x {N_JOBS} jobs, {N_TRAIN} training pairs, {N_HELD_OUT} test pairs, d = {DIM}, "
        f"{BATCH} pairs per step, {NEGATIVES} sampled jobs per held-out job",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "processor": processor(),
        "load": [round(value, 2) for value in load],
        "threads": threads,
        "rounds": rounds,
        "recbole_eval_batch_size": evaluation_batch,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "models": models,
    }


def _fastest(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: min(one[key] for one in rounds) if key.endswith("_s") else value for key, value in rounds[0].items()}


def commit() -> str:
    """The commit this runs from, with a mark if files differ from it."""
    try:
        name = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
        changed = subprocess.check_output(["git", "status", "--porcelain", "src", "benchmarks"], cwd=ROOT, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + (" with changes" if changed else "")


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def shown(found: dict[str, Any]) -> str:
    """The comparison as a page of text."""
    lines = [
        found["sizes"],
        f"{found['date']}, commit {found['commit']}, {found['processor']}, {found['threads']} thread(s), load average "
        f"{found['load']}, fastest of {found['rounds']} round(s)",
        f"torch {found['torch']} on both sides; ours: NumPy {found['numpy']}, Python {found['python']}; {RECBOLE} with "
        f"eval_batch_size {found['recbole_eval_batch_size']}",
        "",
        "| model | what | RecBole, s | ours, s | times faster | RecBole, processor s | ours | times faster |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, sides in found["models"].items():
        theirs, ours = sides["recbole"], sides["ours"]
        drawn = {f"evaluation{of}": ours[f"evaluation{of}"] + ours[f"draw{of}"] for of in ("_s", "_cpu_s")}
        for what, key, mine in (
            ("epoch", "epoch", ours),
            ("evaluation", "evaluation", ours),
            ("evaluation with drawing", "evaluation", drawn),
        ):
            cells = [
                f"{theirs[key + of]:.3f} | {mine[key + of]:.3f} | {theirs[key + of] / mine[key + of]:.1f}"
                for of in ("_s", "_cpu_s")
            ]
            lines.append(f"| {name} | {what} | {' | '.join(cells)} |")
    peaks = (
        f"{name} {sides['recbole']['peak_mb']:.0f} and {sides['ours']['peak_mb']:.0f}"
        for name, sides in found["models"].items()
    )
    lines += ["", f"peak resident memory in MB, RecBole's and ours: {', '.join(peaks)}"]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--make-env", type=Path, metavar="FOLDER", help="make RecBole's environment there")
    what.add_argument("--env", type=Path, metavar="FOLDER", help="compare, with RecBole's environment from there")
    what.add_argument("--ours", choices=list(EPOCHS), help="time our side of one model alone, and print JSON")
    parser.add_argument("--models", nargs="+", choices=list(EPOCHS), default=list(EPOCHS))
    parser.add_argument("--threads", type=int, default=2, help="threads of both sides (default 2)")
    parser.add_argument("--rounds", type=int, default=2, help="how often the two sides take turns (default 2)")
    parser.add_argument(
        "--evaluation-batch", type=int, default=65_536, help="RecBole's eval_batch_size (default 65536)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if given.make_env:
        make_env(given.make_env)
    elif given.ours:
        print(json.dumps(time_ours(given.ours, given.threads)))
    else:
        found = compare(given.env, given.models, given.threads, given.rounds, given.evaluation_batch)
        print(json.dumps(found, indent=1) if given.json else shown(found))


if __name__ == "__main__":
    main()
