import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.vocabulary import UNKNOWN, Vocabularies, Vocabulary

names = st.lists(st.text(max_size=4), unique=True, max_size=8)


@given(names, st.lists(st.none() | st.text(max_size=4), max_size=8))
def test_rows_are_places_and_others_are_unknown(ids, asked):
    vocabulary = Vocabulary(ids)
    assert len(vocabulary) == len(ids)
    assert vocabulary.rows(ids).tolist() == list(range(len(ids)))
    expected = [ids.index(name) if name in ids else UNKNOWN for name in asked]
    assert vocabulary.rows(asked).tolist() == [vocabulary.row(name) for name in asked] == expected
    assert [name in vocabulary for name in [*ids, "not an id"]] == [True] * len(ids) + [False]


def test_many_rows_from_an_iterator():
    rows = Vocabulary(["a", "b"]).rows(iter(["b", None, "c", "a"]))
    assert rows.dtype == "int64"
    assert rows.tolist() == [1, -1, -1, 0]
    assert Vocabulary([]).rows([]).shape == (0,)


def test_an_id_stands_once():
    with pytest.raises(ValueError, match="a vocabulary holds every id once"):
        Vocabulary(["a", "b", "a"])


def test_ids_that_only_look_alike_are_different():
    assert len(Vocabulary(["1", "01", "1 ", "é", "e\u0301"])) == 5


@given(names, names, st.dictionaries(st.text(max_size=4), names, max_size=3))
def test_they_survive_json(users, jobs, fields):
    stored = Vocabularies(
        Vocabulary(users), Vocabulary(jobs), {name: Vocabulary(values) for name, values in fields.items()}
    )
    found = Vocabularies.from_json(json.loads(json.dumps(stored.to_json())))
    assert found.users.ids == tuple(users)
    assert found.jobs.ids == tuple(jobs)
    assert {name: list(values.ids) for name, values in found.fields.items()} == fields
    assert list(found.fields) == list(fields), "the order of fields is the order of their columns"
