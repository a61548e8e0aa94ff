"""Configuration (*what* to build): frozen, strict pydantic classes read from one TOML per run."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lgir.core.errors import BadConfig


class Config(BaseModel):
    """Base of every configuration: frozen, unknown keys refused, field docstrings are the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


ConfigT = TypeVar("ConfigT", bound=Config)


def parse_config(kind: type[ConfigT], values: dict[str, Any], *, source: str) -> ConfigT:
    """Checks `values` against `kind`.

    Raises:
        BadConfig: one sentence per wrong key, naming key, value and expectation.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        errors = error.errors()
        # pydantic counts a table with a wrong member as missing from its list; the wrong member says it all
        told = [item for item in errors if item["type"] != "too_short"] or errors
        found = "; ".join(_sentence(item) for item in told)
        raise BadConfig(f"{source}: {found}") from None


def load_config(kind: type[ConfigT], file: Path) -> ConfigT:
    """Reads a TOML file into `kind`.

    Raises:
        BadConfig: the file is missing, is not TOML, or has a wrong key.
    """
    return parse_config(kind, read_toml(file), source=str(file))


def read_toml(file: Path) -> dict[str, Any]:
    """The values of a TOML file.

    Raises:
        BadConfig: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadConfig(f"there is no configuration file {str(file)!r}; experiments/ has examples") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfig(f"{file} cannot be read as TOML: {error}") from None


def _sentence(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "the whole file"
    # a rule of our own names its values itself, and a table is too long to quote
    given = "" if isinstance(item["input"], dict) else f" (given: {repr(item['input'])[:80]})"
    if item["type"] == "extra_forbidden":
        return f"{key}: there is no such key; mend its spelling or remove it{given}"
    return f"{key}: {item['msg'].removeprefix('Value error, ')}{given}"
