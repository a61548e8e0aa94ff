"""The dataset of an experiment: found, or made first."""

from pathlib import Path

from lgir.core.config import load_config
from lgir.core.errors import BadConfig, BadInput
from lgir.core.run import Progress
from lgir.data.dataset import Dataset
from lgir.data.folder import save_dataset
from lgir.data.report import DataReport
from lgir.data.sources import SOURCES, read_source
from lgir.data.synthetic import SyntheticConfig, synthetic_world
from lgir.study.config import SourceConfig, StudyConfig


def dataset_of(study: StudyConfig, file: Path, given: Path | None, progress: Progress) -> Path:
    """The dataset's folder; made there from the experiment's source where there is none yet.

    Args:
        study: the experiment.
        file: its TOML file, from which paths in it are told.
        given: a folder that goes over the one the experiment names.
        progress: where reading reports itself.

    Raises:
        BadInput: there is neither a dataset nor a source for it.
    """
    folder = given if given is not None else file.parent / study.data
    if folder.exists():
        return folder
    if study.source is None or given is not None:
        raise BadInput(
            f"there is no dataset at {folder}; make one with lgir import or lgir synth, or give --data FOLDER"
        )
    report = DataReport()
    dataset = _made(study.source, file.parent / study.source.path, report, progress)
    save_dataset(dataset, folder, source=study.source.kind, report=report)
    return folder


def _made(source: SourceConfig, path: Path, report: DataReport, progress: Progress) -> Dataset:
    if not path.exists():
        raise BadInput(f"the experiment's dataset is to be made from {path}, which does not exist; put it there")
    if source.kind == "synthetic":
        return synthetic_world(load_config(SyntheticConfig, path), source.seed, progress)
    if source.kind not in SOURCES:
        raise BadConfig(
            f"source.kind: there is no source {source.kind[:40]!r}; expected synthetic, {', '.join(SOURCES)}"
        )
    return read_source(source.kind, path, report, progress)
