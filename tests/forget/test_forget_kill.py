"""kill -9 at any moment of a forgetting leaves the old dataset or the new one, and the same command ends it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Runs in its own process. It forks a child that kills itself at its n-th access to the file system around the dataset,
# then looks at what is left and forgets again. polars starts its threads in the forks only.
AT_EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from lgir.core.run import Silent
from lgir.data.folder import load_dataset
from lgir.forget.dataset import without_person
from lgir.forget.person import forget

template, home, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
data, run = home / "data", home / "run"

def forked(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(9)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def work():
    runs = [run] if run.exists() else []
    return forget(data, Silent(), user_id="person-0042", runs=runs, confirm=lambda plan: True)

def die_at(step):
    seen = 0
    def watch(event, arguments):
        nonlocal seen
        if event in WATCHED and (str(home) in str(arguments) or event in BY_NUMBER):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    work()
    if step == 0:
        (home.parent / "seen").write_text(str(seen))

# what changes files, and the reading between that
WATCHED = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "open", "sqlite3.connect", "fcntl.flock"}
BY_NUMBER = {"fcntl.flock", "os.remove", "os.rmdir"}  # shutil.rmtree names files relative to an open folder

def begin():
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home)

def check():
    old = load_dataset(template / "data")
    new = without_person(old, "person-0042").fingerprint
    if data.exists():
        assert load_dataset(data).fingerprint in (old.fingerprint, new)
    else:
        assert any(path.name.startswith(".data.old-") for path in home.iterdir())
    outcome = work()
    assert outcome.proof is not None and outcome.proof.found == [], outcome
    assert load_dataset(data).fingerprint == new
    assert [path.name for path in home.iterdir()] == ["data"], list(home.iterdir())
    held = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert b"person-0042" not in held and b"laminate" not in held

assert forked(begin) == 0 and forked(lambda: die_at(0)) == 0
total = int((home.parent / "seen").read_text())
killed = 0
for step in sorted({1 + at * (total - 1) // most for at in range(most)}):
    assert forked(begin) == 0
    assert forked(lambda: die_at(step)) == signal.SIGKILL, step
    assert forked(check) == 0, step
    killed += 1
print(killed, total)
"""


@pytest.mark.slow
def test_killed_at_many_steps(written: Path, tmp_path: Path) -> None:
    template = tmp_path / "template"
    shutil.copytree(written, template / "data")
    (template / "run").mkdir()
    (template / "run" / "manifest.json").write_text('{"kind": "run", "format": 1, "data": "../data"}')
    (template / "run" / "vocabulary.json").write_text('{"users": ["person-0042"]}')
    (template / "run" / "weights").write_bytes(b"\0" * 99)
    (template / "data" / "fit.log").write_text("user person-0042\nothers\n")
    command = [sys.executable, "-c", AT_EVERY_STEP, str(template), str(tmp_path / "home"), "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=550, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    killed, total = map(int, done.stdout.split())
    assert killed == 60
    assert total > 60
