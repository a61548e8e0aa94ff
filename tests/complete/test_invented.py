"""Personal data in an answer that no source of the person has."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.grounding.ground import ground
from lgir.complete.privacy.invented import without_invented
from lgir.complete.privacy.redact import RuleRedactor
from lgir.core.records import Completion, EngagedJob, Query
from lgir.testing.completers import people
from lgir.testing.gullible_model import OTHER_PEOPLE

OWN = Query(
    "Ann Lee\nann.lee@example.org, (973) 555-0100, 12 Main Street\nCook, five years\n李娜，厨师，电话13812345678",
    (EngagedJob("j1", "Server\nAsk for Dana Whitfield at dana@diner.example"),),
)


def left(text: str, query: Query = OWN) -> tuple[str, int]:
    return without_invented(text, ground(text, query), query, RuleRedactor())


@pytest.mark.parametrize("leak", OTHER_PEOPLE)
def test_sentences_about_other_people_go_and_the_rest_stays_as_it_was(leak: str) -> None:
    assert left(f"Cook, five years\n- {leak}\n\nLikes to grill,  in the garden") == (
        "Cook, five years\n\nLikes to grill,  in the garden",
        1,
    )
    assert left(leak) == ("", 1)


def test_a_name_within_a_longer_word_is_none() -> None:
    own = Query("Fleet driver for managed NGOs\nKimberly-Clark machine operator", ())
    assert left("Trained by Ms. Kim\nKimberly-Clark machine operator", own) == ("Kimberly-Clark machine operator", 1)
    assert left("Reported to Mr. Lee in winter", own) == ("", 1)


@pytest.mark.parametrize(
    "own",
    [
        "Reach Ann Lee under +1 973 555 0100 on weekdays",
        "LEE ANN grills at 12 Main Street with joy",
        "Dana Whitfield hires servers who smile (dana@diner.example)",
        "李娜很高兴，电话138 1234 5678",
        "Lee Ann was a cook on a boat",
    ],
)
def test_what_a_source_has_stays_in_whatever_spelling(own: str) -> None:
    assert left(own) == (own, 0)


@pytest.mark.parametrize(
    "harmless",
    [
        "Adobe Photoshop was used every day",
        "Microsoft Excel is second nature",
        "Customer Service Representative assists customers daily",
        "Google Analytics reports every week",
        "Seeks work in New York City as a head cook",
        "Worked 40 hours a week, 2015 - 2019",
        "熟练使用办公软件，善于沟通",
    ],
)
def test_what_is_not_personal_stays_though_no_source_says_it(harmless: str) -> None:
    assert left(harmless) == (harmless, 0)


def test_an_extractive_completion_loses_nothing() -> None:
    queries = people(30)
    for query, made in zip(queries, ExtractiveCompleter().complete(queries), strict=True):
        assert isinstance(made, Completion)
        assert left(made.text, query) == (made.text, 0)


@given(st.text(max_size=300), st.text(max_size=300))
def test_lines_are_left_out_as_a_whole_and_in_order(text: str, resume: str) -> None:
    kept, count = left(text, Query(resume))
    lines = iter(text.split("\n"))
    assert all(line in lines for line in kept.split("\n")) or (kept == "" and count)
    assert kept.count("\n") + count == text.count("\n") or (kept == "" and count == text.count("\n") + 1)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["Ab ", "A", "Ab cd is ", "- Ab Cd was e\n", "1) "])
def test_a_megabyte_of_hostile_text_takes_seconds(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.monotonic()
    left(text)
    assert time.monotonic() - began < 60
