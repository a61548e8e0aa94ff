"""The same search for every row: what it was without tuning first, and the same trials whether or not interrupted."""

import re
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest

from lgir.core.errors import BadConfig, BadInput, MissingExtra, TrainingFailed
from lgir.core.run import Run, Silent
from lgir.models import build_model
from lgir.study import tune as tuning
from lgir.study.config import load_study
from lgir.study.rows import ROWS
from lgir.study.study import tasks_of
from lgir.study.tune import Range, TuneTask, check_space, load_spaces, save_settings, space_of, tune
from lgir.study.work import bench_of

EXPERIMENTS = Path(__file__).parents[2] / "experiments"

SPACES = """
[trained]
learning_rate = { low = 1e-3, high = 1e-1, log = true }

[mf]
negatives = { choices = [1, 4] }

[ease]
l2 = { low = 1.0, high = 3000.0, log = true }

["BPJFNN"]
learning_rate = { choices = [0.01] }
"""


def written(folder: Path, text: str) -> Path:
    (folder / "spaces.toml").write_text(text)
    return folder / "spaces.toml"


@pytest.fixture
def spaces(tmp_path):
    return load_spaces(written(tmp_path, SPACES))


@pytest.fixture
def few(study):
    """Two rows that learn in epochs and one that does not, under one protocol."""
    rows = {"rows": ["MF", "newest", "EASE"], "main": "MF", "contrast": None, "protocols": ["paper"]}
    return study(**rows, training={"max_epochs": 1, "patience": 1})


def searched(study, spaces, data, out, trials=3) -> dict[str, dict[str, dict[str, Any]]]:
    return tune(study, spaces, data, out, Silent(), trials=trials, workers=1)


def trials_of(out: Path, slug: str, protocol: str = "paper") -> list[Any]:
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(out / "rows" / protocol / slug / "trials.log"))
    )
    (summary,) = optuna.get_all_study_summaries(storage)
    return optuna.load_study(study_name=summary.study_name, storage=storage).trials


def settings_of(trials: list[Any]) -> list[dict[str, Any]]:
    ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return [trial.user_attrs["settings"] for trial in trials if trial.state in ended]


# ── spaces ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rows_own_table_goes_over_its_models_and_that_over_the_one_for_all(spaces):
    assert list(space_of("MF", spaces)) == ["learning_rate", "negatives"]
    assert space_of("MF", spaces)["learning_rate"] == Range(low=1e-3, high=1e-1, log=True)
    assert space_of("BPJFNN", spaces) == {"learning_rate": Range(choices=(0.01,))}
    assert list(space_of("EASE", spaces)) == ["l2"]
    assert space_of("newest", spaces) == {}


def test_what_makes_a_row_what_it_is_is_not_searched(tmp_path):
    spaces = load_spaces(written(tmp_path, "[lgir]\ngraph_layers = { choices = [0, 2] }\n"))
    assert list(space_of("LGIR (default)", spaces)) == ["graph_layers"]
    assert space_of("default, no graph", spaces) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tuned]\nl2 = { low = 1, high = 2 }", "[tuned] is neither 'trained', nor a model, nor a row"),
        ("[ease]\nl3 = { low = 1, high = 2 }", "[ease] l3: the model has no such key"),
        ("[mf]\nkind = { choices = ['ncf'] }", "[mf] kind: the model has no such key"),
        ("[trained]\nlayers = { choices = [1] }", "[trained] layers: the model has no such key"),
        ("[ease]\nl2 = { low = 2, high = 1 }", "[ease] l2: the whole file: low = 2.0 must be below high = 1.0"),
        ("[ease]\nl2 = { low = 0, high = 1, log = true }", "log = true needs a low above 0"),
        ("[ease]\nl2 = { choices = [1], log = true }", "log = true needs a low above 0"),
        ("[ease]\nl2 = { low = 1 }", "give either low and high, or choices"),
        ("[ease]\nl2 = { low = 1, high = 2, choices = [1] }", "give either low and high, or choices"),
        ("[ease]\nl2 = { choices = [] }", "choices: "),
        ("[ease]\nl2 = { lo = 1, high = 2 }", "lo: there is no such key"),
        ("[ease]\nl2 = { low = 1, high = inf }", "high: "),
        ("[ease]\nl2 = 3", "[ease] must hold ranges, such as l2 = { low = 1.0, high = 9.0 }"),
        ("ease = 3", "[ease] must hold ranges"),
        ("[ease", "cannot be read as TOML"),
    ],
)
def test_a_space_that_is_wrong_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(BadConfig, match=re.escape(sentence)) as caught:
        load_spaces(written(tmp_path, text))
    assert "\n" not in str(caught.value).strip()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("negatives = { choices = [1, 0] }", "search space of row 'MF': negatives: "),
        ("negatives = { low = 1, high = 4 }", "search space of row 'MF': negatives: "),  # no whole numbers between
        ("learning_rate = { low = -1, high = 1 }", "search space of row 'MF': learning_rate: "),
        ("bias = { choices = ['perhaps'] }", "search space of row 'MF': bias: "),
    ],
)
def test_values_that_a_model_cannot_take_are_refused_before_any_work(few, data, tmp_path, done_here, table, sentence):
    spaces = load_spaces(written(tmp_path, f"[mf]\n{table}"))
    with pytest.raises(BadConfig, match=re.escape(sentence)):
        searched(few, spaces, data, tmp_path / "out")
    assert done_here == []
    assert not (tmp_path / "out").exists()


