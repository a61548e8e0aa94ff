"""Places where a source says a phrase: whole words, in the characters of the original text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.grounding import verbatim
from lgir.complete.grounding.verbatim import locate, place_of
from lgir.core.phrases import phrases, squeeze

anything = st.text(st.characters(exclude_categories=()), max_size=40)
tricky = st.lists(
    st.sampled_from(
        ["Cook", "cook", "ß", "İ", "ﬁ", "ẖ", "h", "s", "ss", " ", "  ", "\r\n", "\u3000", "厨", "师", "+", "#"]
    )
).map("".join)


def test_part_of_a_word_is_no_support() -> None:
    assert locate(["cook", "c", "c++", "new jersey"], ["cookery", "C++", "something new, Jersey"]) == [
        {},
        {},
        {1: (0, 3)},
        {},
    ]


def test_long_phrases_are_compared_to_the_end() -> None:
    start = "one two three four five six seven eight nine"
    assert locate([f"{start} ten"], [f"so {start} ten.", f"{start} eleven"]) == [{0: (3, 3 + len(start) + 4)}]
    assert locate([f"{start} ten"], [f"{start} tenth"]) == [{}]


def test_places_count_the_characters_of_the_original() -> None:
    source = "\n  Straße \r\n nach  NEW\tJersey"
    assert [source[slice(*found[0])] for found in locate(["strasse", "new jersey"], [source])] == [
        "Straße",
        "NEW\tJersey",
    ]


def test_the_first_whole_word_counts_even_behind_a_part_of_one() -> None:
    assert locate(["cook"], ["Cookery for a cook"]) == [{0: (14, 18)}]


@given(tricky | anything, st.lists(tricky | anything, min_size=1, max_size=3))
def test_every_place_reads_like_the_key(text: str, sources: list[str]) -> None:
    keys = [key for source in (text, *sources) for key in phrases(source)]
    for key, found in zip(keys, locate(keys, sources), strict=True):
        for place, (start, end) in found.items():
            assert squeeze(sources[place][start:end]).casefold() == key


@given(tricky | anything, st.lists(tricky | anything, min_size=1, max_size=3))
def test_few_phrases_are_found_where_many_are(text: str, sources: list[str]) -> None:
    keys = [*phrases(text), *(key for source in sources for key in phrases(source)), "c", "c++", "+"]
    many = [f"phrase {number}" for number in range(verbatim._FEW)]
    assert locate(keys, sources) == locate([*keys, *many], sources)[: len(keys)]


@given(tricky | anything)
def test_a_source_always_has_a_place_for_its_own_phrases(source: str) -> None:
    for key in phrases(source):
        start, end = place_of(key, source) or pytest.fail(f"no place for {key!r}")
        assert squeeze(source[start:end]).casefold() == key


@pytest.mark.parametrize(
    "source", ["x" * 1_000_000, "a " * 500_000, "ß " * 500_000, " \n" * 500_000, "cookery " * 125_000, "+" * 1_000_000]
)
def test_a_hostile_megabyte_takes_no_longer_than_its_length(source: str) -> None:
    begun = time.perf_counter()
    locate(["x", "a a a a a a a a a b", "ss ss", "cook", "c++", "+"], [source])
    assert time.perf_counter() - begun < 5
