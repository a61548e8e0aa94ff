"""What gives a person away, and what does not."""

import time
from types import SimpleNamespace

import polars as pl
import pytest

from lgir.data.dataset import Dataset
from lgir.forget.dataset import without_person
from lgir.forget.traces import find_traces, holds_phrase, names_id, phrases_in, plain_words, subjects_of


@pytest.fixture
def remaining(world: SimpleNamespace) -> Dataset:
    return without_person(world.dataset(), "person-0042")


@pytest.mark.parametrize(
    "shown",
    [
        "laminate dough, and teach apprentices (to judge) a crumb",
        "Laminate\n\tdough —  and TEACH apprentices; to judge a crumb",
        '{"text": "laminate dough\\nand teach \\"apprentices\\" to judge a crumb"}',
        "laminate dough and teach appr\\u0065ntices to judge a crumb",
    ],
)
def test_a_phrase_is_found_whatever_stands_between_its_words(shown: str) -> None:
    wanted = (" laminate dough and teach apprentices to judge a ",)
    assert holds_phrase(pl.Series([shown, "laminate dough", None]), wanted).to_list() == [True, False, False]
    assert phrases_in(pl.Series([shown]), wanted) == set(wanted)


def test_scripts_without_spaces_are_cut_into_signs(remaining: Dataset) -> None:
    traces = find_traces("u", "我在上海做了十一年面包师傅", remaining)
    assert len(traces.phrases) == 6
    assert holds_phrase(pl.Series(["他说：在上海做了十一年面包"]), traces.phrases).to_list() == [True]


def test_every_run_of_eight_words_counts_but_for_those_that_others_hold(world: SimpleNamespace) -> None:
    remaining = without_person(world.dataset(), "person-0042")
    traces = find_traces("person-0042", f"{world.RESUME} {world.JOB}", remaining)
    words = plain_words(pl.Series([f"{world.RESUME} {world.JOB}"]))[0].split()
    job_words = plain_words(pl.Series([world.JOB]))[0].split()
    wanted = {" ".join(words[i : i + 8]) for i in range(len(words) - 7)}
    shared = {" ".join(job_words[i : i + 8]) for i in range(len(job_words) - 7)}
    assert {one.strip() for one in traces.phrases} == (wanted - shared) | {
        "oven door example org",
        "44 1328 555 0199",
    }


def test_dates_are_no_telephone_numbers(remaining: Dataset) -> None:
    traces = find_traces("u", "Cook 2012-2015, then 01/2016 - 12/2019; tel. 0170 / 123456", remaining)
    assert [one for one in traces.phrases if one.strip().replace(" ", "").isdigit()] == [" 0170 123456 "]


@pytest.mark.parametrize(
    ("resume", "phrases"),
    [("", 0), ("Night baker", 0), ("Shepherd of four hundred grey geese", 1), ("Driver by day.", 0)],
)
def test_a_short_resume_is_looked_for_as_a_whole_or_not_at_all(resume: str, phrases: int, remaining: Dataset) -> None:
    assert len(find_traces("u", resume, remaining).phrases) == phrases


@pytest.mark.parametrize(
    ("user_id", "tells", "among_bytes"),
    [
        ("person-0042", True, True),
        ("u-42", True, False),
        ("10052", False, False),  # a number may stand for anything
        ("job-1", False, False),  # a job's id
        ("apprentices", False, False),  # a word of a job
        ("person", False, False),  # a part of other users' ids
    ],
)
def test_an_id_tells_if_it_stands_for_nothing_else(
    user_id: str, tells: bool, among_bytes: bool, remaining: Dataset
) -> None:
    traces = find_traces(user_id, "", remaining)
    assert (traces.id_tells, traces.id_tells_among_bytes) == (tells, among_bytes)


@pytest.mark.parametrize(
    ("text", "user_id", "found"),
    [
        ("user 10051 failed", "10051", True),
        ("user 10051.", "10051", True),
        ("loss 0.10051", "10051", False),
        ("1,10051", "10051", False),
        ("210051", "10051", False),
        ("(u-1)", "u-1", True),
        ("u-12", "u-1", False),
    ],
)
def test_an_id_counts_as_a_whole_word(text: str, user_id: str, found: bool) -> None:
    assert names_id(text, user_id) is found


def test_somebody_is_known_by_id_and_by_resume() -> None:
    assert len(subjects_of("u", "text")) == 2
    assert len(subjects_of("u", "")) == 1
    assert subjects_of(None, "text") == subjects_of("u", "text")[1:]


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["a", "1 ", "a.@", "@a.", "a-a.", "(", "a@a", "\\u00e9", "\\", "好", "1"])
def test_hostile_text_takes_time_in_proportion(piece: str, remaining: Dataset) -> None:
    began = time.monotonic()
    find_traces("u", piece * (1_000_000 // len(piece)), remaining)
    assert time.monotonic() - began < 30
