"""Material → batches: every text completed and encoded once, for training, validation and test alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int64

from lgir.complete.folds import fold_queries
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Progress
from lgir.core.seams import Recommender
from lgir.core.vocabulary import Vocabularies
from lgir.data.posted import posted_days
from lgir.data.view import TrainingView, field_columns
from lgir.encode.batches import Batcher
from lgir.encode.words import WordCodes
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material
from lgir.pipeline.texts import complete_all
from lgir.pipeline.tools import Tools


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Batches over the dataset's own order.

    Attributes:
        catalogue: every job of the dataset; the place of a job is its index.
        users: every user who is trained on or evaluated, as of the end of training.
        user_indices: their indices in the dataset, ascending.
        failures: completions that did not come about.
        tokens: of the language model that completed, in and out.
    """

    catalogue: Jobs
    users: Users
    user_indices: Int64[np.ndarray, " u"]
    failures: int
    tokens: tuple[int, int]

    def users_at(self, indices: Int64[np.ndarray, " n"]) -> Users:
        """The users with these dataset indices, in this order."""
        return self.users.take(np.searchsorted(self.user_indices, indices))


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """What training pairs are ranked with.

    Attributes:
        text: vectors of completed résumés.
        of_pair: for each training pair, the place in `text` of the one it is ranked with.
        failures: completions that did not come about.
        tokens: of the language model that completed, in and out.
    """

    text: Float32[np.ndarray, "m d"]
    of_pair: Int64[np.ndarray, " n"]
    failures: int
    tokens: tuple[int, int]


def catalogue_batch(material: Material, batcher: Batcher) -> Jobs:
    """Every job of the dataset, in its order."""
    dataset = material.dataset
    columns = field_columns(dataset, np.arange(dataset.jobs.height, dtype=np.int64))
    posted = posted_days(dataset, material.split.train)
    return batcher.jobs(dataset.jobs["job_id"].to_list(), dataset.jobs["text"].to_list(), columns, posted)


def seen_in_training(view: TrainingView, config: ExperimentConfig, *, words: bool) -> Vocabularies:
    """Ids, structured values and, on request, words of the training part."""
    found = view.vocabularies()
    if not words:
        return found
    return replace(found, words=WordCodes.fit((*view.job_texts, *view.resumes), config.words).vocabulary)


def make_features(material: Material, tools: Tools, batcher: Batcher, progress: Progress) -> Features:
    """Completes and encodes everybody of the training view and of the validation and test part."""
    indices = material.people()
    queries = [material.query(int(index)) for index in indices]
    completed = complete_all(tools, queries, progress, "completing résumés")
    catalogue = catalogue_batch(material, batcher)
    histories = [[material.place_of_job(job.job_id) for job in query.jobs] for query in queries]
    resumes = [query.resume for query in queries]
    users = batcher.users([query.user_id for query in queries], completed.texts, resumes, histories, catalogue)
    return Features(catalogue, users, indices, len(completed.failures), completed.tokens)


def training_data(
    material: Material,
    features: Features,
    shape: Shape,
    folds: Folds,
    validate: Callable[[Recommender], float],
) -> TrainingData:
    """The training part as a model sees it: rows instead of indices, and nothing of the other parts but `validate`."""
    in_training = np.flatnonzero(features.catalogue.rows >= 0)
    jobs = features.catalogue.take(in_training)
    trained = features.users.take(np.flatnonzero(features.users.rows >= 0))
    history = features.catalogue.rows[trained.history]
    users = replace(trained, bank=jobs, history=history)
    return TrainingData(shape, users, jobs, material.view.pairs, folds.text, folds.of_pair, validate)


def fold_vectors(material: Material, n_folds: int, tools: Tools, progress: Progress) -> Folds:
    """Vectors of résumés completed from a part of a person's jobs, and for each pair one that has not seen its job."""
    folded = fold_queries(material.view, n_folds)
    completed = complete_all(tools, folded.queries, progress, "completing résumés without the job to be ranked")
    return Folds(tools.encoder.encode(completed.texts), folded.fold_of_pair, len(completed.failures), completed.tokens)


def whole_vectors(material: Material, features: Features) -> Folds:
    """The paper's scheme: each pair is trained on the résumé completed from all training jobs, its own among them."""
    trained = features.users.text[features.users.rows >= 0]
    return Folds(trained, material.view.pairs[:, 0].copy(), 0, (0, 0))
