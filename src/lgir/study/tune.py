"""The same search for every row: one Optuna study per row and protocol, judged on the validation part alone."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from lgir.core.config import Config, parse_config, read_toml
from lgir.core.errors import BadConfig, LgirError, MissingExtra
from lgir.core.files import written_whole
from lgir.core.run import Progress, Run
from lgir.models import CONFIGS, build_model
from lgir.study.config import StudyConfig, is_trained
from lgir.study.rows import ROWS, row_named
from lgir.study.study import check_study, in_workers, tasks_of
from lgir.study.work import Task, bench_of

if TYPE_CHECKING:
    import optuna

TRAINED = "trained"
"""The table of a space that holds for every row whose model learns in epochs."""


class Range(Config):
    """Where one key is searched: within bounds, or among choices."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[bool | int | float | str, ...] | None = None

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

    def suggest(self, trial: "optuna.Trial", name: str) -> bool | int | float | str:
        """The trial's value."""
        if self.choices is not None:
            chosen = trial.suggest_categorical(name, self.choices)
            assert chosen is not None
            return chosen
        assert self.low is not None
        assert self.high is not None
        return trial.suggest_float(name, self.low, self.high, log=self.log)


Space = Mapping[str, Range]


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
        found[table] = {
            key: parse_config(Range, value, source=f"{file}: [{table}] {key}") for key, value in ranges.items()
        }
        for key in found[table]:
            if any(key not in CONFIGS[kind].model_fields for kind in kinds):
                raise BadConfig(f"{file}: [{table}] {key}: the model has no such key; mend its spelling or remove it")
    return found


def _kinds(table: str) -> list[str]:
    if table == TRAINED:
        return [row.model["kind"] for row in ROWS.values() if is_trained(row)]
    if table in ROWS:
        return [ROWS[table].model["kind"]]
    return [table] if table in CONFIGS else []


def space_of(name: str, spaces: Mapping[str, Mapping[str, Range]]) -> dict[str, Range]:
    """What is searched for one row: the row's own table goes over the model's, that over the one for all."""
    row = row_named(name)
    shared = spaces.get(TRAINED, {}) if is_trained(row) else {}
    return {**shared, **spaces.get(row.model["kind"], {}), **spaces.get(name, {})}


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
        protocol → row → the best settings found on the validation part; rows with nothing to search are left out.

    Raises:
        MissingExtra: Optuna is not installed.
        BadInput: as `run_study`.
    """
    _optuna()
    check_study(study, data)
    firsts = {(task.name, task.protocol): task for task in reversed(tasks_of(study, data, out))}
    searched = [TuneTask(task, space_of(name, spaces), trials) for (name, _), task in reversed(firsts.items())]
    searched = [one for one in searched if one.space]
    for one in {one.task.bench_key: one for one in searched}.values():
        bench_of(one.task, progress)
    in_workers(search, searched, progress, workers, "searching settings")
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for one in searched:
        found.setdefault(one.protocol, {})[one.name] = dict(_study(one).best_params)
    return found


def search(one: TuneTask) -> None:
    """Runs the trials that are still missing."""
    from optuna.exceptions import TrialPruned

    study = _study(one)
    data = bench_of(one.task).prepared.data

    def objective(trial: "optuna.Trial") -> float:
        given = {key: range_.suggest(trial, key) for key, range_ in one.space.items()}
        config = type(one.task.config.model).model_validate({**one.task.config.model.model_dump(), **given})
        model = build_model(config, data.shape)
        try:
            model.fit(data, Run(one.seed))
        except LgirError as error:  # such as a learning rate that is too large
            raise TrialPruned(str(error)) from None
        value = data.validate(model)
        return value if math.isfinite(value) else 0.0

    if not study.trials:
        study.enqueue_trial(_untuned(one))
    done = sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(objective, n_trials=max(0, one.trials - done))


def _untuned(one: TuneTask) -> dict[str, Any]:
    """The settings without tuning, as far as they lie in the space."""
    values = one.task.config.model.model_dump()
    found = {}
    for key, range_ in one.space.items():
        value = values[key]
        if range_.choices is not None:
            inside = value in range_.choices
        else:
            inside = range_.low is not None and range_.high is not None and range_.low <= value <= range_.high
        if inside:
            found[key] = value
    return found


def _study(one: TuneTask) -> "optuna.Study":
    package = _optuna()
    one.journal.parent.mkdir(parents=True, exist_ok=True)
    storage = package.storages.JournalStorage(package.storages.journal.JournalFileBackend(str(one.journal)))
    study: optuna.Study = package.create_study(
        storage=storage,
        study_name=f"{one.name}/{one.protocol}",
        sampler=package.samplers.TPESampler(seed=one.seed),
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
    return f'"{value}"' if isinstance(value, str) else f"{value:.4g}" if isinstance(value, float) else str(value)
