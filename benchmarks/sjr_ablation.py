"""What each field of `default` gives on SJR: every row is `default` with one change, on the validation part only.

The value is the best validation NDCG@5 of each seed, so it is optimistic, for all rows alike; the test part stays
unread. Rows that change the completed résumé or the encoders are prepared anew, the others share one preparation.

    .venv/bin/python benchmarks/sjr_ablation.py data/sjr --config experiments/sjr.toml --seeds 0 1 2
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from lgir.core.config import load_config, parse_config
from lgir.core.records import TrainingData
from lgir.core.run import Run, Silent
from lgir.experiment import prepare
from lgir.models.lgir import CONFIGURATIONS, Lgir
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import open_material
from lgir.pipeline.tools import open_tools

ROWS: dict[str, dict[str, Any]] = {
    "default": {},
    "with text_match": {"model": {"text_match": True}},
    "without resume_match": {"model": {"resume_match": False}},
    "without history_match": {"model": {"history_match": False}},
    "without field_match": {"model": {"field_match": False}},
    "without match_metric": {"model": {"match_metric": False}},
    "without any match path": {
        "model": {"resume_match": False, "history_match": False, "field_match": False, "match_metric": False}
    },
    "without leave_target_out": {"model": {"leave_target_out": False}},
    "without id_dropout": {"model": {"id_dropout": 0.0}},
    "without identity_generator": {"model": {"identity_generator": False}},
    "without refine (the paper's IRC)": {"model": {"refine": False}},
    "game non-saturating": {"model": {"game": "non-saturating"}},
    "one negative": {"model": {"negatives": 1}},
    "completion: none, no refine": {"complete": {"mode": "none"}, "model": {"refine": False}},
    "encoder: MiniLM alone": {"encode": {"encoders": [{"kind": "minilm"}]}},
    "encoder: lexical alone": {"encode": {"encoders": [{"kind": "lexical"}]}},
    "encoder: lexical with 1,024 dimensions": {
        "encode": {"encoders": [{"kind": "minilm"}, {"kind": "lexical", "dim": 1024}]}
    },
    "the paper's model, same texts": {"model": CONFIGURATIONS["paper"].model_dump(exclude={"many_shot", "few_shot"})},
}


def changed(config: ExperimentConfig, changes: dict[str, Any]) -> ExperimentConfig:
    """The configuration with some keys replaced."""
    values = config.model_dump()
    for section, keys in changes.items():
        values[section] = {**values[section], **keys}
    return parse_config(ExperimentConfig, values, source="ablation row")


def prepared(data: Path, config: ExperimentConfig) -> TrainingData:
    """Everything a model sees of one configuration."""
    material = open_material(data, config)
    with open_tools(data, config, material.view, Silent()) as tools:
        return prepare(material, tools, config, Silent()).data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--config", type=Path, default=Path("experiments/sjr.toml"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", default=list(ROWS))
    given = parser.parse_args()
    base = load_config(ExperimentConfig, given.config)
    kept: dict[str, TrainingData] = {}
    print("| row | validation NDCG@5 (mean, per seed) | best epochs |\n|---|---|---|", flush=True)
    for name in given.rows:
        config = changed(base, ROWS[name])
        key = repr((config.complete, config.encode, config.model.leave_target_out))
        if key not in kept:
            kept = {key: prepared(given.data, config)}  # one at a time: each is hundreds of megabytes
        values, epochs = [], []
        for seed in given.seeds:
            log: list[dict[str, Any]] = []
            Lgir(config.model, kept[key].shape).fit(kept[key], Run(seed, log=log.append))
            best = max(log, key=lambda record: record["validation"])
            values.append(best["validation"])
            epochs.append(best["epoch"])
        per_seed = ", ".join(f"{value:.4f}" for value in values)
        print(f"| {name} | {np.mean(values):.4f} ({per_seed}) | {', '.join(map(str, epochs))} |", flush=True)


if __name__ == "__main__":
    main()
