"""What the statements of many completed résumés rest on: shares by origin, for everybody and by group."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from lgir.core.records import Completion, Origin, Statement

Group = Literal["few-shot", "many-shot"]
Outcome = Literal["said", "from job", "inferred", "contradicted"]
OUTCOMES: tuple[Outcome, ...] = ("said", "from job", "inferred", "contradicted")
ALL = "all"


def outcome(one: Statement) -> Outcome:
    """A statement's origin, where inferred excludes what a source contradicts."""
    if one.contradicted:
        return "contradicted"
    return {Origin.SAID: OUTCOMES[0], Origin.FROM_JOB: OUTCOMES[1], Origin.INFERRED: OUTCOMES[2]}[one.origin]


@dataclass(frozen=True, slots=True)
class GroundingShares:
    """What the statements of one group rest on.

    Attributes:
        resumes: completed résumés.
        statements: their statements.
        statements_per_resume: None without résumés.
        said: share that the person said; the four shares add up to 1, and are None without statements.
        from_job: share that only jobs say.
        inferred: share that no source says, without those that one contradicts.
        contradicted: share that the résumé contradicts.
    """

    resumes: int
    statements: int
    statements_per_resume: float | None
    said: float | None
    from_job: float | None
    inferred: float | None
    contradicted: float | None


@dataclass(frozen=True, slots=True)
class GroundingReport:
    """The shares of each group, "all" first."""

    groups: Mapping[str, GroundingShares]

    def json_ready(self) -> dict[str, dict[str, int | float | None]]:
        """The report as plain values."""
        return {name: asdict(shares) for name, shares in self.groups.items()}

    def lines(self) -> list[str]:
        """The report for people, one line per group."""
        return [_line(name, shares) for name, shares in self.groups.items()]


def grounding_report(results: Iterable[tuple[Completion, Group]]) -> GroundingReport:
    """Counts the statements of completions, each with its person's group; a stream of any length is read once."""
    resumes: Counter[str] = Counter()
    counts: dict[str, Counter[Outcome]] = {name: Counter() for name in (ALL, "few-shot", "many-shot")}
    for completion, group in results:
        found = Counter(map(outcome, completion.statements))
        for name in (ALL, group):
            resumes[name] += 1
            counts[name].update(found)
    return GroundingReport({name: _shares(resumes[name], found) for name, found in counts.items()})


def _shares(resumes: int, counts: Counter[Outcome]) -> GroundingShares:
    total = counts.total()
    said, from_job, inferred, contradicted = (counts[name] / total if total else None for name in OUTCOMES)
    return GroundingShares(resumes, total, total / resumes if resumes else None, said, from_job, inferred, contradicted)


def _line(name: str, shares: GroundingShares) -> str:
    if shares.statements_per_resume is None:
        return f"{name}: no résumé"
    head = f"{name}: {shares.resumes:,} résumés, {shares.statements_per_resume:.1f} statements each"
    named = zip(OUTCOMES, (shares.said, shares.from_job, shares.inferred, shares.contradicted), strict=True)
    parts = [f"{outcome} {100 * share:.1f} %" for outcome, share in named if share is not None]
    return f"{head}; {', '.join(parts)}" if parts else f"{head}; nothing to trace"
