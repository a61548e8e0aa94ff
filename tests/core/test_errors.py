import pytest

from lgir.core import errors
from lgir.core.errors import (
    BackendError,
    BadConfig,
    BadData,
    BadInput,
    LgirError,
    MissingExtra,
    TrainingFailed,
    UnknownId,
    UnreadableRun,
)


@pytest.mark.parametrize("kind", [BadInput, BadData, BadConfig, UnknownId, UnreadableRun])
def test_what_the_caller_got_wrong_ends_with_2(kind):
    assert issubclass(kind, BadInput)
    assert kind("x").exit_code == 2


@pytest.mark.parametrize("error", [LgirError("x"), MissingExtra("p", "e"), BackendError("x"), TrainingFailed("x")])
def test_what_went_wrong_otherwise_ends_with_1(error):
    assert error.exit_code == 1
    assert not isinstance(error, BadInput)


def test_every_error_is_in_the_tree_of_the_docstring():
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(kind, LgirError) and kind.__name__ in errors.__doc__ for kind in kinds)


def test_bad_data_carries_every_problem_and_shows_some():
    problems = [f"row {number} is wrong" for number in range(50)]
    error = BadData("users.csv is unusable:", problems, shown=3)
    assert error.problems == tuple(problems)
    assert str(error).splitlines() == [
        "users.csv is unusable:",
        "  row 0 is wrong",
        "  row 1 is wrong",
        "  row 2 is wrong",
        "  … and 47 more",
    ]


def test_bad_data_that_shows_everything_says_no_more():
    assert str(BadData("bad:", ["one", "two"], shown=2)).splitlines() == ["bad:", "  one", "  two"]
    assert str(BadData("bad")) == "bad"


def test_a_missing_extra_says_what_to_run():
    assert str(MissingExtra("openai", "llm")).endswith("run: pip install 'lgir[llm]'")
