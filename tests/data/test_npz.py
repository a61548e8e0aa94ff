from dataclasses import dataclass

import numpy as np
import pytest

from lgir.core.errors import UnreadableRun
from lgir.data import npz
from lgir.data.npz import load_record, record_hash, save_record


@dataclass(frozen=True)
class Pair:
    left: np.ndarray
    right: np.ndarray
    name: str


@dataclass(frozen=True)
class Other:
    left: np.ndarray


PAIR = Pair(np.arange(5), np.array([True, False]), "Zoë")


def test_comes_back_and_hashes_alike(tmp_path):
    save_record(tmp_path / "pair.npz", PAIR)
    again = load_record(Pair, tmp_path / "pair.npz")
    assert again.left.tolist() == [0, 1, 2, 3, 4]
    assert again.right.dtype == bool
    assert again.name == "Zoë"
    assert record_hash(again) == record_hash(PAIR)


@pytest.mark.parametrize(
    "other",
    [
        Pair(np.arange(6), PAIR.right, "Zoë"),
        Pair(PAIR.left.astype(np.int32), PAIR.right, "Zoë"),
        Pair(PAIR.left, PAIR.right, "Zoe"),
        Other(PAIR.left),
    ],
)
def test_hash_sees_every_change(other):
    assert record_hash(other) != record_hash(PAIR)


def test_equal_records_give_equal_bytes(tmp_path):
    save_record(tmp_path / "one.npz", PAIR)
    save_record(tmp_path / "two.npz", PAIR)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_missing_file(tmp_path):
    with pytest.raises(UnreadableRun, match="there is no file"):
        load_record(Pair, tmp_path / "none.npz")


def test_other_kind(tmp_path):
    save_record(tmp_path / "pair.npz", PAIR)
    with pytest.raises(UnreadableRun, match="holds a Pair, expected a Other"):
        load_record(Other, tmp_path / "pair.npz")


def test_newer_format(tmp_path, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(npz, "FORMAT", 9)
        save_record(tmp_path / "pair.npz", PAIR)
    with pytest.raises(UnreadableRun, match="has format 9, this version reads up to 1; install a newer lgir"):
        load_record(Pair, tmp_path / "pair.npz")


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_cut_off_file(tmp_path, keep):
    save_record(tmp_path / "pair.npz", PAIR)
    (tmp_path / "pair.npz").write_bytes((tmp_path / "pair.npz").read_bytes()[:keep])
    with pytest.raises(UnreadableRun, match="is damaged"):
        load_record(Pair, tmp_path / "pair.npz")


def test_every_flipped_byte_is_refused_or_harmless(tmp_path):
    file = tmp_path / "pair.npz"
    save_record(file, PAIR)
    whole = file.read_bytes()
    refused = 0
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            # bytes of the archive's directory that nobody reads may differ; the content may not
            assert record_hash(load_record(Pair, file)) == record_hash(PAIR)
        except UnreadableRun:
            refused += 1
    assert refused > 10


def test_content_that_does_not_fit_its_hash(tmp_path):
    save_record(tmp_path / "pair.npz", PAIR)
    with np.load(tmp_path / "pair.npz") as stored:
        values = {name: stored[name] for name in stored.files}
    np.savez(tmp_path / "pair.npz", **{**values, "left": np.arange(1, 6)})
    with pytest.raises(UnreadableRun, match="not what its hash"):
        load_record(Pair, tmp_path / "pair.npz")


def test_objects_are_refused_both_ways(tmp_path):
    with pytest.raises(ValueError, match=r"pickle|Object arrays"):
        save_record(tmp_path / "bad.npz", Other(np.array([{}], dtype=object)))
    assert list(tmp_path.iterdir()) == []
    np.savez(tmp_path / "bad.npz", manifest=np.array([{}], dtype=object))
    with pytest.raises(UnreadableRun, match="is damaged"):
        load_record(Other, tmp_path / "bad.npz")
