"""Where does completing résumés help? One knob of the synthetic world after the other, four rows on each world.

    .venv/bin/python benchmarks/sweep.py [--out results/sweep] [--workers N] [--json]

Every world has 600 people and 500 jobs; but for the knob it is the default of `SyntheticConfig`. Rows: BASE and IRC are
the paper's model without its GAN, on résumés as they are and on completed ones; "default, no completion" and
"LGIR (default)" likewise for `default`. Protocol paper, test part, settings as they come (none was tuned here), seed 0.
The difference is that of the completed row; p is the paired t-test over users, Holm-corrected over the whole table.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import polars as pl

from lgir.core.config import parse_config
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.evaluate.compare import compare, holm
from lgir.study.config import StudyConfig
from lgir.study.study import run_study
from lgir.study.work import Task

KNOBS: dict[str, tuple[Any, ...]] = {
    "resume_skill_share": (0.05, 0.3, 0.9),
    "noise": (0.3, 3.0),
    "taste_weight": (2.0, 4.0),
    "mean_interactions": (5.0, 20.0),
    "tail_exponent": (1.0, 5.0),
}
"""Knob → values. Share of a person's skills that the résumé names; noise of every choice; how much a taste that no text
tells decides; interactions per person; how much of them belongs to a few busy people (less is more)."""

PAIRS = (("BASE", "IRC"), ("default, no completion", "LGIR (default)"))
METRIC = "NDCG@5"


def study_of(name: str) -> StudyConfig:
    """The four rows, lexical vectors alone so that a world takes seconds."""
    values = {
        "title": name,
        "data": "unused",
        "rows": [row for pair in PAIRS for row in pair],
        "protocols": ["paper"],
        "seeds": [0],
        "encode": {"encoders": [{"kind": "lexical", "dim": 256}]},
        "training": {"max_epochs": 80, "patience": 10},
        "model": {row: {"learning_rate": 0.001} for row in ("BASE", "IRC")},
    }
    return parse_config(StudyConfig, values, source=name)


def measured(world: SyntheticConfig, name: str, out: Path, workers: int) -> list[dict[str, Any]]:
    """Both pairs of rows on one world."""
    data, where = out / "data" / name, out / "results" / name
    if not data.exists():
        save_dataset(synthetic_world(world, 0), data, source="synthetic")
    study = study_of(name)
    run_study(study, data, where, Silent(), workers=workers)
    found = []
    for without, with_it in PAIRS:
        tables = {row: table_of(study, row, data, where) for row in (without, with_it)}
        (result,) = compare(tables[with_it], tables[without], metrics=[METRIC])
        means = {row: float(table[METRIC].to_numpy().mean()) for row, table in tables.items()}
        found.append(
            {
                "world": name,
                "users": result.n_users,
                "row": with_it,
                "without": means[without],
                "with": means[with_it],
                "difference": result.difference,
                "low": result.low,
                "high": result.high,
                "p_t": result.p_t,
            }
        )
    return found


def table_of(study: StudyConfig, row: str, data: Path, where: Path) -> pl.DataFrame:
    """Per-user values of one row."""
    task = Task(row, "paper", 0, study.experiment(row, "paper"), data, where)
    return pl.read_parquet(task.folder.path / "seed-0" / "per-user.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/sweep"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = []
    for knob, values in KNOBS.items():
        for value in values:
            world = SyntheticConfig(n_users=600, n_jobs=500, **{knob: value})
            rows += measured(world, f"{knob}={value}", given.out, given.workers)
    for row, corrected in zip(rows, holm([row["p_t"] for row in rows]), strict=True):
        row["p_holm"] = corrected
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"| world | row | without | with | difference ({METRIC}) | 95 % interval | p (Holm) |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        interval = f"{row['low']:+.4f} to {row['high']:+.4f}"
        print(
            f"| {row['world']} | {row['row']} | {row['without']:.4f} | {row['with']:.4f} | {row['difference']:+.4f} "
            f"| {interval} | {row['p_holm']:.2g} |"
        )


if __name__ == "__main__":
    main()
