"""Arrays that are another model's are refused before they can do harm."""

import numpy as np
import pytest

from lgir.core.errors import UnreadableRun
from lgir.core.records import Shape
from lgir.models.plain import PlainModel


def model():
    return PlainModel(Shape(2, 3, ()), counts=np.zeros(3, dtype=np.float32), found=np.zeros(0, dtype=np.int64))


GOOD = {"counts": np.arange(3, dtype=np.float32), "found": np.arange(5)}


def test_arrays_come_back_as_copies():
    one = model()
    given = {name: array.copy() for name, array in GOOD.items()}
    one.load_weights(given)
    given["counts"][0] = 9
    np.testing.assert_array_equal(one.weights()["counts"], GOOD["counts"])
    np.testing.assert_array_equal(one.weights()["found"], GOOD["found"])


def test_an_array_of_any_length_stays_one_after_loading():
    one = model()
    one.load_weights(GOOD)
    one.load_weights({**GOOD, "found": np.arange(2)})
    assert len(one.weights()["found"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": GOOD["counts"]},
        {**GOOD, "more": np.zeros(1)},
        {**GOOD, "counts": np.zeros(4, dtype=np.float32)},
        {**GOOD, "counts": np.zeros((3, 1), dtype=np.float32)},
        {**GOOD, "counts": np.zeros(3)},
        {**GOOD, "found": np.zeros(2, dtype=np.float32)},
        {**GOOD, "found": np.zeros((2, 2), dtype=np.int64)},
        {},
    ],
)
def test_other_names_types_and_sizes_are_refused(wrong):
    one = model()
    with pytest.raises(UnreadableRun, match="fit the run again"):
        one.load_weights(wrong)
    np.testing.assert_array_equal(one.weights()["counts"], np.zeros(3))
