import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from lgir.core.records import Jobs, Provenance, Shape, TextBlock, Users

N_JOBS = 6
bank = Jobs(np.arange(N_JOBS), np.arange(N_JOBS, dtype=np.float32)[:, None], np.arange(2 * N_JOBS).reshape(N_JOBS, 2))


def users_of(histories):
    flat = [job for history in histories for job in history]
    offsets = np.cumsum([0, *map(len, histories)])
    text = np.arange(len(histories), dtype=np.float32)[:, None]
    return Users(np.arange(len(histories)), text, text + 100, bank, np.array(flat, dtype=np.int64), offsets)


@given(st.lists(st.lists(st.integers(0, N_JOBS - 1), max_size=4), max_size=6), st.data())
def test_taking_users_equals_a_loop(histories, data):
    places = data.draw(st.lists(st.integers(0, len(histories) - 1), max_size=8)) if histories else []
    taken = users_of(histories).take(np.array(places, dtype=np.int64))
    assert len(taken) == len(places)
    assert taken.rows.tolist() == places
    assert taken.text[:, 0].tolist() == places
    assert taken.own_text[:, 0].tolist() == [place + 100 for place in places]
    assert taken.bank is bank
    found = [
        taken.history[start:end].tolist() for start, end in zip(taken.offsets[:-1], taken.offsets[1:], strict=True)
    ]
    assert found == [histories[place] for place in places]
    assert taken.offsets[0] == 0
    assert taken.offsets[-1] == len(taken.history)


@given(st.lists(st.integers(0, N_JOBS - 1), max_size=8))
def test_taking_jobs(places):
    taken = bank.take(np.array(places, dtype=np.int64))
    assert len(taken) == len(places)
    assert taken.rows.tolist() == places
    assert taken.text[:, 0].tolist() == places
    assert taken.fields.tolist() == [[2 * place, 2 * place + 1] for place in places]


def test_taking_twice_equals_taking_once():
    users = users_of([[0, 1], [], [2], [3, 4, 5]])
    twice = users.take(np.array([3, 2, 0])).take(np.array([2, 0]))
    once = users.take(np.array([0, 3]))
    assert twice.history.tolist() == once.history.tolist()
    assert twice.offsets.tolist() == once.offsets.tolist()


def test_what_was_taken_is_a_copy():
    users = users_of([[0, 1], [2]])
    taken = users.take(np.array([0, 1]))
    taken.history[:] = 5
    taken.text[:] = 9
    assert users.history.tolist() == [0, 1, 2]
    assert users.text[:, 0].tolist() == [0, 1]


def test_width_is_the_sum_of_blocks():
    assert Shape(3, 4, (TextBlock("a", 5), TextBlock("b", 7))).dim == 12


def test_shapes_are_checked_in_tests():
    with pytest.raises(TypeCheckError):
        Jobs(np.arange(2), np.zeros((3, 1), dtype=np.float32), np.zeros((2, 0), dtype=np.int64))


def test_a_completion_says_whether_a_language_model_wrote_it():
    assert Provenance("extractive", None, None, {}, ()).note == "no language model was used"
    assert Provenance("openai", "m1", "p", {}, ()).note == "written by the language model m1"
