"""The trainer that every pairwise model shares: settings, batches of (user, job, other jobs), one optimizer.

A model gives a network and the loss of one batch; `fit_pairs` does the rest by `fit_epochs`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lgir.core.errors import LgirError, TrainingFailed
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Recommender
from lgir.data.negatives import NegativeSampler
from lgir.models.fit import Stopping, fit_epochs
from lgir.models.train_config import TrainConfig as TrainConfig
from lgir.nets.optimize import adamw, descend, load_optimizer_arrays, optimizer_arrays


@dataclass(frozen=True, slots=True, eq=False)
class PairBatch:
    """One step's training pairs.

    Attributes:
        pairs: their places in `TrainingData.pairs`.
        users: user rows.
        positives: job rows engaged with.
        negatives: job rows the user has not engaged with.
        generator: the step's randomness (dropout and the like); it depends on (seed, epoch) and the steps before.
    """

    pairs: Int[Tensor, " b"]
    users: Int[Tensor, " b"]
    positives: Int[Tensor, " b"]
    negatives: Int[Tensor, "b k"]
    generator: torch.Generator

    @property
    def jobs(self) -> Int[Tensor, "b k_plus_1"]:
        """The positive job, then the negative ones."""
        return torch.cat([self.positives.unsqueeze(1), self.negatives], dim=1)


Loss = Callable[[PairBatch], Float[Tensor, ""]]


def fit_pairs(
    net: nn.Module,
    loss: Loss,
    model: Recommender,
    config: TrainConfig,
    data: TrainingData,
    run: Run,
    *,
    begin_epoch: Callable[[torch.Generator], None] | None = None,
) -> None:
    """Trains every parameter of `net` down `loss` until validation stops improving; the best weights stay.

    Args:
        net: on the run's device already.
        loss: of one batch, whose tensors are on the CPU; called under the network's training mode.
        model: the recommender over `net`, for validation.
        config: settings.
        data: the training part.
        run: seed, device, log, checkpoint.
        begin_epoch: called before an epoch's first step, with that epoch's generator.

    Raises:
        TrainingFailed: a loss or validation value is not finite.
    """
    learner = PairLearner(net, loss, config, data, run, begin_epoch)

    def validate() -> float:
        net.eval()
        return data.validate(model)

    fit_epochs(learner, validate, Stopping(config.max_epochs, config.patience), run)
    net.eval()


class PairLearner:
    """A `Learner` over a network and the loss of a batch."""

    def __init__(
        self,
        net: nn.Module,
        loss: Loss,
        config: TrainConfig,
        data: TrainingData,
        run: Run,
        begin_epoch: Callable[[torch.Generator], None] | None = None,
    ) -> None:
        self._net, self._loss, self._begin_epoch = net, loss, begin_epoch
        self._batches = PairBatches(data, config, run)
        group = {"params": list(net.parameters()), "lr": config.learning_rate}
        self._optimizer = adamw([group], weight_decay=config.weight_decay)

    def epoch(self, number: int) -> dict[str, float]:
        """One pass over the training pairs in random order; diagnostics are means over the steps."""
        self._net.train()
        losses, norms = [], []
        for step, batch in enumerate(self._batches.epoch(number)):
            if step == 0 and self._begin_epoch is not None:
                self._begin_epoch(batch.generator)
            loss = self._loss(batch)
            norms.append(descend(loss, self._optimizer))
            losses.append(loss.item())
        return {"loss": float(np.mean(losses)), "gradient": float(np.mean(norms))}

    def weights(self) -> dict[str, np.ndarray]:
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._net, weights)

    def optimizer_arrays(self) -> dict[str, np.ndarray]:
        return optimizer_arrays(self._optimizer)

    def load_optimizer_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        load_optimizer_arrays(self._optimizer, arrays)


class PairBatches:
    """Deals the training pairs into batches with negatives; an epoch's draws depend on (seed, epoch) alone."""

    def __init__(self, data: TrainingData, config: TrainConfig, run: Run) -> None:
        self._pairs, self._config, self._run = data.pairs, config, run
        self._sampler = NegativeSampler(data.pairs, len(data.jobs))

    def epoch(self, number: int) -> Iterator[PairBatch]:
        """All pairs once, in random order."""
        rng = self._run.rng("epoch", number)
        order = rng.permutation(len(self._pairs))
        negatives = self._sampler.draw(self._pairs[order, 0], self._config.negatives, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        size = self._config.batch_size
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            pairs = torch.from_numpy(self._pairs[chosen])
            drawn = torch.from_numpy(negatives[start : start + size])
            yield PairBatch(torch.from_numpy(chosen), pairs[:, 0], pairs[:, 1], drawn, generator)


NetT = TypeVar("NetT", bound=nn.Module)


def seeded(build: Callable[[], NetT], seed: int) -> NetT:
    """Builds a network from a seed; torch's global randomness is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def check_shape(data: TrainingData, shape: Shape) -> None:
    """Refuses data of other sizes than the model was built for.

    Raises:
        TrainingFailed: they differ.
    """
    if data.shape != shape:
        raise TrainingFailed(f"the model was built for {shape}, the data has {data.shape}")


def refuse_unseen(model: Recommender, users: Users | None = None, jobs: Jobs | None = None) -> None:
    """Refuses people or jobs that training has not seen, where the model cannot serve them.

    Raises:
        LgirError: there are such.
    """
    for what, batch, serves in (
        ("users", users, model.serves_unseen_users),
        ("jobs", jobs, model.serves_unseen_jobs),
    ):
        if batch is not None and not serves and (batch.rows < 0).any():
            raise LgirError(
                f"{type(model).__name__} cannot score {int((batch.rows < 0).sum())} unseen {what}: it knows only the "
                f"{what} of its training; leave them out, or use a model that serves them (see lgir models)"
            )


def arrays_of(net: nn.Module) -> dict[str, np.ndarray]:
    """A network's parameters and buffers by name."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in net.state_dict().items()}


def load_arrays(net: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Puts back what `arrays_of` gave.

    Raises:
        RuntimeError: a name or a shape differs from the network's.
    """
    net.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
