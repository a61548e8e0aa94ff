"""What the models that only count or solve have in common: a few plain arrays for weights, and no epochs."""

from collections.abc import Mapping

import numpy as np

from lgir.core.errors import UnreadableRun
from lgir.core.records import Shape


class PlainModel:
    """Keeps the arrays that a subclass learns, by name."""

    def __init__(self, shape: Shape, **learned: np.ndarray) -> None:
        """learned: the arrays of the untrained model; one without elements may get any length."""
        self.shape, self._learned = shape, learned
        self._any_length = frozenset(name for name, array in learned.items() if not array.size)
        self._wanted = self._kinds(learned)

    def weights(self) -> dict[str, np.ndarray]:
        """Everything learned, by name."""
        return dict(self._learned)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            UnreadableRun: a name, a type or a size is not this model's.
        """
        found = self._kinds(weights)
        if found != self._wanted:
            raise UnreadableRun(
                f"the saved weights are {found} and {type(self).__name__} has {self._wanted}; fit the run again"
            )
        self._learned = {name: np.array(array) for name, array in weights.items()}

    def _kinds(self, arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
        free = {name for name in self._any_length & arrays.keys() if arrays[name].ndim == 1}
        sizes = {name: "(any)" if name in free else str(array.shape) for name, array in arrays.items()}
        return {name: f"{array.dtype} {sizes[name]}" for name, array in sorted(arrays.items())}
