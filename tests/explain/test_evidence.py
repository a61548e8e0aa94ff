"""Reasons are differences of scores, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.records import Evidence, Origin, Span, Statement
from lgir.explain.evidence import WORTH_NAMING, explain
from lgir.explain.sentence import sentence

COOK = Statement("cook", Origin.SAID)
TOWN = Statement("Newark", Origin.FROM_JOB, (Span("j1", 0, 6), Span("j2", 3, 9)))
NOISE = Statement("references on request", Origin.INFERRED)


def vectors(*rows):
    return np.array(rows, dtype=np.float32)


def test_weights_are_falls_of_the_score_and_phrases_meet_their_counterparts():
    # one column per topic: trade, town; the person wants trade 3, town 1
    user = vectors([3, 1], [0, 1], [3, 0], [3, 1])  # whole; without cook; without Newark; without noise
    job = vectors([2, 1], [0, 1], [2, 0])  # whole; without "line cook"; without "Newark, NJ"
    found = explain(user, job, [COOK, TOWN, NOISE], ["line cook", "Newark, NJ"], limit=3)
    assert [(one.phrase, one.job_phrase, one.weight) for one in found] == [
        ("cook", "line cook", 6.0),
        ("Newark", "Newark, NJ", 1.0),
    ]
    assert found[1].job_ids == ("j1", "j2")


def test_what_hangs_on_no_phrase_of_the_job_names_none():
    user, job = vectors([1, 0], [0, 0]), vectors([5, 0], [5, 0])
    assert explain(user, job, [COOK], ["unrelated"], limit=3)[0].job_phrase == ""
    assert explain(user, job[:1], [COOK], [], limit=3)[0].job_phrase == ""


def test_a_phrase_within_a_stronger_one_is_no_second_reason():
    user, job = vectors([3], [0], [1], [2]), vectors([1])
    longer, other = Statement("line cook", Origin.SAID), Statement("Newark", Origin.SAID)
    found = explain(user, job, [longer, COOK, other], [], limit=3)
    assert [one.phrase for one in found] == ["line cook", "Newark"]


def test_without_statements_there_are_no_reasons():
    assert explain(vectors([1, 2]), vectors([1, 2]), [], [], limit=3) == ()


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=6), st.integers(0, 4))
def test_reasons_are_positive_sorted_and_limited(falls, limit):
    user = vectors([10.0], *([10.0 - fall] for fall in falls))
    statements = [Statement("abcdef"[i], Origin.SAID) for i in range(len(falls))]
    found = explain(user, vectors([1.0]), statements, [], limit=limit)
    weights = [one.weight for one in found]
    assert len(found) <= limit
    assert weights == sorted(weights, reverse=True)
    assert all(weight > max(falls) * WORTH_NAMING * 0.999 > 0 for weight in weights)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence("cook", "Cook", Origin.SAID, (), 1.0), "“cook” (résumé) stands in the ad"),
        (Evidence("cook", "chef", Origin.INFERRED, (), 1.0), "“cook” (completion) meets “chef” in the ad"),
        (Evidence("Newark", "", Origin.FROM_JOB, ("j1",), 1.0), "“Newark” (job you looked at)"),
        (Evidence("Newark", "", Origin.FROM_JOB, ("j1", "j2"), 1.0), "“Newark” (2 jobs you looked at)"),
    ],
)
def test_sentences_name_the_source(evidence, said):
    assert sentence(evidence) == said
