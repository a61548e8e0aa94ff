"""The dataset of an experiment: found beside its file, or made from what the file names."""

import pytest

from lgir.core.errors import BadConfig, BadInput
from lgir.core.run import Silent
from lgir.data.folder import load_dataset, read_manifest
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.study.source import dataset_of


@pytest.fixture
def home(tmp_path):
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "tiny.toml").write_text("n_users = 20\nn_jobs = 30\n")
    return tmp_path


def found(study, home, given=None, **source):
    made = study(data="here/data", **({"source": source} if source else {}))
    return dataset_of(made, home / "study.toml", given, Silent())


def test_a_synthetic_world_is_made_once(study, home):
    source = {"kind": "synthetic", "path": "worlds/tiny.toml", "seed": 3}
    folder = found(study, home, **source)
    assert folder == home / "here" / "data"
    world = synthetic_world(SyntheticConfig(n_users=20, n_jobs=30), 3)
    assert load_dataset(folder).fingerprint == world.fingerprint
    assert read_manifest(folder)["source"] == "synthetic"
    before = (folder / "jobs.parquet").stat().st_mtime_ns
    # what is there is taken, whatever it was made from
    assert found(study, home, kind="synthetic", path="nowhere.toml") == folder
    assert (folder / "jobs.parquet").stat().st_mtime_ns == before


def test_tables_are_imported_and_the_report_is_kept(study, home):
    world = synthetic_world(SyntheticConfig(n_users=20, n_jobs=30), 3)
    (home / "tables").mkdir()
    for name in ("users", "jobs", "interactions"):
        getattr(world, name).write_csv(home / "tables" / f"{name}.csv")
    folder = found(study, home, kind="csv", path="tables")
    assert load_dataset(folder).users.height == 20
    assert read_manifest(folder)["report"]["read"]["users.csv"] == 20


def test_a_folder_that_is_given_goes_over_the_one_of_the_file(study, home, data):
    assert found(study, home, given=data) == data
    with pytest.raises(BadInput, match=r"there is no dataset at .*other; make one with lgir import or lgir synth"):
        found(study, home, given=home / "other", kind="synthetic", path="worlds/tiny.toml")
    assert not (home / "here").exists()


@pytest.mark.parametrize(
    ("source", "error", "sentence"),
    [
        ({}, BadInput, "there is no dataset at .*data; make one with"),
        ({"kind": "synthetic", "path": "worlds/none.toml"}, BadInput, "is to be made from .*none.toml, which does not"),
        ({"kind": "kaggle", "path": "worlds"}, BadConfig, "no source 'kaggle'; expected synthetic, sjr, careerbuilder"),
        ({"kind": "csv", "path": "worlds"}, BadInput, "users"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(study, home, source, error, sentence):
    with pytest.raises(error, match=sentence):
        found(study, home, **source)
    assert not (home / "here" / "data").exists()
