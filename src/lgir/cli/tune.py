"""`lgir tune`: the same search of settings for every row of an experiment."""

from pathlib import Path
from typing import Annotated

import typer

from lgir.cli.experiment import StudyData, StudyFile, usable_cores
from lgir.cli.options import AsJson, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir tune experiments/sjr-table2.toml --trials 10",
    "lgir tune experiments/sjr-table2.toml --trials 10 --settings experiments/settings/sjr.toml",
)


def tune(
    file: StudyFile,
    trials: Annotated[int, typer.Option("--trials", min=1, metavar="N", help="Trials per row and protocol.")] = 10,
    spaces: Annotated[
        Path | None, typer.Option("--spaces", metavar="FILE", help="Search spaces. Default: spaces.toml beside FILE.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Where the best settings go, as TOML.")
    ] = None,
    data: StudyData = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Where trials are kept. Default: tuning/NAME OF FILE."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, metavar="N", help="Rows searched at once. Default: one per core.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Search every row's settings with the same budget.

    One Optuna study per row and protocol, judged on the validation part. The first trial is the row as it is without
    tuning. An interrupted search continues; with more --trials it goes on from what it has.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir.study.config import load_study
        from lgir.study.source import dataset_of
        from lgir.study.study import check_models
        from lgir.study.tune import load_spaces, save_settings
        from lgir.study.tune import tune as search

        study = load_study(file, tuned=False, own_data=data is None)
        check_models(study)  # before minutes of reading the dataset
        found_spaces = load_spaces(spaces or file.parent / "spaces.toml")
        folder, where = dataset_of(study, file, data, progress), out or Path("tuning") / file.stem
        best = search(study, found_spaces, folder, where, progress, trials=trials, workers=workers or usable_cores())
    target = settings or where / "settings.toml"
    save_settings(
        target,
        best,
        [f"Made by: lgir tune {file.name} --trials {trials}", f"Best on the validation part, seed {study.seeds[0]}."],
    )
    if as_json:
        say_json({"settings": best, "file": str(target)})
    else:
        say([f"the best settings of {trials} trials per row are in {target}"])