def test_the_spaces_of_the_project_suit_every_row(study):
    spaces = load_spaces(EXPERIMENTS / "spaces.toml")
    for task in tasks_of(study(rows=list(ROWS), model={}, contrast=None), Path("data"), Path("out")):
        check_space(TuneTask(task, space_of(task.name, spaces), 1))


# ── searching ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_row_gets_so_many_trials_the_first_without_tuning(few, spaces, data, tmp_path, done_here, monkeypatch):
    built = []
    monkeypatch.setattr(tuning, "build_model", lambda config, shape: built.append(config) or build_model(config, shape))
    found = searched(few, spaces, data, tmp_path / "out")
    assert [(one.name, one.protocol, one.seed) for one in done_here] == [("MF", "paper", 3), ("EASE", "paper", 3)]
    assert set(found) == {"paper"}
    for name, slug in (("MF", "mf"), ("EASE", "ease")):
        trials = trials_of(tmp_path / "out", slug)
        assert len(settings_of(trials)) == 3
        assert settings_of(trials)[0] == {}
        assert all(set(settings) == set(space_of(name, spaces)) for settings in settings_of(trials)[1:])
        best = max(trials, key=lambda trial: trial.value)
        assert found["paper"][name] == best.user_attrs["settings"]
    # the very configuration of the row, though 5e-5 lies outside the space
    assert built[0] == few.experiment("MF", "paper").model
    assert built[3] == few.experiment("EASE", "paper").model
    for settings in settings_of(trials_of(tmp_path / "out", "mf"))[1:]:
        assert 1e-3 <= settings["learning_rate"] <= 1e-1
        assert settings["negatives"] in (1, 4)


def test_values_are_those_of_the_validation_part(few, spaces, data, tmp_path, done_here):
    searched(few, spaces, data, tmp_path / "out", trials=2)
    (task,) = [one for one in tasks_of(few, data, tmp_path / "out") if one.name == "EASE"]
    given = bench_of(task).prepared.data
    for trial in trials_of(tmp_path / "out", "ease"):
        config = task.config.model.model_copy(update=trial.user_attrs["settings"])
        model = build_model(config, given.shape)
        model.fit(given, Run(3))
        assert trial.value == given.validate(model)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_interrupted_search_makes_the_trials_of_an_undisturbed_one(few, spaces, data, tmp_path, done_here, at):
    """Killed in the trial after so many, which leaves a trial behind that never ends."""
    calm = searched(few, spaces, data, tmp_path / "calm", trials=4)
    if at:
        searched(few, spaces, data, tmp_path / "cut", trials=at)
    (one, *_) = [
        TuneTask(task, space_of("MF", spaces), 4) for task in tasks_of(few, data, tmp_path / "cut") if task.name == "MF"
    ]
    if not at:  # as `tune` does before its first trial
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tuning, "in_workers", lambda *_: None)
            searched(few, spaces, data, tmp_path / "cut", trials=4)
    cut_off = tuning._study(one)
    if not at:
        cut_off.enqueue_trial({}, user_attrs={"untuned": True})
    cut_off.ask()
    assert trials_of(tmp_path / "cut", "mf")[-1].state == optuna.trial.TrialState.RUNNING
    found = searched(few, spaces, data, tmp_path / "cut", trials=4)
    for slug in ("mf", "ease"):
        expected = settings_of(trials_of(tmp_path / "calm", slug))
        assert len(expected) == 4
        assert settings_of(trials_of(tmp_path / "cut", slug)) == expected
        assert len({str(settings) for settings in expected}) == 4, "no trial is drawn twice"
    assert found == calm


def test_more_trials_go_on_from_those_there_are(few, spaces, data, tmp_path, done_here):
    searched(few, spaces, data, tmp_path / "out", trials=2)
    before = settings_of(trials_of(tmp_path / "out", "mf"))
    searched(few, spaces, data, tmp_path / "out", trials=3)
    after = settings_of(trials_of(tmp_path / "out", "mf"))
    assert after[:2] == before
    assert len(after) == 3
    searched(few, spaces, data, tmp_path / "out", trials=1)
    assert settings_of(trials_of(tmp_path / "out", "mf")) == after


