"""SHPJF: Search History enhanced Person-Job Fit (Hou et al., "Leveraging Search History for Improving Person-Job Fit",
DASFAA 2022). Where the paper's text leaves a size or an order open, the authors' code (github.com/hyp1231/SHPJF) told.

Three parts are scored together (⊙ elementwise, id vectors zero for the unseen):

Text matching
    m(u, j) = MLP_user(résumé) ⊙ MLP_job(job)

Intention modelling, over u's history j_1 … j_n, of which j_t has a = n − t after it (the paper has search queries, and
the jobs clicked in their results):
    description  s_j = D text_j            job vector  c_j = id_j + C text_j
    K intents    S_k = K/n Σ_t P_ka (s_{j_t} + x_a)        C_k = K/n Σ_t Q_ka (c_{j_t} + y_a)
    text based   i_1 = attention(query s_j, keys S, values C)
    click based  i_2 = attention(query c_j, keys C, values C)
    i = (1 − β) i_1 + β i_2                h(u, j) = v · tanh(V [c_j; i; c_j − i; c_j ⊙ i] + b)

Collaboration
    r(u, j) = id_u · id_j

    score = w · tanh(W [m; h; r] + b')

P and Q summarise a history of any length by K intents, and x, y tell apart its positions, counted back from the latest.
Attention has several heads: each compares its share of the columns of W_q q and W_k S_k, scaled by the root of their
number; softmax over the K intents weighs W_v C_k; one matrix per attention mixes the heads (the paper's two, which
follow each other without anything between, are one).

The K intents of a user are few, so attention needs no history: keys and values are the user's state, queries the job's.

What the paper has and our data lacks:
- search queries: the texts of the engaged jobs stand in, so text-based attention compares job texts;
- when people searched: a history's order is the order of the training interactions.

Deviations:
- BPR (eq. 13 of LGIR) takes the place of cross-entropy on labelled pairs, as for every method here. The last bias,
  which cancels out of BPR, is left out.
- A frozen encoder's vectors of résumé and job, projected and multiplied, take the place of BERT run over each pair of
  texts, and projected text vectors that of attention over a job's words: one encoder serves every method here, and the
  authors' code, too, is given BERT's vectors. So words are not read.
- A job's vector has a text part beside its id. Most jobs are engaged with a few times, and new ones have no id.
- In training a pair's own job leaves the history, and the résumé is the completion that has not seen it.
- Some ids are left out of every step (`id_dropout`), so that the other parts learn to do without them.
- P and Q start positive, so that every intent starts as a weighted mean of the history.
- Positions that a short history does not fill are left out and n takes the place of their number; the authors' code
  counts them.
- The width of every part is the one all methods share. Nothing is dropped out in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor, nn
from torch.nn import functional

from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.core.vocabulary import UNKNOWN
from lgir.models.scoring import score_by_states
from lgir.models.train import PairBatch, TrainConfig, arrays_of, check_shape, fit_pairs, load_arrays, seeded
from lgir.nets.histories import Entries, Histories
from lgir.nets.losses import bpr_loss
from lgir.nets.mlp import Mlp


class ShpjfConfig(TrainConfig):
    """What to build."""

    kind: Literal["shpjf"] = "shpjf"
    dim: PositiveInt = 64
    """Width of a projected text, of an id's embedding, of an intent and of the hidden layers that score."""
    hidden_dim: PositiveInt = 128
    """Width of the text perceptrons' hidden layer."""
    intents: PositiveInt = 4
    """K, intents that summarise a history."""
    heads: PositiveInt = 4
    """Heads of each attention; they divide `dim`."""
    beta: float = Field(default=0.5, ge=0.0, le=1.0)
    """β, share of the click-based intent; the rest is the text-based one's."""
    id_dropout: float = Field(default=0.2, ge=0.0, lt=1.0)
    """Share of users and of jobs whose ids are left out of a training step, as those of the unseen are."""
    max_history: PositiveInt = 50
    """The last so many jobs of a history are looked at."""

    @model_validator(mode="after")
    def _consistent(self) -> "ShpjfConfig":
        if self.dim % self.heads:
            raise ValueError(f"heads = {self.heads} must divide dim = {self.dim}: each head has its share of columns")
        return self


class _Intents(nn.Module):
    """K weighted means of a history: P with x, or Q with y."""

    def __init__(self, n_intents: int, max_history: int, d: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_history, n_intents).uniform_(0, 2) / n_intents)
        self.position = nn.Parameter(torch.randn(max_history, d) * d**-0.5)

    def forward(self, vectors: Float[Tensor, "e d"], history: Entries) -> Float[Tensor, "n k d"]:
        """K/n Σ_t weight (vector + position); zero for an empty history."""
        placed = vectors + functional.embedding(history.age, self.position)
        weight = functional.embedding(history.age, self.weight) * self.weight.shape[1]
        parts = weight.unsqueeze(-1) * placed.unsqueeze(1)
        return history.mean(parts.flatten(1)).view(len(history.lengths), *parts.shape[1:])


