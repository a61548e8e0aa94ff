import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lgir.encode.windows import MAX_CHUNKS, cut_windows, max_chunks
from lgir.testing.encoders import make_tiny_bert

LIMIT = 10


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    from transformers import AutoTokenizer

    folder = make_tiny_bert(tmp_path_factory.mktemp("tiny"))
    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True).backend_tokenizer


@pytest.fixture(scope="module")
def cutting(plain: Tokenizer) -> Tokenizer:
    tokenizer = Tokenizer.from_str(plain.to_str())
    tokenizer.enable_truncation(LIMIT)
    return tokenizer


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(max_size=120), max_size=4), chunks=st.integers(1, 3))
def test_windows_hold_each_text_in_order_up_to_the_limit(
    plain: Tokenizer, cutting: Tokenizer, texts: list[str], chunks: int
) -> None:
    windows = cut_windows(cutting, texts, chunks=chunks)
    room = LIMIT - 2  # [CLS] and [SEP]
    for place, text in enumerate(texts):
        whole = plain.encode(text, add_special_tokens=False).ids
        mine = [ids for ids, owner in zip(windows.ids, windows.owner, strict=True) if owner == place]
        assert [token for ids in mine for token in ids[1:-1]] == whole[: chunks * room]
        assert windows.truncated[place] == (len(whole) > chunks * room)
        assert int(windows.tokens[windows.owner == place].sum()) == min(len(whole), chunks * room)
    assert all(3 <= len(ids) <= LIMIT for ids in windows.ids)


def test_windows_join_to_their_mean_by_tokens(cutting: Tokenizer) -> None:
    windows = cut_windows(cutting, ["abcdefghij", "", "a"], chunks=4)
    assert windows.owner.tolist() == [0, 0, 2]
    assert windows.tokens.tolist() == [8, 2, 1]
    vectors = np.array([[3, 0], [0, 5], [0, 2]], dtype=np.float32)  # only directions count, not lengths
    expected = np.array([[8, 2], [0, 0], [0, 1]]) / np.array([[np.hypot(8, 2)], [1], [1]])
    np.testing.assert_allclose(windows.join(vectors), expected, atol=1e-7)


def test_policies() -> None:
    assert max_chunks("truncate") == 1
    assert max_chunks("chunk") == MAX_CHUNKS
