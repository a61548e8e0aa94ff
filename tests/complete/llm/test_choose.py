"""Of many jobs a prompt shows those that say most about the person and do not repeat each other."""

from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.llm.choose import choose_jobs
from lgir.core.records import EngagedJob

COOK = EngagedJob("cook", "Line cook, kitchen, Newark")
COOK_AGAIN = EngagedJob("again", "Line cook, kitchen, Newark")
BAKER = EngagedJob("baker", "Baker, kitchen, bread, Newark")
PILOT = EngagedJob("pilot", "Airline pilot, jets, Anchorage")


def test_what_the_resume_says_comes_first() -> None:
    assert choose_jobs("I fly jets as a pilot", [COOK, PILOT, BAKER], most=1) == [1]
    assert choose_jobs("cook in a kitchen", [PILOT, BAKER, COOK], most=1) == [2]


def test_a_copy_of_what_is_shown_comes_after_something_new() -> None:
    assert choose_jobs("cook in a kitchen in Newark", [COOK, COOK_AGAIN, BAKER], most=2) == [0, 2]


def test_one_long_ad_does_not_outweigh_what_the_others_share() -> None:
    stuffed = EngagedJob("stuffed", " ".join(f"word{i}" for i in range(2000)))
    assert choose_jobs("", [stuffed, COOK, BAKER], most=2) == [2, 1] or choose_jobs(
        "", [stuffed, COOK, BAKER], most=2
    ) == [1, 2]


def test_text_without_spaces_is_compared_too() -> None:
    jobs = [EngagedJob("a", "软件工程师 上海"), EngagedJob("b", "厨师 川菜 北京")]
    assert choose_jobs("我会做川菜", jobs, most=1) == [1]


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=8), st.integers(0, 9))
def test_places_are_distinct_and_no_more_than_asked_for(resume: str, texts: list[str], most: int) -> None:
    jobs = [EngagedJob(f"j{i}", text) for i, text in enumerate(texts)]
    chosen = choose_jobs(resume, jobs, most=most)
    assert len(chosen) == min(most, len(jobs)) == len(set(chosen))
    assert set(chosen) <= set(range(len(jobs)))
    assert chosen == choose_jobs(resume, jobs, most=most)
    assert choose_jobs(resume, jobs, most=len(jobs))[: len(chosen)] == chosen, "a smaller choice begins a larger one"
