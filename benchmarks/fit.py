"""How long one training step of LGIR takes at the paper's sizes, split by part, and what share of the machine's own
matrix-multiply rate it reaches.

    .venv/bin/python benchmarks/fit.py [--configuration paper|default] [--seconds N] [--threads N] [--json]

The sizes are those of the paper's Designs dataset: 12,290 users, 9,143 jobs, a third of 166,270 interactions for
training, d = 768, batch 1,024. Texts are random vectors of length 1 and interactions a long-tailed random log: what a
step costs does not depend on what they say. The code that is timed is `Lgir.fit` itself, with timers put around its
functions from outside; validation is left out, as its cost is that of the evaluation.

The share achieved is FLOPs per step ÷ step time ÷ the best rate at which this machine, in this run and with these
threads, multiplies two 2,048 × 2,048 matrices of 32-bit floats. FLOPs are counted by formula, a multiplication and an
addition as two; torch's own counter over one step is the check.
"""

import os

# as `lgir` does: threads that spin while they wait are slower by far where other work shares the cores
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import functools
import json
import platform
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from lgir.core.records import Jobs, Shape, TextBlock, TrainingData, Users
from lgir.core.run import Run
from lgir.data.negatives import NegativeSampler
from lgir.models import lgir as model
from lgir.models.lgir import CONFIGURATIONS, Lgir, LgirConfig
from lgir.nets import optimize

N_USERS, N_JOBS, N_PAIRS, DIM, BATCH = 12_290, 9_143, 166_270 // 3, 768, 1024
FIELDS = (("location", 1_200), ("region", 50), ("company", 4_000), ("category", 30))
"""Structured columns, which `default` uses: the paper's data has none that are described, so these are guesses."""

WARM_UP = 3
"""Steps before the timers start."""

BIG = "sgemm 2048x2048x2048, GFLOP/s"
SAMPLING = "negative sampling"
STEP = "rest of the step"


class TimeUp(Exception):
    """Ends `Lgir.fit` from within."""


