import json
from dataclasses import replace

import numpy as np

from lgir.evaluate.study.as_json import as_json
from lgir.evaluate.study.records import Cost, RowResult
from lgir.evaluate.study.summary import summarize


def test_numbers_are_not_rounded(summary):
    read = json.loads(as_json(summary))
    part, found = summary.protocols[0], read["protocols"][0]
    assert found["means"]["MF"]["MRR"]["mean"] == part.estimates["MF"]["MRR"].mean
    assert tuple(found["means"]["MF"]["MRR"]["per_seed"]) == part.per_seed["MF"]["MRR"]
    one = next(one for one in found["comparisons"] if (one["row"], one["metric"]) == ("MF", "MRR"))
    assert one["p_bootstrap_holm"] == part.comparison("MF", "MRR").p_bootstrap_holm
    assert one["low"] == part.comparison("MF", "MRR").low
    assert found["groups"][2]["difference"]["high"] == part.groups[2].difference.high
    assert found["slices"][1]["means"]["EASE"]["mean"] == part.slices[1].estimates["EASE"].mean
    assert found["label"] == "sampled: 20 negatives per positive"


def test_everything_else_is_there(summary):
    read = json.loads(as_json(summary))
    assert [row["name"] for row in read["rows"]] == [row.name for row in summary.rows]
    mf = next(row for row in read["rows"] if row["name"] == "MF")
    assert mf["cost"]["n_weights"] == 1_234_567
    assert len(mf["curves"]["3"]) == 40
    assert mf["curves"]["3"][0].keys() == {"epoch", "validation", "loss"}
    assert read["data"]["parts"]["test"] == 4115
    assert read["case"]["similarity_interactive"] == 0.61
    assert read["case"]["resume"]["spans"][0]["kind"] == "resume"
    assert (read["format"], read["resamples"], read["level"]) == (1, 500, 0.01)


def test_numpys_numbers_and_no_numbers(result):
    odd = RowResult(
        "odd",
        "reference",
        "none",
        refused="no text",
        cost=Cost(n_weights=None),
        curves={0: [{"epoch": 1, "validation": float("nan")}]},
    )
    data = replace(result.data, means={"mean": np.float64(1.5)})
    read = json.loads(as_json(summarize(replace(result, rows=(*result.rows, odd), data=data), resamples=20)))
    row = next(row for row in read["rows"] if row["name"] == "odd")
    assert row["curves"] == {"0": [{"epoch": 1, "validation": None}]}
    assert (row["refused"], row["protocols"]) == ("no text", [])
    assert read["data"]["means"] == {"mean": 1.5}


def test_hostile_texts_come_back_as_they_were(hostile, hostile_text):
    assert json.loads(as_json(hostile))["title"] == hostile_text


def test_no_case(result):
    assert json.loads(as_json(summarize(replace(result, case=None), resamples=20)))["case"] is None