class _Attention(nn.Module):
    """Several heads over K intents; projections of queries, keys and values are taken apart, so that each is made once
    per user or job."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(d, d, bias=False) for _ in range(3))
        self.mix = nn.Linear(d, d)

    def forward(
        self, query: Float[Tensor, "*#b d"], keys: Float[Tensor, "*#b k d"], values: Float[Tensor, "*#b k d"]
    ) -> Float[Tensor, "*b d"]:
        """From projected queries, keys and values."""
        query, keys, values = (torch.unflatten(x, -1, (self.heads, -1)) for x in (query, keys, values))
        # products and sums: a head's matrices are too small for matrix multiplication to pay
        logits = (query.unsqueeze(-3) * keys).sum(dim=-1, keepdim=True) / query.shape[-1] ** 0.5
        found = (logits.softmax(dim=-3) * values).sum(dim=-3)
        mixed: Tensor = self.mix(found.flatten(-2))
        return mixed


class _Net(nn.Module):
    """Everything with parameters. A state is flat: the user's is [text, id, S keys, C values, C keys, C values], the
    job's [text, id, c, S query, C query]."""

    def __init__(self, config: ShpjfConfig, shape: Shape) -> None:
        super().__init__()
        d = config.dim
        self.beta, self.n_intents, self.dim = config.beta, config.intents, d
        self.user_text = Mlp(shape.dim, config.hidden_dim, d, bias=True)
        self.job_text = Mlp(shape.dim, config.hidden_dim, d, bias=True)
        self.user_ids = nn.Embedding(shape.n_users, d)
        self.job_ids = nn.Embedding(shape.n_jobs, d)
        for table in (self.user_ids, self.job_ids):
            nn.init.xavier_normal_(table.weight)  # as the authors' code
        self.description = nn.Linear(shape.dim, d, bias=False)
        self.job_vector = nn.Linear(shape.dim, d, bias=False)
        self.searched = _Intents(config.intents, config.max_history, d)
        self.clicked = _Intents(config.intents, config.max_history, d)
        self.text_based = _Attention(d, config.heads)
        self.click_based = _Attention(d, config.heads)
        self.intention_first = nn.Linear(4 * d, d)
        self.intention_second = nn.Linear(d, 1, bias=False)
        self.first = nn.Linear(d + 2, d)
        self.second = nn.Linear(d, 1, bias=False)

    def described(
        self, rows: Int[Tensor, " m"], text: Float[Tensor, "m t"]
    ) -> tuple[Float[Tensor, "m d"], Float[Tensor, "m d"], Float[Tensor, "m d"]]:
        """Of jobs: s, c and the id's vector."""
        ids = _rows(self.job_ids, rows)
        return self.description(text), ids + self.job_vector(text), ids

    def user_state(
        self,
        rows: Int[Tensor, " n"],
        text: Float[Tensor, "n t"],
        history: Entries,
        s: Float[Tensor, "e d"],
        c: Float[Tensor, "e d"],
    ) -> Float[Tensor, "n v"]:
        """A user's state from the résumé's vector, the history, and s and c of its jobs."""
        searched, clicked = self.searched(s, history), self.clicked(c, history)
        intents = (
            self.text_based.key(searched),
            self.text_based.value(clicked),
            self.click_based.key(clicked),
            self.click_based.value(clicked),
        )
        parts = [self.user_text(text), _rows(self.user_ids, rows), *(one.flatten(1) for one in intents)]
        return torch.cat(parts, dim=-1)

    def job_state(self, rows: Int[Tensor, " n"], text: Float[Tensor, "n t"]) -> Float[Tensor, "n w"]:
        """A job's state from its vector."""
        s, c, ids = self.described(rows, text)
        return torch.cat([self.job_text(text), ids, c, self.text_based.query(s), self.click_based.query(c)], dim=-1)

    def score(self, users: Float[Tensor, "*#b v"], jobs: Float[Tensor, "*#b w"]) -> Float[Tensor, "*b"]:
        """w · tanh(W [m; h; r] + b') of pairs of states."""
        d, k = self.dim, self.n_intents
        text, id_user, *intents = torch.split(users, [d, d, *[k * d] * 4], dim=-1)
        of_job, id_job, c, s_query, c_query = torch.split(jobs, d, dim=-1)
        s_keys, s_values, c_keys, c_values = (torch.unflatten(one, -1, (k, d)) for one in intents)
        by_text = self.text_based(s_query, s_keys, s_values)
        by_click = self.click_based(c_query, c_keys, c_values)
        h = self._intention(c, (1 - self.beta) * by_text + self.beta * by_click)
        r = (id_user * id_job).sum(dim=-1, keepdim=True)
        hidden = torch.tanh(self.first(torch.cat([text * of_job, h, r], dim=-1)))
        scores: Tensor = self.second(hidden).squeeze(-1)
        return scores

    def _intention(self, c: Float[Tensor, "*#b d"], i: Float[Tensor, "*b d"]) -> Float[Tensor, "*b 1"]:
        """h; the first layer is split, so that the part of c alone is made once per job."""
        of_c, of_i, of_difference, of_product = self.intention_first.weight.chunk(4, dim=1)
        of_job = functional.linear(c, of_c + of_difference, self.intention_first.bias)
        of_pair = functional.linear(i, of_i - of_difference) + functional.linear(c * i, of_product)
        h: Tensor = self.intention_second(torch.tanh(of_job + of_pair))
        return h


def _rows(table: nn.Embedding, rows: Int[Tensor, " n"]) -> Float[Tensor, "n d"]:
    """Rows of an id table; zero for the unseen."""
    return functional.embedding(rows.clamp(min=0), table.weight) * (rows >= 0).unsqueeze(-1)


def _drop(rows: Int[Tensor, " n"], share: float, generator: torch.Generator) -> Int[Tensor, " n"]:
    """Makes a random share of rows unseen."""
    return rows.masked_fill((torch.rand(rows.shape, generator=generator) < share).to(rows.device), UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class _Tensors:
    """The training data on the device."""

    id_dropout: float
    histories: Histories
    fold_text: Float[Tensor, "m t"]
    fold_of_pair: Int[Tensor, " n"]
    job_text: Float[Tensor, "j t"]

    def loss(self, net: _Net, batch: PairBatch) -> Float[Tensor, ""]:
        """BPR of a batch."""
        device = self.job_text.device
        users, jobs, pairs = batch.users.to(device), batch.jobs.to(device), batch.pairs.to(device)
        history = self.histories.of(users, without=jobs[:, 0])
        text = self.fold_text[self.fold_of_pair[pairs]]
        # a job often stands in a batch many times; it is projected once
        engaged, entry = torch.unique(history.members, return_inverse=True)
        s, c, _ = net.described(_drop(engaged, self.id_dropout, batch.generator), self.job_text[engaged])
        user_rows = _drop(users, self.id_dropout, batch.generator)
        of_user = net.user_state(
            user_rows, text, history, functional.embedding(entry, s), functional.embedding(entry, c)
        )
        rows, place = torch.unique(jobs, return_inverse=True)
        job_rows = _drop(rows, self.id_dropout, batch.generator)
        of_job = functional.embedding(place, net.job_state(job_rows, self.job_text[rows]))
        scores = net.score(of_user.unsqueeze(1), of_job)
        return bpr_loss(scores[:, 0], scores[:, 1:])


class Shpjf:
    """The recommender: a `PairScorer` that serves the unseen by text and history."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text", "history"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: ShpjfConfig, shape: Shape) -> None:
        self.config, self.shape = config, shape
        self._net = seeded(lambda: _Net(config, shape), 0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by BPR; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
        """
        check_shape(data, self.shape)
        self._net = net = seeded(lambda: _Net(self.config, self.shape), run.seed).to(run.device)
        tensors = _Tensors(
            self.config.id_dropout,
            _histories(data.users, self.config, run.device),
            torch.from_numpy(data.fold_text).to(run.device),
            torch.from_numpy(data.fold_of_pair).to(run.device),
            torch.from_numpy(data.jobs.text).to(run.device),
        )
        fit_pairs(net, lambda batch: tensors.loss(net, batch), self, self.config, data, run)

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """w · tanh(W [m; h; r] + b') for every pair."""
        return score_by_states(self, users, jobs)

    def user_states(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """[text, id, keys and values of K intents for both attentions]."""
        device = self._device
        history = _histories(users, self.config, device).of(torch.arange(len(users), device=device))
        engaged, entry = torch.unique(history.members, return_inverse=True)
        bank = users.bank.take(engaged.cpu().numpy())
        with torch.no_grad():
            s, c, _ = self._net.described(*_on(device, bank.rows, bank.text))
            rows, text = _on(device, users.rows, users.text)
            return self._net.user_state(rows, text, history, s[entry], c[entry]).cpu().numpy()

    def job_states(self, jobs: Jobs) -> Float32[np.ndarray, "j w"]:
        """[text, id, c, queries of both attentions]."""
        with torch.no_grad():
            return self._net.job_state(*_on(self._device, jobs.rows, jobs.text)).cpu().numpy()

    def score_states(
        self, users: Float32[np.ndarray, "... v"], jobs: Float32[np.ndarray, "... w"]
    ) -> Float32[np.ndarray, "..."]:
        """Attention over the K intents, and the layers that score."""
        with torch.no_grad():
            return self._net.score(*_on(self._device, users, jobs)).cpu().numpy()

    def weights(self) -> dict[str, np.ndarray]:
        """Every parameter by name."""
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            RuntimeError: a name or a shape differs from the network's.
        """
        load_arrays(self._net, weights)

    @property
    def _device(self) -> torch.device:
        return self._net.user_ids.weight.device


def _histories(users: Users, config: ShpjfConfig, device: torch.device | str) -> Histories:
    members, offsets = _on(device, users.history, users.offsets)
    return Histories(members, offsets, config.max_history)


def _on(device: torch.device | str, *arrays: np.ndarray) -> list[Tensor]:
    return [torch.from_numpy(array).to(device) for array in arrays]
