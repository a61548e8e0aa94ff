"""`lgir forget`: everything of one person removed, and the proof."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgir.cli.options import AsJson, Data, Debug, Quiet
from lgir.cli.output import complain, say, say_json
from lgir.cli.progress import shown_progress
from lgir.core.errors import BadInput, LgirError
from lgir.core.plain_text import one_line

if TYPE_CHECKING:
    from lgir.forget.person import Outcome, Plan

EXAMPLES = (
    "lgir forget data/sjr 10051 --dry-run",
    "lgir forget data/sjr 10051 --run runs/sjr --run results/sjr --yes",
    "lgir forget data/sjr --resume their-resume.txt",
)

OTHER_RUNS = (
    "runs and results made from this dataset that were not given still know the person, and refuse to open: give each "
    "with --run, or delete it, and train again"
)


def forget(
    data: Data,
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Id of somebody of the dataset.")] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="FILE",
            help="Instead of USER: a résumé that was given to 'lgir recommend --resume'; - reads stdin.",
        ),
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Folder of a run or of results; removed whole if it knows the person. Can be given again.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Touch nothing; print what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before runs are removed.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Forget one person: remove all that is kept of them, and prove it.

    Removes their résumé and interactions, completions, vectors, splits and fitted encoders, lines of logs, and every
    given run that knows them. Then reads everything again; exit code 1 if anything of them is left. Runs have to be
    trained again.
    """
    if (user is None) == (resume is None):
        raise typer.BadParameter("give either USER or --resume FILE")
    with shown_progress(quiet=quiet) as progress:
        from lgir.cli.resume_file import read_resume
        from lgir.forget import person

        found = person.forget(
            data,
            progress,
            user_id=user,
            resume=None if resume is None else read_resume(resume),
            runs=run or (),
            dry_run=dry_run,
            confirm=_asked(yes=yes),
        )
    if found.proof is None and not dry_run:
        complain("nothing was removed")
        raise typer.Exit(1)
    say_json(_values(found)) if as_json else say(_lines(found, data))
    if found.proof is not None and found.proof.found:
        raise LgirError(
            f"something of {_whom(found)} is left in {len(found.proof.found):,} places, listed above; delete those "
            "files, then run the same command again, which reads everything once more"
        )


def _asked(*, yes: bool) -> "Callable[[Plan], bool]":
    def confirm(plan: "Plan") -> bool:
        names = ", ".join(one_line(run) for run in plan.runs)
        if yes:
            return True
        if not sys.stdin.isatty():
            raise BadInput(f"{names} would be removed and nobody can be asked; say so with --yes, or leave --run out")
        return typer.confirm(f"Remove {names}?", err=True)

    return confirm


def _whom(found: "Outcome") -> str:
    return "the given résumé" if found.user_id is None else f"user {one_line(found.user_id)}"


def _values(found: "Outcome") -> dict[str, Any]:
    proof = None
    if found.proof is not None:
        proof = {**asdict(found.proof), "found": [one._asdict() for one in found.proof.found]}
    return {
        "user_id": found.user_id,
        "removed": found.proof is not None,
        "plan": asdict(found.plan),
        "fingerprint": found.fingerprint,
        "proof": proof,
    }


def _lines(found: "Outcome", data: Path) -> Iterator[str]:
    done = found.proof is not None
    yield f"{_whom(found)}: {'removed' if done else 'would be removed'}"
    if found.plan.interrupted:
        yield "  an interrupted forgetting is taken to its end"
    yield from (f"  {line}" for line in _plan_lines(found.plan))
    for path, reason in found.plan.left_alone.items():
        yield f"  left alone: {path}; {reason}"
    if found.proof is None:
        return
    proof = found.proof
    yield (
        f"proof: {proof.files:,} files read again, in them {proof.tables:,} tables with {proof.rows:,} rows; looked "
        f"for {'the id and ' if found.user_id is not None else ''}{proof.phrases:,} phrases that are theirs alone"
    )
    yield from (f"  LEFT: {one.place}: {one.what} ({one.times:,})" for one in proof.found)
    if not proof.found:
        yield "  nothing found"
    if found.user_id is not None:
        yield f"{data} now has the fingerprint {found.fingerprint}"
        yield OTHER_RUNS


def _plan_lines(plan: "Plan") -> Iterator[str]:
    counts = {
        "rows of users": plan.rows["users"],
        "rows of interactions": plan.rows["interactions"],
        "completions": plan.completions,
        "failed completions": plan.failures,
        "completions of others that hold their words": plan.other_completions,
        "vectors, all of them, as nobody can tell whose a vector is": plan.vectors,
        "splits with their candidates": plan.splits,
        "fitted encoders": plan.encoders,
        "batches that are over": plan.batches,
    }
    yield from (f"{what}: {count:,}" for what, count in counts.items() if count)
    yield from (f"lines of {file}: {count:,}" for file, count in plan.lines.items())
    yield from (f"{run}, whole" for run in plan.runs)
