"""One experiment, as one TOML file: which rows, under which protocols, on which data."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from lgir.complete.config import CompleteConfig
from lgir.core.config import Config, parse_config, read_toml
from lgir.data.split import SplitConfig
from lgir.encode.config import EncodeConfig, EncoderConfig
from lgir.encode.words import WordsConfig
from lgir.models import CONFIGS, MODELS
from lgir.models.train_config import TrainConfig
from lgir.pipeline.config import CandidatesConfig, ExperimentConfig
from lgir.study.rows import Row, row_named

ProtocolName = Literal["paper", "time"]


class SourceConfig(Config):
    """Where the dataset comes from, should it not be there yet."""

    kind: str
    """A reader of `lgir import`, or "synthetic"."""
    path: str
    """What it reads; for "synthetic" a TOML file as `lgir synth --config` takes. Relative to the experiment's file."""
    seed: NonNegativeInt = 0
    """Of a synthetic world."""


class TimeConfig(Config):
    """The cuts of protocol `time`, as shares of all interactions in order of time."""

    train_until: float = Field(default=0.6, gt=0, lt=1)
    """The earlier ones are training."""
    validate_until: float = Field(default=0.8, gt=0, lt=1)
    """Those from there on are validation, the rest test."""


class TrainingConfig(Config):
    """What every trained row gets alike."""

    max_epochs: PositiveInt = 1000
    """Most epochs."""
    patience: PositiveInt = 50
    """Epochs without a better validation value before training stops (paper: 50)."""


