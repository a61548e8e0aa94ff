"""`lgir complete`: every résumé completed ahead of training."""

from collections import Counter

from lgir.cli.options import AsJson, ConfigFile, Data, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir complete data/sjr",
    "lgir complete data/sjr --config experiments/sjr.toml",
    'LGIR_LLM_KEY=… lgir complete data/sjr --config with-llm.toml   # [complete] backend = "openai"',
)


def complete(
    data: Data, config: ConfigFile = None, as_json: AsJson = False, quiet: Quiet = False, debug: Debug = False
) -> None:
    """Complete every résumé ahead of training.

    'lgir fit' with the same configuration does this by itself; with a paid language model it is better watched alone.
    Completions are kept with the dataset and never made twice; an interrupted run continues where it was.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir import experiment
        from lgir.cli.configuration import configuration
        from lgir.core.errors import BackendError

        summary = experiment.complete(data, configuration(config), progress)
    reasons = Counter(summary.failed)
    if as_json:
        found = {"done": summary.done, "failed": dict(reasons), "note": summary.note}
        say_json({**found, "tokens_in": summary.tokens_in, "tokens_out": summary.tokens_out})
    else:
        say([f"{summary.done:,} résumés completed; {summary.note}" if summary.done else "no résumé completed"])
        if summary.tokens_in or summary.tokens_out:
            say([f"{summary.tokens_in:,} tokens read by the model, {summary.tokens_out:,} written"])
    if reasons:
        listed = "; ".join(f"{count:,} × {reason}" for reason, count in reasons.most_common(5))
        raise BackendError(f"{len(summary.failed):,} résumés failed, the same command tries them again: {listed}")
