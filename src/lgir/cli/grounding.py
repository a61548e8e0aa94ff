"""`lgir grounding`: which source supports what the completed résumés say, and what was invented."""

from typing import Annotated

import typer

from lgir.cli.options import AsJson, ConfigFile, Data, Debug, Quiet
from lgir.cli.output import say, say_json
from lgir.cli.progress import shown_progress

EXAMPLES = (
    "lgir grounding data/sjr",
    "lgir grounding data/sjr --config with-llm.toml --by-meaning --json",
)


def grounding(
    data: Data,
    config: ConfigFile = None,
    few_shot: Annotated[
        int, typer.Option(min=0, metavar="N", help="People with at most N training jobs are few-shot.")
    ] = 2,
    by_meaning: Annotated[
        bool, typer.Option("--by-meaning", help="Look by meaning too, with the configuration's encoder.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say which source supports what the completed résumés say.

    Every statement of every kept completion is checked anew: the person said it, a job they looked at says it, no
    source does (inferred), or the résumé says otherwise (contradicted). Nobody is asked for a completion.
    docs/grounding.md says how well the checker finds inventions.
    """
    with shown_progress(quiet=quiet) as progress:
        from lgir.cli.configuration import configuration
        from lgir.grounding import check_grounding

        report = check_grounding(data, configuration(config), progress, few_shot=few_shot, by_meaning=by_meaning)
    say_json(report.json_ready()) if as_json else say(report.lines())
