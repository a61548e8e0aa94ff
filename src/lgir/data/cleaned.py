"""Texts of strangers rid of what hides in them, once, before a dataset is written."""

import polars as pl

from lgir.core.sanitize import sanitize
from lgir.data.check import build_dataset
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport, describe

_TEXTS = {"users": ("resume",), "jobs": ("text", "title", "company", "location", "category")}


def cleaned(dataset: Dataset, report: DataReport) -> Dataset:
    """The dataset without invisible characters, hidden HTML and lookalike letters; the report counts the texts."""
    users, jobs = (_cleaned(name, getattr(dataset, name), report) for name in _TEXTS)
    if users is dataset.users and jobs is dataset.jobs:
        return dataset
    made = build_dataset(users, jobs, dataset.interactions)
    report.stats = describe(made)
    return made


def _cleaned(name: str, table: pl.DataFrame, report: DataReport) -> pl.DataFrame:
    for column in _TEXTS[name]:
        if column not in table.columns:
            continue
        found = [None if text is None else sanitize(text) for text in table[column].to_list()]
        changed = [one for one in found if one is not None and one.found]
        if changed:
            kinds = ", ".join(sorted({kind for one in changed for kind in one.found}))
            report.note(f"{name}.{column}: {len(changed):,} texts cleaned of what hides in them ({kinds})")
            texts = [None if one is None else one.text for one in found]
            table = table.with_columns(pl.Series(column, texts, dtype=pl.String))
    return table
