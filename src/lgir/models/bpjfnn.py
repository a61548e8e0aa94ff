"""BPJFNN: Basic Person-Job Fit Neural Network (Qin et al., "Enhancing Person-Job Fit for Talent Recruitment: An
Ability-aware Neural Network Approach", SIGIR 2018), the variant without ability-aware attention.

    u = mean of BiLSTM_user over the words of the résumé
    j = mean of BiLSTM_job over the words of the job
    score = w · tanh(W [j; u; j − u] + b)

The mean is over a text's true length; an empty text is the zero vector. Both LSTMs read one table of word embeddings.

With W = [W_j, W_u, W_d] the first layer is (W_j + W_d) j + b, which belongs to the job alone, plus (W_u − W_d) u, which
belongs to the user alone: the states that a `PairScorer` keeps.

Deviations:
- BPR (eq. 13 of LGIR) takes the place of the loss on labelled pairs, as for every method here. The last bias, which
  cancels out of BPR, is left out; the sigmoid, which changes no order, too.
- Word embeddings start at random.
- Words and texts have vectors of the width all methods share, half of it from each direction of an LSTM.
- Nothing is dropped out in training.
- The words of a résumé are those of its one completed text: no completion without the pair's own job is read, so the
  completion must hold no text of jobs.
- RecBole-PJF's version divides by the number of words in the whole batch; this one by the text's own.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int32
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from lgir.core.errors import BadConfig, BadInput
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.scoring import score_by_states
from lgir.models.train import PairBatch, TrainConfig, arrays_of, check_shape, fit_pairs, load_arrays, seeded
from lgir.nets.losses import bpr_loss
from lgir.nets.sequence import MeanLstm


class BpjfnnConfig(TrainConfig):
    """What to build."""

    kind: Literal["bpjfnn"] = "bpjfnn"
    dim: int = Field(default=64, gt=0, multiple_of=2)
    """Width of a word's embedding, of a text's vector (half of it from each direction) and of the hidden layer."""


class _Net(nn.Module):
    """Everything with parameters."""

    def __init__(self, config: BpjfnnConfig, shape: Shape) -> None:
        super().__init__()
        d = config.dim
        self.words = nn.Embedding(shape.n_words, d)
        self.user_lstm = MeanLstm(d, d)
        self.job_lstm = MeanLstm(d, d)
        self.first = nn.Linear(3 * d, d)
        self.second = nn.Linear(d, 1, bias=False)

    def user_state(self, words: Int[Tensor, "n w"]) -> Float[Tensor, "n d"]:
        """(W_u − W_d) u."""
        _, of_user, of_difference = self.first.weight.chunk(3, dim=1)
        return functional.linear(self._mean_state(self.user_lstm, words), of_user - of_difference)

    def job_state(self, words: Int[Tensor, "n w"]) -> Float[Tensor, "n d"]:
        """(W_j + W_d) j + b."""
        of_job, _, of_difference = self.first.weight.chunk(3, dim=1)
        return functional.linear(self._mean_state(self.job_lstm, words), of_job + of_difference, self.first.bias)

    def score(self, users: Float[Tensor, "*#b d"], jobs: Float[Tensor, "*#b d"]) -> Float[Tensor, "*b"]:
        """w · tanh(user's part + job's part)."""
        scores: Tensor = self.second(torch.tanh(users + jobs)).squeeze(-1)
        return scores

    def _mean_state(self, lstm: MeanLstm, words: Int[Tensor, "n w"]) -> Float[Tensor, "n d"]:
        # code 0 only fills up, so a text is as long as it has other codes
        found: Tensor = lstm(self.words.weight, words, (words != 0).sum(dim=1))
        return found


class Bpjfnn:
    """The recommender: a `PairScorer` that knows nobody by id and reads words alone."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"words"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: BpjfnnConfig, shape: Shape) -> None:
        """
        Raises:
            BadConfig: the run has no word codes.
        """
        if shape.n_words == 0:
            raise BadConfig("bpjfnn reads words and the data has 0 word codes; encode texts as words for it")
        self.config, self.shape = config, shape
        self._net = seeded(lambda: _Net(config, shape), 0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by BPR; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
            BadInput: users or jobs have no word codes.
        """
        check_shape(data, self.shape)
        self._net = net = seeded(lambda: _Net(self.config, self.shape), run.seed).to(run.device)
        users, jobs = _codes(data.users.words, "users"), _codes(data.jobs.words, "jobs")

        def loss(batch: PairBatch) -> Float[Tensor, ""]:
            # a text often stands in a batch many times; it is read once
            user_rows, user = torch.unique(batch.users, return_inverse=True)
            job_rows, job = torch.unique(batch.jobs, return_inverse=True)
            of_user = functional.embedding(user.to(run.device), net.user_state(users[user_rows].to(run.device)))
            of_job = functional.embedding(job.to(run.device), net.job_state(jobs[job_rows].to(run.device)))
            scores = net.score(of_user.unsqueeze(1), of_job)
            return bpr_loss(scores[:, 0], scores[:, 1:])

        fit_pairs(net, loss, self, self.config, data, run)

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """w · tanh(W [j; u; j − u] + b) for every pair."""
        return score_by_states(self, users, jobs)

    def user_states(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """The user's half of the first layer.

        Raises:
            BadInput: the users have no word codes.
        """
        with torch.no_grad():
            return self._net.user_state(_codes(users.words, "users").to(self._device)).cpu().numpy()

    def job_states(self, jobs: Jobs) -> Float32[np.ndarray, "j w"]:
        """The job's half of the first layer, bias included.

        Raises:
            BadInput: the jobs have no word codes.
        """
        with torch.no_grad():
            return self._net.job_state(_codes(jobs.words, "jobs").to(self._device)).cpu().numpy()

    def score_states(
        self, users: Float32[np.ndarray, "... v"], jobs: Float32[np.ndarray, "... w"]
    ) -> Float32[np.ndarray, "..."]:
        """The hidden layer and the last."""
        with torch.no_grad():
            device = self._device
            scores = self._net.score(torch.from_numpy(users).to(device), torch.from_numpy(jobs).to(device))
            return scores.cpu().numpy()

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
        return self._net.words.weight.device


def _codes(words: Int32[np.ndarray, "n w"] | None, whose: str) -> Int[Tensor, "n w"]:
    if words is None:
        raise BadInput(f"bpjfnn reads words and these {whose} have None; encode their texts as words")
    return torch.from_numpy(words).long()
