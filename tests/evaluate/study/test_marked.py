import doctest

from hypothesis import given
from hypothesis import strategies as st

from lgir.evaluate.study import marked as module
from lgir.evaluate.study.marked import LEGEND, pieces
from lgir.evaluate.study.records import MarkedText, Span

KINDS = [kind for kind, _ in LEGEND]


@st.composite
def texts(draw):
    """A text and spans over it, as (start, end, kind)."""
    text = draw(st.text(max_size=30))
    spans = []
    for _ in range(draw(st.integers(0, 5)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        spans.append((start, draw(st.integers(start + 1, len(text))), draw(st.sampled_from(KINDS))))
    return text, spans


@given(texts())
def test_pieces_are_the_text_with_each_letters_kinds(drawn):
    text, spans = drawn
    found = pieces(MarkedText(text, tuple(Span(*span) for span in spans)))
    assert "".join(piece.text for piece in found) == text
    letters = [piece.kinds for piece in found for _ in piece.text]
    for place, kinds in enumerate(letters):
        assert kinds == {kind for start, end, kind in spans if start <= place < end}


def test_origins_are_told_where_they_end():
    marked = MarkedText("one two", (Span(0, 3, "said"), Span(0, 3, "resume"), Span(2, 7, "inferred")))
    assert [(piece.text, piece.ends) for piece in pieces(marked)] == [
        ("on", ()),
        ("e", ("said",)),
        (" two", ("inferred",)),
    ]


def test_docstring_examples():
    assert doctest.testmod(module).failed == 0
