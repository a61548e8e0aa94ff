"""What ranks and what is shown are two things, and neither lets an invention pass for the person's word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.grounding.ground import ground
from lgir.complete.grounding.profile import MARKS, RankingProfile, display_resume, in_own_words, ranking_profile
from lgir.core.phrases import phrases
from lgir.core.records import Completion, EngagedJob, Origin, Provenance, Query

QUERY = Query("Cook, Newark\nNo licence", (EngagedJob("j", "Bartender"),))


def completion(text: str, query: Query = QUERY) -> Completion:
    return Completion(text, ground(text, query), Provenance("openai", "m", None, {}, ()))


@pytest.mark.parametrize(
    ("text", "marked", "dropped"),
    [
        ("Cook\nAstronaut\nBartender", "Cook\nUnconfirmed: Astronaut\nBartender", "Cook\nBartender"),
        ("- Cook, astronaut.", "- Cook, Unconfirmed: astronaut.", "- Cook"),
        ("- Astronaut, cook.", "- Unconfirmed: Astronaut, cook.", "- cook."),
        (
            "Astronaut. Diver. Cook. Pilot.",
            "Unconfirmed: Astronaut. Unconfirmed: Diver. Cook. Unconfirmed: Pilot.",
            "Cook",
        ),
        ("diver, cook, diver", "Unconfirmed: diver, cook, Unconfirmed: diver", "cook"),
        ("Has a licence\nCook", "Unconfirmed: Has a licence\nCook", "Cook"),
        ("Astronaut", "Unconfirmed: Astronaut", ""),
        ("Cook\n\n  Newark ", "Cook\n\n  Newark ", "Cook\n\n  Newark "),
    ],
)
def test_unsupported_statements_are_kept_marked_or_dropped(text: str, marked: str, dropped: str) -> None:
    made = completion(text)
    assert ranking_profile(made, "keep") == RankingProfile(text)
    assert ranking_profile(made, "mark").text == marked
    assert ranking_profile(made, "drop").text == dropped


def test_the_mark_speaks_the_language_of_the_prompt() -> None:
    assert ranking_profile(completion("宇航员"), "mark", "zh").text == "未确认：宇航员"


piece = st.sampled_from(
    ["Cook", "diver", "a diver", "Newark", "pilot", ", ", ". ", "\n", "- ", "1) ", " ", "x y", "y", "，"]
)


@given(st.lists(piece, max_size=14).map("".join) | st.text(max_size=40))
def test_nothing_else_changes(text: str) -> None:
    made = completion(text)
    bad = {one.text.casefold().rstrip(". ") for one in made.statements if one.origin is Origin.INFERRED}
    marked, dropped = (ranking_profile(made, policy).text for policy in ("mark", "drop"))
    assert marked.replace(MARKS["en"], "") == text
    assert marked.count(MARKS["en"]) >= len(bad)
    assert not bad & phrases(dropped).keys()
    # a phrase that begins with a second mark of a list, "1) 1) cook", may lose it, or be read with it
    left = tuple(phrases(dropped))
    for key in phrases(text).keys() - bad:
        assert key.endswith(left) or any(one.endswith(key) for one in left)
    if not bad:
        assert dropped == text


def test_people_see_their_own_words_and_apart_from_them_what_was_added() -> None:
    shown = display_resume(QUERY, completion("Cook\nBartender\nAstronaut\nHas a licence"))
    assert shown.own == QUERY.resume
    assert [(one.text, one.origin, one.contradicted) for one in shown.suggestions] == [
        ("Bartender", Origin.FROM_JOB, False),
        ("Astronaut", Origin.INFERRED, False),
        ("Has a licence", Origin.INFERRED, True),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_employer_sees_no_word_that_the_person_did_not_write(resume: str, text: str) -> None:
    query = Query(resume, QUERY.jobs)
    assert display_resume(query, completion(text, query)).for_employer() == resume


def test_an_employer_reads_whole_sentences_of_the_person_and_nothing_else() -> None:
    resume = "My brother is a nurse. Line cook for five years.\nI would like to become a welder"
    query = Query(resume, (EngagedJob("j", "Bartender\nNewark"),))
    found = in_own_words(resume, ground("Line cook\nfive years\na nurse\nwelder\nBartender\nAstronaut", query))
    assert [one.text for one in found] == [
        "Line cook for five years",
        "My brother is a nurse",
        "I would like to become a welder",
    ]
    assert all(one.origin is Origin.SAID for one in found)
    assert all(resume[one.spans[0].start : one.spans[0].end] == one.text for one in found)
    assert in_own_words("", ground("cook", Query(""))) == ()
