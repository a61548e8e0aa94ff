"""A made-up job board: skills, towns, occupations, ads, résumés that leave most skills out, and few-shot users.

Nothing in it is tuned to favour a method; docs/synthetic.md tells the story and explains every parameter.
"""

from lgir.core.run import Progress, Run, Silent
from lgir.data.dataset import Dataset
from lgir.data.synthetic.choices import choose_jobs, long_tail_counts, with_total
from lgir.data.synthetic.config import LIKE, SyntheticConfig
from lgir.data.synthetic.hidden import HiddenWorld, hidden_world
from lgir.data.synthetic.tables import make_tables
from lgir.data.synthetic.worth import Worth

__all__ = ["LIKE", "HiddenWorld", "SyntheticConfig", "hidden_world", "synthetic_world"]


def synthetic_world(config: SyntheticConfig, seed: int, progress: Progress | None = None) -> Dataset:
    """A synthetic dataset; equal (config, seed) give equal tables on the same machine and library versions.

    Hidden facts, counts, choices, texts and dates have a stream of random numbers each, so a parameter of the texts
    changes no choice.

    Args:
        config: what the world is like.
        seed: ≥ 0.
        progress: counts users and jobs; None stays silent.
    """
    run = Run(seed, progress=Silent() if progress is None else progress)
    run.progress.start("drawing people and jobs", None)
    hidden = hidden_world(config, seed)
    run.progress.finish()
    rng, fewest, most = run.rng("synthetic", "counts"), config.min_interactions, config.most_interactions
    counts = long_tail_counts(
        config.n_users,
        fewest=fewest,
        mean=config.interactions_per_user,
        most=most,
        exponent=config.tail_exponent,
        rng=rng,
    )
    if config.n_interactions is not None:
        counts = with_total(counts, config.n_interactions, fewest=fewest, most=most, rng=rng)
    pairs = choose_jobs(
        Worth(config, hidden),
        counts,
        n_jobs=config.n_jobs,
        noise=config.noise,
        rng=run.rng("synthetic", "choices"),
        progress=run.progress,
    )
    return make_tables(config, hidden, pairs, run)
