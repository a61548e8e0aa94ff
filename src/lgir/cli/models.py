"""`lgir models`: every system that can stand in a table."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

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
    say(_aligned([("name", "group", "learns from", "unseen", "needs", "source"), *map(_cells, found)]))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    unseen = " ".join(name for name in ("users", "jobs") if row[f"unseen_{name}"]) or "none"
    return row["name"], row["group"], row["kind"], unseen, " ".join(row["needs"]), row["source"]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line per row, columns below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
