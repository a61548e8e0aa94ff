"""`lgir batch`: résumés completed overnight, at a lower price, by a server's Batch API."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgir.cli.options import AsJson, ConfigFile, Data, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

if TYPE_CHECKING:
    from lgir.batch import Batch, BatchSummary, Part

EXAMPLES = (
    "lgir batch write data/sjr --name monday --config with-llm.toml",
    "LGIR_LLM_KEY=… lgir batch submit data/sjr --name monday --config with-llm.toml",
    "LGIR_LLM_KEY=… lgir batch status data/sjr --name monday --config with-llm.toml",
    "LGIR_LLM_KEY=… lgir batch collect data/sjr --name monday --config with-llm.toml",
)


class Action(StrEnum):
    """What is done with a batch."""

    WRITE = "write"
    SUBMIT = "submit"
    STATUS = "status"
    COLLECT = "collect"
    CANCEL = "cancel"


def batch(
    action: Annotated[Action, typer.Argument(metavar="ACTION", help="write, submit, status, collect or cancel.")],
    data: Data,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Of the batch: DATA/derived/batches/NAME.")],
    config: ConfigFile = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="write: ask for at most N résumés.")] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="write: ask only for the rows that have failed before.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Complete résumés through a Batch API: cheaper, and within a day.

    'write' makes files of requests for all résumés that are missing, 'submit' sends them, 'status' asks how far they
    are, 'collect' keeps the answers that are ready; 'cancel' ends what is still running. Every one of them can be
    repeated: nothing is sent or paid for twice. All want the --config of 'write'.
    """
    from lgir.core.errors import BadInput

    if action is not Action.WRITE and (limit is not None or retry_failed):
        raise BadInput(f"--limit and --retry-failed say what 'write' writes; leave them out of {action.value!r}")
    with shown_progress(quiet=quiet) as progress:
        from lgir import batch as batches
        from lgir.cli.configuration import configuration

        told = configuration(config)
        if action is Action.WRITE:
            summary = batches.write_batch(data, told, name, progress, rows=limit, retry_failed=retry_failed)
        elif action is Action.COLLECT:
            summary = batches.collect_batch(data, told, name, progress)
        else:
            ask = {"submit": batches.submit_batch, "status": batches.batch_status, "cancel": batches.cancel_batch}
            found = ask[action](data, told, name, progress)
            say_json(batches.batch_values(found)) if as_json else say(_part_lines(found))
            return
    say_json(_values(summary)) if as_json else say(_LINES[action](summary, data))
    if action is Action.COLLECT:
        from lgir.cli.complete import stop_if_failed

        stop_if_failed(summary.completion)


def _values(summary: "BatchSummary") -> dict[str, Any]:
    from lgir.batch import batch_values
    from lgir.cli.complete import summary_values

    lines = {"unknown": summary.unknown, "unreadable": summary.unreadable}
    return {"batch": batch_values(summary.batch), "completion": summary_values(summary.completion), **lines}


def _written_lines(summary: "BatchSummary", data: Path) -> list[str]:
    written, rows = summary.batch, summary.completion
    requests = sum(part.requests for part in written.parts)
    lines = [
        f"{rows.rows:,} résumés: {rows.kept + rows.completed:,} completed, {rows.failed_before:,} failed before,"
        f" {rows.open:,} open; {requests:,} requests in {len(written.parts)} files:"
        f" {data / 'derived' / 'batches' / written.name}"
    ]
    if written.left_out:
        lines.append(f"{written.left_out:,} requests are left out: another batch that was not collected asks for them")
    return lines


def _collected_lines(summary: "BatchSummary", data: Path) -> list[str]:
    rows = summary.completion
    money = "" if rows.cost is None else f", cost {rows.cost:,.2f} by the prices of the configuration"
    lines = [
        f"{rows.completed:,} completed, {rows.failed:,} failed, {rows.kept + rows.failed_before:,} known before,"
        f" {rows.open:,} open; {rows.note}",
        f"{rows.tokens_in:,} tokens read by the model, {rows.tokens_out:,} written{money}",
    ]
    if summary.unknown:
        lines.append(f"{summary.unknown:,} answers belong to no request of this batch; they are not used")
    if summary.unreadable:
        lines.append(
            f"{summary.unreadable:,} lines of the answers cannot be read; if a download was cut, delete that file in"
            f" {data / 'derived' / 'batches' / summary.batch.name} and collect again"
        )
    if rows.open:
        lines.append(f"for the {rows.open:,} open ones: {_remedy(summary.batch)}")
    return lines


def _remedy(found: "Batch") -> str:
    if any(part.found is None or part.refused for part in found.parts):
        return "files are not sent, or were refused: 'lgir batch submit' sends them"
    if not found.collected:
        return "the batch is not over; collect again later"
    return "the batch is over; 'lgir batch write' with another --name, or 'lgir complete', asks for them"


_LINES = {Action.WRITE: _written_lines, Action.COLLECT: _collected_lines}


def _part_lines(found: "Batch") -> list[str]:
    return [f"{part.file}: {_part(part)}" for part in found.parts] or ["the batch holds no request"]


def _part(part: "Part") -> str:
    if part.found is None:
        return f"{part.requests:,} requests, not sent"
    problem = f" ({part.found.problem})" if part.found.problem else ""
    done, failed = part.found.count("completed"), part.found.count("failed")
    return f"{part.found.status}{problem}, {done:,} of {part.requests:,} answered, {failed:,} failed; {part.found.id}"
