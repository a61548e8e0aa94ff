"""An experiment's file: read whole, refused in one sentence."""

import re
from pathlib import Path

import pytest

from lgir.core.errors import BadConfig
from lgir.study.config import is_deterministic, is_trained, load_study
from lgir.study.rows import ROWS, row_named


def written(folder: Path, text: str) -> Path:
    (folder / "study.toml").write_text(text)
    return folder / "study.toml"


def test_a_file_becomes_one_configuration_per_row_and_protocol(tmp_path, toml):
    study = load_study(written(tmp_path, toml))
    for protocol in ("paper", "time"):
        found = study.experiment("LGIR (default)", protocol)
        assert found.split.rule == protocol
        assert (found.model.kind, found.model.many_shot, found.model.max_epochs) == ("lgir", 3, 3)
        assert (found.configuration, found.complete.mode, found.complete.folds) == ("default", "irc", 2)
        assert [(one.kind, one.dim) for one in found.encode.encoders] == [("lexical", 32)]
        assert found.words.length == 12
    assert study.experiment("MF", "paper").complete.mode == "none"
    assert study.experiment("MF", "paper").model.learning_rate == 0.01
    assert study.experiment("BPJFNN", "time").model.learning_rate != 0.01


def test_a_row_without_randomness_runs_once(study):
    assert study().experiment("newest", "paper").seeds == (3,)
    assert study().experiment("MF", "paper").seeds == (3, 5)
    assert is_deterministic(row_named("EASE"))
    assert not is_deterministic(row_named("random")), "a coin differs from seed to seed"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("protocol", ["paper", "time"])
def test_every_row_has_a_configuration(study, name, protocol):
    made = study(rows=[name], main=name, contrast=None, model={}).experiment(name, protocol)
    row = ROWS[name]
    assert made.model.kind == row.model["kind"]
    assert {key: getattr(made.model, key) for key in row.model} == dict(row.model)
    assert made.complete.mode == row.mode
    # the same limits for all that learn in epochs
    if is_trained(row):
        assert (made.model.max_epochs, made.model.patience) == (3, 3)
    if row.encoders:
        assert [one.kind for one in made.encode.encoders] == [one["kind"] for one in row.encoders]


def test_what_a_row_is_told_goes_over_what_was_tuned_and_that_over_what_all_share(study):
    made = study(
        settings={"paper": {"MF": {"learning_rate": 0.5, "negatives": 4, "max_epochs": 7}}},
    )
    paper, time = made.experiment("MF", "paper").model, made.experiment("MF", "time").model
    assert (paper.learning_rate, paper.negatives, paper.max_epochs) == (0.01, 4, 7)
    assert (time.learning_rate, time.negatives, time.max_epochs) == (0.01, 1, 3)


def test_encoders_of_a_row_go_over_those_it_prescribes(study):
    given = {"SGPT-ST": [{"kind": "lexical", "dim": 8}]}
    made = study(rows=["SGPT-ST"], main="SGPT-ST", contrast=None, model={}, encoders=given)
    assert [(one.kind, one.dim) for one in made.experiment("SGPT-ST", "paper").encode.encoders] == [("lexical", 8)]


def test_cuts_in_time_are_those_of_the_file(study):
    made = study(time={"train_until": 0.5, "validate_until": 0.7})
    assert (made.split("time").train_until, made.split("time").validate_until) == (0.5, 0.7)
    assert made.split("paper").train_until is None
    assert made.experiment("MF", "time").split == made.split("time")


def test_settings_may_stand_in_a_file_of_their_own(tmp_path, toml):
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "best.toml").write_text('[paper."BPJFNN"]\nlearning_rate = 0.25\n')
    study = load_study(written(tmp_path, 'settings = "tuned/best.toml"\n' + toml))
    assert study.experiment("BPJFNN", "paper").model.learning_rate == 0.25
    assert study.experiment("BPJFNN", "time").model.learning_rate != 0.25
    with pytest.raises(BadConfig, match=r"no configuration file '.*none.toml'"):
        load_study(written(tmp_path, 'settings = "none.toml"\n' + toml))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("few_shot = 1\n\n", "few_shots = 1\n\n", "few_shots: there is no such key"),
        ('"MF", ', '"MF", "MFF", ', "there is no row 'MFF'; lgir models lists them: SGPT-BE, "),
        ('"MF", ', '"MF", "MF", ', "every row may stand once"),
        ('contrast = "BPJFNN"', 'contrast = "IRC"', "contrast = 'IRC' is not among the rows"),
        ('contrast = "BPJFNN"', 'main = "IRC"', "main = 'IRC' is not among the rows"),
        ("rows = [", 'protocols = ["paper", "paper"]\nrows = [', "every protocol may stand once"),
        ("rows = [", 'protocols = ["full"]\nrows = [', "protocols.0: Input should be 'paper' or 'time'"),
        ("seeds = [3, 5]", "seeds = [3, 3]", "row 'MF': the whole file: seeds = [3, 3]: every seed may stand once"),
        ("seeds = [3, 5]", "seeds = []", "seeds: "),
        ("folds = 2", 'folds = 2\nmode = "src"', "complete.mode is each row's own; remove it"),
        ("learning_rate = 0.01", "learning_rat = 0.01", "row 'MF': model.mf.learning_rat: there is no such key"),
        ("learning_rate = 0.01", "learning_rate = -1", "row 'MF': model.mf.learning_rate: "),
        ("learning_rate = 0.01", 'kind = "ncf"', "kind makes the row 'MF' what it is; remove it"),
        ('[model."MF"]', '[model."IRC"]\nrefine = true\n[model."MF"]', "refine makes the row 'IRC' what it is"),
        ('[model."MF"]', '[model."MFF"]\nlayers = 2\n[model."MF"]', "there is no row 'MFF'"),
        ('[model."MF"]', '[settings.paper."MFF"]\nlayers = 2\n[model."MF"]', "there is no row 'MFF'"),
        ('[model."MF"]', '[settings.full."MF"]\nlayers = 2\n[model."MF"]', "settings.full"),
        ('[model."MF"]', '[settings.time."MF"]\nkind = "ncf"\n[model."MF"]', "kind makes the row 'MF' what it is"),
        ('[model."MF"]', '[encoders]\n"MFF" = []\n[model."MF"]', "there is no row 'MFF'"),
        ('[model."MF"]', "[time]\ntrain_until = 0.9\n[model.MF]", "train_until must come before validate_until"),
        ('kind = "lexical"', 'kind = "lexicon"', "encode.encoders.0: "),
        ('title = "A small world"', "title = 'A", "cannot be read as TOML"),
        ('title = "A small world"', "", "title: Field required"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, toml, old, new, sentence):
    assert toml.count(old) == 1
    file = written(tmp_path, toml.replace(old, new))
    with pytest.raises(BadConfig, match=re.escape(sentence)) as caught:
        load_study(file)
    assert "\n" not in str(caught.value).strip()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadConfig, match=r"there is no configuration file '.*none.toml'"):
        load_study(tmp_path / "none.toml")
