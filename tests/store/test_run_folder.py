"""A run folder: what is written comes back bit for bit, a kill leaves it readable, damage is told in a sentence."""

import json
import os
import pickletools
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.core.errors import UnreadableRun
from lgir.core.run import Checkpoint
from lgir.store.run_folder import FORMAT, RunFolder
from lgir.testing.recommenders import assert_equal_arrays

ARRAYS = {
    "w": np.array([[0.1, -0.0], [np.finfo(np.float32).tiny, 3e38]], dtype=np.float32),
    "step": np.array(7.0, dtype=np.float32),
    "rows": np.array([2**62, -1], dtype=np.int64),
    "none": np.zeros((0, 3), dtype=np.float32),
    "across": np.arange(6.0).reshape(2, 3).T,
    "a/b.c": np.array([True, False]),
}


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "runs" / "one")


def test_a_run_begins_with_its_manifest(folder):
    assert not folder.exists()
    folder.write_manifest({"lgir": "0.1.0", "data_fingerprint": "abc"})
    assert folder.exists()
    assert folder.manifest() == {"kind": "run", "format": FORMAT, "lgir": "0.1.0", "data_fingerprint": "abc"}


def test_a_folder_without_a_run(folder):
    with pytest.raises(UnreadableRun, match=r"runs/one is not a run folder; make one with: lgir fit DATA --out "):
        folder.manifest()


def test_a_newer_format_says_so(folder):
    folder.write_json("manifest.json", {"format": FORMAT + 1, "lgir": "9.9"})
    message = (
        f"was written in format {FORMAT + 1} by lgir 9.9; this version reads up to format {FORMAT}: install a newer"
    )
    with pytest.raises(UnreadableRun, match=message):
        folder.manifest()


@pytest.mark.parametrize("content", ["", "{", '{"format": 1', "\x00\x00", "[]", "3", '{"format": "one"}', "{}"])
def test_a_damaged_manifest(folder, content):
    folder.write_text("manifest.json", content)
    with pytest.raises(UnreadableRun, match=r"manifest\.json is damaged: .*; delete .* and fit again"):
        folder.manifest()


@pytest.mark.parametrize("value", [{"ids": ["ann", "厨师"], "n": [1, 0.1, None, True]}, [], "x"])
def test_json_comes_back(folder, value):
    folder.write_json("a/b.json", value)
    assert folder.read_json("a/b.json") == value


@given(text=st.text(st.characters(exclude_categories=())))
def test_any_text_comes_back_from_json(tmp_path_factory, text):
    folder = RunFolder(tmp_path_factory.getbasetemp() / "any")
    # a path that is not UTF-8 comes to Python as lone surrogates, and the manifest holds the dataset's path
    folder.write_json("any.json", {"data": text})
    # a pair of surrogates is one character in UTF-8
    assert folder.read_json("any.json") == json.loads(json.dumps({"data": text}))


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": "\xff"}', b"\x00" * 20])
def test_json_that_is_damaged(folder, content):
    folder.path.mkdir(parents=True)
    (folder.path / "config.json").write_bytes(content)
    with pytest.raises(UnreadableRun, match=r"config\.json is damaged: .*; delete .* and fit again"):
        folder.read_json("config.json")


def test_arrays_come_back_bit_for_bit(folder):
    meta = {"epoch": 3, "best_value": 0.1, "note": "厨"}
    folder.write_arrays("w.safetensors", ARRAYS, meta)
    arrays, found = folder.read_arrays("w.safetensors")
    assert_equal_arrays(arrays, ARRAYS)
    assert np.signbit(arrays["w"][0, 1])
    assert found == meta
    folder.write_arrays("w.safetensors", {"x": np.zeros(1)})
    assert folder.read_arrays("w.safetensors")[1] == {}


def test_what_was_read_is_ones_own(folder):
    folder.write_arrays("w.safetensors", ARRAYS)
    folder.read_arrays("w.safetensors")[0]["w"][:] = 0
    assert_equal_arrays(folder.read_arrays("w.safetensors")[0], ARRAYS)


def test_no_file_is_a_pickle(folder):
    folder.write_manifest({})
    folder.write_arrays("w.safetensors", ARRAYS)
    folder.epoch_log("log.jsonl")({"epoch": 0})
    for file in folder.path.iterdir():
        with pytest.raises(ValueError):
            list(pickletools.genops(file.read_bytes()))


