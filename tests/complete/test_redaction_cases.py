"""The shipped cases: well marked, and found as well as the page on privacy says."""

import pytest

from lgir.complete.privacy.redact import RuleRedactor
from lgir.complete.privacy.spans import KINDS, Span
from lgir.testing.redaction_cases import PARTS, Tally, covered, load_cases, replaced_spans, tallies

REDACTOR = RuleRedactor()
STRUCTURED = ("email", "phone", "url", "id")


@pytest.mark.parametrize("part", PARTS)
def test_the_marks_are_sound(part: str) -> None:
    cases = load_cases(part)
    assert len({case.id for case in cases}) == len(cases) >= 75
    for case in cases:
        assert case.language in ("en", "zh")
        ends = [0, *(end for _, end, _ in case.spans)]
        assert all(start >= end for (start, _, _), end in zip(case.spans, ends, strict=False)), case.id
        assert all(kind in KINDS and case.text[start:end].strip() for start, end, kind in case.spans), case.id
        assert not case.spans or case.style != "negative", case.id


def test_no_text_stands_in_both_parts() -> None:
    development, held_out = ({case.text for case in load_cases(part)} for part in PARTS)
    assert not development & held_out


def test_all_kinds_occur_in_both_languages() -> None:
    for language in ("en", "zh"):
        cases = [case for part in PARTS for case in load_cases(part) if case.language == language]
        assert {span.kind for case in cases for span in case.spans} >= set(KINDS) - {"ip"}


def test_recall_and_precision_hold_on_the_whole_set() -> None:
    found = tallies(REDACTOR, [case for part in PARTS for case in load_cases(part)])
    structured = [found[kind] for kind in STRUCTURED]
    assert sum(one.found for one in structured) / sum(one.marked for one in structured) >= 0.99
    assert found["name"].recall >= 0.9
    assert found["all"].recall >= 0.95
    assert found["all"].precision >= 0.95


@pytest.mark.parametrize("part", PARTS)
def test_every_case_comes_back_exactly(part: str) -> None:
    for case in load_cases(part):
        found = REDACTOR.redact([case.text])
        assert found.restore(found.texts[0]) == case.text, case.id


def test_replaced_places_are_found_again() -> None:
    text = "[EMAIL_1] Mail a@b.org or ann@b.org, not [x]"
    spans = replaced_spans(REDACTOR.redact([text]))
    assert [(text[start:end], kind) for start, end, kind in spans] == [("a@b.org", "email"), ("ann@b.org", "email")]


def test_punctuation_and_spaces_need_not_be_covered() -> None:
    text = "(212) 555-0187"
    assert covered(text, Span(0, 14, "phone"), [Span(1, 4, "phone"), Span(6, 14, "phone")])
    assert not covered(text, Span(0, 14, "phone"), [Span(6, 14, "phone")])


def test_rates_of_a_kind() -> None:
    assert (Tally(4, 3, 4, 5, 4).recall, Tally(4, 3, 4, 5, 4).precision) == (0.75, 0.8)
    assert (Tally(0, 0, 0, 0, 0).recall, Tally(0, 0, 0, 0, 0).precision) == (1.0, 1.0)


class Nothing:
    """Finds nothing."""

    fingerprint = "nothing"

    def redact(self, texts):
        return RuleRedactor().redact([]).__class__(tuple(texts), {}, {})


def test_a_redactor_that_finds_nothing_has_no_recall() -> None:
    found = tallies(Nothing(), load_cases("development"))["all"]
    assert (found.recall, found.replaced, found.precision) == (0.0, 0, 1.0)
