"""What item-kNN and EASE share: a score is the sum of a job's weights from the jobs that somebody engaged with."""

from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Int64
from scipy.sparse import csr_array

from lgir.core.records import Jobs, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.plain import PlainModel
from lgir.models.train import check_shape, refuse_unseen


class ItemToItem(PlainModel):
    """score(u, j) = Σ_i X_ui·B_ij. People are their histories, so that unseen ones are served; an unseen job has no
    column in B. A subclass says how B is learned, kept and looked up."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "history"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = False
    deterministic: ClassVar[bool] = True

    def learn(self, x: csr_array) -> dict[str, np.ndarray]:
        """The weights, from the training users' histories X."""
        raise NotImplementedError

    def between(self, engaged: Int64[np.ndarray, " i"], jobs: Int64[np.ndarray, " j"]) -> Float32[np.ndarray, "i j"]:
        """B between these job rows."""
        raise NotImplementedError

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns from who engaged with what; nothing is drawn."""
        check_shape(data, self.shape)
        self._learned = self.learn(history_matrix(data.users, self.shape.n_jobs))

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The sums; 0 for somebody without a history.

        Raises:
            LgirError: a job is unseen.
        """
        refuse_unseen(self, jobs=jobs)
        x = history_matrix(users, self.shape.n_jobs)
        engaged = np.unique(x.indices).astype(np.int64)  # a small part of B for a batch of people
        return np.asarray(x[:, engaged] @ self.between(engaged, jobs.rows))


def history_matrix(users: Users, n_jobs: int) -> csr_array:
    """X [u, n_jobs]: 1 where a user's history contains a training job; other jobs are left out."""
    engaged = users.bank.rows[users.history]
    owner = np.repeat(np.arange(len(users)), np.diff(users.offsets))
    known = engaged >= 0
    ones = np.ones(int(known.sum()), dtype=np.float32)
    matrix = csr_array((ones, (owner[known], engaged[known])), shape=(len(users), n_jobs))
    matrix.data[:] = 1  # a job that a history names twice was added up
    return matrix


def cosines(
    x: csr_array, shrinkage: float
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """(i, j, c_ij / (√(c_i·c_j) + shrinkage)) for any two jobs that somebody in X engaged with both of.

    By j, then the most similar first, then by i.
    """
    together = (x.T @ x).tocoo()
    i, j = together.row.astype(np.int64), together.col.astype(np.int64)
    counts = together.diagonal().astype(np.float64)
    values = (together.data / (np.sqrt(counts[i] * counts[j]) + shrinkage)).astype(np.float32)
    order = np.lexsort((i, -values, j))
    order = order[i[order] != j[order]]
    return i[order], j[order], values[order]
