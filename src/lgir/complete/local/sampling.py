"""Sampling that depends on the prompt alone, not on the batch it is in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lgir.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from torch import Tensor


def prompt_seed(seed: int, tokens: Sequence[int]) -> int:
    """A seed of one prompt, in [0, 2^60)."""
    return int(fingerprint(seed, list(tokens))[:15], 16)


class SeededSampling:
    """Makes greedy decoding sample at a temperature: the greatest of score/T plus Gumbel noise is a draw from the
    softmax of score/T (the Gumbel-max trick, Gumbel 1954). Each row has noise of its own.

    Stands among the logits processors of transformers, last.
    """

    def __init__(self, temperature: float, seeds: Sequence[int]) -> None:
        import torch

        self._temperature = temperature
        # on the processor, so that every device draws the same
        self._draws = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: "Tensor", scores: "Tensor") -> "Tensor":
        import torch

        noise = torch.stack([torch.empty(scores.shape[1]).exponential_(generator=draw) for draw in self._draws])
        return scores / self._temperature - noise.log().to(scores.device)
