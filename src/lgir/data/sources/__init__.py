"""Where a dataset can come from: `SOURCES` names every reader that `lgir import NAME PATH OUT` knows."""

from collections.abc import Callable, Mapping
from pathlib import Path

from lgir.core.run import Progress
from lgir.data.cleaned import cleaned
from lgir.data.dataset import Dataset
from lgir.data.report import DataReport
from lgir.data.sources.careerbuilder import read_careerbuilder
from lgir.data.sources.djinni import read_djinni
from lgir.data.sources.jth import read_jth
from lgir.data.sources.own import read_csv_folder, read_jsonl_folder, read_parquet_folder
from lgir.data.sources.recbole import read_recbole
from lgir.data.sources.sjr import read_sjr
from lgir.data.sources.zhilian import read_zhilian

Source = Callable[[Path, DataReport, Progress], Dataset]
"""Reads a folder or zip archive, fills the report, raises BadInput."""

SOURCES: Mapping[str, Source] = {
    "sjr": read_sjr,
    "careerbuilder": read_careerbuilder,
    "jth": read_jth,
    "zhilian": read_zhilian,
    "djinni": read_djinni,
    "recbole": read_recbole,
    "csv": read_csv_folder,
    "jsonl": read_jsonl_folder,
    "parquet": read_parquet_folder,
}


def read_source(name: str, path: Path, report: DataReport, progress: Progress) -> Dataset:
    """What a reader finds, its texts rid of what hides in them.

    Raises:
        BadInput: the source cannot be read or breaks the schema.
    """
    return cleaned(SOURCES[name](path, report, progress), report)
