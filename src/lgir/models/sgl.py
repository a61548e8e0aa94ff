"""SGL-text: LightGCN-text that learns besides to tell every node from the others (Wu et al., SGL, SIGIR 2021).

    G', G''  = the training graph without a share ρ of its edges, with degrees of its own; two draws per epoch   its 3.1
    z', z''  = LightGCN's e over G' and over G''
    L_users  = Σ_u −log( exp(cos(z'_u, z''_u)/τ) / Σ_v exp(cos(z'_u, z''_v)/τ) );  L_jobs likewise               its 3.2
    loss     = BPR of LightGCN-text + λ₁ · (L_users + L_jobs)                                                    its 3.3

Of the paper's three ways to make views this is edge dropout (SGL-ED). v runs over all users, or jobs, of training.
Scores are LightGCN's over the whole graph; the views are for training only.

The LGIR paper compares itself with "SGL-text" and gives no formula for it; see `lgir.models.lightgcn` for our reading.
The contrast is between propagated id vectors, before text is added: text is the same in both views.

Deviations. In a step u runs over the users, and the jobs over the positive jobs, of the batch's pairs, as often as they
stand there, as in the authors' program. Sums over a batch are means here, of BPR too, so λ₁ means what theirs does.
"""

from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from pydantic import Field, NonNegativeFloat, PositiveFloat
from torch import Tensor
from torch.nn import functional

from lgir.core.records import Shape, TrainingData
from lgir.core.run import Run
from lgir.models.lightgcn import GraphConfig, GraphLoss, GraphNet, LightGcn
from lgir.models.train import PairBatch, fit_pairs
from lgir.nets.graph import Graph

ROWS_AT_ONCE = 64
"""Nodes compared with all others at a time: few enough that their similarities stay in the processor's cache."""


class SglConfig(GraphConfig):
    """LightGCN's dimensions and training, and the second loss. The authors' values for Yelp2018."""

    kind: Literal["sgl"] = "sgl"
    """Names this model."""
    ssl_weight: NonNegativeFloat = 0.1
    """λ₁, the weight of L_users + L_jobs beside BPR."""
    ssl_temperature: PositiveFloat = 0.2
    """τ: the smaller, the more the nearest other nodes count."""
    edge_dropout: float = Field(default=0.1, ge=0, lt=1)
    """ρ, the share of the edges that a view lacks."""


class _SglLoss(GraphLoss):
    """LightGCN's loss, and InfoNCE over the epoch's two views."""

    def __init__(self, net: GraphNet, config: SglConfig, data: TrainingData, device: str) -> None:
        super().__init__(net, config, data, device)
        self._ssl = config
        self._views = net.graph, net.graph

    def begin_epoch(self, generator: torch.Generator) -> None:
        """Draws the epoch's views."""
        first, second = (drop_edges(self._net.graph, self._ssl.edge_dropout, generator) for _ in range(2))
        self._views = first, second

    def __call__(self, batch: PairBatch) -> Float[Tensor, ""]:
        return super().__call__(batch) + self._ssl.ssl_weight * self._contrast(batch)

    def _contrast(self, batch: PairBatch) -> Float[Tensor, ""]:
        """L_users + L_jobs of the batch's users and positive jobs."""
        tables = self._net.E_user.weight, self._net.E_job.weight
        (users, jobs), (other_users, other_jobs) = (view.propagate(*tables, self._net.layers) for view in self._views)
        tau = self._ssl.ssl_temperature
        of_users = info_nce(users, other_users, batch.users.to(self._device), tau)
        return of_users + info_nce(jobs, other_jobs, batch.positives.to(self._device), tau)


class Sgl(LightGcn):
    """SGL, with or without text."""

    config: SglConfig

    def __init__(self, config: SglConfig, shape: Shape) -> None:
        super().__init__(config, shape)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Trains by BPR and InfoNCE; the weights of the best validation stay.

        Raises:
            TrainingFailed: the data has another shape than the model, or a loss or validation value is not finite.
        """
        net = self._begin(data, run)
        loss = _SglLoss(net, self.config, data, run.device)
        fit_pairs(net, loss, self, self.config, data, run, begin_epoch=loss.begin_epoch)


def drop_edges(graph: Graph, share: float, generator: torch.Generator) -> Graph:
    """The graph without `share` of its edges, drawn at random; what is kept is rounded down."""
    n = len(graph.edges)
    kept = torch.zeros(n, dtype=torch.bool)
    kept[torch.randperm(n, generator=generator)[: int(n * (1 - share))]] = True
    return graph.subgraph(kept.to(graph.edges.device))


def info_nce(
    first: Float[Tensor, "n d"], second: Float[Tensor, "n d"], rows: Int[Tensor, " b"], temperature: float
) -> Float[Tensor, ""]:
    """InfoNCE (section 3.2): each of `rows` in the first view has to find itself among all rows of the second.

    Args:
        first: vectors of all nodes in one view, of any length; cosines are compared.
        second: vectors in the other view.
        rows: the nodes that are looked for; one that stands here twice counts twice.
        temperature: τ > 0.

    Returns:
        The mean over `rows`; 0 where there are none.
    """
    if not len(rows):
        return first.sum() * 0
    wanted = functional.normalize(functional.embedding(rows, first), dim=1)
    all_second = functional.normalize(second, dim=1)
    own = (wanted * functional.embedding(rows, all_second)).sum() / temperature
    everything: Tensor = _LogSumExp.apply(wanted, all_second, temperature)  # type: ignore[no-untyped-call]
    return (everything - own) / len(rows)


class _LogSumExp(torch.autograd.Function):
    """Σ_i log Σ_v exp(q_i·k_v / τ), block by block, its gradient with it.

    Autograd would write all similarities to memory several times over; in blocks they are used while they are at hand,
    which is several times faster at ten thousand nodes.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, temperature: float) -> Tensor:
        by_query, by_key = torch.empty_like(queries), torch.zeros_like(keys)
        total = queries.new_zeros(())
        for start in range(0, len(queries), ROWS_AT_ONCE):
            block = queries[start : start + ROWS_AT_ONCE] / temperature
            weights = block @ keys.T
            largest = weights.amax(dim=1, keepdim=True)
            sums = weights.sub_(largest).exp_().sum(dim=1, keepdim=True)
            total += (sums.log() + largest).sum()
            # the gradient of a log-sum-exp is the softmax: exp(…) / sums
            by_query[start : start + ROWS_AT_ONCE] = (weights @ keys) / (sums * temperature)
            by_key.addmm_(weights.T, block / sums)
        ctx.save_for_backward(by_query, by_key)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        by_query, by_key = ctx.saved_tensors
        return gradient * by_query, gradient * by_key, None
