"""A statement is attributed to the sources that say it, and to no other."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.extractive import ExtractiveCompleter
from lgir.complete.grounding.ground import INFERRED_WEIGHT, ground
from lgir.complete.grounding.report import outcome
from lgir.core.phrases import phrases
from lgir.core.records import Completion, EngagedJob, Origin, Query, Span, Statement
from lgir.testing.completers import HOSTILE, people
from lgir.testing.grounding_cases import load_cases

QUERY = Query(
    "Line cook, five years. Loves C++",
    (
        EngagedJob("j1", "Cook\nNewark, New Jersey"),
        EngagedJob("j2", "Bartender in Newark"),
        EngagedJob("j3", "招聘厨师"),
    ),
)
RESUME = """Line cook, Hilton Garden Inn, Newark, 2016 - 2019
Dishwasher, Tony's Diner, Newark
Python 3 years and Java 5 years. No driver's licence.
Trained 4 new cooks; grew sales by 12 %. Associate degree in culinary arts."""
JOBS = (
    EngagedJob("a", "Barista\nBlue Bottle Coffee\nOakland\nEspresso machines, 5+ years of Python, PMP certified"),
    EngagedJob("b", "厨师\n海底捞\n深圳\n会成本核算，三年经验"),
)


def found(text: str, resume: str = RESUME, jobs: tuple[EngagedJob, ...] = JOBS) -> str:
    (one,) = ground(text, Query(resume, jobs))
    return outcome(one)


def test_each_phrase_gets_the_origin_its_sources_support() -> None:
    found = ground("LINE   COOK\nNewark\nBartender\nastronaut\n厨师", QUERY)
    assert found == (
        Statement("LINE COOK", Origin.SAID, (Span(None, 0, 9),), 0.5),
        Statement("Newark", Origin.FROM_JOB, (Span("j1", 5, 11), Span("j2", 13, 19)), 2 / 3),
        Statement("Bartender", Origin.FROM_JOB, (Span("j2", 0, 9),), 1 / 3),
        Statement("astronaut", Origin.INFERRED, weight=INFERRED_WEIGHT),
        Statement("厨师", Origin.FROM_JOB, (Span("j3", 2, 4),), 1 / 3),
    )


def test_the_persons_own_word_comes_first_and_grows_with_the_jobs_that_share_it() -> None:
    (cook,) = ground("cook", QUERY)
    assert cook == Statement("cook", Origin.SAID, (Span(None, 5, 9),), 0.5 + 0.5 / 3)
    assert ground("cook", Query("cook")) == (Statement("cook", Origin.SAID, (Span(None, 0, 4),), 1.0),)


def test_other_words_are_traced_to_the_sentence_that_says_it() -> None:
    (one,) = ground("Trained four new cooks", Query(RESUME, JOBS))
    assert one.origin is Origin.SAID
    ((span),) = one.spans
    assert RESUME[span.start : span.end] == "Trained 4 new cooks"
    (job,) = ground("Experienced with espresso machines", Query(RESUME, JOBS))
    assert (job.origin, job.job_ids) == (Origin.FROM_JOB, ("a",))
    assert job.weight == 1 / 2


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Java for five yrs", "said"),
        ("Python for 3 years", "said"),
        ("Python for 5 years", "contradicted"),
        ("Worked as a line cook at the Hilton Garden Inn from 2016 to 2019", "said"),
        ("Line cook at Hilton Garden Inn for three years", "said"),
        ("Line cook at Hilton Garden Inn since 2011", "contradicted"),
        ("Dishwasher at Tony's Diner", "said"),
        ("Dishwasher at Hilton Garden Inn", "contradicted"),
        ("Line cook at Marriott", "inferred"),
        ("Grew sales by 12%", "said"),
        ("Grew sales by 21%", "contradicted"),
        ("Holds a driver's licence", "contradicted"),
        ("Driver's licence", "contradicted"),
        ("No driver's licence", "said"),
        ("Culinary arts, associate's degree", "said"),
        ("Bachelor's degree in culinary arts", "contradicted"),
        ("Master of Business Administration", "contradicted"),
        ("High school diploma", "inferred"),
        ("PMP certification", "from job"),
        ("PMI-ACP certification", "inferred"),
        ("Java and Kotlin", "inferred"),
        ("Barista at Blue Bottle Coffee", "inferred"),
        ("worked at blue bottle coffee", "inferred"),
        ("Barista with Blue Bottle Coffee", "inferred"),
        ("Interested in a barista position at Blue Bottle Coffee", "from job"),
        ("Blue Bottle Coffee", "from job"),
        ("Barista, Blue Bottle Coffee, Oakland", "inferred"),
        ("Barista - Blue Bottle Coffee", "inferred"),
        ("Looking for: barista, Blue Bottle Coffee", "from job"),
        ("海底捞厨师", "inferred"),
        ("曾在海底捞做厨师", "inferred"),
        ("希望从事成本核算", "from job"),
        ("成本核算", "from job"),
        ("叉车证", "inferred"),
        ("三年经验", "from job"),
        ("八年经验", "inferred"),
        ("At least two years of Python", "said"),
        ("Python for 36 months", "said"),
        ("At least four years of Python", "contradicted"),
        ("Over two years of Python", "said"),
        ("Python for 2 years", "contradicted"),
    ],
)
def test_facts_have_to_occur(text: str, right: str) -> None:
    assert right in {outcome(one) for one in ground(text, Query(RESUME, JOBS))}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("本科毕业", "said"),
        ("硕士毕业", "contradicted"),
        ("5年Java经验", "said"),
        ("八年Java经验", "contradicted"),
        ("有驾照", "contradicted"),
        ("英语六级", "contradicted"),
        ("英语四级", "said"),
        ("2018年加入武汉佰钧成", "said"),
        ("2015年加入武汉佰钧成", "contradicted"),
        ("管理12个人的团队", "inferred"),
        ("普通话一级甲等证书", "inferred"),
    ],
)
def test_facts_in_chinese(text: str, right: str) -> None:
    resume = "软件工程本科，五年Java开发经验。2018年7月入职武汉佰钧成技术有限公司。没有驾照，英语四级。"
    assert found(text, resume, ()) == right


TITLED = (
    EngagedJob("m", "Toys R Us Seasonal Sales Team Member\nToys R Us\nNewark\nBilingual preferred. Great IT skills"),
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        # the title again, in other words, is no claim to have held the post
        ("Toys R Us Seasonal Team Member, selling", "from job"),
        ("Experience: Toys R Us Seasonal Sales Team Member", "inferred"),
        ("Former Toys R Us seasonal team member", "inferred"),
        ("Toys R Us store manager", "inferred"),
        # words that claim nothing elsewhere are a statement of their own
        ("Has: Bilingual", "from job"),
        ("Preferred bilingual", "from job"),
        ("Experience: IT", "from job"),
        ("Experience: it", "inferred"),
        ("Includes ability", "inferred"),
    ],
)
def test_titles_and_words_that_claim_nothing(text: str, right: str) -> None:
    assert right in {outcome(one) for one in ground(text, Query("Cashier", TITLED))}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Wrote incident reports", "said"),
        ("Wrote safety reports", "inferred"),
        ("Nursing aide", "said"),
        ("Sales rep", "said"),
        ("Warehouse supervisory role", "said"),
        ("Worked at AT-Tech", "inferred"),
        ("Employed at USA Today", "inferred"),
    ],
)
def test_duties_and_posts_in_other_words(text: str, right: str) -> None:
    resume = "Guard: patrol, incident reports\nNursing assistant\nSales representative\nWarehouse supervisor, tech, USA"
    assert found(text, resume, ()) == right


def test_parts_of_a_list_do_not_deny_each_others_numbers() -> None:
    resume = "Spoke at the 1999 & 2003 CLP conference, repaired F-14 and F-16"
    assert found("The 1999 and 2003 CLP conference", resume, ()) == "said"
    assert found("F-14 & F-16", resume, ()) == "said"
    assert found("The 1999 and 2005 CLP conference", resume, ()) == "contradicted"
    assert found("F-14 & F-35", resume, ()) != "said"


def test_what_is_denied_once_and_said_elsewhere_is_said() -> None:
    assert found("forklift", "No forklift in the first year. Later forklift, every day.", ()) == "said"
    assert found("forklift", "I never drove a forklift", ()) == "contradicted"
    assert found("forklift", "", (EngagedJob("j", "no forklift needed"),)) == "inferred"


def test_a_heading_that_no_source_has_states_nothing() -> None:
    assert [one.text for one in ground("Skills:\n- Java\n\nEducation", Query("Java"))] == ["Java"]
    assert [one.text for one in ground("Skills", Query("Skills\nJava"))] == ["Skills"]


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_made_of_its_sources_is_never_inferred(query: Query) -> None:
    (made,) = ExtractiveCompleter("irc").complete([query])
    assert isinstance(made, Completion)
    assert {one.origin for one in ground(made.text, query)} <= {Origin.SAID, Origin.FROM_JOB}


word = st.sampled_from(
    [
        "no",
        "cook",
        "not",
        "never",
        "5 years",
        "Inc.",
        "at",
        "Hilton",
        ",",
        ". ",
        " - ",
        "\n",
        "没有",
        "驾照",
        "，",
        "·",
        "x" * 90,
    ]
)
texts = st.lists(word, max_size=12).map(" ".join) | st.text(max_size=40)


@given(texts, st.lists(texts, max_size=3))
def test_the_extractive_back_end_says_nothing_that_the_checker_does_not_find(resume: str, jobs: list[str]) -> None:
    query = Query(resume, tuple(EngagedJob(f"j{place}", text) for place, text in enumerate(jobs)))
    (made,) = ExtractiveCompleter("irc").complete([query])
    assert isinstance(made, Completion)
    for one in ground(made.text, query):
        assert one.origin is not Origin.INFERRED, one


@given(texts, texts, st.lists(texts, max_size=2))
def test_every_statement_is_well_formed(text: str, resume: str, jobs: list[str]) -> None:
    query = Query(resume, tuple(EngagedJob(f"j{place}", job) for place, job in enumerate(jobs)))
    sources = {None: resume, **{job.job_id: job.text for job in query.jobs}}
    found = ground(text, query)
    assert [one.text for one in found] == [said for said in phrases(text).values() if said in {o.text for o in found}]
    for one in found:
        assert 0 < one.weight <= 1
        assert not one.contradicted or one.origin is Origin.INFERRED
        assert {span.job_id is None for span in one.spans} == {
            Origin.SAID: {True},
            Origin.FROM_JOB: {False},
            Origin.INFERRED: set(),
        }[one.origin]
        for span in one.spans:
            assert 0 <= span.start < span.end <= len(sources[span.job_id])


HOSTILE_BITS = (
    "a ",
    "1,",
    "at A",
    "No ",
    "Cook, ",
    "三",
    "2019年",
    "((",
    "x" * 50,
    "A.B. ",
    "一级",
    "five ",
    "$",
    "I - ",
)


@pytest.mark.slow
@pytest.mark.parametrize("bit", HOSTILE_BITS)
def test_a_hostile_megabyte_takes_no_longer_than_its_length(bit: str) -> None:
    big = (bit * (1_000_000 // len(bit)))[:1_000_000]
    answer = "Worked at Acme Inc. in 2011\nfive years of Java\n五年经验\nA B C at A\nNo cook certified"
    begun = time.perf_counter()
    ground(answer, Query(big, (EngagedJob("j", big),)))
    ground(big[:20_000], Query(RESUME, JOBS))
    assert time.perf_counter() - begun < 30


def test_an_ordinary_completion_takes_about_a_millisecond() -> None:
    cases = list(load_cases("development"))
    begun = time.process_time()
    for case in cases:
        ground("\n".join(one.text for one in case.statements), case.query)
    # measured 1.5 ms on one core, for ten statements in other words; the bound leaves room for a slow machine
    assert (time.process_time() - begun) / len(cases) < 0.015


def test_threads_share_a_job() -> None:
    queries = people(20) * 5
    right = [ground("Bartender at City bar\nServer in Newark\nCook for 5 years", query) for query in queries]
    made: list[list[tuple[Statement, ...]]] = []

    def work() -> None:
        made.append([ground("Bartender at City bar\nServer in Newark\nCook for 5 years", query) for query in queries])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [right] * 4
