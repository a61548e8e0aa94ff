import os
import signal
import subprocess
import sys
import time

import pytest

from lgir.core.files import written_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_and_its_folder(tmp_path):
    file = tmp_path / "a" / "b" / "new.bin"
    with written_whole(file) as stream:
        stream.write(b"one")
        stream.write(b"two")
        assert not file.exists(), "nothing is to be seen before the end"
    assert file.read_bytes() == b"onetwo"
    assert names(file.parent) == ["new.bin"]


def test_an_old_file_stays_until_the_end(tmp_path):
    file = tmp_path / "kept.bin"
    file.write_bytes(b"old and longer")
    with written_whole(file) as stream:
        stream.write(b"new")
        stream.flush()
        assert file.read_bytes() == b"old and longer"
    assert file.read_bytes() == b"new"


def test_whoever_reads_the_old_file_reads_it_to_its_end(tmp_path):
    file = tmp_path / "kept.bin"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        with written_whole(file) as stream:
            stream.write(b"new")
        assert reader.read() == b"old"


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "kept.bin"
    file.write_bytes(b"old")

    def interrupted():
        with written_whole(file) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["kept.bin"]


WRITER = """
import sys
from pathlib import Path
from lgir.core.files import written_whole
file, size = Path(sys.argv[1]), 1 << 20
print("ready", flush=True)
for turn in range(10**9):
    with written_whole(file) as stream:
        for _ in range(16):
            stream.write(bytes([turn % 251]) * (size // 16))
"""


@pytest.mark.slow
def test_a_kill_leaves_a_whole_file(tmp_path):
    file, turns = tmp_path / "kept.bin", set()
    for wait_s in (0.0, 0.003, 0.01, 0.03, 0.07, 0.15):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"ready\n"
            end = time.monotonic() + wait_s
            while time.monotonic() < end:
                assert not file.exists() or len(file.read_bytes()) == 1 << 20, "all of one turn, at any moment"
            os.kill(writer.pid, signal.SIGKILL)
        if file.exists():
            content = file.read_bytes()
            assert len(content) == 1 << 20
            assert len(set(content)) == 1, "all of one turn"
            turns.add(content[0])
        assert not [name for name in names(tmp_path) if name.endswith(".part") and not name.startswith(".")]
    assert turns, "some writers came to the end of a file"
