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

    def __init__(self, n_users: int, n_jobs: int, dim: int, layers: int, pairs: Int64[np.ndarray, "n 2"]) -> None:
        super().__init__()
        self.graph = Graph.from_pairs(pairs, n_users, n_jobs)
        self.layers = layers
        self.E_user, self.E_job = nn.Embedding(n_users, dim), nn.Embedding(n_jobs, dim)
        for table in (self.E_user, self.E_job):
            nn.init.xavier_uniform_(table.weight)
        self._kept: dict[int, tuple[Tensor, Tensor]] = {}
        # weights are replaced: what was kept is dropped
        self.register_load_state_dict_post_hook(lambda module, _: module._kept.clear())  # type: ignore[no-untyped-call]

    def without(self, edges: Int[Tensor, " b"]) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """`propagated` over the graph without these edges, given by their places in `Graph.edges`: the score of a pair
        that is learned from must not know of it."""
        kept = torch.ones(len(self.graph.edges), dtype=torch.bool, device=edges.device)
        kept[edges] = False
        return self.graph.subgraph(kept).propagate(self.E_user.weight, self.E_job.weight, self.layers)

    def propagated(self, layers: int | None = None) -> tuple[Float[Tensor, "u d"], Float[Tensor, "j d"]]:
        """e of everybody and everything in training; kept outside of training until a weight can have moved."""
        k = self.layers if layers is None else layers
        if self.training:
            return self.graph.propagate(self.E_user.weight, self.E_job.weight, k)
        if k not in self._kept:
            with torch.no_grad():
                self._kept[k] = self.graph.propagate(self.E_user.weight, self.E_job.weight, k)
        return self._kept[k]

    def users(
        self, rows: Int[Tensor, " b"], history: Int[Tensor, " h"], offsets: Int[Tensor, " b_plus_1"]
    ) -> Float[Tensor, "b d"]:
        """e of people by their rows, or, where training has not seen them, by the job rows of their histories."""
        known = self.propagated()[0]
        # without a row, layer 0 is zero; see Graph.new_users
        new = self.graph.new_users(history, offsets, self.propagated(self.layers - 1)[1], self.layers)
        return torch.where((rows >= 0).unsqueeze(-1), known[rows.clamp(min=0)], new)

    def jobs(self, rows: Int[Tensor, " b"]) -> Float[Tensor, "b d"]:
        """e of jobs by their rows; zero for what training has not seen."""
        return self.propagated()[1][rows.clamp(min=0)] * (rows >= 0).unsqueeze(-1)

    def train(self, mode: bool = True) -> "Collaboration":
        """Weights move in training: what was kept is dropped."""
        self._kept = {}
        return super().train(mode)
