"""The report as one JSON object: every number behind its tables and figures, not rounded."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from lgir.evaluate.compare import Estimate
from lgir.evaluate.study.document import case_sentences
from lgir.evaluate.study.findings import findings
from lgir.evaluate.study.records import RowResult
from lgir.evaluate.study.summary import LEVEL, ProtocolSummary, Summary

FORMAT = 1


def as_json(summary: Summary) -> str:
    """Format, title, data, protocols, rows, findings, case, versions, provenance; per-user values stand elsewhere."""
    result = summary.result
    values = {
        "format": FORMAT,
        "title": result.title,
        "main": result.main,
        "contrast": result.contrast,
        "level": LEVEL,
        "resamples": summary.resamples,
        "validation_metric": result.validation_metric,
        "findings": findings(summary),
        "notes": list(result.notes),
        "data": asdict(result.data),
        "protocols": [_protocol(part) for part in summary.protocols],
        "rows": [_row(row) for row in summary.rows],
        "case": {**asdict(result.case), "sentences": list(case_sentences(result.case))} if result.case else None,
        "versions": dict(result.versions),
        "provenance": dict(result.provenance),
    }
    return json.dumps(_plain(values), indent=2, ensure_ascii=False, allow_nan=False)


def _protocol(part: ProtocolSummary) -> dict[str, object]:
    protocol = part.protocol
    return {
        "name": protocol.name,
        "label": protocol.label,
        "description": protocol.description,
        "headline": list(protocol.headline),
        "main_metric": protocol.main_metric,
        "n_users": protocol.n_users,
        "few_shot": protocol.few_shot,
        "candidates": protocol.candidates,
        "means": {row: _estimates(of_metric, part.per_seed[row]) for row, of_metric in part.estimates.items()},
        "comparisons": [{"row": row, **asdict(one)} for row, many in part.comparisons.items() for one in many],
        "slices": [
            {"label": some.label, "n_users": some.n_users, "means": _estimates(some.estimates)} for some in part.slices
        ],
        "groups": [asdict(group) for group in part.groups],
    }


def _estimates(
    values: Mapping[str, Estimate], per_seed: Mapping[str, tuple[float, ...]] | None = None
) -> dict[str, object]:
    """Name → mean, low, high, and the value of every seed where there is one."""
    seeds = per_seed or {}
    return {
        name: {**asdict(one), **({"per_seed": seeds[name]} if name in seeds else {})} for name, one in values.items()
    }


def _row(row: RowResult) -> dict[str, object]:
    return {
        "name": row.name,
        "group": row.group,
        "kind": row.kind,
        "seeds": list(row.seeds),
        "protocols": list(row.per_user),
        "refused": row.refused or None,
        "cost": asdict(row.cost),
        "notes": list(row.notes),
        "curves": {str(seed): [dict(record) for record in records] for seed, records in row.curves.items()},
    }


def _plain(value: object) -> object:
    """The value in JSON's own kinds: NumPy's numbers as numbers, what is no number as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
