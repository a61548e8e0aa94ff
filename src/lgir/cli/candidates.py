"""`lgir candidates`: ranked people for one job."""

from typing import Annotated

import typer

from lgir.cli.options import AsJson, Debug, Length, MovedData, Quiet, RunFolder
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress
from lgir.core.plain_text import one_line

EXAMPLES = (
    "lgir candidates runs/sjr --job 146399",
    "lgir candidates runs/sjr --job 148142 -k 20 --json",
)


def candidates(
    run: RunFolder,
    job: Annotated[str, typer.Option("--job", metavar="ID", help="A job of the dataset.")],
    k: Length = 10,
    data: MovedData = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """List the people who fit one job, best first.

    People who have engaged with the job are left out. Reasons quote their own résumés alone: nothing that was inferred
    or read off other jobs.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir import recommend
        from lgir.cli.results import person_lines, person_values
        from lgir.pipeline.opened import open_run

        with open_run(run, progress, data=data) as opened:
            found = recommend.candidates(opened, job, k=k, progress=progress)
    if as_json:
        say_json({"job_id": job, "users": [person_values(person) for person in found]})
        return
    say([f"people for job {one_line(job)}"])
    for person in found:
        say(["", *person_lines(person)])
    if not found:
        say(["nobody is left to list"])
