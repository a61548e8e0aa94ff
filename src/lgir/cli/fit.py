"""`lgir fit`: dataset → trained models in a run folder."""

from pathlib import Path
from typing import Annotated

import typer

from lgir.cli.options import AsJson, ConfigFile, Data, Debug, Quiet
from lgir.cli.output import complain, say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir fit data/sjr --out runs/sjr",
    "lgir fit data/sjr --config experiments/sjr.toml --out runs/sjr",
    "lgir fit data/sjr --config experiments/sjr.toml --out runs/sjr --device cuda",
)


def fit(
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder to write, or to continue.")],
    config: ConfigFile = None,
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="Torch device: cpu, cuda, cuda:1, mps.")
    ] = "cpu",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Complete, encode and train one model per seed.

    The run folder holds configuration, weights, vocabularies, results and logs. An interrupted run continues where it
    was, to the same result.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir import experiment
        from lgir.cli.configuration import configuration
        from lgir.cli.device import usable_device

        summary = experiment.fit(data, configuration(config), out, progress, device=usable_device(device))
    seeds = {seed: {"epoch": epoch, "validation": value} for seed, (epoch, value) in summary.seeds.items()}
    if as_json:
        metric = experiment.VALIDATION_METRIC
        say_json({"run": str(out), "validation_metric": metric, "seeds": seeds, "notes": list(summary.notes)})
        return
    for note in summary.notes:
        complain(f"note: {note}")
    lines = [
        f"seed {seed}: best epoch {found['epoch']}, validation {experiment.VALIDATION_METRIC} {found['validation']:.4f}"
        for seed, found in seeds.items()
    ]
    say([*lines, f"{out} is trained; next: lgir evaluate {out}"])
