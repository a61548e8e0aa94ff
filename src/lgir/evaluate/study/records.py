"""What goes into a report: the rows of an experiment, its protocols, its data and one case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Group = Literal["baseline", "reference", "ablation", "ours"]
"""baseline: a system of the paper's Table 2. reference: a plain method the paper has not. ablation: a part of ours."""

GROUPS: tuple[Group, ...] = ("baseline", "reference", "ablation", "ours")
"""In the order of the tables."""

Kind = Literal["text only", "behaviour only", "both", "none"]
"""What a row learns from or compares."""

PAPER = "paper"
"""Name of the paper's protocol."""


def sampled_label(negatives: int) -> str:
    """What the paper's protocol is always called: its values do not compare with those of a full catalogue.

    Example:
        >>> sampled_label(20)
        'sampled: 20 negatives per positive'
    """
    return f"sampled: {negatives} negatives per positive"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a row took, all its seeds together.

    Attributes:
        fit_seconds: training, without completing and encoding; None where unknown.
        evaluation_seconds: scoring and ranking under every protocol.
        peak_memory_mib: largest resident memory of the process that ran it.
        tokens_in, tokens_out: of the language model whose completions it reads; 0 without one.
        n_weights: numbers learned, of one seed.
    """

    fit_seconds: float | None = None
    evaluation_seconds: float | None = None
    peak_memory_mib: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    n_weights: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RowResult:
    """One system, run under one or more seeds.

    Attributes:
        name: as in the paper, such as "LightGCN-text".
        group: where it stands.
        kind: what it learns from.
        seeds: one per run; a row without randomness has one.
        per_user: protocol → per-user table (`evaluate.report.per_user_table`), over the protocol's users.
        cold_jobs: protocol → per-user table where only jobs unseen in training count as relevant; fewer users.
        curves: seed → one record per epoch with "epoch" and "validation"; empty for what does not train.
        cost: time, memory, tokens.
        notes: what a reader must know, one sentence each.
        refused: why it lacks some or all protocols; "" where it lacks none.
    """

    name: str
    group: Group
    kind: Kind
    seeds: tuple[int, ...] = ()
    per_user: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    cold_jobs: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    curves: Mapping[int, Sequence[Mapping[str, float | int]]] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    notes: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """How the rows were measured.

    Attributes:
        name: short, such as "paper" or "time".
        label: for readers; the paper's is `sampled_label`.
        description: one sentence or more.
        headline: the metrics of the tables.
        main_metric: the one of `headline` that slices, groups and findings are told in.
        users: `user_id` and `n_training` (training interactions) of every user evaluated.
        few_shot: a user with 1 to so many training interactions is few-shot.
        candidates: hash of what was ranked; results compare where it agrees.
    """

    name: str
    label: str
    description: str
    headline: tuple[str, ...]
    main_metric: str
    users: pl.DataFrame
    few_shot: int
    candidates: str

    @property
    def n_users(self) -> int:
        """Users evaluated."""
        return self.users.height


@dataclass(frozen=True, slots=True)
class DataTable:
    """Table 1.

    Attributes:
        dataset: its name.
        n_users, n_jobs, n_interactions: of the whole dataset.
        parts: part → interactions, such as training, validation, test.
        resume_share: users with a résumé, in [0, 1].
        means: what else describes it, such as "interactions per user (mean)" → 3.8.
    """

    dataset: str
    n_users: int
    n_jobs: int
    n_interactions: int
    parts: Mapping[str, int]
    resume_share: float
    means: Mapping[str, float | int] = field(default_factory=dict)


SpanKind = Literal["resume", "history", "said", "from job", "inferred"]
"""resume, history: what stands in the person's résumé, or a job they engaged with, and in the target job. The other
three: origin of a statement of a completed résumé."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end`. Spans of several kinds may overlap."""

    start: int
    end: int
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text, some of it marked."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseJob:
    """A job of a case: its id and its text."""

    job_id: str
    text: MarkedText


@dataclass(frozen=True, slots=True)
class Case:
    """Figure 5: one person before and after completion, beside a job they took up later.

    Attributes:
        user_id: whose.
        resume: in their own words.
        jobs: training jobs, the only ones the completion has seen.
        simple: the completion of the résumé alone (SRC).
        interactive: the completion that has seen the jobs too (IRC).
        target: a held-out job.
        similarity_resume, similarity_simple, similarity_interactive: of each text to the target, in [−1, 1].
        similarity: what that similarity is, such as "cosine of MiniLM vectors".
        notes: what a reader must know, such as which language model wrote the completions.
    """

    user_id: str
    resume: MarkedText
    jobs: tuple[CaseJob, ...]
    simple: MarkedText
    interactive: MarkedText
    target: CaseJob
    similarity_resume: float
    similarity_simple: float
    similarity_interactive: float
    similarity: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StudyResult:
    """Everything an experiment found.

    Attributes:
        title: heading of the report.
        data: Table 1.
        protocols: in the order of the report.
        rows: in the order of the tables within their group.
        main: name of the row that the others are compared with.
        contrast: name of the row beside it in Figure 4 (the paper's IRC); None leaves the figure out.
        validation_metric: what the curves show, such as "NDCG@5 on the validation part".
        versions: package → version.
        provenance: what → value, such as fingerprints of data and configuration.
        notes: what a reader must know of the whole, one sentence each.
        case: Figure 5; None leaves it out.
    """

    title: str
    data: DataTable
    protocols: tuple[Protocol, ...]
    rows: tuple[RowResult, ...]
    main: str
    contrast: str | None
    validation_metric: str
    versions: Mapping[str, str]
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    case: Case | None = None