class Clock:
    """Seconds per part; a part's time is without the parts within it, unless it was asked for whole."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self._open: list[str] = []
        self._since = 0.0
        self._whole = False

    @contextmanager
    def part(self, name: str, *, whole: bool) -> Iterator[None]:
        """Counts what happens within as `name`."""
        if self._whole:
            yield
            return
        self._turn()
        self._open.append(name)
        self._whole = whole
        try:
            yield
        finally:
            self._whole = False
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._since = now

    def reset(self) -> None:
        """Forgets everything but the negative sampling, which is done once an epoch."""
        self.spent = defaultdict(float, {SAMPLING: self.spent[SAMPLING]})
        self.rows.clear()
        self._since = time.perf_counter()

    def wrap(self, owner: Any, name: str, part: str, *, whole: bool = False) -> None:
        """Replaces a function or method by a timed one; the number of rows of its first array argument is kept."""
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            sizes = [len(arg) for arg in args if isinstance(arg, torch.Tensor) and arg.ndim]
            self.rows[name] += sizes[0] if sizes else 0
            with self.part(part, whole=whole):
                return inner(*args, **kwargs)

        setattr(owner, name, timed)


def put_timers(clock: Clock) -> None:
    """Around the functions that `Lgir.fit` consists of."""
    clock.wrap(NegativeSampler, "draw", SAMPLING, whole=True)
    clock.wrap(model._Tensors, "x_users", "game: x of the sampled users (eq. 3)", whole=True)
    clock.wrap(model._Learner, "_step_classifier", "game: classifier step (eq. 5, 6)", whole=True)
    clock.wrap(model._Learner, "_step_discriminator", "game: discriminator step (eq. 8, 9)", whole=True)
    for name in ("G", "D", "quality"):
        clock.wrap(model._Net, name, "game: generator's loss (eq. 7, 10)")
    clock.wrap(model, "_refinement", "game: diagnostics", whole=True)
    clock.wrap(model._Tensors, "batch", "gather")
    clock.wrap(model, "_rows", "gather")
    clock.wrap(model._Net, "x_user", "towers, forward (eq. 3, 4)")
    clock.wrap(model._Net, "x_job", "towers, forward (eq. 3, 4)")
    clock.wrap(model._Learner, "_recommendation_loss", "score and loss, forward (eq. 11-13)", whole=True)
    clock.wrap(torch.Tensor, "backward", "backward")
    clock.wrap(optimize, "gradient_norm", "gradient norm")
    clock.wrap(torch.optim.AdamW, "step", "optimizer")
    clock.wrap(model, "descend", "clearing gradients")


def random_data(config: LgirConfig, rng: np.random.Generator) -> TrainingData:
    """Training data of the paper's size: everybody has a pair, and pairs are long-tailed on both sides."""
    users = np.concatenate([np.arange(N_USERS), _long_tailed(N_USERS, 2 * N_PAIRS, rng)])
    jobs = np.concatenate([rng.permutation(np.arange(N_USERS) % N_JOBS), _long_tailed(N_JOBS, 2 * N_PAIRS, rng)])
    _, first = np.unique(users * N_JOBS + jobs, return_index=True)
    kept = np.sort(first)[:N_PAIRS]
    pairs = np.stack([users[kept], jobs[kept]], axis=1)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    fields = np.stack([rng.integers(size, size=N_JOBS) for _, size in FIELDS], axis=1)
    text, own_text, job_text = (_texts(n, rng) for n in (N_USERS, N_USERS, N_JOBS))
    all_jobs = Jobs(np.arange(N_JOBS), job_text, fields)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=N_USERS))])
    all_users = Users(np.arange(N_USERS), text, own_text, all_jobs, pairs[:, 1].copy(), offsets)
    shape = Shape(N_USERS, N_JOBS, (TextBlock("random", DIM),), FIELDS)
    fold_text = _texts(2 * N_USERS, rng) if config.leave_target_out else text
    return TrainingData(shape, all_users, all_jobs, pairs, fold_text, pairs[:, 0].copy(), lambda _: 0.0)


