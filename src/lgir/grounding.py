"""What a dataset's completed résumés rest on: every statement checked anew against its sources."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

from lgir.complete.cached import CachedCompleter
from lgir.complete.factory import build_cached_completer
from lgir.complete.grounding.ground import ground
from lgir.complete.grounding.report import GroundingReport, Group, grounding_report
from lgir.complete.grounding.semantic import SemanticChecker
from lgir.complete.llm.show import sources_of
from lgir.core.errors import BadInput
from lgir.core.records import Completion
from lgir.core.run import Progress
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.tools import open_tools
from lgir.store.completions import CompletionStore

_BATCH = 256
"""People checked at a time: bounds memory, and lets the encoder work in batches."""


def check_grounding(
    data: Path, config: ExperimentConfig, progress: Progress, *, few_shot: int = 2, by_meaning: bool = False
) -> GroundingReport:
    """Checks every completed résumé of a dataset that is kept; nobody is asked for a completion.

    Args:
        data: the dataset's folder.
        config: the configuration that the completions were made with.
        progress: where this reports itself.
        few_shot: people with at most so many training jobs are the group "few-shot", all others "many-shot".
        by_meaning: looks also by meaning, with the configuration's encoder, for what the rules do not find.

    Raises:
        BadInput: no completion of this configuration is kept.
    """
    material = open_material(data, config)
    with ExitStack() as stack:
        store = stack.enter_context(CompletionStore(data / "derived" / "completions.sqlite"))
        checker = None
        if by_meaning:
            tools = stack.enter_context(open_tools(data, config, material.view, progress))
            checker = SemanticChecker(tools.encoder, threshold=config.complete.support)
        completer = build_cached_completer(config.complete, store, asking="nothing")
        report = grounding_report(_checked(material, completer, checker, few_shot, progress))
    if not report.groups["all"].resumes:
        raise BadInput(f"no completion of this configuration is kept for {data}; run lgir complete first")
    return report


def _checked(
    material: Material,
    completer: CachedCompleter,
    checker: SemanticChecker | None,
    few_shot: int,
    progress: Progress,
) -> Iterator[tuple[Completion, Group]]:
    """Every kept completion of a whole résumé with the statements that the checker finds in it, and its group."""
    people = [int(index) for index in material.people()]
    progress.start("checking statements", len(people))
    indices, missing = iter(people), 0
    while batch := list(islice(indices, _BATCH)):
        queries = [material.query(index) for index in batch]
        results = list(completer.complete(queries))
        kept = [
            (sources_of(query, result), result)
            for query, result in zip(queries, results, strict=True)
            if isinstance(result, Completion)
        ]
        missing += len(batch) - len(kept)
        found = [ground(result.text, source) for source, result in kept]
        if checker is not None:
            found = checker.refine(found, [source for source, _ in kept])
        for (source, result), statements in zip(kept, found, strict=True):
            row = material.view.users.row(source.user_id or "")
            n_jobs = len(material.view.job_rows(row)) if row >= 0 else 0
            yield replace(result, statements=statements), "few-shot" if n_jobs <= few_shot else "many-shot"
        progress.advance(len(batch))
    progress.finish(
        f"{missing:,} of {len(people):,} people have no completion of this configuration" if missing else ""
    )
