"""What stands in a report, section after section; each form draws the same sections."""

from collections.abc import Callable
from dataclasses import dataclass

from lgir.evaluate.study.findings import findings, not_run
from lgir.evaluate.study.records import Case, MarkedText
from lgir.evaluate.study.summary import ProtocolSummary, Summary
from lgir.evaluate.study.tables import (
    Table,
    ablation_table,
    comparison_table,
    cost_table,
    data_table,
    group_table,
    main_table,
    slice_table,
)
from lgir.evaluate.study.text import decimals

CASE = "case"
"""Key of the section of Figure 5."""

CASE_TITLE = "Figure 5: one person before and after completion"
"""Its heading."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it: sentences, the keys of figures (drawn by the page alone), then tables."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


def sections(summary: Summary) -> list[Section]:
    """Every section that has something to say; under the one called `CASE`, each form sets the `case_texts` too."""
    found = [
        Section("findings", "What was found", (*findings(summary), *not_run(summary), *summary.result.notes)),
        Section("data", "Data", tables=(data_table(summary),)),
        Section("protocols", "Protocols", tuple(_protocol_sentence(part) for part in summary.protocols)),
        Section("systems", "All systems", (), ("systems",), _each(summary, main_table)),
        Section("ablation", "Ablation", (), (), _each(summary, ablation_table)),
        Section("few-shot", "Few-shot users", (), ("groups",), _each(summary, group_table)),
        Section("slices", "Slices", (), (), _each(summary, slice_table)),
        Section("tests", "Paired tests", (), (), _each(summary, comparison_table)),
        *_case_section(summary.result.case),
        Section("cost", "Cost and training", (), ("curves",), (cost_table(summary),)),
        Section("notes", "Notes on rows", tuple(f"{row.name}: {note}" for row in summary.rows for note in row.notes)),
        Section("provenance", "Made from", tuple(_made_from(summary))),
    ]
    return [section for section in found if section.sentences or section.tables]


def case_texts(case: Case) -> list[tuple[str, MarkedText]]:
    """Heading and text of every part of Figure 5, in its order."""
    return [
        ("Résumé", case.resume),
        *((f"Engaged with: job {job.job_id}", job.text) for job in case.jobs),
        ("Simple completion (SRC): of the résumé alone", case.simple),
        ("Interactive completion (IRC): of the résumé and the jobs", case.interactive),
        (f"Target: job {case.target.job_id}, held out", case.target.text),
    ]


def case_sentences(case: Case) -> tuple[str, ...]:
    """How near résumé and completions are to the target, and what else a reader must know."""
    return (
        f"Similarity to the target ({case.similarity}): résumé {decimals(case.similarity_resume, 2)}, "
        f"SRC {decimals(case.similarity_simple, 2)}, IRC {decimals(case.similarity_interactive, 2)}.",
        f"User {case.user_id} was chosen to be shown: one person illustrates, and proves nothing.",
        *case.notes,
    )


def _case_section(case: Case | None) -> tuple[Section, ...]:
    return (Section(CASE, CASE_TITLE, case_sentences(case)),) if case else ()


def _each(summary: Summary, make: Callable[[Summary, ProtocolSummary], Table]) -> tuple[Table, ...]:
    made = [make(summary, part) for part in summary.protocols]
    return tuple(table for table in made if table.rows)


def _protocol_sentence(part: ProtocolSummary) -> str:
    protocol = part.protocol
    return (
        f"{protocol.name} ({protocol.label}): {protocol.description} {protocol.n_users:,} users are evaluated; "
        f"candidates {protocol.candidates}."
    )


def _made_from(summary: Summary) -> list[str]:
    result = summary.result
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    found = [f"{name}: {value}" for name, value in result.provenance.items()]
    return [*found, f"versions: {versions}"] if versions else found
