"""Propagation over the graph of people and the jobs they engaged with (LightGCN, He et al., SIGIR 2020, section 3.1).

    e_u^(k+1) = Σ_{j ∈ N_u} e_j^(k) / √(|N_u|·|N_j|)        eq. 3, first half
    e_j^(k+1) = Σ_{u ∈ N_j} e_u^(k) / √(|N_j|·|N_u|)        eq. 3, second half
    e = (e^(0) + … + e^(K)) / (K + 1)                       eq. 4 with α_k = 1 / (K + 1)

With the vectors of all people and jobs stacked as E and S = D^−½·A·D^−½, that is (1 + S + … + S^K)·E / (K + 1). It is
evaluated as E + S·(E + S·(E + …)), and since S is symmetric its gradient is the same polynomial applied to the incoming
gradient: nothing has to be kept for the backward pass.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Int64
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class Graph(nn.Module):
    """The edges between people and jobs, ready for propagation.

    The buffer `edges` belongs to the weights of the network that holds the graph: a model that is loaded propagates
    over the edges it was trained on, whatever their number. Everything else follows from it.
    """

    edges: Tensor
    """(user row, job row), each once, ordered by user, then by job."""
    job_degrees: Tensor
    """|N_j|."""
    _jobs: Tensor
    _job_weights: Tensor
    _user_starts: Tensor
    _users: Tensor
    _user_weights: Tensor
    _job_starts: Tensor

    def __init__(self, edges: Int64[Tensor, "n 2"], n_users: int, n_jobs: int) -> None:
        """`edges` as in the attribute; `from_pairs` takes them in any order."""
        super().__init__()
        self.n_users, self.n_jobs = n_users, n_jobs
        self._set_edges(edges)

    @classmethod
    def from_pairs(cls, pairs: Int64[np.ndarray, "n 2"], n_users: int, n_jobs: int) -> "Graph":
        """The graph of (user row, job row) pairs; a pair that is given twice is one edge."""
        return cls(torch.unique(torch.from_numpy(pairs), dim=0), n_users, n_jobs)

    def subgraph(self, kept: Bool[Tensor, " n"]) -> "Graph":
        """The graph of these edges alone, with degrees of its own."""
        return Graph(self.edges[kept], self.n_users, self.n_jobs)

    def propagate(
        self, users: Float[Tensor, "u d"], jobs: Float[Tensor, "j d"], layers: int
    ) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """The mean over layers 0 to `layers` of everybody's and everything's vectors; differentiable once.

        Who or what has no edge keeps the vector of layer 0, divided by `layers` + 1.

        Args:
            users: e^(0) of every user row.
            jobs: e^(0) of every job row.
            layers: K ≥ 0.
        """
        found: tuple[Tensor, Tensor] = _Propagation.apply(users, jobs, self, layers)  # type: ignore[no-untyped-call]
        return found

    def new_users(
        self,
        history: Int[Tensor, " h"],
        offsets: Int[Tensor, " b_plus_1"],
        jobs: Float[Tensor, "j d"],
        layers: int,
    ) -> Float[Tensor, "b d"]:
        """What `propagate` gives people who have no row, from the jobs they engaged with.

        Layer 0 is zero for want of an id; layers 1 to K follow eq. 3 with the degrees |N_j| of training, so that a
        person of training, given as new with the same history, differs from their own row by e^(0) / (K + 1) alone.

        Args:
            history: job rows, people's histories one after another; −1, or a job without an edge, adds nothing.
            offsets: person i's history is history[offsets[i]:offsets[i + 1]].
            jobs: the jobs' vectors from `propagate` with `layers` − 1 layers.
            layers: K ≥ 1.

        Returns:
            One vector per person; zero without a history.
        """
        owner = torch.repeat_interleave(torch.arange(len(offsets) - 1, device=offsets.device), offsets.diff())
        degrees = self.job_degrees[history.clamp(min=0)] * (history >= 0)
        known = degrees > 0
        counts = torch.bincount(owner[known], minlength=len(offsets) - 1)
        weights = _weights(counts[owner[known]], degrees[known])
        # Σ_{k=1..K} e_u^(k) is S applied to Σ_{k<K} e_j^(k), which is K times the mean that `jobs` is
        return _summed(jobs, history[known], weights, _starts(counts)) * (layers / (layers + 1))

    def summed_layers(
        self, users: Float[Tensor, "u d"], jobs: Float[Tensor, "j d"], layers: int
    ) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """(1 + S + … + S^K) applied to the vectors; no gradient is recorded."""
        with torch.no_grad():
            of_users, of_jobs = users, jobs
            for _ in range(layers):
                of_users, of_jobs = (
                    _summed(of_jobs, self._jobs, self._job_weights, self._user_starts).add_(users),
                    _summed(of_users, self._users, self._user_weights, self._job_starts).add_(jobs),
                )
            return of_users, of_jobs

    def _set_edges(self, edges: Int64[Tensor, "n 2"]) -> None:
        user, job = edges.unbind(1)
        user_degrees = torch.bincount(user, minlength=self.n_users)
        job_degrees = torch.bincount(job, minlength=self.n_jobs)
        weights = _weights(user_degrees[user], job_degrees[job])
        by_job = torch.argsort(job, stable=True)
        self.register_buffer("edges", edges)
        derived = {
            "job_degrees": job_degrees,
            # every user's jobs one after another, with the weight of each edge
            "_jobs": job.contiguous(),
            "_job_weights": weights,
            "_user_starts": _starts(user_degrees),
            # every job's users, likewise
            "_users": user[by_job],
            "_user_weights": weights[by_job],
            "_job_starts": _starts(job_degrees),
        }
        for name, tensor in derived.items():
            self.register_buffer(name, tensor, persistent=False)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Takes the edges as they come, before torch compares their number with that of the edges now here."""
        edges = state_dict.get(prefix + "edges")
        if edges is not None and not self._fits(edges):
            wanted = f"(user row, job row) of {self.n_users} users and {self.n_jobs} jobs"
            error_msgs.append(f"{prefix}edges: expected pairs {wanted}; load the weights of a model of this size")
            return
        if edges is not None:
            self._set_edges(edges.to(self.edges.device))
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _fits(self, edges: Tensor) -> bool:
        """Whether these are pairs of rows there are."""
        if edges.dtype != torch.int64 or edges.ndim != 2 or edges.shape[1] != 2:
            return False
        ends = torch.tensor([self.n_users, self.n_jobs], device=edges.device)
        return bool(((edges >= 0) & (edges < ends)).all())


