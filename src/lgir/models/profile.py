"""Profile: ranks jobs by the words they share with a person's completed résumé and with the jobs they engaged with."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from lgir.core.config import Config
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.bags import Collection, word_counts
from lgir.models.plain import PlainModel


class ProfileConfig(Config):
    """How words are weighed."""

    kind: Literal["profile"] = "profile"
    weighting: Literal["bm25", "tfidf"] = "bm25"
    """bm25: one query of all words of the résumé and the engaged jobs; tfidf: cosine of the résumé plus mean cosine of
    the engaged jobs. Which words are rare is learned from the training jobs alone."""


class Profile(PlainModel):
    """The recommender: it knows nobody by id, so that everybody and everything is served alike."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"words", "history"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, config: ProfileConfig, shape: Shape) -> None:
        super().__init__(shape, df=np.zeros(shape.n_words, np.float32), mean_length=np.ones(1, np.float32))
        self.config = config

    def fit(self, data: TrainingData, run: Run) -> None:
        """Counts the training jobs with each word, and their mean length, at least 1."""
        words = word_counts(data.jobs, self.shape.n_words)
        df = np.bincount(words.indices, minlength=self.shape.n_words).astype(np.float32)
        self._learned = {"df": df, "mean_length": np.array([max(words.sum() / len(data.jobs), 1)], np.float32)}

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """Sums over the shared words; 0 where there are none."""
        known = Collection(self.shape.n_jobs, self._learned["df"], float(self._learned["mean_length"][0]))
        return (known.bm25_scores if self.config.weighting == "bm25" else known.tf_idf_scores)(users, jobs)
