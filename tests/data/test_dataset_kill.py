"""kill -9 while a dataset is written leaves the old state or the new one, and the next call finishes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lgir.data.folder import load_dataset

# Runs in its own process. For every n it forks a child that kills itself at its n-th access to the file system around
# the target, then looks at what is left and saves again. polars starts its threads in the forks only.
AT_EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
import polars as pl
from lgir.data.check import check_frames
from lgir.data.folder import load_dataset, save_dataset
from lgir.data.report import DataReport

home, replace = Path(sys.argv[1]), sys.argv[2] == "replace"

def dataset(word):
    users = pl.DataFrame({"user_id": ["u1", "u2"], "resume": [word, ""]})
    jobs = pl.DataFrame({"job_id": ["j1"], "text": ["Welder"]})
    return check_frames(users, jobs, pl.DataFrame({"user_id": ["u1"], "job_id": ["j1"]}), DataReport())

def forked(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]

def die_at(step):
    seen = 0
    made = dataset("new")
    def watch(event, arguments):
        nonlocal seen
        # shutil.rmtree names files relative to an open folder, which no other step here does
        if str(home.parent) in str(arguments) or event in ("os.remove", "os.rmdir", "fcntl.flock"):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    save_dataset(made, home, source="test", replace=replace)

def begin():
    shutil.rmtree(home.parent)
    home.parent.mkdir()
    if not replace:
        return
    save_dataset(dataset("old"), home, source="test")
    (home / "derived").mkdir()
    (home / "derived" / "completions.sqlite").write_text("costly")

def check():
    new, old = dataset("new"), dataset("old")
    if home.exists():
        assert load_dataset(home).fingerprint in ((new.fingerprint, old.fingerprint) if replace else (new.fingerprint,))
    save_dataset(new, home, source="test", replace=replace)
    assert load_dataset(home).fingerprint == new.fingerprint
    assert [path.name for path in home.parent.iterdir()] == [home.name], list(home.parent.iterdir())
    assert not replace or (home / "derived" / "completions.sqlite").read_text() == "costly"

killed, step = 0, 0
while True:
    step += 1
    assert forked(begin) == 0
    status = forked(lambda: die_at(step))
    assert status in (0, signal.SIGKILL), status
    assert forked(check) == 0, step
    killed += status != 0
    if status == 0:
        break
print(killed)
"""

IMPORT = """
import sys
from pathlib import Path
from lgir.core.run import Silent
from lgir.data.folder import save_dataset
from lgir.data.report import DataReport
from lgir.data.sources import SOURCES
print("ready", flush=True)
report = DataReport()
dataset = SOURCES["csv"](Path(sys.argv[1]), report, Silent())
print(save_dataset(dataset, Path(sys.argv[2]), source="csv", report=report), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["new", "replace"])
def test_killed_at_every_step(kind: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", AT_EVERY_STEP, str(tmp_path / "out" / "d"), kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


@pytest.mark.slow
def test_an_import_killed_at_any_time_and_run_again(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "users.csv").write_text("user_id,resume\n" + "".join(f"u{n},{'word ' * 50}\n" for n in range(20_000)))
    (source / "jobs.csv").write_text("job_id,text\n" + "".join(f"j{n},{'term ' * 50}\n" for n in range(5_000)))
    events = "".join(f"u{n % 20_000},j{n % 4_999}\n" for n in range(60_000))
    (source / "interactions.csv").write_text("user_id,job_id\n" + events)

    def start(out: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", IMPORT, str(source), str(out)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    began = time.monotonic()
    assert start(tmp_path / "calm" / "d").wait() == 0
    took = time.monotonic() - began
    calm = load_dataset(tmp_path / "calm" / "d").fingerprint
    for share in (0.5, 0.8, 0.92):
        process = start(tmp_path / "hasty" / "d")
        time.sleep(took * share)
        process.kill()
        process.communicate()
        if (tmp_path / "hasty" / "d").exists():
            assert load_dataset(tmp_path / "hasty" / "d").fingerprint == calm
    assert start(tmp_path / "hasty" / "d").wait() == 0
    assert load_dataset(tmp_path / "hasty" / "d").fingerprint == calm
    assert [path.name for path in (tmp_path / "hasty").iterdir()] == ["d"]
