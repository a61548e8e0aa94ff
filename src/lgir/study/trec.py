"""Rankings and relevance in TREC's formats, which trec_eval, ir_measures and others read.

A run has lines "user Q0 job rank score tag", best first; relevance has lines "user 0 job 1". White space in an id,
which the formats cannot hold, is written as in an address: %20, and % as %25, so that no two ids become one.
"""

import re
from urllib.parse import quote

import numpy as np
from jaxtyping import Float32, Int64

from lgir.core.records import Candidates, TopK
from lgir.data.candidates import FullCatalogue
from lgir.pipeline.material import Material

TREC_DEPTH = 100
"""Jobs per user in a run over the full catalogue."""


def trec_of_lists(material: Material, lists: Candidates, scores: Float32[np.ndarray, " n"], tag: str) -> str:
    """The ranking of every sampled list, whole."""
    user = np.repeat(np.arange(len(lists)), np.diff(lists.offsets))
    order = np.lexsort((lists.jobs, -scores, user))
    ranks = np.arange(len(order)) - lists.offsets[user[order]] + 1
    return _run(material, lists.users[user[order]], lists.jobs[order], ranks, scores[order], tag)


def trec_of_top(material: Material, users: Int64[np.ndarray, " u"], top: TopK, tag: str) -> str:
    """The head of every ranking; places are indices in the dataset."""
    row, rank = np.nonzero(top.places >= 0)
    return _run(material, users[row], top.places[row, rank], rank + 1, top.scores[row, rank], tag)


def trec_relevance(material: Material, test: Candidates | FullCatalogue) -> str:
    """What is relevant to whom."""
    if isinstance(test, Candidates):
        user = np.repeat(np.arange(len(test)), np.diff(test.offsets))[test.relevant]
        jobs = test.jobs[test.relevant]
    else:
        user, jobs = np.repeat(np.arange(len(test)), np.diff(test.offsets)), test.relevant
    names = zip(_names(material, "user_id", test.users[user]), _names(material, "job_id", jobs), strict=True)
    return "".join(f"{user_id} 0 {job_id} 1\n" for user_id, job_id in names)


def _run(
    material: Material,
    users: Int64[np.ndarray, " n"],
    jobs: Int64[np.ndarray, " n"],
    ranks: Int64[np.ndarray, " n"],
    scores: Float32[np.ndarray, " n"],
    tag: str,
) -> str:
    columns = zip(
        _names(material, "user_id", users),
        _names(material, "job_id", jobs),
        ranks.tolist(),
        scores.tolist(),
        strict=True,
    )
    name = "_".join(tag.split())
    return "".join(f"{user} Q0 {job} {rank} {score:.9g} {name}\n" for user, job, rank, score in columns)


def _names(material: Material, column: str, indices: Int64[np.ndarray, " n"]) -> list[str]:
    table = material.dataset.users if column == "user_id" else material.dataset.jobs
    return [_word(name) for name in table[column].gather(indices).to_list()]


def _word(text: str) -> str:
    return re.sub(r"[\s%]", lambda found: quote(found[0]), text)
