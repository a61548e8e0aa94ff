"""One person asks, known or new; one job asks."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from lgir.core.errors import BadInput, UnknownId
from lgir.core.records import Origin, Query
from lgir.core.run import Silent
from lgir.pipeline.features import catalogue_batch, make_features
from lgir.pipeline.opened import open_run
from lgir.recommend import candidates, known_person, recommend


@pytest.fixture
def run(trained):
    with open_run(trained.run, Silent()) as opened:
        yield opened


@pytest.fixture
def busy(run):
    """A user with a résumé and training jobs."""
    row = next(row for row in range(len(run.material.view.users)) if run.material.view.resumes[row])
    return run.material.view.users.ids[row]


def test_a_known_person_gets_the_models_ranking_without_jobs_engaged_with(run, busy):
    found = recommend(run, known_person(run, busy), k=5, progress=Silent())
    features = make_features(run.material, run.tools, run.batcher, Silent())
    index = run.material.dataset.users["user_id"].to_list().index(busy)
    model = run.model(run.best_seed())
    scores = model.score(features.users_at(np.array([index])), features.catalogue)[0]
    engaged = run.material.dataset.interactions.filter(pl.col("user_id") == busy)["job_id"].to_list()
    ids = run.material.dataset.jobs["job_id"].to_list()
    scores[[ids.index(job) for job in engaged]] = -np.inf
    assert [job.job_id for job in found.jobs] == [ids[place] for place in np.argsort(-scores, kind="stable")[:5]]
    assert [job.rank for job in found.jobs] == [1, 2, 3, 4, 5]
    assert not {job.job_id for job in found.jobs} & set(engaged)


def test_reasons_come_from_the_completion_and_carry_weight(run, busy):
    found = recommend(run, known_person(run, busy), k=3, progress=Silent())
    said = {statement.text for statement in found.completion.statements}
    reasons = [reason for job in found.jobs for reason in job.reasons]
    assert reasons
    assert all(reason.phrase in said and reason.weight > 0 for reason in reasons)


def test_somebody_new_is_served_from_a_resume_alone(run):
    trade = run.material.view.job_texts[0].split("\n")[0]
    found = recommend(run, Query(f"I have worked as {trade}."), k=3, progress=Silent())
    assert found.user_id is None
    assert len(found.jobs) == 3
    assert all(reason.origin is Origin.SAID for job in found.jobs for reason in job.reasons)
    with pytest.raises(BadInput, match="neither a résumé nor a job"):
        recommend(run, Query(" \n"), progress=Silent())


def test_somebody_the_split_left_out_comes_with_all_jobs(run, busy):
    everything = run.material.dataset.interactions.filter(pl.col("user_id") == busy).height
    assert len(known_person(run, busy).jobs) < everything
    nobody = replace(run.material, view=run.material.view)
    object.__setattr__(nobody, "people", lambda: np.zeros(0, dtype=np.int64))
    alone = replace(run, material=nobody)
    assert len(known_person(alone, busy).jobs) == everything


def test_jobs_that_are_closed_can_be_left_out(run, busy):
    jobs = run.material.dataset.jobs
    moment = jobs["posted_at"].sort()[jobs.height // 4]
    found = recommend(run, known_person(run, busy), k=jobs.height, open_at=moment, progress=Silent())
    posted = dict(zip(jobs["job_id"], jobs["posted_at"], strict=True))
    assert found.jobs
    assert all(posted[job.job_id] <= moment for job in found.jobs)
    assert not recommend(
        run, known_person(run, busy), k=3, open_at=datetime(1990, 1, 1, tzinfo=UTC), progress=Silent()
    ).jobs


def test_candidates_mirror_the_scores_and_show_own_words_only(run):
    job_id = run.material.view.jobs.ids[0]
    found = candidates(run, job_id, k=4, progress=Silent())
    features = make_features(run.material, run.tools, run.batcher, Silent())
    place = run.material.place_of_job(job_id)
    catalogue = catalogue_batch(run.material, run.batcher)
    scores = run.model(run.best_seed()).score(features.users, catalogue.take(np.array([place])))[:, 0]
    names = run.material.dataset.users["user_id"].gather(features.user_indices).to_list()
    engaged = run.material.dataset.interactions.filter(pl.col("job_id") == job_id)["user_id"].to_list()
    best = [names[row] for row in np.argsort(-scores, kind="stable") if names[row] not in engaged][:4]
    assert [one.user_id for one in found] == best
    assert all(reason.origin is Origin.SAID for one in found for reason in one.reasons)


def test_unknown_ids_are_refused_by_name(run):
    with pytest.raises(UnknownId, match="user 'nobody' is not among the 60 users"):
        known_person(run, "nobody")
    with pytest.raises(UnknownId, match="job 'nothing' is not in this catalogue of 80 jobs"):
        candidates(run, "nothing", progress=Silent())
