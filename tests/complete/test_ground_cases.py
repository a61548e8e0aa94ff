"""The checker on the labelled cases: what it finds stays found."""

from collections import Counter

from lgir.complete.grounding.ground import ground
from lgir.complete.grounding.report import OUTCOMES, outcome
from lgir.testing.grounding_cases import Part, load_cases

UNSUPPORTED = {"inferred", "contradicted"}


def measured(part: Part) -> tuple[float, float, float]:
    """(precision and recall of "unsupported", share of right origins) by the rules alone."""
    pairs: Counter[tuple[str, str]] = Counter()
    for case in load_cases(part):
        for one in case.statements:
            found = {outcome(statement) for statement in ground(one.text, case.query)}
            pairs[one.gold, next(name for name in reversed(OUTCOMES) if name in found)] += 1
    right = sum(n for (gold, found), n in pairs.items() if {gold, found} <= UNSUPPORTED)
    called = sum(n for (_, found), n in pairs.items() if found in UNSUPPORTED)
    meant = sum(n for (gold, _), n in pairs.items() if gold in UNSUPPORTED)
    return right / called, right / meant, sum(n for (gold, found), n in pairs.items() if gold == found) / pairs.total()


def test_the_labelled_set_is_what_the_documentation_says() -> None:
    cases = list(load_cases())
    assert len({case.case_id for case in cases}) == len(cases) >= 40
    statements = [(case, one) for case in cases for one in case.statements]
    assert len(statements) >= 240
    assert sum(case.language == "zh" for case, _ in statements) >= 90
    for part in ("development", "held-out"):
        gold = {one.gold for case, one in statements if case.part == part}
        assert gold == set(OUTCOMES)
    resumes = [case.query.resume for case in cases if case.query.resume]
    assert len(set(resumes)) == len(resumes), "a résumé in both parts would leak"


def test_what_was_measured_holds() -> None:
    # measured by benchmarks/grounding.py: 0.99, 1.00, 0.99 and, held out, 0.88, 1.00, 0.93
    for part, floors in (("development", (0.97, 0.97, 0.97)), ("held-out", (0.85, 0.97, 0.90))):
        for value, floor in zip(measured(part), floors, strict=True):
            assert value >= floor
