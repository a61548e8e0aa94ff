"""The same search for every row: one Optuna study per row and protocol, judged on the validation part alone."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from lgir.core.config import Config, parse_config, read_toml
from lgir.core.errors import BadConfig, LgirError, MissingExtra
from lgir.core.files import written_whole
from lgir.core.fingerprint import fingerprint
from lgir.core.run import Progress, Run
from lgir.models import CONFIGS, build_model
from lgir.pipeline.material import Material
from lgir.study.config import StudyConfig, is_trained
from lgir.study.rows import ROWS, row_named
from lgir.study.study import begin, check_study, in_workers, tasks_of
from lgir.study.work import Task, bench_of, row_made_from

if TYPE_CHECKING:
    import optuna

TRAINED = "trained"
"""The table of a space that holds for every row whose model learns in epochs."""

_UNTUNED, _SETTINGS = "untuned", "settings"
"""What is written beside a trial: that it is the row as it is without tuning, and the settings it had."""

_BETWEEN = 0.618
"""A place within bounds where a number that should be whole is not."""


class Range(Config):
    """Where one key is searched: within bounds, or among choices."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[bool | int | float | str, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Range":
        bounds = self.low is not None and self.high is not None
        if bounds == (self.choices is not None):
            raise ValueError("give either low and high, or choices")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low = {self.low} must be below high = {self.high}")
        if self.log and (self.low is None or self.low <= 0):
            raise ValueError("log = true needs a low above 0")
        return self

    def examples(self) -> Iterator[bool | int | float | str]:
        """Values that a model must be able to take."""
        yield from self.choices or ()
        if self.low is not None and self.high is not None:
            yield from (self.low, self.high, self.low + _BETWEEN * (self.high - self.low))

    def suggest(self, trial: "optuna.Trial", name: str) -> bool | int | float | str:
        """The trial's value; of a number so many digits as settings files hold."""
        if self.choices is not None:
            chosen = trial.suggest_categorical(name, self.choices)
            assert chosen is not None
            return chosen
        assert self.low is not None
        assert self.high is not None
        return float(_number(trial.suggest_float(name, self.low, self.high, log=self.log)))


@dataclass(frozen=True, slots=True)
class TuneTask:
    """One row under one protocol: so many trials."""

    task: Task
    space: dict[str, Range]
    trials: int

    @property
    def name(self) -> str:
        return self.task.name

    @property
    def protocol(self) -> str:
        return self.task.protocol

    @property
    def seed(self) -> int:
        return self.task.seed

    @property
    def journal(self) -> Path:
        """Where Optuna keeps the trials; one that is there is continued."""
        return self.task.folder.path / "trials.log"


def load_spaces(file: Path) -> dict[str, dict[str, Range]]:
    """Search spaces: table → key → range.

    Raises:
        BadConfig: a table is neither "trained", nor a model, nor a row; or a key is not one of the model's.
    """
    found = {}
    for table, ranges in read_toml(file).items():
        kinds = _kinds(table)
        if not kinds:
            raise BadConfig(f"{file}: [{table}] is neither {TRAINED!r}, nor a model, nor a row; lgir models lists them")
        if not isinstance(ranges, dict) or not all(isinstance(value, dict) for value in ranges.values()):
            raise BadConfig(f"{file}: [{table}] must hold ranges, such as l2 = {{ low = 1.0, high = 9.0 }}")
        found[table] = {
            key: parse_config(Range, value, source=f"{file}: [{table}] {key}") for key, value in ranges.items()
        }
        for key in found[table]:
            if key == "kind" or any(key not in CONFIGS[kind].model_fields for kind in kinds):
                raise BadConfig(f"{file}: [{table}] {key}: the model has no such key; mend its spelling or remove it")
    return found


def _kinds(table: str) -> list[str]:
    if table == TRAINED:
        return [row.model["kind"] for row in ROWS.values() if is_trained(row)]
    if table in ROWS:
        return [ROWS[table].model["kind"]]
    return [table] if table in CONFIGS else []


def space_of(name: str, spaces: Mapping[str, Mapping[str, Range]]) -> dict[str, Range]:
    """What is searched for one row: the row's own table goes over the model's, that over the one for all. Keys that
    make the row what it is are never searched."""
    row = row_named(name)
    shared = spaces.get(TRAINED, {}) if is_trained(row) else {}
    found = {**shared, **spaces.get(row.model["kind"], {}), **spaces.get(name, {})}
    return {key: range_ for key, range_ in found.items() if key not in row.model}


