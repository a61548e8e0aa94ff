"""A phrase is attributed to the sources that say it, and to no other."""

from lgir.complete.grounding import INFERRED_WEIGHT, ground, locate
from lgir.core.records import EngagedJob, Origin, Query, Statement

QUERY = Query(
    "Line cook, five years. Loves C++",
    (
        EngagedJob("j1", "Cook\nNewark, New Jersey"),
        EngagedJob("j2", "Bartender in Newark"),
        EngagedJob("j3", "招聘厨师"),
    ),
)


def test_each_phrase_gets_the_origin_its_sources_support() -> None:
    found = ground("LINE   COOK\nNewark\nBartender\nastronaut\n厨师", QUERY)
    assert found == (
        Statement("LINE COOK", Origin.SAID, weight=0.5),
        Statement("Newark", Origin.FROM_JOB, ("j1", "j2"), 2 / 3),
        Statement("Bartender", Origin.FROM_JOB, ("j2",), 1 / 3),
        Statement("astronaut", Origin.INFERRED, weight=INFERRED_WEIGHT),
        Statement("厨师", Origin.FROM_JOB, ("j3",), 1 / 3),
    )


def test_the_persons_own_word_comes_first_and_grows_with_the_jobs_that_share_it() -> None:
    (cook,) = ground("cook", QUERY)
    assert cook == Statement("cook", Origin.SAID, weight=0.5 + 0.5 / 3)
    assert ground("cook", Query("cook")) == (Statement("cook", Origin.SAID, weight=1.0),)


def test_part_of_a_word_is_no_support() -> None:
    assert locate(["cook", "c", "c++", "new jersey"], ["cookery", "C++", "something new, Jersey"]) == [
        set(),
        set(),
        {1},
        set(),
    ]


def test_long_phrases_are_compared_to_the_end() -> None:
    start = "one two three four five six seven eight nine"
    assert locate([f"{start} ten"], [f"so {start} ten.", f"{start} eleven"]) == [{0}]
