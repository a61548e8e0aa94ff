"""`lgir demo`: the whole line on a made-up job board, and one person before and after."""

import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lgir.cli.options import Debug, Quiet
from lgir.cli.output import complain, paragraph, say, say_heading
from lgir.cli.progress import shown_progress
from lgir.core.plain_text import one_line

if TYPE_CHECKING:
    from lgir.core.records import Completion, Query, Statement
    from lgir.evaluate.report import Report
    from lgir.pipeline.material import Material
    from lgir.recommend import Recommendation

EXAMPLES = (
    "lgir demo",
    "lgir demo --out /tmp/demo --seed 7",
)

WORLD = {"n_users": 200, "n_jobs": 280}
"""Small enough for two minutes on two cores; every other parameter has its default, see docs/synthetic.md."""

BUILD = {"seeds": [0], "complete": {"folds": 2}, "model": {"max_epochs": 200}}
"""One seed, few folds and a bound on epochs, for the same reason."""

FEWEST_LOOKS, MOST_LOOKS = 3, 5
"""The person shown looked at so many jobs: few, as most people do, but some."""

JOBS_SHOWN = 5
OWN_SHOWN, OTHERS_SHOWN = 8, 10
"""Statements shown: the person's own, and those from elsewhere."""


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where everything goes.")] = Path("demo"),
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Another number makes another world.")] = 0,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Walk through everything on a made-up job board.

    Takes a minute or two and needs no network, no GPU and no language model. Makes a synthetic world, completes
    résumés, trains, evaluates, and shows one person before and after. What is already there is used again.
    """
    say_heading("1. A made-up job board")  # before the libraries are loaded, which takes seconds
    from lgir import completion, experiment
    from lgir.core.config import parse_config
    from lgir.core.fingerprint import fingerprint
    from lgir.data.folder import save_dataset
    from lgir.data.synthetic import SyntheticConfig, synthetic_world
    from lgir.pipeline.config import ExperimentConfig
    from lgir.pipeline.opened import open_run
    from lgir.recommend import known_person, recommend

    config = parse_config(ExperimentConfig, BUILD, source="lgir demo")
    # a later lgir may have other defaults: its run is another one
    version = fingerprint(config.model_dump(mode="json"))[:8]
    data, run = out / f"world-{seed}", out / f"run-{seed}-{version}"
    world = synthetic_world(parse_config(SyntheticConfig, WORLD, source="lgir demo"), seed)
    save_dataset(world, data, source="synthetic", replace=True)
    counts = f"{world.users.height} job seekers, {world.jobs.height} jobs, {world.interactions.height:,} views"
    say([f"{counts}: {data}", "No real people; most leave out most of their skills. See docs/synthetic.md."])

    say_heading("2. Completing résumés")
    with shown_progress(quiet=quiet) as progress:
        completed = completion.complete_dataset(data, config, progress)
    say([f"{completed.rows} résumés completed; {completed.note}."])

    say_heading("3. Training")
    with shown_progress(quiet=quiet) as progress:
        fitted = experiment.fit(data, config, run, progress)
    epoch, value = fitted.seeds[0]
    for note in fitted.notes:
        complain(f"note: {note}")
    say([f"LGIR trained, best after {epoch} epochs with NDCG@5 {value:.3f} on the validation part: {run}"])

    with shown_progress(quiet=quiet) as progress, open_run(run, progress) as opened:
        report = experiment.evaluate(opened, "paper", progress)
        somebody = known_person(opened, _somebody(opened.material))
        found = recommend(opened, somebody, k=JOBS_SHOWN, progress=progress)
        random = _random_order(opened.material)

    say_heading("4. How well does it rank jobs that people looked at, and that were hidden from it?")
    say(_table(report, random))
    _show_person(somebody, found)
    say_heading("Next")
    say(_next_steps(run))


def _somebody(material: "Material") -> str:
    """The first person with a résumé and a few jobs; chosen without looking at any result."""
    view = material.view
    looks = [len(view.job_rows(row)) for row in range(len(view.users))]
    rows = (row for row, n in enumerate(looks) if view.resumes[row] and FEWEST_LOOKS <= n <= MOST_LOOKS)
    return view.users.ids[next(rows, 0)]


def _random_order(material: "Material") -> Mapping[str, float]:
    """What ranking in random order gets on average: the exact value, as metrics take the mean over ties."""
    import numpy as np

    from lgir.evaluate.metrics import measure, rank_relevant
    from lgir.evaluate.protocol import PAPER_METRICS

    test = material.test
    ranks = rank_relevant(np.zeros(len(test.jobs), dtype=np.float32), test.relevant, test.offsets)
    return {name: float(values.mean()) for name, values in measure(ranks, PAPER_METRICS).items()}


def _table(report: "Report", random: Mapping[str, float]) -> Iterator[str]:
    yield f"{'':<16}" + "".join(f"{name:>9}" for name in report.metrics)
    yield f"{report.model:<16}" + "".join(f"{score.mean:>9.3f}" for score in report.metrics.values())
    yield f"{'random order':<16}" + "".join(f"{random[name]:>9.3f}" for name in report.metrics)
    yield f"{report.n_users} people, 20 other jobs for each hidden one; 1 is the best value. See docs/metrics.md."


def _next_steps(run: Path) -> Iterator[str]:
    program, folder = "lgir" if shutil.which("lgir") else sys.argv[0], shlex.quote(str(run))
    yield "Rank the whole catalogue instead of 21 jobs per hidden one:"
    yield f"    {program} evaluate {folder} --protocol full"
    yield "Recommend to somebody new, from a résumé in a text file:"
    yield f"    {program} recommend {folder} --resume FILE"
    yield "Bring your own tables, see docs/data-format.md:"
    yield f"    {program} import csv FOLDER data/mine"


def _show_person(person: "Query", found: "Recommendation") -> None:
    from lgir.cli.results import job_lines

    say_heading(f"5. One person: {person.user_id}")
    say(["The résumé:", *paragraph(person.resume, indent="    ")])
    say(["", "Jobs this person looked at:", *(f"    {_headline(job.text)}" for job in person.jobs)])
    if found.completion is not None:
        say(["", f"The completed résumé, each statement with its source ({found.note}):"])
        say(_statement_lines(found.completion))
    say(["", "Jobs for this person, each with the words that carried it:"])
    for job in found.jobs:
        say(job_lines(job))


def _headline(text: str) -> str:
    """Title, company and place: the first lines of an ad of this world."""
    return ", ".join(one_line(line) for line in text.split("\n")[:3])


def _statement_lines(completion: "Completion") -> Iterator[str]:
    from lgir.core.records import Origin
    from lgir.explain.sentence import SOURCES

    def source(one: "Statement") -> str:
        return SOURCES[one.origin] if len(one.job_ids) < 2 else f"{len(one.job_ids)} jobs you looked at"

    own = [one for one in completion.statements if one.origin is Origin.SAID]
    others = [one for one in completion.statements if one.origin is not Origin.SAID]
    for found, most in ((own, OWN_SHOWN), (others, OTHERS_SHOWN)):
        yield from (f"    {one_line(one.text)}  [{source(one)}]" for one in found[:most])
        if len(found) > most:
            yield f"    … and {len(found) - most} more"
