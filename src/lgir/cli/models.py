"""`lgir models`: every system that can stand in a table."""

from typing import Annotated, Literal

import typer

from lgir.cli.options import AsJson, Debug
from lgir.cli.output import say, say_json

EXAMPLES = (
    "lgir models",
    "lgir models --needs text",
    "lgir models --json",
)

Needs = Literal["ids", "text", "history", "fields", "words", "dates"]
"""What `lgir.core.seams.Feature` names, spelled out so that --help need not load it."""


def models(
    needs: Annotated[Needs | None, typer.Option("--needs", help="Only rows that use this of a dataset.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List every row: baselines, plain methods, ablations.

    For each its name in the paper, what it learns from, what it needs of a dataset, whether it serves people and jobs
    that training has not seen, and its source.
    """
    from lgir.models import MODELS
    from lgir.study.rows import ROWS

    found = []
    for row in ROWS.values():
        model = MODELS[row.model["kind"]]
        if needs is None or needs in model.needs:
            found.append(
                {
                    "name": row.name,
                    "group": row.group,
                    "kind": row.kind,
                    "model": row.model["kind"],
                    "needs": sorted(model.needs),
                    "unseen_users": model.serves_unseen_users,
                    "unseen_jobs": model.serves_unseen_jobs,
                    "completion": row.mode,
                    "source": row.source,
                    "note": row.note,
                }
            )
    if as_json:
        say_json({"models": found})
        return
    heading = f"{'name':<18} {'group':<10} {'learns from':<15} {'unseen':<11} {'needs':<28} source"
    say([heading, *(_line(row) for row in found)])


def _line(row: dict[str, object]) -> str:
    names = ("users", "jobs")
    unseen = " ".join(name for name in names if row[f"unseen_{name}"]) or "none"
    needs = row["needs"]
    listed = " ".join(map(str, needs)) if isinstance(needs, list) else ""
    return (
        f"{row['name']:<18} {row['group']:<10} {row['kind']:<15} {unseen:<11} {listed or 'nothing':<28} {row['source']}"
    )
