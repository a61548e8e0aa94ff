"""`lgir recommend`: ranked jobs with reasons for one person."""

from datetime import datetime
from typing import Annotated

import typer

from lgir.cli.options import AsJson, Debug, Length, MovedData, Quiet, RunFolder
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress
from lgir.core.plain_text import one_line

EXAMPLES = (
    "lgir recommend runs/sjr --user 10051",
    "lgir recommend runs/sjr --resume my-resume.txt -k 5",
    "pdftotext my-resume.pdf - | lgir recommend runs/sjr --resume - --json",
    "lgir recommend runs/sjr --user 10051 --open-at 2016-12-01",
)


def recommend(
    run: RunFolder,
    user: Annotated[str | None, typer.Option("--user", metavar="ID", help="Somebody of the dataset.")] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="FILE", help="Somebody new: a résumé as plain text in UTF-8; - reads stdin."),
    ] = None,
    k: Length = 10,
    open_at: Annotated[
        datetime | None,
        typer.Option("--open-at", metavar="DATE", help="Only jobs that are open at this moment (UTC)."),
    ] = None,
    data: MovedData = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Recommend jobs to one person, with reasons.

    Give either --user or --resume. Jobs the person has engaged with are left out. A reason names words, and whether
    they come from the résumé, from a job looked at, or from a language model's completion.
    """
    if (user is None) == (resume is None):
        raise typer.BadParameter("give either --user ID or --resume FILE")
    with shown_progress(quiet=quiet) as progress:
        from lgir import recommend as line
        from lgir.cli.results import job_lines, recommendation_values
        from lgir.cli.resume_file import read_resume
        from lgir.core.records import Query
        from lgir.pipeline.opened import open_run

        text = None if resume is None else read_resume(resume)
        with open_run(run, progress, data=data) as opened:
            query = Query(text) if text is not None else line.known_person(opened, str(user))
            found = line.recommend(opened, query, k=k, open_at=open_at, progress=progress)
    if as_json:
        say_json(recommendation_values(found))
        return
    whom = "the given résumé" if found.user_id is None else f"user {one_line(found.user_id)}"
    say([f"jobs for {whom} ({found.note})"])
    for job in found.jobs:
        say(["", *job_lines(job)])
    if not found.jobs:
        say(["no job is left to recommend"])