def _long_tailed(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    weight = rng.lognormal(sigma=1.0, size=n)
    return rng.choice(n, size=size, p=weight / weight.sum())


def _texts(n: int, rng: np.random.Generator) -> np.ndarray:
    vectors = rng.standard_normal((n, DIM), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def best_seconds(work: Callable[[], object], seconds: float) -> float:
    """The fastest of as many repetitions as fit."""
    work()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def machine_rates() -> dict[str, float]:
    """What the machine gives: GFLOP/s of two matrix products, GB/s of a copy too large for its caches."""
    big, rows, layer = torch.randn(2048, 2048), torch.randn(2048, 1536), torch.randn(1536, 128)
    source, target = torch.randn(1 << 25), torch.empty(1 << 25)
    return {
        BIG: 2 * 2048**3 / best_seconds(lambda: big @ big, 3.0) / 1e9,
        "sgemm 2048x1536x128, GFLOP/s": 2 * 2048 * 1536 * 128 / best_seconds(lambda: rows @ layer, 1.0) / 1e9,
        "copy, GB/s": 2 * source.nbytes / best_seconds(lambda: target.copy_(source), 1.0) / 1e9,
    }


def flops_of_step(
    config: LgirConfig, shape: Shape, distinct_jobs: float, share_known: float, steps: list[dict[str, float]]
) -> dict[str, float]:
    """FLOPs by formula. A layer's backward pass costs its forward pass once for the weights and once for the input, the
    latter only where the input has a gradient.

    Args:
        distinct_jobs: jobs walked through the job tower per step.
        share_known: share of the game's sample that is in T_C.
        steps: diagnostics; D and G step only where C finds both sides.
    """
    played = float(np.mean(["loss_discriminator" in step for step in steps]))
    share_low = float(np.mean([step["share_low"] if "loss_discriminator" in step else 0.0 for step in steps]))
    b, e, c = config.batch_size, config.tower_dim, config.game_dim
    known, low = b * share_known, b * share_low
    tower = 2 * (2 * shape.dim * config.hidden_dim + config.hidden_dim * e)
    judge_in, judge_out = 2 * e * c, 2 * c  # the two layers of C and D, per row
    judge = judge_in + judge_out
    judge_step = 2 * judge_in + 3 * judge_out  # forward, and backward without the input's gradient
    generate, generate_out = 4 * e * c, 2 * c * e
    found = {"towers": 3 * tower * (b + distinct_jobs), "scores": 3 * 2 * b * (1 + config.negatives) * e}
    if config.match_paths:
        width = shape.dim + sum(min(size, 512) for _, size in shape.fields)
        found["match paths"] = 2 * 2 * b * (1 + config.negatives) * width
    if config.refine:
        found["game: x of the sampled users"] = tower * b
        found["game: C"] = judge_step * known + judge * b
        found["game: D"] = judge_step * b * played + generate * low
        # G: weights of both layers, input of the second; D: forward, and backward whole
        found["game: G"] = (2 * generate + generate_out + 3 * judge) * low + generate * low
        found["z"] = (judge + 3 * generate) * b
    return found


def commit() -> str:
    """The commit this runs from, with a mark if files differ from it."""
    root = Path(__file__).resolve().parent.parent
    try:
        name = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=root, text=True).strip()
        changed = subprocess.check_output(
            ["git", "status", "--porcelain", "src", "benchmarks/fit.py"], cwd=root, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + (" with changes" if changed else "")


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def peak_mb() -> float:
    """The largest resident set so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


@dataclass
class Course:
    """What happened while `Lgir.fit` ran: seconds and diagnostics of every timed step, and one step's FLOPs twice."""

    clock: Clock
    seconds: list[float] = field(default_factory=list)
    diagnostics: list[dict[str, float]] = field(default_factory=list)
    counted: int = 0
    counted_jobs: int = 0
    counted_step: dict[str, float] = field(default_factory=dict)

    def jobs_per_step(self) -> float:
        """Distinct jobs walked through the job tower."""
        return self.clock.rows["x_job"] / len(self.seconds)

    def parts(self) -> dict[str, float]:
        """Seconds per step of every part, the longest first."""
        steps_per_epoch = -(-N_PAIRS // BATCH)
        spent = {part: total / len(self.seconds) for part, total in self.clock.spent.items() if part != SAMPLING}
        spent[SAMPLING] = self.clock.spent[SAMPLING] / self.clock.calls["draw"] / steps_per_epoch
        return dict(sorted(spent.items(), key=lambda item: -item[1]))


def timed_fit(config: LgirConfig, data: TrainingData, seconds: float) -> Course:
    """Runs `Lgir.fit` for about so many seconds after its first steps."""
    course = Course(Clock())
    put_timers(course.clock)
    inner, warm, end = model._Learner._step, 0, 0.0

    def step(*args: Any) -> dict[str, float]:
        nonlocal warm, end
        if warm < WARM_UP:
            warm += 1
            course.clock.reset()
            with FlopCounterMode(display=False) as counter:
                found: dict[str, float] = inner(*args)
            course.counted, course.counted_jobs = counter.get_total_flops(), course.clock.rows["x_job"]
            course.counted_step = found
            course.clock.reset()
            end = time.perf_counter() + seconds
            return found
        start = time.perf_counter()
        with course.clock.part(STEP, whole=False):
            found = inner(*args)
        course.seconds.append(time.perf_counter() - start)
        course.diagnostics.append(found)
        if time.perf_counter() > end:
            raise TimeUp
        return found

    model._Learner._step = step  # type: ignore[method-assign, assignment]
    with suppress(TimeUp):
        Lgir(config, data.shape).fit(data, Run(seed=0))
    return course


def measure(name: str, seconds: float) -> dict[str, Any]:
    """Fits for about so many seconds and says where they went."""
    config = CONFIGURATIONS[name].model_copy(update={"max_epochs": 10_000, "patience": 10_000, "batch_size": BATCH})
    data = random_data(config, np.random.default_rng(0))
    before_mb, load = peak_mb(), os.getloadavg()
    course = timed_fit(config, data, seconds)
    after_mb, rates = peak_mb(), machine_rates()
    counts = np.bincount(data.pairs[:, 0], minlength=N_USERS)
    known = float(np.mean((counts >= config.many_shot) | (counts <= config.few_shot)))
    flops = flops_of_step(config, data.shape, course.jobs_per_step(), known, course.diagnostics)
    check = flops_of_step(config, data.shape, course.counted_jobs, known, [course.counted_step])
    parts = course.parts()
    step_s = {"mean": sum(parts.values()), "median": float(np.median(course.seconds)), "fastest": min(course.seconds)}
    return {
        "configuration": name,
        "sizes": f"{N_USERS} users x {N_JOBS} jobs, {N_PAIRS} training pairs, d = {DIM}, batch {BATCH}, negatives per "
        f"pair {config.negatives}, distinct jobs per step {course.jobs_per_step():.0f}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "processor": processor(),
        "load": [round(value, 2) for value in load],
        "threads": torch.get_num_threads(),
        "wait_policy": os.environ["OMP_WAIT_POLICY"],
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "steps": len(course.seconds),
        "step_ms": {kind: 1e3 * value for kind, value in step_s.items()},
        "epoch_s": step_s["mean"] * -(-N_PAIRS // BATCH),
        "parts_ms": {part: 1e3 * value for part, value in parts.items()},
        "flops": flops,
        "flops_check": {"by formula": sum(check.values()), "by torch's counter": course.counted},
        "gflop_per_s": {kind: sum(flops.values()) / value / 1e9 for kind, value in step_s.items()},
        "rates": rates,
        "peak_rss_mb": {"before fit": before_mb, "fit": after_mb},
    }


def shown(found: dict[str, Any]) -> str:
    """The result as a page of text."""
    step, check, reached = found["step_ms"], found["flops_check"], found["gflop_per_s"]
    lines = [
        f"fit, configuration {found['configuration']}: {found['sizes']}",
        f"{found['date']}, commit {found['commit']}, torch {found['torch']}, numpy {found['numpy']}, "
        f"Python {found['python']}",
        f"{found['processor']}, {found['threads']} thread(s), waiting {found['wait_policy']}, "
        f"load average {found['load']}",
        "",
        f"step: mean {step['mean']:.1f} ms, median {step['median']:.1f} ms, fastest {step['fastest']:.1f} ms over "
        f"{found['steps']} steps; an epoch without validation: {found['epoch_s']:.1f} s",
        *(f"  {spent:8.2f} ms {spent / step['mean']:6.1%}  {part}" for part, spent in found["parts_ms"].items()),
        "",
        f"FLOPs per step: {sum(found['flops'].values()) / 1e9:.3f} G",
        *(f"  {value / 1e9:8.3f} G  {part}" for part, value in found["flops"].items()),
        "  check on one step: " + ", ".join(f"{value / 1e9:.3f} G {how}" for how, value in check.items()),
        "",
        "machine: " + ", ".join(f"{name} {value:.1f}" for name, value in found["rates"].items()),
        *(
            f"achieved at the {kind} step: {value:.1f} GFLOP/s, {value / found['rates'][BIG]:.1%} of {BIG}"
            for kind, value in reached.items()
        ),
        f"peak resident memory: {found['peak_rss_mb']['fit']:.0f} MB; before fit, with libraries and data, "
        f"{found['peak_rss_mb']['before fit']:.0f} MB",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configuration", choices=sorted(CONFIGURATIONS), default="paper")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to train (default 20)")
    parser.add_argument("--threads", type=int, help="threads of torch (default: as torch chooses)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    found = measure(given.configuration, given.seconds)
    print(json.dumps(found, indent=1) if given.json else shown(found))


if __name__ == "__main__":
    main()