def tune(
    study: StudyConfig,
    spaces: Mapping[str, Mapping[str, Range]],
    data: Path,
    out: Path,
    progress: Progress,
    *,
    trials: int,
    workers: int,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Searches every row's settings with the same number of trials, the first being the settings it has without tuning.

    Returns:
        protocol → row → the best settings found on the validation part; none where no other settings were better than
        those without tuning. Rows with nothing to search are left out, and rows that no trial could train.

    Raises:
        MissingExtra: Optuna is not installed.
        BadConfig: a row's model cannot take a value of its space; nothing has been done then.
        BadInput: as `run_study`.
    """
    _optuna()
    # what an earlier search found must not be taken for the settings without tuning
    study = study.model_copy(update={"settings": {}})
    materials = check_study(study, data)
    firsts = {(task.name, task.protocol): task for task in reversed(tasks_of(study, data, out))}
    searched = [TuneTask(task, space_of(name, spaces), trials) for (name, _), task in reversed(firsts.items())]
    searched = [one for one in searched if one.space]
    for one in searched:
        check_space(one)
    begin(out)
    for one in searched:
        _drop_outdated(one, materials[one.task.protocol])
    for one in {one.task.bench_key: one for one in searched}.values():
        bench_of(one.task, progress)
    in_workers(search, searched, progress, workers, "searching settings")
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for one in searched:
        settings = _best(one)
        if settings is not None:
            found.setdefault(one.protocol, {})[one.name] = settings
    return found


def check_space(one: TuneTask) -> None:
    """Refuses a space with values that the row's model cannot take.

    Raises:
        BadConfig: there is one.
    """
    for key, range_ in one.space.items():
        for value in range_.examples():
            _changed(one, {key: value})


def _changed(one: TuneTask, given: Mapping[str, Any]) -> Any:
    """The row's model with these settings."""
    model = one.task.config.model
    return parse_config(type(model), {**model.model_dump(), **given}, source=f"search space of row {one.name!r}")


def _drop_outdated(one: TuneTask, material: Material) -> None:
    """Deletes trials that were made from other data, settings or spaces."""
    folder, space = one.task.folder, {key: range_.model_dump() for key, range_ in one.space.items()}
    made_from = {**row_made_from(one.task, material), "space": fingerprint(space)}
    if folder.has("searched-from.json") and folder.read_json("searched-from.json") == made_from:
        return
    one.journal.unlink(missing_ok=True)
    folder.write_json("searched-from.json", made_from)


def search(one: TuneTask) -> None:
    """Runs the trials that are still missing: whether or not it was interrupted, it makes the same ones."""
    package = _optuna()
    study, data = _study(one), bench_of(one.task).prepared.data

    def objective(trial: "optuna.Trial") -> float:
        untuned = trial.user_attrs.get(_UNTUNED, False)
        given = {} if untuned else {key: range_.suggest(trial, key) for key, range_ in one.space.items()}
        trial.set_user_attr(_SETTINGS, given)
        try:
            model = build_model(_changed(one, given), data.shape)
            model.fit(data, Run(one.seed))
        except LgirError as error:  # such as a learning rate that is too large
            raise package.TrialPruned(str(error)) from None
        value = data.validate(model)
        return value if math.isfinite(value) else 0.0

    for trial in study.get_trials(states=(package.trial.TrialState.RUNNING,)):  # cut off by a kill
        study.tell(trial.number, state=package.trial.TrialState.FAIL)
    while (done := len(_done(study))) < one.trials:
        if not done and not study.get_trials(states=(package.trial.TrialState.WAITING,)):
            study.enqueue_trial({}, user_attrs={_UNTUNED: True})
        # a sampler that began anew after every interruption would draw what it has drawn before
        study.sampler = package.samplers.TPESampler(seed=int(fingerprint("trial", one.seed, done)[:8], 16))
        study.optimize(objective, n_trials=1)


def _done(study: "optuna.Study") -> "list[optuna.trial.FrozenTrial]":
    """Trials that ended by themselves."""
    states = _optuna().trial.TrialState
    return study.get_trials(states=(states.COMPLETE, states.PRUNED))


def _best(one: TuneTask) -> dict[str, Any] | None:
    """The settings of the best trial, of equals the first; None where none could be trained."""
    trials = [trial for trial in _done(_study(one)) if trial.value is not None]
    best = max(trials, key=lambda trial: trial.value or 0.0, default=None)
    return None if best is None else dict(best.user_attrs[_SETTINGS])


def _study(one: TuneTask) -> "optuna.Study":
    package = _optuna()
    one.journal.parent.mkdir(parents=True, exist_ok=True)
    storage = package.storages.JournalStorage(package.storages.journal.JournalFileBackend(str(one.journal)))
    study: optuna.Study = package.create_study(
        storage=storage,
        study_name=f"{one.name}/{one.protocol}",
        direction="maximize",
        load_if_exists=True,
    )
    return study


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtra("optuna", "experiment") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def save_settings(file: Path, settings: Mapping[str, Mapping[str, Mapping[str, Any]]], remarks: Sequence[str]) -> None:
    """Writes settings as TOML, as `StudyConfig.settings` reads them."""
    lines = [f"# {remark}" for remark in remarks]
    for protocol, rows in settings.items():
        for name, values in rows.items():
            lines += ["", f'[{protocol}."{name}"]', *(f"{key} = {_toml(value)}" for key, value in values.items())]
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as stream:
        stream.write(("\n".join(lines) + "\n").encode())


def _toml(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # a string of JSON is one of TOML too
    return json.dumps(value) if isinstance(value, str) else _number(value)


def _number(value: int | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
