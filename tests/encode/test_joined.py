import numpy as np
import pytest

from lgir.core.errors import BadConfig
from lgir.core.records import TextBlock
from lgir.core.seams import TextEncoder
from lgir.encode.joined import JoinedEncoder
from lgir.encode.lexical import LexicalConfig, LexicalEncoder
from lgir.testing.encoders import TEXTS, EncoderContract


def lexical(dim: int) -> LexicalEncoder:
    return LexicalEncoder.fit(TEXTS, LexicalConfig(dim=dim))


class TestJoinedEncoder(EncoderContract):
    atol = 0.0

    def make(self) -> JoinedEncoder:
        return JoinedEncoder([("wide", lexical(20)), ("narrow", lexical(6))])

    def make_other(self) -> JoinedEncoder:
        return JoinedEncoder([("narrow", lexical(6)), ("wide", lexical(20))])

    def blocks(self, encoder: TextEncoder) -> tuple[int, ...]:
        return (20, 6)


def test_blocks_stand_side_by_side_in_order() -> None:
    wide, narrow = lexical(20), lexical(6)
    joined = JoinedEncoder([("wide", wide), ("narrow", narrow)])
    assert joined.blocks == (TextBlock("wide", 20), TextBlock("narrow", 6))
    assert joined.dim == 26
    vectors = joined.encode(TEXTS)
    assert vectors[:, :20].tobytes() == wide.encode(TEXTS).tobytes()
    assert vectors[:, 20:].tobytes() == narrow.encode(TEXTS).tobytes()
    assert joined.reports() == {}


def test_names_must_be_there_and_distinct() -> None:
    with pytest.raises(BadConfig, match=r"each used once; given: \['a', 'a'\]"):
        JoinedEncoder([("a", lexical(2)), ("a", lexical(3))])
    with pytest.raises(BadConfig, match="one or more names"):
        JoinedEncoder([])


def test_one_block_is_its_encoder() -> None:
    assert np.array_equal(JoinedEncoder([("only", lexical(6))]).encode(TEXTS), lexical(6).encode(TEXTS))
