"""One run, as one TOML file: data parts, completion, encoding, model."""

from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from lgir.complete.config import CompleteConfig
from lgir.core.config import Config
from lgir.core.seams import Feature
from lgir.data.split import SplitConfig
from lgir.encode.config import EncodeConfig
from lgir.encode.words import WordsConfig
from lgir.models import MODELS, ModelConfig
from lgir.models.lgir_config import CONFIGURATIONS, LgirConfig


class CandidatesConfig(Config):
    """The sampled lists that every model ranks."""

    negatives: PositiveInt = 20
    """Sampled jobs per held-out job (paper: 20)."""
    seed: NonNegativeInt = 0
    """Which jobs are sampled."""


class ExperimentConfig(Config):
    """What to build. Every key has a default; `configuration` sets those of [model]."""

    configuration: Literal["paper", "default"] = "default"
    """`paper`: exactly the paper's model. `default`: with what small data needs. Keys under [model] go over it. Other
    models than LGIR (`kind` under [model]) have one configuration each, to which this does not apply."""
    seeds: tuple[NonNegativeInt, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    """One training run each, from another initialisation (paper: five)."""
    split: SplitConfig = SplitConfig()
    candidates: CandidatesConfig = CandidatesConfig()
    complete: CompleteConfig = CompleteConfig()
    encode: EncodeConfig = EncodeConfig()
    words: WordsConfig = WordsConfig()
    model: ModelConfig = CONFIGURATIONS["default"]

    @model_validator(mode="before")
    @classmethod
    def _resolve_model(cls, values: dict[str, Any]) -> dict[str, Any]:
        base = CONFIGURATIONS.get(values.get("configuration", "default"))
        given = values.get("model", {})
        if base is None or not isinstance(given, dict):
            return values
        if given.get("kind", base.kind) != base.kind:
            return values
        return {**values, "model": {**base.model_dump(), **given}}

    @model_validator(mode="after")
    def _words_hold_no_target(self) -> "ExperimentConfig":
        if self.model.kind == "bpjfnn" and self.complete.mode == "irc":
            raise ValueError(
                "bpjfnn learns from the words of résumés, and mode 'irc' writes the job to be ranked into them; set "
                "complete.mode to none or src"
            )
        return self

    @model_validator(mode="after")
    def _distinct_seeds(self) -> "ExperimentConfig":
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds = {list(self.seeds)}: every seed may stand once")
        return self

    @property
    def label(self) -> str:
        """The name of the row in reports."""
        return f"LGIR ({self.configuration})" if isinstance(self.model, LgirConfig) else self.model.kind

    @property
    def needs(self) -> frozenset[Feature]:
        """What the model uses of a dataset."""
        return MODELS[self.model.kind].needs

    @property
    def folded(self) -> bool:
        """Whether training pairs are ranked with completions that have not seen the pair's own job."""
        if isinstance(self.model, LgirConfig):
            return self.model.leave_target_out
        return self.complete.mode == "irc"
