import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import UnreadableRun
from lgir.store.run_folder import RunFolder

anything = st.text(st.characters(exclude_categories=()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder(tmp_path_factory.mktemp("run"))


@given(text=anything)
def test_any_text_comes_back_from_json(folder: RunFolder, text: str) -> None:
    # a path that is not UTF-8 comes to Python as lone surrogates, and the manifest holds the dataset's path
    folder.write_json("any.json", {"data": text})
    # a pair of surrogates is one character in UTF-8
    assert folder.read_json("any.json") == json.loads(json.dumps({"data": text}))


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": "\xff"}', b"\x00" * 20])
def test_damaged_json_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(UnreadableRun, match=r"config\.json is damaged: .*; delete .* and fit again"):
        RunFolder(tmp_path).read_json("config.json")
