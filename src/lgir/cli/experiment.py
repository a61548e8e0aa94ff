"""`lgir experiment`: many systems side by side, as one report."""

import os
from pathlib import Path
from typing import Annotated

import typer

from lgir.cli.options import AsJson, Debug, Quiet
from lgir.cli.output import say, say_text
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir experiment experiments/sjr-table2.toml",
    "lgir experiment experiments/sjr-table2.toml --out results/sjr --workers 2",
    "lgir experiment experiments/sjr-table2.toml --data data/sjr --json",
)

StudyFile = Annotated[Path, typer.Argument(metavar="FILE", help="TOML file of an experiment, see experiments/.")]
StudyData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Dataset folder, in place of the one the file names; without the file's Figure 5.",
    ),
]


def experiment(
    file: StudyFile,
    data: StudyData = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where results go. Default: results/NAME OF FILE.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, metavar="N", help="Rows trained at once. Default: one per core.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run rows x seeds x protocols and compare them.

    Makes the dataset first where the file says from what. Completes and encodes once, trains several rows at once, and
    writes the report as Markdown, LaTeX, JSON and one HTML page with figures, beside per-user values (Parquet) and TREC
    runs. An interrupted experiment continues; rows whose settings changed are run anew.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir.evaluate.study.as_json import as_json as to_json
        from lgir.evaluate.study.terminal import terminal_lines
        from lgir.study.config import load_study
        from lgir.study.source import dataset_of
        from lgir.study.study import check_models, run_study

        study = load_study(file, own_data=data is None)
        check_models(study)  # before minutes of reading the dataset
        folder = dataset_of(study, file, data, progress)
        where = out or Path("results") / file.stem
        summary = run_study(study, folder, where, progress, workers=workers or usable_cores())
    if as_json:
        say_text(to_json(summary))
    else:
        say([*terminal_lines(summary), f"the report is in {where}: report.html, report.md, report.tex, report.json"])


def usable_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
