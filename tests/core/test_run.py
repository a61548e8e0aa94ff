import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.run import Progress, Run, Silent


def draws(run, *purpose):
    return run.rng(*purpose).integers(2**62, size=4).tolist()


@given(st.integers(0, 2**70), st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=5) | st.integers()))
def test_equal_seed_and_purpose_give_equal_numbers(seed, purpose):
    assert draws(Run(seed=seed), *purpose) == draws(Run(seed=seed), *purpose)


def test_seeds_and_purposes_tell_generators_apart():
    purposes = [
        (),
        ("epoch",),
        ("epoch", 1),
        ("epoch", 2),
        ("epoch", 11),
        ("epoch", 1, 1),
        ("split",),
        ("Küche",),
        (1,),
    ]
    found = {tuple(draws(Run(seed=seed), *purpose)) for seed in (0, 1, 256, 2**40) for purpose in purposes}
    assert len(found) == 4 * len(purposes)


def test_drawing_elsewhere_changes_nothing():
    run = Run(seed=7)
    expected = draws(run, "epoch", 1)
    run.rng("epoch", 1).random(1000)
    run.rng("other").random(1000)
    assert draws(run, "epoch", 1) == expected


def test_numbers_do_not_change_between_versions():
    """A resumed run of an older version must go on with the same numbers."""
    assert isinstance(Run().rng(), np.random.Generator)
    assert Run(seed=3).rng("epoch", 1).integers(1000, size=5).tolist() == [247, 938, 517, 109, 464]


def test_silence_is_a_progress():
    assert isinstance(Silent(), Progress)
    progress = Run().progress
    progress.start("x", None)
    progress.advance()
    progress.finish()
