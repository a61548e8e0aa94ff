"""The two-layer perceptron of the paper."""

from jaxtyping import Float
from torch import Tensor, nn


class Mlp(nn.Module):
    """W2·ReLU(W1·x), the shape of the towers (paper eq. 3, 4; with biases) and of C, G and D (eq. 5, 7, 8; without).

    No ReLU follows the last layer: the paper does not say, and vectors that G is to imitate must be able to have either
    sign, as G's own output has.
    """

    def __init__(self, n_in: int, n_hidden: int, n_out: int, *, bias: bool) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden, bias=bias)
        self.second = nn.Linear(n_hidden, n_out, bias=bias)

    def forward(self, x: Float[Tensor, "*b n_in"]) -> Float[Tensor, "*b n_out"]:
        hidden: Tensor = self.first(x).relu()
        out: Tensor = self.second(hidden)
        return out
