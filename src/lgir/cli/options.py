"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Argument(metavar="DATA", help="Dataset folder, made by 'lgir import'.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, made by 'lgir fit'.")]
MovedData = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="The run's dataset, where it has been moved or renamed."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="TOML file, see experiments/. Without it every value has its default."
    ),
]
Length = Annotated[int, typer.Option("-k", min=1, max=1000, metavar="N", help="Length of the list.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout, for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error; it may quote data.")]
"""Declared for --help; `main` looks for it, as it handles the errors of every command."""
