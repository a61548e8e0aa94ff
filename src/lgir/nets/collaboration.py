"""Who engages with what, as one inner product: id vectors propagated over the training graph (LightGCN, eq. 3, 4)."""

import numpy as np
import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor, nn

from lgir.nets.graph import Graph


class Collaboration(nn.Module):
    """Vectors of people and jobs whose inner product says how well they fit by behaviour alone.

    A job that training has not seen has the zero vector; a person it has not seen gets one from their history.
    """

    strength: Tensor
    """What the inner product is multiplied with where it is added to another score; set from outside, no parameter."""

    def __init__(self, n_users: int, n_jobs: int, dim: int, layers: int, least: int) -> None:
        """Without edges; they come with the data (`take_edges`) or with the weights.

        Args:
            n_users, n_jobs: rows.
            dim: width of a vector.
            layers: K.
            least: jobs with fewer training interactions get the zero vector.
        """
        super().__init__()
        self.graph = Graph.from_pairs(np.zeros((0, 2), dtype=np.int64), n_users, n_jobs)
        self.layers, self.least = layers, least
        self.register_buffer("strength", torch.zeros(()))
        self.E_user, self.E_job = nn.Embedding(n_users, dim), nn.Embedding(n_jobs, dim)
        for table in (self.E_user, self.E_job):
            nn.init.xavier_uniform_(table.weight)
        self._kept: tuple[Tensor, Tensor] | None = None
        self._kept_below: Tensor | None = None
        # weights are replaced: what was kept is dropped
        self.register_load_state_dict_post_hook(lambda module, _: module._forget())  # type: ignore[no-untyped-call]

    def take_edges(self, pairs: Int64[np.ndarray, "n 2"]) -> Int64[np.ndarray, " n"]:
        """Makes the graph of these (user row, job row) pairs; returns every pair's place in `Graph.edges`."""
        device = self.graph.edges.device
        self.graph = Graph.from_pairs(pairs, self.graph.n_users, self.graph.n_jobs).to(device)
        self._by_job = torch.argsort(self.graph.edges[:, 1], stable=True)
        self._first = self.graph.job_degrees.cumsum(0) - self.graph.job_degrees
        edges, width = self.graph.edges.cpu().numpy(), np.array([self.graph.n_jobs, 1])
        places: np.ndarray = np.searchsorted(edges @ width, pairs @ width)
        return places

    def without(
        self, edges: Int[Tensor, " b"], others: Int[Tensor, "*n"], generator: torch.Generator
    ) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """`propagated` over the graph without these edges, and without one edge of every other job.

        The score of a pair that is learned from must not know of it. Were its edge alone left out, a job's shorter
        neighbourhood would tell that it is the positive one; so the negative jobs lose one at random too.

        Args:
            edges: places in `Graph.edges` of the batch's pairs.
            others: rows of its negative jobs, in any shape.
            generator: chooses.
        """
        kept = torch.ones(len(self.graph.edges), dtype=torch.bool, device=edges.device)
        kept[edges] = False
        distinct = torch.unique(others)
        degrees = self.graph.job_degrees[distinct]
        distinct, degrees = distinct[degrees > 0], degrees[degrees > 0]
        chosen = (torch.rand(len(distinct), generator=generator).to(edges.device) * degrees).long()
        kept[self._by_job[self._first[distinct] + chosen]] = False
        return self._vectors(self.graph.subgraph(kept))

    def propagated(self) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """e of everybody and everything in training; kept outside of training until a weight can have moved."""
        if self.training:
            return self._vectors(self.graph)
        if self._kept is None:
            with torch.no_grad():
                self._kept = self._vectors(self.graph)
        return self._kept

    def _vectors(self, graph: Graph) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        users, jobs = graph.propagate(self.E_user.weight, self.E_job.weight, self.layers)
        # the whole graph's degrees: whether a job has a vector must not tell which of its pairs is left out
        return users, jobs * (self.graph.job_degrees >= self.least).unsqueeze(-1)

    def users(
        self, rows: Int[Tensor, " b"], history: Int[Tensor, " h"], offsets: Int[Tensor, " b_plus_1"]
    ) -> Float[Tensor, "b d"]:
        """e of people by their rows, or, where training has not seen them, by the job rows of their histories."""
        known = self.propagated()[0]
        # without a row, layer 0 is zero; see Graph.new_users
        new = self.graph.new_users(history, offsets, self._below(), self.layers)
        return torch.where((rows >= 0).unsqueeze(-1), known[rows.clamp(min=0)], new)

    def _below(self) -> Float[Tensor, "j d"]:
        """The jobs' vectors of one layer less."""
        if self._kept_below is None or self.training:
            with torch.no_grad():
                self._kept_below = self.graph.propagate(self.E_user.weight, self.E_job.weight, self.layers - 1)[1]
        return self._kept_below

    def jobs(self, rows: Int[Tensor, " b"]) -> Float[Tensor, "b d"]:
        """e of jobs by their rows; zero for what training has not seen."""
        return self.propagated()[1][rows.clamp(min=0)] * (rows >= 0).unsqueeze(-1)

    def train(self, mode: bool = True) -> "Collaboration":
        """Weights move in training: what was kept is dropped."""
        self._forget()
        return super().train(mode)

    def _forget(self) -> None:
        self._kept, self._kept_below = None, None
