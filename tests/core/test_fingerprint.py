import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.fingerprint import fingerprint, fingerprint_arrays

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_keys_do_not_change_between_versions_and_machines():
    """Stored completions, vectors and splits are found by these keys."""
    assert fingerprint() == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    found = fingerprint("résumé", 3, 0.1, None, True, {"k": [1, "厨"]})
    assert found == "8b2b98413b988e8deae303d4269716ecef1a563dfa0a8e545706cc26c3806365"
    arrays = [np.array([[1, 2]], dtype=np.int64), np.array([0.5], dtype=np.float32)]
    assert fingerprint_arrays(arrays) == "771baf38b27572a5598776f8a7db5c2435e9d52dfdb0c0ee33175d77dffd8631"


@given(st.dictionaries(st.text(max_size=3), values, min_size=2, max_size=5))
def test_the_order_of_keys_changes_nothing(value):
    backwards = dict(reversed(value.items()))
    assert list(backwards) != list(value)
    assert fingerprint(backwards) == fingerprint(value)


@given(st.lists(values, max_size=4), st.lists(values, max_size=4))
def test_keys_are_equal_exactly_where_parts_are(first, second):
    assert (fingerprint(*first) == fingerprint(*second)) == (repr_of(first) == repr_of(second))


def repr_of(value):
    """Types told apart: 1, 1.0 and True are equal in Python, but not as settings."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{key!r}:{repr_of(part)}" for key, part in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(repr_of, value)) + "]"
    return repr(value)


@pytest.mark.parametrize(
    ("first", "second"),
    [(("ab", "c"), ("a", "bc")), (("a",), (["a"],)), (("1",), (1,)), ((None,), ()), (("",), ()), ((1,), (True,))],
)
def test_neighbours_differ(first, second):
    assert fingerprint(*first) != fingerprint(*second)


def test_lone_surrogates_get_a_key():
    assert len(fingerprint("cook \ud800", {"\udfff": 1})) == 64
    assert fingerprint("\ud800") != fingerprint("\ud801")


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError):
        fingerprint(object())


def test_arrays_differ_by_type_shape_value_and_order():
    base = np.arange(6, dtype=np.int64)
    different = [
        [base],
        [base.astype(np.int32)],
        [base.astype(np.uint64)],
        [base.reshape(2, 3)],
        [base.reshape(3, 2)],
        [base[::-1]],
        [base[:3], base[3:]],
        [base[3:], base[:3]],
        [base, base[:0]],
        [],
    ]
    assert len({fingerprint_arrays(arrays) for arrays in different}) == len(different)


def test_the_layout_in_memory_changes_nothing():
    array = np.arange(12.0).reshape(3, 4)
    assert fingerprint_arrays([array.T]) == fingerprint_arrays([np.ascontiguousarray(array.T)])
    assert fingerprint_arrays([array[:, ::2]]) == fingerprint_arrays([array[:, ::2].copy()])
