"""Reasons for one person's recommendations: the line is walked again with one phrase left out at a time."""

from collections.abc import Sequence

import numpy as np

from lgir.core.phrases import phrases
from lgir.core.records import Completion, Evidence, Jobs, Origin, Query, Users
from lgir.core.seams import TwoTower
from lgir.data.view import field_columns
from lgir.explain.evidence import explain
from lgir.explain.leave_out import names_phrase, without_phrase
from lgir.pipeline.opened import OpenRun

TRIED = 40
"""Statements of one person that are tried as reasons, those of most weight first; each costs an encoding."""

TRIED_OF_JOB = 20
"""Phrases of one job that are tried, in order of occurrence."""


class Reasons:
    """Explains the scores of one person.

    Leaving out a statement takes its words out of the completed and the own résumé, out of the texts of the jobs the
    person engaged with, and out of those jobs' structured values.
    """

    def __init__(
        self,
        run: OpenRun,
        model: TwoTower,
        query: Query,
        completion: Completion | None,
        profile: str,
        person: Users,
        *,
        origins: Sequence[Origin] = tuple(Origin),
    ) -> None:
        self._run, self._model = run, model
        found = () if completion is None else completion.statements
        usable = [statement for statement in found if statement.origin in origins]
        self._statements = sorted(usable, key=lambda statement: -statement.weight)[:TRIED]
        without = self._people(query, profile)
        self._vectors = np.concatenate([model.user_vectors(person), model.user_vectors(without)])

    def for_job(self, place: int, *, limit: int) -> tuple[Evidence, ...]:
        """What carried the score of the job at this place, most first."""
        if not self._statements:
            return ()
        job_id, text = self._run.material.dataset.jobs.select("job_id", "text").row(place)
        columns = field_columns(self._run.material.dataset, np.array([place], dtype=np.int64))
        said = list(phrases(text).values())[:TRIED_OF_JOB]
        values = {name: (value[0], *_without(value * len(said), said)) for name, value in columns.items()}
        texts = [text, *(without_phrase(text, phrase) for phrase in said)]
        jobs = self._run.batcher.jobs([job_id] * len(texts), texts, values)
        return explain(self._vectors, self._model.job_vectors(jobs), self._statements, said, limit=limit)

    def _people(self, query: Query, text: str) -> Users:
        """The person once per statement, each time without it."""
        texts = [without_phrase(text, statement.text) for statement in self._statements]
        bank, size = self._histories(query), len(query.jobs)
        resumes = [without_phrase(query.resume, statement.text) for statement in self._statements]
        places = [range(number * size, (number + 1) * size) for number in range(len(texts))]
        return self._run.batcher.users([query.user_id] * len(texts), texts, resumes, places, bank)

    def _histories(self, query: Query) -> Jobs:
        """For each statement the jobs the person engaged with, without it; one after another."""
        material = self._run.material
        known = np.array([material.place_of_job(job.job_id) for job in query.jobs], dtype=np.int64)
        columns = field_columns(material.dataset, known)
        ids, texts = [], []
        values: dict[str, list[str]] = {name: [] for name in columns}
        for statement in self._statements:
            ids += [job.job_id for job in query.jobs]
            texts += [without_phrase(job.text, statement.text) for job in query.jobs]
            for name, column in columns.items():
                values[name] += _without(column, [statement.text] * len(column))
        return self._run.batcher.jobs(ids, texts, values)


def _without(values: Sequence[str], said: Sequence[str]) -> list[str]:
    """Each value, empty where its phrase names it."""
    return ["" if names_phrase(value, phrase) else value for value, phrase in zip(values, said, strict=True)]
