"""`lgir import`: files of some source → a dataset folder."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lgir.cli.options import AsJson, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir import sjr raw_csv.zip data/sjr",
    "lgir import csv tables/ data/mine             # users.csv, jobs.csv, interactions.csv",
    "lgir import recbole atomic/ data/mine         # *.inter, *.udoc, *.idoc",
    "lgir import csv tables/ data/mine --replace   # the tables have changed",
)

SourceName = Literal["sjr", "careerbuilder", "jth", "zhilian", "djinni", "recbole", "csv", "jsonl", "parquet"]
"""The keys of `lgir.data.sources.SOURCES`, spelled out so that --help need not load it."""


def import_data(
    name: Annotated[SourceName, typer.Argument(metavar="NAME", help="What PATH holds.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder or zip archive to read.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Dataset folder to write.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of another dataset.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Read a source into a dataset folder.

    Every bad row is reported, none is repaired by guessing. OUT appears whole or not at all; importing the same again
    changes nothing. docs/data-format.md describes the columns.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir.data.folder import save_dataset
        from lgir.data.report import DataReport
        from lgir.data.sources import read_source

        report = DataReport()
        dataset = read_source(name, path, report, progress)
        saved = save_dataset(dataset, out, source=name, report=report, replace=replace)
    if as_json:
        found = {"folder": str(out), "saved": saved.name.lower(), "fingerprint": dataset.fingerprint}
        say_json({**found, "report": report.as_json()})
    else:
        say([*report.lines(), f"{out}: {saved}"])
