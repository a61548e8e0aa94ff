"""NCF: neural collaborative filtering in its full form NeuMF (He, Liao, Zhang, Nie, Hu, Chua, "Neural Collaborative
Filtering", WWW 2017). It knows users and jobs by their ids alone.

    φ_GMF       = p_u^G ⊙ q_j^G                                                 eq. 8
    φ_MLP       = a(W_L·(… a(W_2·a(W_1·[p_u^M; q_j^M] + b_1) + b_2) …) + b_L), a = ReLU    eq. 10
    score(u, j) = hᵀ·[φ_GMF; φ_MLP]                                             eq. 12, before its σ
    loss        = −Σ_positives log σ(score) − Σ_negatives log(1 − σ(score))     eq. 7

The loss is the paper's own cross-entropy, not BPR: it is what makes the method NCF.

Deviations:
- a score is the logit: σ changes no order, and rounds large logits to ties.
- eq. 7 as a mean instead of a sum, so that the learning rate does not depend on the batch.
- both parts start untrained; the paper's section 3.4.1 starts them from a trained GMF and a trained MLP.
- embeddings start at the paper's N(0, 0.01²), layers at torch's uniform ±1/√(inputs): at 0.01 a signal would be lost
  on its way through three layers.
- AdamW with the defaults of all methods here, among them one negative per positive; the paper takes Adam and four.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.scoring import score_by_states
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


class NcfConfig(TrainConfig):
    """What to build."""

    kind: Literal["ncf"] = "ncf"
    dim: PositiveInt = 64
    """Width of each of the four embeddings."""
    layers: tuple[PositiveInt, ...] = Field(default=(64, 32, 16), min_length=1)
    """Widths of the MLP's hidden layers: the paper's tower, each half as wide as the one below."""
    init_std: PositiveFloat = 0.01
    """Standard deviation of the embeddings at the start."""


class _Net(nn.Module):
    """The embeddings, W, b and h. The first layer and h ⊙ p are taken apart into a half per user and a half per job,
    which are the states: W_1·[p; q] = W_1^u·p + W_1^j·q, and hᵀ·(p ⊙ q) = (h ⊙ p)ᵀ·q."""

    def __init__(self, config: NcfConfig, shape: Shape) -> None:
        super().__init__()
        self._dim = config.dim
        self.P_gmf, self.P_mlp = (nn.Embedding(shape.n_users, config.dim) for _ in range(2))
        self.Q_gmf, self.Q_mlp = (nn.Embedding(shape.n_jobs, config.dim) for _ in range(2))
        for table in (self.P_gmf, self.P_mlp, self.Q_gmf, self.Q_mlp):
            nn.init.normal_(table.weight, std=config.init_std)
        widths = (2 * config.dim, *config.layers)
        self.W = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.h = nn.Linear(config.dim + widths[-1], 1, bias=False)

    def users(self, rows: Int[Tensor, "*n"]) -> Float[Tensor, "*n s"]:
        """[h ⊙ p^G, W_1^u·p^M + b_1]."""
        p: Tensor = self.P_mlp(rows)
        half = functional.linear(p, self._first.weight[:, : self._dim], self._first.bias)
        return torch.cat([self.P_gmf(rows) * self.h.weight[0, : self._dim], half], dim=-1)

    def jobs(self, rows: Int[Tensor, "*n"]) -> Float[Tensor, "*n s"]:
        """[q^G, W_1^j·q^M]."""
        half = functional.linear(self.Q_mlp(rows), self._first.weight[:, self._dim :])
        return torch.cat([self.Q_gmf(rows), half], dim=-1)

    def forward(self, users: Float[Tensor, "... s"], jobs: Float[Tensor, "... s"]) -> Float[Tensor, "..."]:
        """Eq. 12 without σ, from states whose leading axes broadcast."""
        d = self._dim
        gmf = torch.einsum("...d,...d->...", users[..., :d], jobs[..., :d])
        x = (users[..., d:] + jobs[..., d:]).relu_()
        for layer in self.W[1:]:
            x = layer(x).relu_()
        return gmf + x @ self.h.weight[0, d:]

    @property
    def _first(self) -> nn.Linear:
        first = self.W[0]
        assert isinstance(first, nn.Linear)
        return first


class Ncf:
    """The recommender: a `PairScorer` that refuses everybody and everything unseen."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids"})
    serves_unseen_users: ClassVar[bool] = False
    serves_unseen_jobs: ClassVar[bool] = False

    def __init__(self, config: NcfConfig, shape: Shape) -> None:
        self.config, self.shape = config, shape
        self._net = self._initial(seed=0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by eq. 7; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
        """
        check_shape(data, self.shape)
        net = self._net = self._initial(run.seed).to(run.device)

        def loss(batch: PairBatch) -> Float[Tensor, ""]:
            users, jobs = net.users(batch.users.to(run.device)), net.jobs(batch.jobs.to(run.device))
            logits = net(users.unsqueeze(1), jobs)
            wanted = torch.zeros_like(logits)
            wanted[:, 0] = 1
            return functional.binary_cross_entropy_with_logits(logits, wanted)

        fit_pairs(net, loss, self, self.config, data, run)

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """The logit of eq. 12 for every pair.

        Raises:
            LgirError: a user or job is unseen.
        """
        return score_by_states(self, users, jobs)

    def user_states(self, users: Users) -> Float32[np.ndarray, "u s"]:
        """[h ⊙ p^G, W_1^u·p^M + b_1]; errors as `score`."""
        refuse_unseen(self, users=users)
        return self._states(self._net.users, users)

    def job_states(self, jobs: Jobs) -> Float32[np.ndarray, "j s"]:
        """[q^G, W_1^j·q^M]; errors as `score`."""
        refuse_unseen(self, jobs=jobs)
        return self._states(self._net.jobs, jobs)

    def score_states(
        self, users: Float32[np.ndarray, "... s"], jobs: Float32[np.ndarray, "... s"]
    ) -> Float32[np.ndarray, "..."]:
        """The logit of each pair of states; the leading axes broadcast."""
        with torch.no_grad():
            logits: Tensor = self._net(*(torch.from_numpy(side).to(self._device) for side in (users, jobs)))
        return logits.cpu().numpy()

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

    def _states(
        self, half: Callable[[Int[Tensor, " n"]], Float[Tensor, "n s"]], batch: Users | Jobs
    ) -> Float32[np.ndarray, "n s"]:
        with torch.no_grad():
            return half(torch.from_numpy(batch.rows).to(self._device)).cpu().numpy()

    @property
    def _device(self) -> torch.device:
        return self._net.h.weight.device
