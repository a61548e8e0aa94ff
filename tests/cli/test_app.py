"""Exit codes, error sentences, --debug, and what --help must not load."""

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir import __version__
from lgir.cli import app
from lgir.core.errors import LgirError

Lgir = Callable[..., SimpleNamespace]

SECRET = "Jane Doe, forklift driver"


def test_version(lgir: Lgir) -> None:
    found = lgir("--version")
    assert (found.code, found.out) == (0, f"lgir {__version__}\n")


@pytest.mark.parametrize("name", [name for name, _, _ in app.COMMANDS])
def test_every_command_has_help_with_examples(lgir: Lgir, name: str) -> None:
    found = lgir(name, "--help")
    assert found.code == 0
    examples = found.out.partition("Examples:\n")[2]
    assert f"lgir {name}" in examples


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import sys; from lgir.cli.app import main; main(['--help']); main(['fit', '--help']); "
        "heavy = {'torch', 'transformers', 'sklearn', 'sentence_transformers', 'polars', 'numpy', 'rich'}; "
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("heavy: []\n"), done.stdout[-200:]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("fit",),
        ("fit", "data"),
        ("check", "data", "--wings"),
        ("evaluate", "run", "--protocol", "other"),
        ("recommend", "run"),
        ("recommend", "run", "--user", "u", "--resume", "r"),
        ("recommend", "run", "--user", "u", "-k", "0"),
        ("recommend", "run", "--user", "u", "--open-at", "tomorrow"),
        ("import", "pdf", "in", "out"),
    ],
)
def test_wrong_usage_gives_code_2(lgir: Lgir, arguments: tuple[str, ...]) -> None:
    found = lgir(*arguments)
    assert found.code == 2
    assert "Usage: lgir" in found.err + found.out
    assert "Traceback" not in found.err


def _one_sentence(found: SimpleNamespace) -> str:
    assert found.out == ""
    assert "Traceback" not in found.err
    (line,) = found.err.splitlines()
    assert line.startswith("error: ")
    return line


def test_wrong_input_gives_one_sentence_and_code_2(lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[model]\nwings = 2\n")
    cases = [
        (("check", tmp_path / "gone"), "lgir import"),
        (("import", "csv", tmp_path / "gone", tmp_path / "out"), "check the path"),
        (("complete", tiny.data, "--config", tmp_path / "gone.toml"), "no configuration file"),
        (("fit", tiny.data, "--config", bad, "--out", tmp_path / "run"), "model.lgir.wings"),
        (("fit", tiny.data, "--config", tiny.config, "--out", tmp_path / "run", "--device", "wings"), "--device cpu"),
        (("evaluate", tmp_path), "is not a run folder"),
        (("recommend", tiny.run, "--user", "nobody"), "'nobody'"),
        (("recommend", tiny.run, "--resume", tmp_path / "gone.txt"), "gone.txt"),
        (("candidates", tiny.run, "--job", "none"), "'none'"),
    ]
    for arguments, expected in cases:
        found = lgir(*arguments, "-q") if arguments[0] != "check" else lgir(*arguments)
        assert found.code == 2, found
        assert expected in _one_sentence(found)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("arguments", [("--debug", "check", "gone"), ("check", "gone", "--debug")])
def test_debug_shows_the_traceback(lgir: Lgir, arguments: tuple[str, ...]) -> None:
    found = lgir(*arguments)
    assert found.code == 2
    assert "Traceback (most recent call last)" in found.err
    assert found.err.splitlines()[-1].startswith("error: there is no dataset")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ValueError(SECRET), 1, "error: this is a bug in lgir: ValueError; run again with --debug to see where"),
        (LgirError("the server is gone"), 1, "error: the server is gone"),
        (MemoryError(), 1, "error: there is not enough memory"),
        (OSError(errno.ENOSPC, "No space left on device", "a.bin"), 1, "No space left on device (a.bin)"),
        (KeyboardInterrupt(), 130, "interrupted; the same command continues where it was"),
    ],
)
def test_every_error_has_its_sentence(
    lgir: Lgir, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, sentence: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("lgir.data.folder.load_dataset", fail)
    found = lgir("check", "data")
    assert found.code == code
    assert sentence in found.err
    assert SECRET not in found.err
    assert SECRET in lgir("check", "data", "--debug").err or str(error) != SECRET


def test_bad_rows_are_listed_without_control_characters(lgir: Lgir, tiny: SimpleNamespace, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    for name in ("users", "jobs"):
        (folder / f"{name}.csv").write_text((tiny.tables / f"{name}.csv").read_text())
    (folder / "interactions.csv").write_text("user_id,job_id\n\x1b[31mred\u202e,j00001\n")
    found = lgir("import", "csv", folder, tmp_path / "data", "-q")
    assert found.code == 2
    assert "interactions.csv" in found.err
    assert not set("\x1b\u202e") & set(found.err)
    assert not (tmp_path / "data").exists()


def test_a_reader_that_goes_away_is_no_failure(tiny: SimpleNamespace) -> None:
    program = f"import sys; from lgir.cli.app import main; sys.exit(main(['check', {str(tiny.data)!r}]))"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_a_failure(tiny: SimpleNamespace) -> None:
    program = f"import sys; from lgir.cli.app import main; sys.exit(main(['check', {str(tiny.data)!r}]))"
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the operating system refused: No space left on device")
    assert len(done.stderr.splitlines()) == 1
