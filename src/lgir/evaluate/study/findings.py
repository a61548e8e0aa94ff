"""What the numbers say, in sentences that hold whatever they are: also where the main row loses."""

from lgir.evaluate.study.summary import LEVEL, ProtocolSummary, Summary


def findings(summary: Summary) -> list[str]:
    """A few sentences per protocol, told in its main metric."""
    return [_of_protocol(summary, part) for part in summary.protocols]


def not_run(summary: Summary) -> list[str]:
    """One sentence per row that lacks a protocol, with the reason."""
    found = []
    for row in summary.rows:
        missing = [part.protocol.name for part in summary.protocols if part.protocol.name not in row.per_user]
        if missing:
            found.append(f"{row.name} was not run ({', '.join(missing)}): {row.refused.rstrip('.')}.")
    return found


def _of_protocol(summary: Summary, part: ProtocolSummary) -> str:
    protocol, main = part.protocol, summary.result.main
    metric, where = protocol.main_metric, f"Protocol {protocol.name} ({protocol.label})"
    if main not in part.estimates:
        return f"{where}: {main} was not run, so nothing is compared with it."
    seen = part.estimates[main][metric]
    sentences = [
        f"{where}: {main} reaches {metric} {seen.mean:.4f} (95 % interval {seen.low:.4f} to {seen.high:.4f}, "
        f"{protocol.n_users:,} users)."
    ]
    above: list[str] = []
    below: list[str] = []
    level: list[str] = []
    for name in part.comparisons:
        found = part.comparison(name, metric)
        if found is None or not part.differs(name, metric):
            level.append(name)
        else:
            (below if found.difference > 0 else above).append(name)
    if part.comparisons:
        sentences.append(
            f"It is significantly better than {len(below)} of {len(part.comparisons)} other rows "
            f"(paired t-test, Holm-corrected, p < {LEVEL})."
        )
    if level:
        sentences.append(f"No significant difference from: {', '.join(level)}.")
    if above:
        sentences.append(f"Significantly worse than: {', '.join(above)}.")
    return " ".join(sentences)
