import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

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


HALF = """
import sys, time
from pathlib import Path
from lgir.core.files import written_whole
with written_whole(Path(sys.argv[1])) as stream:
    stream.write(b"half of it")
    stream.flush()
    print("half", flush=True)
    time.sleep(60)
"""


def half_a_writer(file):
    """A process in the middle of a file."""
    writer = subprocess.Popen([sys.executable, "-c", HALF, str(file)], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"half\n"
    return writer


def parts(folder):
    return [name for name in names(folder) if name.endswith(".part")]


@pytest.mark.slow
def test_what_a_killed_writer_left_goes_with_the_next_writer(tmp_path):
    file = tmp_path / "kept [1].bin"
    for _ in range(2):
        with half_a_writer(file) as writer:
            writer.kill()
    assert len(parts(tmp_path)) == 1, "the second one has removed what the first one left"
    with written_whole(file) as stream:
        stream.write(b"new")
    assert file.read_bytes() == b"new"
    assert names(tmp_path) == ["kept [1].bin"]


@pytest.mark.slow
def test_what_a_living_writer_holds_stays(tmp_path):
    file = tmp_path / "kept.bin"
    with half_a_writer(file) as writer:
        held = parts(tmp_path)
        with written_whole(file) as stream:
            stream.write(b"new")
        assert parts(tmp_path) == held
        writer.kill()
    assert file.read_bytes() == b"new"


def test_files_of_others_stay(tmp_path):
    file = tmp_path / "kept.bin"
    others = (".kept.bin.part", ".kept.binary.0123456789abcdef.part", "kept.bin.12.part", ".kept.bin.mine.part")
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    left = (".kept.bin.4711.part", ".kept.bin.0123456789abcdef.part")
    for name in left:
        (tmp_path / name).write_bytes(b"of a killed writer")
    (tmp_path / ".kept.bin.99.part").symlink_to(tmp_path / ".kept.bin.part")
    with written_whole(file) as stream:
        stream.write(b"new")
    assert names(tmp_path) == sorted([*others, ".kept.bin.99.part", "kept.bin"])


def test_writers_in_one_process_do_not_meet(tmp_path):
    file = tmp_path / "kept.bin"
    with written_whole(file) as first:
        first.write(b"first")
        with written_whole(file) as second:
            second.write(b"second")
        assert file.read_bytes() == b"second"
    assert file.read_bytes() == b"first"
    assert names(tmp_path) == ["kept.bin"]


def test_many_writers_at_once_lose_nothing(tmp_path):
    file = tmp_path / "kept.bin"

    def write(number):
        for _ in range(40):
            with written_whole(file) as stream:
                stream.write(b"%d" % number * 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert len(set(file.read_bytes())) == 1
    assert names(tmp_path) == ["kept.bin"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    with written_whole(tmp_path / "new") as stream:
        stream.write(b"x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode
