"""PJFFF: Person-Job Fit by Feature Fusion (Jiang et al., "Learning Effective Representations for Person-Job Fit by
Feature Fusion", CIKM 2020).

Explicit features, what the texts and structured values say (⊙ elementwise, F fields, e_f the embedding of field f):

    entities(e) = [Σ_f e_f ; Σ_{f<g} e_f ⊙ e_g ; MLP([e_1; …; e_F])]        first order, pairs and depth, as in DeepFM
    f_E(u) = [MLP(résumé) ; entities of u]        e_f: mean embedding of the engaged jobs' values
    g_E(j) = [MLP(job) ; entities of j]           e_f: embedding of the job's value, zero where it has none

Implicit features, what earlier choices say (mean states of a bidirectional LSTM):

    f_I(u) = LSTM over g_E of the jobs u engaged with
    g_I(j) = LSTM over MLP(résumé) of the users who engaged with j in training

Late fusion:

    score = (A [f_E; f_I] + a) · (B [g_E; g_I])

In training a pair's own job leaves the user's history (and with it f_E, f_I), and the pair's own user leaves the job's;
the résumé is the completion that has not seen the job. A negative job loses a user too, a random one: otherwise a job
whose history is one short would be known as the positive one.

What the paper has and our data lacks:
- entities extracted from résumés and jobs (skills, schools, majors): the job's structured columns take their place, and
  for a person, who has no columns here, those of the engaged jobs;
- rejected applications, whose outcome the paper feeds to the LSTM: here a history holds only jobs engaged with;
- when people applied: a history's order is the order of the training interactions.

Deviations:
- BPR (eq. 13 of LGIR) takes the place of the loss on labelled pairs, as for every method here.
- Frozen text vectors and a perceptron take the place of the CNN over words.
- A matrix per side fuses explicit and implicit features, so that what a user chose meets what a job says. An inner
  product of the bare concatenations would let f_I meet g_I alone, and most jobs have hardly a history.
- The LSTMs are bidirectional and averaged over a history's true length (RecBole-PJF sums, padding included).
- A job's history is read by texts alone; people's entities would need histories of histories.
- No id is embedded (RecBole-PJF adds ids). A job's row serves to find who engaged with it.
- The width of every part is the one all methods share. Nothing is dropped out in training.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature, Recommender
from lgir.models.scoring import score_by_vectors
from lgir.models.train import PairBatch, TrainConfig, arrays_of, check_shape, fit_pairs, load_arrays, seeded
from lgir.nets.histories import Entries, Histories, by_second
from lgir.nets.losses import bpr_loss
from lgir.nets.mlp import Mlp
from lgir.nets.products import pair_products
from lgir.nets.sequence import MeanLstm


class PjfffConfig(TrainConfig):
    """What to build."""

    kind: Literal["pjfff"] = "pjfff"
    dim: int = Field(default=64, gt=0, multiple_of=2)
    """Width of a projected text, of a structured value's embedding, of an LSTM's output (half of it from each
    direction) and of the fused vectors."""
    hidden_dim: PositiveInt = 128
    """Width of the perceptrons' hidden layer."""
    max_history: PositiveInt = 50
    """The last so many members of a history are looked at."""


class _Net(nn.Module):
    """Everything with parameters, and what training jobs' histories came to."""

    intentions: Tensor

    def __init__(self, config: PjfffConfig, shape: Shape) -> None:
        super().__init__()
        d, hidden, n_fields = config.dim, config.hidden_dim, len(shape.fields)
        sizes = torch.tensor([size for _, size in shape.fields], dtype=torch.long)
        self.user_text = Mlp(shape.dim, hidden, d, bias=True)
        self.job_text = Mlp(shape.dim, hidden, d, bias=True)
        # the fields' values one after another
        self.values = nn.Embedding(int(sizes.sum()), d)
        nn.init.normal_(self.values.weight, std=d**-0.5)
        self.register_buffer("first_value", sizes.cumsum(0) - sizes, persistent=False)
        self.user_deep = Mlp(n_fields * d, hidden, d, bias=True) if n_fields else None
        self.job_deep = Mlp(n_fields * d, hidden, d, bias=True) if n_fields else None
        n_explicit = 4 * d if n_fields else d
        self.user_lstm = MeanLstm(n_explicit, d)
        self.job_lstm = MeanLstm(d, d)
        self.user_fusion = nn.Linear(n_explicit + d, d)
        # a bias on the job's side would add the same to every job of a user
        self.job_fusion = nn.Linear(n_explicit + d, d, bias=False)
        self.register_buffer("intentions", torch.zeros(shape.n_jobs, d))

    def field_vectors(self, fields: Int[Tensor, "n f"]) -> Float[Tensor, "n f d"]:
        """e_f of jobs; zero for an absent or unseen value."""
        first: Tensor = self.get_buffer("first_value")
        vectors = functional.embedding(fields.clamp(min=0) + first, self.values.weight)
        return vectors * (fields >= 0).unsqueeze(-1)

    def explicit_job(self, text: Float[Tensor, "n t"], e: Float[Tensor, "n f d"]) -> Float[Tensor, "n x"]:
        """g_E."""
        return torch.cat([self.job_text(text), *_entities(e, self.job_deep)], dim=-1)

    def explicit_user(self, text: Float[Tensor, "n t"], e: Float[Tensor, "n f d"]) -> Float[Tensor, "n x"]:
        """f_E."""
        return torch.cat([self.user_text(text), *_entities(e, self.user_deep)], dim=-1)

    def user_vector(
        self,
        text: Float[Tensor, "n t"],
        history: Entries,
        place: Int[Tensor, " e"],
        explicit: Float[Tensor, "m x"],
        e: Float[Tensor, "m f d"],
    ) -> Float[Tensor, "n d"]:
        """A [f_E; f_I] + a.

        Args:
            text: the résumés' vectors.
            history: the jobs engaged with.
            place: for each of them, its place in the next two.
            explicit: g_E of jobs.
            e: their field vectors.
        """
        means = history.mean(functional.embedding(place, e.flatten(1))).view(len(text), *e.shape[1:])
        intention = self.user_lstm(explicit, history.padded(place), history.lengths)
        fused: Tensor = self.user_fusion(torch.cat([self.explicit_user(text, means), intention], dim=-1))
        return fused

    def job_vector(self, explicit: Float[Tensor, "n x"], intention: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """B [g_E; g_I]."""
        fused: Tensor = self.job_fusion(torch.cat([explicit, intention], dim=-1))
        return fused

    def job_intention(self, history: Entries, resumes: Float[Tensor, "u t"]) -> Float[Tensor, "n d"]:
        """g_I, from all training users' text vectors; zero for a job without history."""
        rows, place = torch.unique(history.members, return_inverse=True)
        found: Tensor = self.job_lstm(self.user_text(resumes[rows]), history.padded(place), history.lengths)
        return found


def _entities(e: Float[Tensor, "n f d"], deep: Mlp | None) -> tuple[Float[Tensor, "n d"], ...]:
    """First order, pairs, depth; nothing where there are no fields."""
    if deep is None:
        return ()
    total = e.sum(dim=1)
    return total, (total.square() - e.square().sum(dim=1)) / 2, deep(e.flatten(1))


class _Tensors:
    """The training data on the device."""

    def __init__(self, net: _Net, config: PjfffConfig, data: TrainingData, device: str) -> None:
        self._net = net
        self._user_text = torch.from_numpy(data.users.text).to(device)
        self._fold_text = torch.from_numpy(data.fold_text).to(device)
        self._fold_of_pair = torch.from_numpy(data.fold_of_pair).to(device)
        self._job_text = torch.from_numpy(data.jobs.text).to(device)
        self._fields = torch.from_numpy(data.jobs.fields).to(device)
        offsets = torch.from_numpy(data.users.offsets).to(device)
        self._of_user = Histories(torch.from_numpy(data.users.history).to(device), offsets, config.max_history)
        engaged = by_second(torch.from_numpy(data.pairs).to(device), len(data.jobs))
        self._of_job = Histories(*engaged, config.max_history)

    def loss(self, batch: PairBatch) -> Float[Tensor, ""]:
        """BPR of a batch."""
        net, device = self._net, self._user_text.device
        users, jobs, pairs = batch.users.to(device), batch.jobs.to(device), batch.pairs.to(device)
        history = self._of_user.of(users, without=jobs[:, 0])
        # a job stands in a batch many times, as itself and in histories
        rows, place = torch.unique(torch.cat([jobs.flatten(), history.members]), return_inverse=True)
        e = net.field_vectors(self._fields[rows])
        explicit = net.explicit_job(self._job_text[rows], e)
        text = self._fold_text[self._fold_of_pair[pairs]]
        of_user = net.user_vector(text, history, place[jobs.numel() :], explicit, e)
        intention = self._intentions(users, jobs, batch.generator)
        of_job = net.job_vector(functional.embedding(place[: jobs.numel()], explicit), intention)
        scores = pair_products(of_user, of_job.view(*jobs.shape, -1))
        return bpr_loss(scores[:, 0], scores[:, 1:])

    def remember(self) -> None:
        """Keeps g_I of every training job in the network, from whole histories: what is served."""
        with torch.no_grad():
            rows = torch.arange(len(self._job_text), device=self._user_text.device)
            self._net.intentions.copy_(self._net.job_intention(self._of_job.of(rows), self._user_text))

    def _intentions(
        self, users: Int[Tensor, " b"], jobs: Int[Tensor, "b k"], generator: torch.Generator
    ) -> Float[Tensor, "b_times_k d"]:
        """g_I, row by row of `jobs`: a positive job's without the pair's user, a negative one's without anybody."""
        others, place = torch.unique(jobs[:, 1:], return_inverse=True)
        rows = torch.cat([jobs[:, 0], others])
        without = torch.cat([users, self._of_job.any_of(others, generator)])
        found = self._net.job_intention(self._of_job.of(rows, without), self._user_text)
        own = torch.arange(len(users), device=users.device).unsqueeze(1)
        return functional.embedding(torch.cat([own, place + len(users)], dim=1).flatten(), found)


class Pjfff:
    """The recommender: a `TwoTower` that knows of a training job who engaged with it, and serves unseen jobs by what
    they say."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text", "history", "fields"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: PjfffConfig, shape: Shape) -> None:
        self.config, self.shape = config, shape
        self._net = seeded(lambda: _Net(config, shape), 0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by BPR; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
        """
        check_shape(data, self.shape)
        self._net = seeded(lambda: _Net(self.config, self.shape), run.seed).to(run.device)
        tensors = _Tensors(self._net, self.config, data, run.device)

        def validate(model: Recommender) -> float:
            tensors.remember()
            return data.validate(model)

        fit_pairs(self._net, tensors.loss, self, self.config, replace(data, validate=validate), run)

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """(A [f_E; f_I] + a) · (B [g_E; g_I]) for every pair."""
        return score_by_vectors(self, users, jobs)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """A [f_E; f_I] + a."""
        device = self._device
        offsets = torch.from_numpy(users.offsets).to(device)
        histories = Histories(torch.from_numpy(users.history).to(device), offsets, self.config.max_history)
        history = histories.of(torch.arange(len(users), device=device))
        rows, place = torch.unique(history.members, return_inverse=True)
        bank = users.bank.take(rows.cpu().numpy())
        with torch.no_grad():
            e = self._net.field_vectors(torch.from_numpy(bank.fields).to(device))
            explicit = self._net.explicit_job(torch.from_numpy(bank.text).to(device), e)
            text = torch.from_numpy(users.text).to(device)
            return self._net.user_vector(text, history, place, explicit, e).cpu().numpy()

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j v"]:
        """B [g_E; g_I]; g_I is zero for a job that training has not seen."""
        device = self._device
        with torch.no_grad():
            rows = torch.from_numpy(jobs.rows).to(device)
            intention = self._net.intentions[rows.clamp(min=0)] * (rows >= 0).unsqueeze(-1)
            e = self._net.field_vectors(torch.from_numpy(jobs.fields).to(device))
            explicit = self._net.explicit_job(torch.from_numpy(jobs.text).to(device), e)
            return self._net.job_vector(explicit, intention).cpu().numpy()

    def weights(self) -> dict[str, np.ndarray]:
        """Every parameter by name, and `intentions`: g_I of the training jobs."""
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            RuntimeError: a name or a shape differs from the network's.
        """
        load_arrays(self._net, weights)

    @property
    def _device(self) -> torch.device:
        return self._net.intentions.device
