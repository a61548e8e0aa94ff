"""The one place where an optimizer steps, and its state as plain arrays."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lgir.core.errors import TrainingFailed
from lgir.nets.losses import gradient_norm


def descend(loss: Float[Tensor, ""], optimizer: torch.optim.Optimizer) -> float:
    """One step down `loss`: gradients cleared, computed, applied. Returns the gradient's norm.

    Raises:
        TrainingFailed: the loss is not a finite number.
    """
    if not torch.isfinite(loss):
        raise TrainingFailed(f"the loss became {loss.item()}; a smaller learning_rate usually helps")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = gradient_norm([parameter for group in optimizer.param_groups for parameter in group["params"]])
    optimizer.step()
    return norm


def adamw(groups: Iterable[Mapping[str, object]], *, weight_decay: float) -> torch.optim.AdamW:
    """AdamW as the paper uses it; fused, because the step over the id tables dominates an epoch."""
    return torch.optim.AdamW([dict(group) for group in groups], weight_decay=weight_decay, fused=True)


def optimizer_arrays(optimizer: torch.optim.Optimizer) -> dict[str, np.ndarray]:
    """The optimizer's moments and step counts, by "parameter number.name"."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": tensor.cpu().numpy() for number, slots in state.items() for name, tensor in slots.items()
    }


def load_optimizer_arrays(optimizer: torch.optim.Optimizer, arrays: Mapping[str, np.ndarray]) -> None:
    """Puts back what `optimizer_arrays` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, array in arrays.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = torch.from_numpy(np.array(array))
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
