"""Run folders: opened as they were left, refused in words when they cannot be."""

import json
import shutil

import numpy as np
import pytest

from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.run import Silent
from lgir.experiment import evaluate, fit
from lgir.pipeline.opened import open_run


@pytest.fixture
def copy(trained, tmp_path):
    shutil.copytree(trained.data, tmp_path / "data")
    shutil.copytree(trained.run, tmp_path / "run")
    return tmp_path / "run"


def test_data_and_run_move_together(copy):
    with open_run(copy, Silent()) as run:
        assert run.material.folder == (copy.parent / "data").resolve()


def test_a_dataset_elsewhere_is_named_by_hand(copy, trained):
    shutil.rmtree(copy.parent / "data")
    with pytest.raises(BadInput, match="is not at .*--data FOLDER"), open_run(copy, Silent()):
        pass
    with open_run(copy, Silent(), data=trained.data) as run:
        assert run.best_seed() in (0, 1)


def test_another_dataset_is_refused(copy, trained, config, tmp_path):
    from lgir.data.folder import save_dataset
    from lgir.data.synthetic import SyntheticConfig, synthetic_world

    other = synthetic_world(SyntheticConfig(n_users=60, n_jobs=80, mean_interactions=6), 5)
    save_dataset(other, tmp_path / "other", source="synthetic")
    with (
        pytest.raises(BadInput, match="was made from another dataset than the one given now"),
        open_run(copy, Silent(), data=tmp_path / "other"),
    ):
        pass
    with pytest.raises(BadInput, match="was made from another dataset"):
        fit(tmp_path / "other", config, copy, Silent())


def test_another_configuration_is_refused(copy, config):
    changed = config.model_copy(update={"seeds": (7,)})
    with pytest.raises(BadInput, match="was made from another configuration"):
        fit(copy.parent / "data", changed, copy, Silent())


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda run: (run / "manifest.json").unlink(), "is not a run folder; make one with: lgir fit"),
        (lambda run: (run / "config.json").write_text("{"), "is damaged"),
        (lambda run: (run / "vocabulary.json").unlink(), "lacks vocabulary.json"),
        (lambda run: (run / "encoder.safetensors").write_bytes(b"no"), "is damaged"),
    ],
)
def test_damage_is_named(copy, break_it, sentence):
    break_it(copy)
    with pytest.raises(UnreadableRun, match=sentence), open_run(copy, Silent()):
        pass


def test_a_newer_format_says_so(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "format": 99, "lgir": "9.0"}))
    with pytest.raises(UnreadableRun, match="format 99 by lgir 9.0.*install a newer lgir"), open_run(copy, Silent()):
        pass


def test_an_unfinished_seed_is_trained_by_the_next_fit_to_the_same_weights(copy, config):
    with open_run(copy, Silent()) as run:
        before = run.model(1).weights()
    (copy / "seed-1" / "result.json").unlink()
    (copy / "seed-1" / "weights.safetensors").unlink()
    with open_run(copy, Silent()) as run, pytest.raises(UnreadableRun, match="seed 1 .* is not trained yet"):
        evaluate(run, "paper", Silent())
    fit(copy.parent / "data", config, copy, Silent())
    with open_run(copy, Silent()) as run:
        after = run.model(1).weights()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_another_split_is_refused(copy):
    """A changed split would let training jobs into the test part."""
    config = json.loads((copy / "config.json").read_text())
    config["split"]["seed"] = 5
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="was made from another"), open_run(copy, Silent()):
        pass


@pytest.mark.parametrize("what", ["split", "validation candidates", "test candidates", "completer"])
def test_everything_a_run_was_made_from_is_compared(copy, what):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["made_from"][what] = "something else"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match=f"was made from another {what}"), open_run(copy, Silent()):
        pass


def test_a_dataset_is_no_run(trained):
    with pytest.raises(UnreadableRun, match="is not a run folder"), open_run(trained.data, Silent()):
        pass


def test_a_run_in_which_no_seed_began_can_be_begun_anew(trained, config, tmp_path):
    """A wrong setting that stopped the first attempt must not use up its --out."""
    from lgir.core.errors import BadConfig

    hopeless = config.model_copy(update={"model": config.model.model_copy(update={"many_shot": 1000})})
    with pytest.raises(BadConfig, match="no user has at least many_shot = 1000"):
        fit(trained.data, hopeless, tmp_path / "run", Silent())
    fit(trained.data, config.model_copy(update={"seeds": (0,)}), tmp_path / "run", Silent())
    with open_run(tmp_path / "run", Silent()) as run:
        assert run.best_seed() == 0
