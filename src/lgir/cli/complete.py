"""`lgir complete`: every résumé completed ahead of training."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgir.cli.options import AsJson, ConfigFile, Data, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import duration, shown_progress

if TYPE_CHECKING:
    from lgir.completion import CompletionPlan, CompletionSummary
    from lgir.pipeline.config import ExperimentConfig

EXAMPLES = (
    "lgir complete data/sjr",
    "lgir complete data/sjr --mode irc --backend openai --dry-run",
    "LGIR_LLM_KEY=… lgir complete data/sjr --config with-llm.toml --max-cost 5",
    "lgir complete data/sjr --config with-llm.toml --retry-failed",
)

BackendName = Annotated[
    str | None, typer.Option("--backend", metavar="NAME", help="extractive, openai, transformers or vllm.")
]
ModeName = Annotated[str | None, typer.Option("--mode", metavar="MODE", help="none, src (eq. 1) or irc (eq. 2).")]


def complete(
    data: Data,
    config: ConfigFile = None,
    mode: ModeName = None,
    backend: BackendName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask nobody; print rows, tokens, expected time and price.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask only for the rows that have failed before.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Ask for at most N résumés.")] = None,
    max_tokens_total: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop before N tokens are read and written.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0.0, metavar="X", help="Stop before so much money is spent; needs prices.")
    ] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0.0, metavar="X", help="Stop after so many minutes.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Complete every résumé ahead of training.

    'lgir fit' with the same configuration does this by itself; with a paid language model it is better watched alone.
    Completions are kept with the dataset and never made twice; an interrupted run continues where it was. Rows that
    fail are listed, with reasons, in DATA/derived/dead-letters.jsonl, and asked for again only with --retry-failed.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir import completion
        from lgir.complete.budget import Limits

        told, interrupted = _configuration(config, mode, backend), False
        if dry_run:
            plan = completion.plan_completion(data, told, progress)
        else:
            deadline = None if max_minutes is None else time.monotonic() + 60 * max_minutes
            limits = Limits(limit, max_tokens_total, max_cost, deadline)
            try:
                summary = completion.complete_dataset(
                    data, told, progress, limits, retry_failed=retry_failed, helper=True
                )
            except completion.Interrupted as interruption:
                summary, interrupted = interruption.summary, True
    if dry_run:
        say_json(asdict(plan)) if as_json else say(_plan_lines(plan))
        return
    say_json(summary_values(summary)) if as_json else say(_lines(summary))
    if interrupted:
        raise KeyboardInterrupt
    stop_if_failed(summary)


def _configuration(config: Path | None, mode: str | None, backend: str | None) -> "ExperimentConfig":
    from lgir.cli.configuration import configuration

    given = {name: value for name, value in (("mode", mode), ("backend", backend)) if value is not None}
    return configuration(config, given)


def stop_if_failed(summary: "CompletionSummary") -> None:
    """Ends the command with the reasons, if rows have failed in this run; those of earlier ones are only counted.

    Raises:
        BackendError: they have.
    """
    from lgir.core.errors import BackendError

    if summary.failed:
        listed = "; ".join(f"{count:,} × {reason}" for reason, count in summary.reasons.most_common(5))
        raise BackendError(
            f"{summary.failed:,} résumés failed and are listed in {summary.dead_letters};"
            f" --retry-failed asks for them again: {listed}"
        )


def summary_values(summary: "CompletionSummary") -> dict[str, Any]:
    """What a run did, for JSON."""
    file = summary.dead_letters
    values = {**asdict(summary), "reasons": dict(summary.reasons), "dead_letters": None if file is None else str(file)}
    return {**values, "tokens_per_s": round(summary.tokens_per_s, 1)}


def _lines(summary: "CompletionSummary") -> list[str]:
    counts = {
        "completed": summary.completed,
        "completed before or equal to another": summary.kept,
        "failed": summary.failed,
        "failed before or equal to another": summary.failed_before,
        "not asked for": summary.open,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "none"
    lines = [f"{summary.rows:,} résumés: {told}; {summary.note}"]
    if summary.dead_letters is not None and (summary.failed_before or summary.stopped):
        lines.append(f"failed rows, with reasons: {summary.dead_letters}; --retry-failed asks for them again")
    if summary.personal_left_out:
        lines.append(
            f"{summary.personal_left_out:,} statements left out: personal data that no source of the person has"
        )
    if summary.stopped:
        lines.append(f"stopped: {summary.stopped}; the same command goes on")
    if summary.tokens_in or summary.tokens_out:
        money = "" if summary.cost is None else f", cost {summary.cost:,.2f}"
        lines.append(
            f"{summary.tokens_in:,} tokens read by the model, {summary.tokens_out:,} written in"
            f" {duration(summary.seconds)} ({summary.tokens_per_s:,.0f} tokens/s){money}"
        )
    return lines


def _plan_lines(plan: "CompletionPlan") -> list[str]:
    lines = [
        f"{plan.rows:,} résumés: {plan.kept:,} completed, {plan.failed_before:,} failed before,"
        f" {plan.to_ask:,} to ask for; {plan.note}"
    ]
    if plan.tokens_in:
        rest = f"from {plan.answers:,} earlier answers of this model in this mode"
        written = (
            rest if plan.answers else "llm.max_tokens each, the most: no answer of this model in this mode is known"
        )
        took = "unknown, no answer of this model in this mode was timed yet"
        lines += [
            f"tokens to read: about {plan.tokens_in:,} (estimated from {plan.sampled:,} prompts)",
            f"tokens to write: {plan.tokens_out:,} ({written})",
            f"time: {took if plan.seconds is None else f'about {duration(plan.seconds)} ({rest})'}",
            f"price: {'unknown; set llm.price_in and llm.price_out' if plan.cost is None else f'{plan.cost:,.2f}'}",
        ]
    return lines
