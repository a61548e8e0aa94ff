import torch

from lgir.complete.local.sampling import SeededSampling, prompt_seed


def test_draws_follow_the_softmax_at_the_temperature() -> None:
    scores = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    sampling = SeededSampling(0.7, [5])
    counts = torch.zeros(4)
    for _ in range(4000):
        counts[int(sampling(torch.zeros(1, 1), scores).argmax())] += 1
    expected = torch.softmax(scores[0] / 0.7, 0)
    # four standard deviations of a share at 4,000 draws
    assert torch.all((counts / 4000 - expected).abs() < 4 * (expected * (1 - expected) / 4000).sqrt())


def test_a_row_draws_the_same_in_any_batch() -> None:
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    together, alone = SeededSampling(1.0, [7, 8, 9]), SeededSampling(1.0, [8])
    for _ in range(5):
        assert torch.equal(together(scores, scores)[1], alone(scores[1:2], scores[1:2])[0])


def test_seeds_differ_by_seed_and_prompt() -> None:
    seeds = {prompt_seed(seed, tokens) for seed in (0, 1) for tokens in ([1, 2], [2, 1], [12])}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**60 for seed in seeds)
    assert prompt_seed(0, [1, 2]) == prompt_seed(0, (1, 2))
