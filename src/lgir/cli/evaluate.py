"""`lgir evaluate`: a run's quality on the test part."""

from typing import Annotated, Literal

import typer

from lgir.cli.options import AsJson, Debug, MovedData, Quiet, RunFolder
from lgir.cli.output import say, say_text
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir evaluate runs/sjr",
    "lgir evaluate runs/sjr --protocol full",
    "lgir evaluate runs/sjr --protocol paper --json",
)


def evaluate(
    run: RunFolder,
    protocol: Annotated[
        Literal["paper", "full"],
        typer.Option("--protocol", help="Rank sampled candidates as in the paper, or the full catalogue."),
    ] = "paper",
    data: MovedData = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure a run on the test part.

    Prints each metric's mean over seeds and every seed's value. The report and per-user values are kept in the run
    folder. docs/metrics.md defines every metric.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir import experiment
        from lgir.pipeline.opened import open_run

        with open_run(run, progress, data=data) as opened:
            report = experiment.evaluate(opened, protocol, progress)
    if as_json:
        say_text(report.to_json())
    else:
        say(report.lines())
