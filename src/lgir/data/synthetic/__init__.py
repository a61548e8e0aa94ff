"""A made-up job board: skills, towns, occupations, ads, résumés that leave most skills out, and few-shot users.

Nothing in it is tuned to favour a method; docs/synthetic.md tells the story and explains every parameter.
"""

from lgir.core.run import Run
from lgir.data.dataset import Dataset
from lgir.data.synthetic.choices import choose_jobs, long_tail_counts
from lgir.data.synthetic.config import SyntheticConfig
from lgir.data.synthetic.hidden import HiddenWorld, hidden_world, utilities
from lgir.data.synthetic.tables import make_tables

__all__ = ["HiddenWorld", "SyntheticConfig", "hidden_world", "synthetic_world"]


def synthetic_world(config: SyntheticConfig, seed: int) -> Dataset:
    """A synthetic dataset; equal (config, seed) give equal tables on the same machine and library versions.

    Hidden facts, counts, choices, texts and dates have a stream of random numbers each, so a parameter of the texts
    changes no choice.

    Args:
        config: what the world is like.
        seed: ≥ 0.
    """
    hidden, run = hidden_world(config, seed), Run(seed)
    counts = long_tail_counts(
        config.n_users,
        fewest=config.min_interactions,
        mean=config.mean_interactions,
        most=config.most_interactions,
        exponent=config.tail_exponent,
        rng=run.rng("synthetic", "counts"),
    )
    pairs = choose_jobs(
        lambda part: utilities(config, hidden, part),
        counts,
        n_jobs=config.n_jobs,
        noise=config.noise,
        rng=run.rng("synthetic", "choices"),
    )
    return make_tables(config, hidden, pairs, run)
