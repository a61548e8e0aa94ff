"""LightGCN-text: id vectors propagated over the training graph, and text (He et al., LightGCN, SIGIR 2020).

    e_u, e_j = mean over layers 0 to K of vectors propagated over the training graph    its eq. 3, 4: `lgir.nets.graph`
    x_u = MLP_user([e_u; W_G]),  x_j = MLP_job([e_j; W_T])                              LGIR's eq. 3, 4, e for P and Q
    score = x_u · x_j                                                                   its eq. 5, x for e
    loss = BPR + λ‖E^(0)‖²                                                              its section 3.3

The LGIR paper compares itself with "LightGCN-text" and gives no formula for it; that e takes the place of P and Q in
its own eq. 3 and 4 is our reading. With `text = false` it is LightGCN as published: score = e_u · e_j.

Deviations. λ‖E^(0)‖² is AdamW's decoupled decay of everything learned, as for all methods of the LGIR paper;
`embedding_l2` adds the published term. As published, a pair is scored in training over a graph that holds the pair
itself. Its text is the completed résumé that has not seen the pair's job.

Unseen people and jobs have no edge, and not even an id: with text they are scored with e = 0, without it refused.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

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
from lgir.nets.graph import Graph
from lgir.nets.losses import bpr_loss
from lgir.nets.mlp import Mlp
from lgir.nets.products import pair_products


class GraphConfig(TrainConfig):
    """What the models on the graph of people and jobs share."""

    dim: PositiveInt = 64
    """Width of e and of x (LGIR paper: 64 for all methods)."""
    layers: PositiveInt = 3
    """K, how often vectors are propagated."""
    text: bool = True
    """Whether texts count beside ids; without them the model is the published one."""
    hidden_dim: PositiveInt = 128
    """Hidden width of the towers (d_e' of the LGIR paper); without `text` there are no towers."""
    embedding_l2: NonNegativeFloat = 0.0
    """λ of LightGCN's loss: half the squared length of the batch's e^(0), as a mean over its pairs, is added to the
    loss. 0 leaves it to `weight_decay`."""


class LightGcnConfig(GraphConfig):
    """LightGCN's dimensions and training."""

    kind: Literal["lightgcn"] = "lightgcn"
    """Names this model."""


class GraphNet(nn.Module):
    """Everything with parameters, and the training graph."""

    def __init__(self, config: GraphConfig, shape: Shape, pairs: Int64[np.ndarray, "n 2"]) -> None:
        super().__init__()
        self.graph = Graph.from_pairs(pairs, shape.n_users, shape.n_jobs)
        self.layers = config.layers
        self.E_user = nn.Embedding(shape.n_users, config.dim)
        self.E_job = nn.Embedding(shape.n_jobs, config.dim)
        for table in (self.E_user, self.E_job):
            nn.init.xavier_uniform_(table.weight)
        sizes = (config.dim + shape.dim, config.hidden_dim, config.dim)
        self.user_tower = Mlp(*sizes, bias=True) if config.text else None
        self.job_tower = Mlp(*sizes, bias=True) if config.text else None
        self._kept: tuple[Tensor, Tensor] | None = None

    def propagated(self) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """e of every user and job. Outside of training it is computed once and kept until a weight can have moved."""
        if self.training:
            return self.graph.propagate(self.E_user.weight, self.E_job.weight, self.layers)
        if self._kept is None:
            with torch.no_grad():
                self._kept = self.graph.propagate(self.E_user.weight, self.E_job.weight, self.layers)
        return self._kept

    def train(self, mode: bool = True) -> "GraphNet":
        """Weights move in training: what was kept is dropped."""
        self._kept = None
        return super().train(mode)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Weights are replaced: what was kept is dropped."""
        self._kept = None
        return super().load_state_dict(state_dict, strict, assign)

    def x_user(self, e: Float[Tensor, "b d"], text: Float[Tensor, "b t"]) -> Float[Tensor, "b d"]:
        """x_u of people with these propagated vectors and texts."""
        return e if self.user_tower is None else self.user_tower(torch.cat([e, text], dim=-1))

    def x_job(self, e: Float[Tensor, "b d"], text: Float[Tensor, "b t"]) -> Float[Tensor, "b d"]:
        """x_j, likewise."""
        return e if self.job_tower is None else self.job_tower(torch.cat([e, text], dim=-1))


class GraphLoss:
    """BPR of a batch, with the training data on the network's device."""

    def __init__(self, net: GraphNet, config: GraphConfig, data: TrainingData, device: str) -> None:
        self._net, self._config, self._device = net, config, device
        self._fold_text = torch.from_numpy(data.fold_text).to(device)
        self._fold_of_pair = torch.from_numpy(data.fold_of_pair).to(device)
        self._job_text = torch.from_numpy(data.jobs.text).to(device)

    def __call__(self, batch: PairBatch) -> Float[Tensor, ""]:
        users, jobs, pairs = (rows.to(self._device) for rows in (batch.users, batch.jobs, batch.pairs))
        e_users, e_jobs = self._net.propagated()
        x_users = self._net.x_user(functional.embedding(users, e_users), self._fold_text[self._fold_of_pair[pairs]])
        # a job often stands in a batch many times; its tower is walked once
        distinct, place = torch.unique(jobs, return_inverse=True)
        x_distinct = self._net.x_job(functional.embedding(distinct, e_jobs), self._job_text[distinct])
        scores = pair_products(x_users, functional.embedding(place, x_distinct))
        return bpr_loss(scores[:, 0], scores[:, 1:]) + self._penalty(users, jobs)

    def _penalty(self, users: Int[Tensor, " b"], jobs: Int[Tensor, "b k"]) -> Float[Tensor, ""] | float:
        """λ/2 · Σ‖e^(0)‖² over the batch's users and jobs, per pair."""
        if not self._config.embedding_l2:
            return 0.0
        squares = self._net.E_user(users).square().sum() + self._net.E_job(jobs).square().sum()
        penalty: Tensor = self._config.embedding_l2 / 2 * squares / len(users)
        return penalty


class LightGcn:
    """LightGCN, with or without text."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: GraphConfig, shape: Shape) -> None:
        self.config, self._shape = config, shape
        # without text an instance serves less than its class can
        vars(self).update(serves_unseen_users=config.text, serves_unseen_jobs=config.text)
        no_pairs = np.zeros((0, 2), dtype=np.int64)
        self._net = seeded(lambda: GraphNet(config, shape, no_pairs), 0).eval()
        self._device = "cpu"

    def fit(self, data: TrainingData, run: Run) -> None:
        """Trains by BPR; the weights of the best validation stay.

        Raises:
            TrainingFailed: the data has another shape than the model, or a loss or validation value is not finite.
        """
        net = self._begin(data, run)
        fit_pairs(net, GraphLoss(net, self.config, data, run.device), self, self.config, data, run)

    def _begin(self, data: TrainingData, run: Run) -> GraphNet:
        """A new network over the graph of the training pairs, on the run's device."""
        check_shape(data, self._shape)
        self._device = run.device
        self._net = seeded(lambda: GraphNet(self.config, self._shape, data.pairs), run.seed).to(run.device)
        return self._net

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u d"]:
        """x_u of every user.

        Raises:
            LgirError: a user is unseen and the model uses no text.
        """
        refuse_unseen(self, users=users)
        with torch.no_grad():
            e = self._rows(self._net.propagated()[0], users.rows)
            return self._net.x_user(e, self._tensor(users.text)).cpu().numpy()

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j d"]:
        """x_j of every job.

        Raises:
            LgirError: a job is unseen and the model uses no text.
        """
        refuse_unseen(self, jobs=jobs)
        with torch.no_grad():
            e = self._rows(self._net.propagated()[1], jobs.rows)
            return self._net.x_job(e, self._tensor(jobs.text)).cpu().numpy()

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """x_u · x_j of every pair.

        Raises:
            LgirError: a user or job is unseen and the model uses no text.
        """
        return score_by_vectors(self, users, jobs)

    def weights(self) -> dict[str, np.ndarray]:
        """Parameters by name, and the training graph as `graph.edges`."""
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            RuntimeError: a name or a shape differs.
        """
        load_arrays(self._net, weights)

    def _rows(self, table: Float[Tensor, "n d"], rows: Int64[np.ndarray, " b"]) -> Float[Tensor, "b d"]:
        """These rows of the table, zero for row −1."""
        place = self._tensor(rows)
        return table[place.clamp(min=0)] * (place >= 0).unsqueeze(-1)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self._device)
