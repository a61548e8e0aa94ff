"""`lgir case`: one person's completions beside a job they took up later (Figure 5)."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lgir.cli.experiment import StudyData, StudyFile
from lgir.cli.options import AsJson, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir case experiments/sjr-table2.toml --user 42",
    "lgir case experiments/sjr-table2.toml --user 42 --job 1234 --html case.html",
    "lgir case experiments/sjr-table2.toml --user 42 --json",
)


def case(
    file: StudyFile,
    user: Annotated[str, typer.Option("--user", metavar="ID", help="Whose case.")],
    job: Annotated[
        str | None, typer.Option("--job", metavar="ID", help="Target job. Default: the first of the user's test jobs.")
    ] = None,
    data: StudyData = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the marks too.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show one user's résumé, jobs and completions beside a target job.

    What stands in the target too is marked, each statement of a completion carries its origin, and the similarity to
    the target is given before and after completion.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir.core.files import written_whole
        from lgir.evaluate.study.page import case_page
        from lgir.evaluate.study.terminal import case_lines
        from lgir.study.case import make_case
        from lgir.study.config import load_study
        from lgir.study.source import dataset_of

        study = load_study(file)
        found = make_case(study, dataset_of(study, file, data, progress), user, progress, job_id=job)
    if html is not None:
        with written_whole(html) as stream:
            stream.write(case_page(found).encode("utf-8", "replace"))
    if as_json:
        say_json(asdict(found))
    else:
        say(case_lines(found))