class StudyConfig(Config):
    """An experiment: rows × seeds × protocols on one dataset."""

    title: str = Field(min_length=1)
    """Heading of the report."""
    data: str
    """The dataset's folder, relative to this file; `--data` goes over it."""
    source: SourceConfig | None = None
    """What to make the dataset from where there is none."""
    rows: tuple[str, ...] = Field(min_length=1)
    """Names of rows; `lgir models` lists them."""
    main: str = "LGIR (default)"
    """The row that every other is compared with."""
    contrast: str | None = None
    """The row beside `main` in Figure 4, such as "IRC"; none leaves the figure out."""
    case: str | None = None
    """Id of the user of Figure 5; none leaves the figure out."""
    protocols: tuple[ProtocolName, ...] = Field(default=("paper", "time"), min_length=1)
    """`paper`: thirds per user, sampled candidates. `time`: one cut in time, every job open then."""
    seeds: tuple[NonNegativeInt, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    """One training each."""
    min_interactions: PositiveInt = 1
    """Users with fewer jobs are left out."""
    few_shot: PositiveInt = 2
    """Users with 1 to so many training interactions are the slice "few-shot"."""
    time: TimeConfig = TimeConfig()
    candidates: CandidatesConfig = CandidatesConfig()
    complete: CompleteConfig = CompleteConfig()
    """The mode is each row's own."""
    encode: EncodeConfig = EncodeConfig()
    words: WordsConfig = WordsConfig()
    training: TrainingConfig = TrainingConfig()
    encoders: dict[str, tuple[EncoderConfig, ...]] = Field(default_factory=dict)
    """Encoders of single rows, by name."""
    model: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Keys of [model] for single rows, by name; they go over `settings`."""
    settings: dict[ProtocolName, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    """Tuned keys of [model], per protocol and row; or the name of a file with them, as `lgir tune` writes it."""

    @model_validator(mode="after")
    def _names_are_rows(self) -> "StudyConfig":
        changed = [*self.model.items(), *(row for rows in self.settings.values() for row in rows.items())]
        for name in (*self.rows, *self.encoders):
            row_named(name)
        for name, values in changed:
            fixed = sorted(set(values) & {"kind", *row_named(name).model})
            if fixed:
                raise ValueError(f"{', '.join(fixed)} makes the row {name!r} what it is; remove it")
        for what, given in (("row", self.rows), ("protocol", self.protocols)):
            if len(set(given)) != len(given):
                raise ValueError(f"every {what} may stand once")
        if self.complete.mode != CompleteConfig().mode:
            raise ValueError("complete.mode is each row's own; remove it")
        return self

    @model_validator(mode="after")
    def _rows_are_there(self) -> "StudyConfig":
        if self.main not in self.rows:
            raise ValueError(f"main = {self.main!r} is not among the rows; add it to them or name another")
        if self.contrast is not None and self.contrast not in self.rows:
            raise ValueError(f"contrast = {self.contrast!r} is not among the rows; add it to them or name another")
        if self.contrast == self.main:
            raise ValueError(f"contrast = {self.contrast!r} is main itself; name another row")
        return self

    def split(self, protocol: ProtocolName) -> SplitConfig:
        """How one protocol divides the interactions.

        Raises:
            BadConfig: the cuts of protocol `time` make no sense.
        """
        cuts = self.time.model_dump() if protocol == "time" else {}
        values = {"rule": protocol, "min_interactions": self.min_interactions, **cuts}
        return parse_config(SplitConfig, values, source=f"protocol {protocol!r}")

    def experiment(self, name: str, protocol: ProtocolName) -> ExperimentConfig:
        """What one row is trained with under one protocol.

        Raises:
            BadConfig: a key does not fit the row's model.
        """
        row = row_named(name)
        seeds = self.seeds[:1] if is_deterministic(row) else self.seeds
        values = {
            "configuration": row.configuration,
            "seeds": seeds,
            "split": self.split(protocol).model_dump(),
            "candidates": self.candidates.model_dump(),
            "complete": {**self.complete.model_dump(), **_completion_of(row)},
            "encode": self._encode(row),
            "words": self.words.model_dump(),
            "model": self._model(row, protocol),
        }
        return parse_config(ExperimentConfig, values, source=f"row {name!r}")

    def _encode(self, row: Row) -> dict[str, Any]:
        given = self.encoders.get(row.name)
        if given is not None:
            return {"encoders": [encoder.model_dump() for encoder in given]}
        return {"encoders": list(row.encoders)} if row.encoders else self.encode.model_dump()

    def _model(self, row: Row, protocol: ProtocolName) -> dict[str, Any]:
        shared = self.training.model_dump() if is_trained(row) else {}
        tuned = self.settings.get(protocol, {}).get(row.name, {})
        return {**shared, **row.model, **tuned, **self.model.get(row.name, {})}


def _completion_of(row: Row) -> dict[str, str]:
    """The keys of [complete] that a row prescribes."""
    return {"mode": row.mode} | ({} if row.unsupported is None else {"unsupported": row.unsupported})


def is_deterministic(row: Row) -> bool:
    """Whether the row's model is the same for every seed."""
    return bool(getattr(MODELS[row.model["kind"]], "deterministic", False))


def is_trained(row: Row) -> bool:
    """Whether the row's model learns in epochs."""
    return issubclass(CONFIGS[row.model["kind"]], TrainConfig)


def load_study(file: Path, *, tuned: bool = True, own_data: bool = True) -> StudyConfig:
    """Reads an experiment and, where `settings` names a file, the settings in it.

    Args:
        file: the experiment.
        tuned: False leaves the settings out, as a search for them does.
        own_data: False leaves out `case`, which names a user of the dataset that the file names.

    Raises:
        BadConfig: a file is missing, is not TOML, or has a wrong key.
    """
    values = read_toml(file)
    left_out = [*(["settings"] if not tuned else []), *(["case"] if not own_data else [])]
    values = {key: value for key, value in values.items() if key not in left_out}
    if isinstance(values.get("settings"), str):
        values = {**values, "settings": read_toml(file.parent / values["settings"])}
    study = parse_config(StudyConfig, values, source=str(file))
    for name in study.rows:
        for protocol in study.protocols:
            study.experiment(name, protocol)
    return study
