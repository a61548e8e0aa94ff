"""Losses, each by its equation."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def bpr_loss(positive: Float[Tensor, " b"], negative: Float[Tensor, "b k"]) -> Float[Tensor, ""]:
    """BPR (paper eq. 13): −log σ(positive − negative), mean over all pairs.

    Deviation: the sum of eq. 13 is a mean, so that the learning rate does not depend on the batch; λ‖Θ‖² is the
    optimizer's decoupled weight decay.
    """
    return -functional.logsigmoid(positive.unsqueeze(1) - negative).mean()


def quality_loss(logits: Float[Tensor, " b"], is_high: Float[Tensor, " b"]) -> Float[Tensor, ""]:
    """Cross-entropy of the classifier (paper eq. 6), to be minimised; 0 for an empty batch.

    Deviation: eq. 6 is printed without its minus sign.
    """
    return _mean(functional.binary_cross_entropy_with_logits(logits, is_high, reduction="none"))


def discriminator_loss(high: Float[Tensor, " h"], refined: Float[Tensor, " l"]) -> Float[Tensor, ""]:
    """Negative of eq. 9 from logits of D: −E[log D(x)] − E[log(1 − D(G(x)))]; 0 for an empty side.

    Deviation: eq. 9 prints 1 − log D(G(x)); it is read as log(1 − D(G(x))), as in Goodfellow et al. (2014). As printed
    it has no maximum: −log D(G(x)) grows without bound.
    """
    return _mean(functional.softplus(-high)) + _mean(functional.softplus(refined))


def generator_loss(refined: Float[Tensor, " l"], *, saturating: bool) -> Float[Tensor, ""]:
    """The generator's loss from logits of D on G(x); 0 for an empty batch.

    saturating: eq. 10 read as E[log(1 − D(G(x)))]. Otherwise the non-saturating form −E[log D(G(x))] (Goodfellow et
    al., 2014, section 3), which has the same fixed point and a gradient that does not vanish when D is sure.
    """
    return _mean(functional.logsigmoid(-refined) if saturating else functional.softplus(-refined))


def _mean(values: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    return values.mean() if values.numel() else values.sum()


def gradient_norm(parameters: list[torch.nn.Parameter]) -> float:
    """Euclidean norm of all gradients together; 0 where there are none."""
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return float(torch.nn.utils.get_total_norm(grads)) if grads else 0.0
