"""Figure 5: what is marked stands in both texts, and what is compared is what the models read."""

import numpy as np
import pytest

from lgir.core.errors import BadInput, UnknownId
from lgir.core.records import Completion, Origin, Provenance, Span, Statement
from lgir.core.run import Silent
from lgir.evaluate.study.check import check_study
from lgir.pipeline.material import open_material
from lgir.pipeline.tools import open_tools
from lgir.study.case import _completion, _marked, check_case, make_case


@pytest.fixture(scope="module", params=["paper", "time"])
def split(request, study, data):
    """One protocol as an experiment, its material, and a person with training and test jobs and a résumé."""
    made = study(protocols=[request.param], time={"train_until": 0.5, "validate_until": 0.7})
    material = open_material(data, made.experiment("LGIR (default)", request.param))
    both = np.intersect1d(material.split.train[:, 0], material.split.test[:, 0])
    (place, *_) = [user for user in both if len(material.dataset.users["resume"][int(user)]) > 30]
    return made, material, int(place)


def test_a_case_under_the_first_protocol(split, data):
    study, material, place = split
    user = material.dataset.users["user_id"][place]
    case = make_case(study, data, user, Silent())
    jobs = material.dataset.jobs
    mine = material.split.train[material.split.train[:, 0] == place, 1]
    held_out = material.split.test[material.split.test[:, 0] == place, 1]
    assert [job.job_id for job in case.jobs] == jobs["job_id"].gather(mine).to_list()
    assert [job.text.text for job in case.jobs] == jobs["text"].gather(mine).to_list()
    assert case.target.job_id == jobs["job_id"][int(held_out[0])]
    assert case.resume.text == material.dataset.users["resume"][place]
    assert case.simple.text == case.resume.text, "the extractive back end has nothing to add to a résumé alone"
    assert case.interactive.text.startswith(case.resume.text)
    assert len(case.interactive.text) > len(case.resume.text)
    with open_tools(data, study.experiment("LGIR (default)", study.protocols[0]), material.view, Silent()) as tools:
        texts = [case.resume.text, case.simple.text, case.interactive.text, case.target.text.text]
        vectors = tools.encoder.encode(texts)
    expected = [float(vector @ vectors[3]) for vector in vectors[:3]]
    found = [case.similarity_resume, case.similarity_simple, case.similarity_interactive]
    assert found == pytest.approx(expected, abs=1e-6), "vectors have length 1"
    assert case.similarity == "cosine of the text vectors (lexical)"
    assert case.notes == ("no language model was used",)


def test_every_mark_is_a_word_of_the_other_text(split, data):
    study, material, place = split
    case = make_case(study, data, material.dataset.users["user_id"][place], Silent())
    target = case.target.text.text.casefold()
    for text, kind in ((case.resume, "resume"), *((job.text, "history") for job in case.jobs)):
        assert {span.kind for span in text.spans} <= {kind}
        for span in text.spans:
            assert text.text[span.start : span.end].casefold() in target
    others = {"resume": case.resume.text.casefold(), "history": " ".join(j.text.text.casefold() for j in case.jobs)}
    for span in case.target.text.spans:
        assert case.target.text.text[span.start : span.end].casefold() in others[span.kind]
    origins = {span.kind for span in case.interactive.spans}
    assert "from job" in origins


def test_another_target(split, data):
    study, material, place = split
    user, jobs = material.dataset.users["user_id"][place], material.dataset.jobs["job_id"]
    case = make_case(study, data, user, Silent(), job_id=jobs[0])
    assert case.target.job_id == jobs[0]
    with pytest.raises(UnknownId, match="job 'none' is not in this catalogue of 80 jobs"):
        make_case(study, data, user, Silent(), job_id="none")


def test_people_without_a_case(split, data):
    study, material, _ = split
    with pytest.raises(UnknownId, match="user 'nobody' is not among the 60 users"):
        make_case(study, data, "nobody", Silent())
    with pytest.raises(UnknownId, match="user 'nobody' is not among the 60 users"):
        check_case(material, "nobody")
    untested = np.setdiff1d(np.arange(60), material.split.test[:, 0])
    for place in untested[:1].tolist():
        user = material.dataset.users["user_id"][place]
        with pytest.raises(BadInput, match="has no test job to compare with; name a job with --job"):
            check_case(material, user)
        # with a job named, there is something to compare
        assert make_case(study, data, user, Silent(), job_id=material.dataset.jobs["job_id"][3]).target.job_id


def test_marks_by_hand():
    marked = _marked("The C++ and c# of Rust; rusty", {"resume": frozenset({"c++", "rust", "c#"})})
    assert [marked.text[span.start : span.end] for span in marked.spans] == ["C++", "c#", "Rust"]


def test_statements_carry_their_origin_in_order():
    statements = (
        Statement("cook", Origin.SAID, ()),
        Statement("bake bread", Origin.FROM_JOB, (Span("j1", 0, 10),)),
        Statement("cook", Origin.INFERRED, ()),
        Statement("not there", Origin.INFERRED, ()),
    )
    text = "cook\nbake bread\ncook"
    given = Completion(text, statements, Provenance("extractive", None, None, {}, ()))
    marked = _completion(given, frozenset({"cook"}), frozenset({"bread", "cook"}))
    spans = [(text[span.start : span.end], span.start, span.kind) for span in marked.spans]
    assert spans == [
        ("cook", 0, "resume"),
        ("bread", 10, "history"),
        ("cook", 16, "resume"),
        ("cook", 0, "said"),
        ("bake bread", 5, "from job"),
        ("cook", 16, "inferred"),
    ]


def test_a_case_goes_into_the_report(calm, split, data):
    from dataclasses import replace

    study, material, place = split
    case = make_case(study, data, material.dataset.users["user_id"][place], Silent())
    check_study(replace(calm.summary.result, case=case))
