"""The names --help lists are those the readers have."""

from typing import get_args

from lgir.cli.import_data import SourceName
from lgir.data.sources import SOURCES


def test_every_source_can_be_named() -> None:
    assert get_args(SourceName) == tuple(SOURCES)