@pytest.mark.parametrize("what", ["space", "settings"])
def test_another_space_or_other_settings_begin_a_search_anew(few, study, spaces, data, tmp_path, done_here, what):
    searched(few, spaces, data, tmp_path / "out", trials=2)
    kept = [trial.datetime_start for trial in trials_of(tmp_path / "out", "ease")]
    if what == "space":
        wider = {**spaces, "mf": {"negatives": Range(choices=(1, 2, 3))}}
        searched(few, wider, data, tmp_path / "out", trials=2)
        assert settings_of(trials_of(tmp_path / "out", "mf"))[1]["negatives"] in (1, 2, 3)
    else:
        changed = few.model_copy(update={"model": {"MF": {"weight_decay": 0.5}}})
        searched(changed, spaces, data, tmp_path / "out", trials=2)
    assert len(trials_of(tmp_path / "out", "mf")) == 2, "what was found before is gone"
    assert [trial.datetime_start for trial in trials_of(tmp_path / "out", "ease")] == kept


def test_what_was_tuned_before_is_not_taken_for_untuned(few, spaces, data, tmp_path, done_here, monkeypatch):
    tuned = few.model_copy(update={"settings": {"paper": {"EASE": {"l2": 7.0}}}})
    built = []
    monkeypatch.setattr(tuning, "build_model", lambda config, shape: built.append(config) or build_model(config, shape))
    searched(tuned.model_copy(update={"rows": ("EASE",)}), spaces, data, tmp_path / "out", trials=1)
    assert tuned.experiment("EASE", "paper").model.l2 == 7.0
    assert [config.l2 for config in built] == [few.experiment("EASE", "paper").model.l2]


def test_a_trial_that_cannot_be_trained_costs_a_trial_and_not_the_search(
    few, spaces, data, tmp_path, done_here, monkeypatch
):
    class Refusing:
        def fit(self, *_: object) -> None:
            raise TrainingFailed("the loss became nan")

    def build(config, shape):
        return Refusing() if config.kind == "mf" else build_model(config, shape)

    monkeypatch.setattr(tuning, "build_model", build)
    found = searched(few, spaces, data, tmp_path / "out")
    assert set(found["paper"]) == {"EASE"}, "a row that no trial could train has no best settings"
    assert len(settings_of(trials_of(tmp_path / "out", "mf"))) == 3


def test_refused_before_any_work(few, spaces, data, tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="holds something else than an experiment"):
        searched(few, spaces, data, data)
    with pytest.raises(BadInput, match="there is no dataset"):
        searched(few, spaces, tmp_path / "none", tmp_path / "out")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match="needs the package 'optuna'"):
        searched(few, spaces, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_settings_file_is_read_back_as_it_was(tmp_path, toml):
    settings = {
        "paper": {"MF": {"negatives": 4, "weight_decay": 1e-05, "bias": False}, "LGIR (default)": {}},
        "time": {"BM25 profile": {"weighting": "tfidf"}, "EASE": {"l2": 1234.0}, "BPJFNN": {"learning_rate": 3.0}},
    }
    save_settings(tmp_path / "deep" / "best.toml", settings, ["Made by: lgir tune", "Best of all."])
    text = (tmp_path / "deep" / "best.toml").read_text()
    assert text.splitlines()[:2] == ["# Made by: lgir tune", "# Best of all."]
    assert tomllib.loads(text) == settings
    (tmp_path / "study.toml").write_text('settings = "deep/best.toml"\n' + toml)
    study = load_study(tmp_path / "study.toml")
    mf = study.experiment("MF", "paper").model
    assert (mf.negatives, mf.weight_decay, mf.bias) == (4, 1e-05, False)
    assert study.experiment("BPJFNN", "time").model.learning_rate == 3.0


def test_what_a_search_finds_is_what_its_file_says(few, spaces, data, tmp_path, toml, done_here):
    """The digits that a file does not hold were not tried either."""
    found = searched(few, spaces, data, tmp_path / "out")
    save_settings(tmp_path / "best.toml", found, [])
    assert tomllib.loads((tmp_path / "best.toml").read_text()) == found
    for slug in ("mf", "ease"):
        for settings in settings_of(trials_of(tmp_path / "out", slug)):
            assert all(value == float(f"{value:.4g}") for value in settings.values())


def test_strings_are_quoted_as_toml_wants(tmp_path):
    quoted = {"paper": {"BM25 profile": {"weighting": 'a "b" \\ ü'}}}
    save_settings(tmp_path / "s.toml", quoted, [])
    assert tomllib.loads((tmp_path / "s.toml").read_text()) == quoted


def test_a_range_gives_examples_within_it():
    assert list(Range(low=1, high=2).examples()) == [1, 2, pytest.approx(1.618)]
    assert list(Range(choices=(1, "a")).examples()) == [1, "a"]
    asked = SimpleNamespace(suggest_float=lambda name, low, high, log: 0.123456, suggest_categorical=lambda n, c: c[1])
    assert Range(low=0, high=1).suggest(asked, "x") == 0.1235
    assert Range(choices=(1, "a")).suggest(asked, "x") == "a"
