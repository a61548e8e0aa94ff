"""The configuration a command works with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lgir.core.config import parse_config, read_toml
from lgir.pipeline.config import ExperimentConfig


def configuration(file: Path | None, complete: Mapping[str, Any] | None = None) -> ExperimentConfig:
    """That of a TOML file, or all defaults.

    Args:
        file: the TOML file; None: all defaults.
        complete: keys of [complete] that go over it.

    Raises:
        BadConfig: the file is missing, is not TOML, or has a wrong key.
    """
    values = {} if file is None else read_toml(file)
    if complete:
        given = values.get("complete", {})
        values = {**values, "complete": {**(given if isinstance(given, dict) else {}), **complete}}
    return parse_config(ExperimentConfig, values, source="the default configuration" if file is None else str(file))
