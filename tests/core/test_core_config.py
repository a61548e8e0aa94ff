import pytest
from pydantic import PositiveInt, ValidationError, model_validator

from lgir.core.config import Config, load_config, parse_config
from lgir.core.errors import BadConfig


class Inner(Config):
    """Settings within settings."""

    rate: float = 0.5
    """A step."""
    words: tuple[str, ...] = ()
    """Some words."""


class Outer(Config):
    """Settings."""

    size: PositiveInt
    """How many."""
    low: int = 1
    """Below high."""
    high: int = 5
    """Above low."""
    inner: Inner = Inner()
    """More."""

    @model_validator(mode="after")
    def _consistent(self):
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        return self


def problem(values):
    with pytest.raises(BadConfig) as caught:
        parse_config(Outer, values, source="my.toml")
    return str(caught.value)


def test_good_values_and_defaults():
    found = parse_config(Outer, {"size": 3, "inner": {"rate": 1, "words": ["a"]}}, source="my.toml")
    assert found == Outer(size=3, inner=Inner(rate=1.0, words=("a",)))


def test_an_unknown_key_is_named_with_its_value():
    found = problem({"size": 3, "sizes": "many"})
    assert found == "my.toml: sizes: there is no such key; mend its spelling or remove it (given: 'many')"


def test_an_unknown_key_within_a_table_is_named_with_its_path():
    assert problem({"size": 3, "inner": {"rat": 1}}).startswith("my.toml: inner.rat: there is no such key")


def test_a_wrong_type_is_named_with_its_value():
    found = problem({"size": "large"})
    assert found.startswith("my.toml: size: Input should be a valid integer")
    assert found.endswith("(given: 'large')")


def test_a_value_out_of_range():
    assert problem({"size": 0}) == "my.toml: size: Input should be greater than 0 (given: 0)"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none(value):
    assert problem({"size": 3, "inner": {"rate": value}}).startswith("my.toml: inner.rate: Input should be a finite")


def test_a_missing_key():
    assert problem({}) == "my.toml: size: Field required"


def test_settings_that_contradict_each_other():
    found = problem({"size": 3, "low": 9})
    assert found == "my.toml: the whole file: low (9) must be below high (5)"


def test_every_problem_is_told_at_once():
    found = problem({"size": 0, "lwo": 1, "inner": {"rate": "x"}})
    assert all(part in found for part in ("size: ", "; lwo: ", "; inner.rate: "))
    assert "\n" not in found


def test_a_long_value_is_cut():
    assert len(problem({"size": 3, "sizes": "x" * 5000})) < 200


def test_a_configuration_cannot_be_changed():
    config = Outer(size=3)
    with pytest.raises(ValidationError, match="frozen"):
        config.size = 4


def test_field_docstrings_are_its_documentation():
    assert Outer.model_fields["size"].description == "How many."


def test_a_toml_file(tmp_path):
    file = tmp_path / "my.toml"
    file.write_text('size = 3\n[inner]\nwords = ["Köchin", "厨师"]\n', encoding="utf-8")
    assert load_config(Outer, file).inner.words == ("Köchin", "厨师")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"size = ", "cannot be read as TOML"),
        (b"size = 3\nsize = 4", "cannot be read as TOML"),
        (b"\xff\xfe", "cannot be read as TOML"),
        (b"", "size: Field required"),
    ],
)
def test_files_that_hold_no_configuration(tmp_path, content, message):
    file = tmp_path / "my.toml"
    file.write_bytes(content)
    with pytest.raises(BadConfig, match=message) as caught:
        load_config(Outer, file)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadConfig, match=r"there is no configuration file '.*none.toml'; experiments/ has examples"):
        load_config(Outer, tmp_path / "none.toml")
    with pytest.raises(BadConfig, match="cannot be read as TOML"):
        load_config(Outer, tmp_path)
