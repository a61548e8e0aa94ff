"""MF: matrix factorisation (Koren, Bell, Volinsky, "Matrix Factorization Techniques for Recommender Systems", IEEE
Computer 42(8), 2009), trained by BPR (Rendle et al., UAI 2009). It knows users and jobs by their ids alone.

    score(u, j) = μ + b_u + b_j + q_jᵀ·p_u         eq. 4 of Koren et al.
    loss        = −log σ(score(u, j) − score(u, j′))    BPR-Opt, eq. 13 of the LGIR paper

Deviations:
- μ and b_u are left out: adding the same to every job of a user, they rank nothing, and BPR gives them no gradient.
- the squared error of eq. 5 gives way to BPR: interactions are implicit, and all methods of the LGIR paper are trained
  alike. λ‖Θ‖² is the optimizer's decoupled weight decay.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.scoring import score_by_vectors
from lgir.models.train import (
    PairBatch,
    TrainConfig,
    arrays_of,
    check_shape,
    fit_pairs,
    load_arrays,
    refuse_unseen,
    seeded,
)
from lgir.nets.losses import bpr_loss
from lgir.nets.products import pair_products


class MfConfig(TrainConfig):
    """What to build."""

    kind: Literal["mf"] = "mf"
    dim: PositiveInt = 64
    """Width of p_u and q_j."""
    bias: bool = True
    """Adds the job's bias b_j."""
    init_std: PositiveFloat = 0.1
    """Standard deviation of the embeddings at the start; biases start at 0."""


class _Net(nn.Module):
    """p, q and b."""

    def __init__(self, config: MfConfig, shape: Shape) -> None:
        super().__init__()
        self.P = nn.Embedding(shape.n_users, config.dim)
        self.Q = nn.Embedding(shape.n_jobs, config.dim)
        self.b = nn.Embedding(shape.n_jobs, 1) if config.bias else None
        nn.init.normal_(self.P.weight, std=config.init_std)
        nn.init.normal_(self.Q.weight, std=config.init_std)
        if self.b is not None:
            nn.init.zeros_(self.b.weight)

    def users(self, rows: Int[Tensor, " n"]) -> Float[Tensor, "n v"]:
        """[p_u, 1]."""
        p: Tensor = self.P(rows)
        return p if self.b is None else torch.cat([p, p.new_ones(len(p), 1)], dim=-1)

    def jobs(self, rows: Int[Tensor, "*n"]) -> Float[Tensor, "*n v"]:
        """[q_j, b_j]."""
        q: Tensor = self.Q(rows)
        return q if self.b is None else torch.cat([q, self.b(rows)], dim=-1)


class Mf:
    """The recommender: a `TwoTower` that refuses everybody and everything unseen."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids"})
    serves_unseen_users: ClassVar[bool] = False
    serves_unseen_jobs: ClassVar[bool] = False

    def __init__(self, config: MfConfig, shape: Shape) -> None:
        self.config, self.shape = config, shape
        self._net = self._initial(seed=0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by BPR; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
        """
        check_shape(data, self.shape)
        net = self._net = self._initial(run.seed).to(run.device)

        def loss(batch: PairBatch) -> Float[Tensor, ""]:
            users, jobs = net.users(batch.users.to(run.device)), net.jobs(batch.jobs.to(run.device))
            scores = pair_products(users, jobs)
            return bpr_loss(scores[:, 0], scores[:, 1:])

        fit_pairs(net, loss, self, self.config, data, run)

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """b_j + q_jᵀ·p_u for every pair.

        Raises:
            LgirError: a user or job is unseen.
        """
        return score_by_vectors(self, users, jobs)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """[p_u, 1]; errors as `score`."""
        refuse_unseen(self, users=users)
        with torch.no_grad():
            return self._net.users(self._rows(users)).cpu().numpy()

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j v"]:
        """[q_j, b_j]; errors as `score`."""
        refuse_unseen(self, jobs=jobs)
        with torch.no_grad():
            return self._net.jobs(self._rows(jobs)).cpu().numpy()

    def weights(self) -> dict[str, np.ndarray]:
        """Every parameter by name."""
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            RuntimeError: a name or a shape differs from the network's.
        """
        load_arrays(self._net, weights)

    def _initial(self, seed: int) -> _Net:
        return seeded(lambda: _Net(self.config, self.shape), seed)

    def _rows(self, batch: Users | Jobs) -> Int[Tensor, " n"]:
        return torch.from_numpy(batch.rows).to(self._net.P.weight.device)
