"""The embedded default says only what its sources say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.config import ExtractiveConfig
from lgir.complete.extractive import ExtractiveCompleter
from lgir.core.phrases import phrases, squeeze
from lgir.core.records import Completion, EngagedJob, Origin, Query, Span, Statement
from lgir.testing.completers import CompleterContract, people

anything = st.text(st.characters(exclude_categories=()), max_size=60)
words = st.lists(
    st.sampled_from(["Cook", "cook", "bar", "New", "Jersey", ",", "\n", " ", ". ", "，", "厨", "师", "\u202e", "\x00"])
).map("".join)
texts = anything | words
job_texts = st.lists(texts, max_size=5)


def query_of(resume: str, jobs: list[str]) -> Query:
    return Query(resume, tuple(EngagedJob(f"j{i}", text) for i, text in enumerate(jobs)))


def complete(query: Query, **options: int) -> Completion:
    (result,) = ExtractiveCompleter("irc", ExtractiveConfig(**options)).complete([query])
    assert isinstance(result, Completion)
    return result


class TestContract(CompleterContract):
    def make(self) -> ExtractiveCompleter:
        return ExtractiveCompleter("irc")


class TestContractWithoutJobs(CompleterContract):
    def make(self) -> ExtractiveCompleter:
        return ExtractiveCompleter("src")


def test_a_resume_is_completed_with_what_its_jobs_share_first() -> None:
    query = Query(
        "Cook, Irvine\n",
        (
            EngagedJob("j1", "Server\nMacy's\nNewark, New Jersey"),
            EngagedJob("j2", "Bartender\nNewark, New Jersey"),
            EngagedJob("j3", "Line cook\nNewark, Ohio"),
        ),
    )
    made = complete(query)
    assert made.text == "Cook, Irvine\n\nNewark\nNew Jersey\nServer\nMacy's\nBartender\nLine cook\nOhio"
    assert made.statements == (
        Statement("Cook", Origin.SAID, (Span(None, 0, 4),), 0.5 + 0.5 / 3),
        Statement("Irvine", Origin.SAID, (Span(None, 6, 12),), 0.5),
        Statement("Newark", Origin.FROM_JOB, (Span("j1", 14, 20), Span("j2", 10, 16), Span("j3", 10, 16)), 1.0),
        Statement("New Jersey", Origin.FROM_JOB, (Span("j1", 22, 32), Span("j2", 18, 28)), 2 / 3),
        Statement("Server", Origin.FROM_JOB, (Span("j1", 0, 6),), 1 / 3),
        Statement("Macy's", Origin.FROM_JOB, (Span("j1", 7, 13),), 1 / 3),
        Statement("Bartender", Origin.FROM_JOB, (Span("j2", 0, 9),), 1 / 3),
        Statement("Line cook", Origin.FROM_JOB, (Span("j3", 0, 9),), 1 / 3),
        Statement("Ohio", Origin.FROM_JOB, (Span("j3", 18, 22),), 1 / 3),
    )
    assert made.provenance.note == "no language model was used"
    assert made.provenance.job_ids == ("j1", "j2", "j3")


@pytest.mark.parametrize("mode", ["none", "src"])
def test_without_jobs_the_resume_stays_as_it_is(mode: str) -> None:
    query = people(1)[0]
    (made,) = ExtractiveCompleter(mode).complete([query])
    assert isinstance(made, Completion)
    assert made.text == query.resume
    assert {one.origin for one in made.statements} == {Origin.SAID}
    assert made.provenance.job_ids == ()


@given(texts, job_texts)
def test_it_cannot_invent(resume: str, jobs: list[str]) -> None:
    query = query_of(resume, jobs)
    made = complete(query)
    texts = {job.job_id: job.text for job in query.jobs}
    for one in made.statements:
        assert one.spans
        for span in one.spans:
            assert (span.job_id is None) == (one.origin is Origin.SAID)
            source = query.resume if span.job_id is None else texts[span.job_id]
            assert squeeze(source[span.start : span.end]).casefold() == one.text.casefold().rstrip(". ")
        assert any(one.text in squeeze(source) for source in [query.resume, *texts.values()])


@given(texts, job_texts)
def test_the_text_is_the_resume_and_then_one_line_per_phrase_of_a_job(resume: str, jobs: list[str]) -> None:
    query = query_of(resume, jobs)
    made = complete(query)
    added = [one.text for one in made.statements if one.origin is Origin.FROM_JOB]
    assert made.text == "\n".join([query.resume, *added] if query.resume else added)
    weights = [one.weight for one in made.statements if one.origin is Origin.FROM_JOB]
    assert weights == sorted(weights, reverse=True)


@given(texts, job_texts)
def test_every_phrase_of_a_short_job_survives(resume: str, jobs: list[str]) -> None:
    query = query_of(resume, jobs)
    made = complete(query, max_phrases=1, whole_job_phrases=61)
    said = {one.text.casefold().rstrip(". ") for one in made.statements}
    for job in query.jobs:
        assert set(phrases(job.text)) <= said
    assert made.provenance.parameters["phrases_left_out"] == 0


def test_long_descriptions_keep_what_is_shared_then_what_comes_first() -> None:
    long = [[f"only{job} {i}" for i in range(50)] for job in range(2)]
    long[0].append("forklift")
    long[1].append("forklift")
    query = Query("", tuple(EngagedJob(f"j{i}", "\n".join(lines)) for i, lines in enumerate(long)))
    made = complete(query, max_phrases=6, whole_job_phrases=2)
    assert [one.text for one in made.statements] == ["forklift", "only0 0", "only0 1", "only1 0", "only1 1"]
    assert made.provenance.parameters["phrases_left_out"] == 96


def test_options_change_the_fingerprint() -> None:
    made = [
        ExtractiveCompleter(),
        ExtractiveCompleter("src"),
        ExtractiveCompleter("irc", ExtractiveConfig(max_phrases=3)),
        ExtractiveCompleter("irc", ExtractiveConfig(whole_job_phrases=3)),
    ]
    assert len({one.fingerprint for one in made}) == 4
