import torch

from lgir.nets.mlp import Mlp


def test_two_layers_with_one_relu_between_them():
    mlp = Mlp(2, 2, 1, bias=True)
    with torch.no_grad():
        mlp.first.weight.copy_(torch.tensor([[1.0, -1.0], [2.0, 0.0]]))
        mlp.first.bias.copy_(torch.tensor([0.5, -3.0]))
        mlp.second.weight.copy_(torch.tensor([[-2.0, 10.0]]))
        mlp.second.bias.copy_(torch.tensor([1.0]))
    # hidden: ReLU(2 − 1 + 0.5) = 1.5, ReLU(4 − 3) = 1; ReLU(0 − 1 + 0.5) = 0, ReLU(0 − 3) = 0
    out = mlp(torch.tensor([[2.0, 1.0], [0.0, 1.0]]))
    assert out.tolist() == [[-2 * 1.5 + 10 * 1 + 1], [1.0]]


def test_the_output_may_have_either_sign():
    torch.manual_seed(0)
    out = Mlp(8, 16, 32, bias=True)(torch.randn(64, 8))
    assert (out < 0).any()
    assert (out > 0).any()


def test_without_biases_zero_stays_zero():
    mlp = Mlp(3, 4, 2, bias=False)
    assert {name for name, _ in mlp.named_parameters()} == {"first.weight", "second.weight"}
    assert mlp(torch.zeros(1, 3)).tolist() == [[0.0, 0.0]]


def test_leading_axes_are_kept():
    mlp = Mlp(3, 4, 2, bias=True)
    x = torch.randn(5, 6, 3)
    torch.testing.assert_close(mlp(x)[2, 3], mlp(x[2, 3]))
