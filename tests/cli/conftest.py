"""One tiny world, imported and trained through the command line itself, for all tests of this folder."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.cli.app import main
from lgir.data.synthetic import SyntheticConfig, synthetic_world

CONFIG = """
seeds = [3, 5]
[complete]
folds = 2
[[encode.encoders]]
kind = "lexical"
dim = 24
[model]
max_epochs = 2
"""


def write_tables(folder: Path, *, n_users: int = 40, n_jobs: int = 50) -> Path:
    """The CSV files of a small world."""
    world = synthetic_world(SyntheticConfig(n_users=n_users, n_jobs=n_jobs, mean_interactions=6), 1)
    folder.mkdir(parents=True)
    for name in ("users", "jobs", "interactions"):
        getattr(world, name).write_csv(folder / f"{name}.csv")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Paths: `tables` (CSV), `data`, `config`, `run`. The commands import, fit."""
    home = tmp_path_factory.mktemp("tiny")
    tables = write_tables(home / "tables")
    (home / "config.toml").write_text(CONFIG)
    data, run, config = home / "data", home / "run", home / "config.toml"
    assert main(["import", "csv", str(tables), str(data), "-q"]) == 0
    assert main(["fit", str(data), "--config", str(config), "--out", str(run), "-q"]) == 0
    return SimpleNamespace(tables=tables, data=data, run=run, config=config)


@pytest.fixture
def tables() -> Callable[..., Path]:
    """Writes CSV files of a world of a given size."""
    return write_tables


@pytest.fixture
def lgir(capsys: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    """Runs one command in this process; gives code, out and err."""

    def run(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return SimpleNamespace(code=code, out=printed.out, err=printed.err)

    return run