def test_files_that_are_missing(folder):
    for read in (folder.read_json, folder.read_arrays):
        with pytest.raises(UnreadableRun, match="runs/one lacks none; run lgir fit again, it continues where it was"):
            read("none")
    assert not folder.has("none")
    folder.remove("none")


@pytest.mark.parametrize("keep", [0, 4, 40, -1])
def test_arrays_that_are_damaged(folder, keep):
    folder.write_arrays("w.safetensors", ARRAYS)
    file = folder.path / "w.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UnreadableRun, match=r"w\.safetensors is damaged: .*; delete .* and fit again"):
        folder.read_arrays("w.safetensors")


def test_a_folder_where_a_file_should_be(folder):
    (folder.path / "w").mkdir(parents=True)
    for read in (folder.read_json, folder.read_arrays):
        with pytest.raises(UnreadableRun, match="w is damaged"):
            read("w")


def test_removing(folder):
    folder.write_text("x", "y")
    assert folder.has("x")
    folder.remove("x")
    assert not folder.has("x")


def test_a_checkpoint_is_replaced_as_a_whole(folder):
    checkpoint = folder.checkpoint("seed-0/checkpoint.safetensors")
    assert isinstance(checkpoint, Checkpoint)
    assert checkpoint.load() is None
    checkpoint.save(ARRAYS, {"epoch": 1})
    checkpoint.save({"w": np.ones(2)}, {"epoch": 2})
    arrays, meta = checkpoint.load()
    assert_equal_arrays(arrays, {"w": np.ones(2)})
    assert meta == {"epoch": 2}


WRITER = """
import sys
from pathlib import Path
import numpy as np
from lgir.store.run_folder import RunFolder
folder = RunFolder(Path(sys.argv[1]))
checkpoint, log = folder.checkpoint("checkpoint.safetensors"), folder.epoch_log("log.jsonl")
print("ready", flush=True)
found = checkpoint.load()
for epoch in range(int(found[1]["epoch"]) + 1 if found else 0, 10**9):
    log({"epoch": epoch, "note": "x" * 1000})
    if epoch % 3 == 0:
        checkpoint.save({"w": np.full(200_000, epoch)}, {"epoch": epoch})
"""


@pytest.mark.slow
def test_kills_leave_the_last_checkpoint_and_a_log_without_gaps(folder):
    for wait_s in (0.01, 0.05, 0.02, 0.1, 0.03):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(folder.path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(wait_s)
            os.kill(writer.pid, signal.SIGKILL)
    arrays, meta = folder.checkpoint("checkpoint.safetensors").load()
    assert meta["epoch"] > 0
    assert (arrays["w"] == meta["epoch"]).all()
    epochs = [record["epoch"] for record in folder.epoch_log("log.jsonl").records()]
    assert epochs == list(range(len(epochs)))
    assert len(epochs) > meta["epoch"]


# ── the epoch log ───────────────────────────────────────────────────────────────────────────────────────────────────


def records(folder):
    return [json.loads(line) for line in (folder.path / "log.jsonl").read_text().splitlines()]


def log_of(folder, *epochs, **values):
    log = folder.epoch_log("log.jsonl")
    for epoch in epochs:
        log({"epoch": epoch, **values})
    return log


def test_one_line_per_epoch(folder):
    log = log_of(folder, 0, 1, 2, loss=0.5)
    expected = [{"epoch": epoch, "loss": 0.5} for epoch in range(3)]
    assert log.records() == records(folder) == expected
    assert folder.epoch_log("log.jsonl").records() == expected


def test_a_resumed_training_replaces_what_it_repeats(folder):
    log_of(folder, 0, 1, 2, 3, run=1)
    log = log_of(folder, 2, 3, 4, run=2)
    expected = [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2)]
    assert [(record["epoch"], record["run"]) for record in records(folder)] == expected
    assert log.records() == records(folder)


def test_a_training_that_starts_over_starts_the_log_over(folder):
    log_of(folder, 0, 1, 2, run=1)
    log_of(folder, 0, run=2)
    assert records(folder) == [{"epoch": 0, "run": 2}]


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_line_cut_short_is_dropped(folder, cut):
    log_of(folder, 0, 1, 2)
    file = folder.path / "log.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    log = folder.epoch_log("log.jsonl")
    assert [record["epoch"] for record in log.records()] == [0, 1]
    log({"epoch": 2})
    assert [record["epoch"] for record in records(folder)] == [0, 1, 2]


def test_no_log_has_no_records(folder):
    assert folder.epoch_log("log.jsonl").records() == []
    assert not folder.path.exists(), "reading writes nothing"
