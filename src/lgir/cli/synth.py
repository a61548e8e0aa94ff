"""`lgir synth`: a made-up job board of any size → a dataset folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lgir.cli.options import AsJson, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

if TYPE_CHECKING:
    from lgir.data.synthetic import SyntheticConfig

EXAMPLES = (
    "lgir synth data/designs --like designs",
    "lgir synth data/small --users 300 --jobs 400 --seed 7",
    "lgir synth data/poor --config experiments/worlds/poor.toml",
)

Like = Literal["designs", "sales", "tech"]
"""The keys of `lgir.data.synthetic.LIKE`, spelled out so that --help need not load it."""


def synth(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Dataset folder to write.")],
    like: Annotated[
        Like | None, typer.Option("--like", help="Exactly the paper's number of users, jobs and interactions.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML file with parameters of the world.")
    ] = None,
    users: Annotated[int | None, typer.Option("--users", min=1, metavar="N", help="Number of job seekers.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, metavar="N", help="Number of vacancies.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Another number makes another world.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of another dataset.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make a synthetic world: job seekers, job ads and what they engaged with.

    Nobody in it is real, and nothing in it is tuned to favour a method. --like, --config, and --users with --jobs each
    say how large it is: give one of them, or none for the default world. docs/synthetic.md explains every parameter.
    """
    if sum((like is not None, config is not None, (users, jobs) != (None, None))) > 1:
        raise typer.BadParameter("give one of --like, --config, and --users with --jobs", param_hint="'--like'")
    with shown_progress(quiet=quiet) as progress:
        from lgir.data.folder import save_dataset
        from lgir.data.report import DataReport, describe
        from lgir.data.synthetic import synthetic_world

        world = _world(like, config, users, jobs)
        dataset = synthetic_world(world, seed, progress)
        report = DataReport(source="synthetic", stats=describe(dataset))
        told = [f"{name} = {value}" for name, value in world.model_dump(exclude_defaults=True).items()]
        report.note(", ".join([f"made with seed {seed}", *told]))
        saved = save_dataset(dataset, out, source="synthetic", report=report, replace=replace)
    if as_json:
        found = {"folder": str(out), "saved": saved.name.lower(), "fingerprint": dataset.fingerprint}
        say_json({**found, "seed": seed, "config": world.model_dump(mode="json"), "report": report.as_json()})
    else:
        say([*report.lines(), f"{out}: {saved}"])


def _world(like: Like | None, config: Path | None, users: int | None, jobs: int | None) -> "SyntheticConfig":
    from lgir.core.config import load_config, parse_config
    from lgir.data.synthetic import LIKE, SyntheticConfig

    if like is not None:
        return LIKE[like]
    if config is not None:
        return load_config(SyntheticConfig, config)
    given = {"n_users": users, "n_jobs": jobs}
    return parse_config(
        SyntheticConfig, {name: n for name, n in given.items() if n is not None}, source="--users, --jobs"
    )
