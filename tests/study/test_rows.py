"""Every system there is: the paper's by name, and each of them a model with its own folder."""

from pathlib import Path

import pytest

from lgir.core.errors import BadConfig
from lgir.evaluate.study.records import GROUPS
from lgir.models import MODELS
from lgir.study.measure import row_folder
from lgir.study.rows import ROWS, row_named

TABLE_2 = (
    "SGPT-BE", "SGPT-ST", "SGPT-ST+SRC", "BPJFNN", "MF", "NCF", "PJFFF", "SHPJF", "SGL-text", "LightGCN-text",
    "LightGCN+SRC",
)  # fmt: skip
PLAIN = ("random", "popularity", "newest", "BM25 profile", "item-kNN", "EASE", "logistic")
TABLE_3 = ("BASE", "SRC", "IRC", "LGIR")


def test_every_row_of_the_paper_and_seven_plain_ones():
    of_group = {group: [row.name for row in ROWS.values() if row.group == group] for group in GROUPS}
    assert tuple(of_group["baseline"]) == TABLE_2
    assert tuple(of_group["reference"]) == PLAIN
    assert tuple(of_group["ablation"][:4]) == TABLE_3
    assert of_group["ours"] == ["LGIR (default)"]


def test_every_model_stands_in_some_row():
    assert {row.model["kind"] for row in ROWS.values()} == set(MODELS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_told_from_its_model(name):
    row = row_named(name)
    assert row.name == name
    assert row.source
    assert row.needs == MODELS[row.model["kind"]].needs
    # what the model reads, and what the row says it learns from, agree
    reads_texts, learns_ids = bool(row.needs & {"text", "words"}), bool(row.needs & {"ids"})
    if row.kind == "text only" and row.group == "baseline":
        assert reads_texts
        assert not learns_ids
    if row.kind == "behaviour only" and row.group != "ablation":
        assert not reads_texts
        assert learns_ids or "history" in row.needs


def test_table_3_differs_by_completion_and_refinement_alone():
    rows = [row_named(name) for name in TABLE_3]
    assert [row.mode for row in rows] == ["none", "src", "irc", "irc"]
    assert [row.model.get("refine", True) for row in rows] == [False, False, False, True]
    assert {row.configuration for row in rows} == {"paper"}


def test_no_two_rows_share_a_folder():
    folders = [row_folder(Path("out"), "paper", name).path for name in ROWS]
    # also where the file system does not tell upper from lower case
    assert len({str(folder).casefold() for folder in folders}) == len(ROWS)
    assert all(folder.parent == Path("out/rows/paper") for folder in folders)


def test_an_unknown_row_is_named_with_those_there_are():
    with pytest.raises(BadConfig, match="no row 'BERT4Rec'; lgir models lists them: SGPT-BE, SGPT-ST,"):
        row_named("BERT4Rec")
