"""The configuration a command works with."""

from pathlib import Path

from lgir.core.config import load_config
from lgir.pipeline.config import ExperimentConfig


def configuration(file: Path | None) -> ExperimentConfig:
    """That of a TOML file, or all defaults.

    Raises:
        BadConfig: the file is missing, is not TOML, or has a wrong key.
    """
    return ExperimentConfig() if file is None else load_config(ExperimentConfig, file)