class _Propagation(torch.autograd.Function):
    """`Graph.propagate`: a symmetric linear map, hence its own gradient."""

    @staticmethod
    def forward(ctx: Any, users: Tensor, jobs: Tensor, graph: Graph, layers: int) -> tuple[Tensor, Tensor]:
        ctx.graph, ctx.layers = graph, layers
        of_users, of_jobs = graph.summed_layers(users, jobs, layers)
        return of_users / (layers + 1), of_jobs / (layers + 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, users: Tensor, jobs: Tensor) -> tuple[Tensor, Tensor, None, None]:
        of_users, of_jobs = ctx.graph.summed_layers(users, jobs, ctx.layers)
        return of_users / (ctx.layers + 1), of_jobs / (ctx.layers + 1), None, None


def _weights(one: Int[Tensor, " n"], other: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    """1 / √(degree · degree) of every edge."""
    return (one * other).double().rsqrt().float()


def _starts(counts: Int[Tensor, " n"]) -> Int[Tensor, " n_plus_1"]:
    """Where each run of so many begins, and the end of the last."""
    return functional.pad(counts.cumsum(0), (1, 0))


def _summed(vectors: Tensor, places: Tensor, weights: Tensor, starts: Tensor) -> Tensor:
    """Row m is the sum of weights[i]·vectors[places[i]] over i from starts[m] to before starts[m + 1]: the product of a
    sparse matrix, given by rows, with a dense one.

    On a processor an embedding bag sums faster than PyTorch's sparse products do, and each row is summed in the order
    of its entries, whatever the number of threads.
    """
    return functional.embedding_bag(
        places, vectors, starts, mode="sum", include_last_offset=True, per_sample_weights=weights.to(vectors.dtype)
    )
