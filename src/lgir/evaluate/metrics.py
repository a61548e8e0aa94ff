"""Ranking metrics, one value per user, from where the relevant candidates stand.

Relevance is yes or no. k is a cut-off: only the k best-ranked candidates count. R is the number of *all* relevant
candidates of the user, within the cut-off or not.

| name | value | range |
|---|---|---|
| MAP@k | sum of precision at each hit within the cut-off, divided by R, as TREC's `map_cut_k` | [0, 1] |
| NDCG@k | sum of 1 / log2(rank + 1) over hits within the cut-off, divided by the same sum for the best order | [0, 1] |
| MRR | 1 / rank of the first hit, no cut-off | (0, 1] |
| Recall@k | hits within the cut-off, divided by R | [0, 1] |

Others divide MAP@k by min(R, k): for R > k their values are higher.

**Ties** (scores equal as float32) have no order, so every metric is its expected value over all orders of tied
candidates, in closed form: a constant scorer gets exactly what a random one gets on average.
**Empty case**: a user without a relevant candidate has no value and is refused, never counted as 0.

Source: F. McSherry, M. Najork, "Computing Information Retrieval Performance Measures Efficiently in the Presence of
Tied Scores", ECIR 2008; the formulas here are per relevant candidate instead of per group, which is the same sum.

Example: scores 3, 2, 1 and hits at ranks 1 and 3.

    >>> scores = np.array([3, 2, 1], dtype=np.float32)
    >>> ranks = rank_relevant(scores, np.array([True, False, True]), np.array([0, 3]))
    >>> measure(ranks, ["MAP@5", "NDCG@5", "MRR", "Recall@1"])  # (1/1 + 2/3) / 2, (1 + 1/2) / (1 + 1/log2(3)), 1, 1/2
    {'MAP@5': array([0.83333333]), 'NDCG@5': array([0.91972079]), 'MRR': array([1.]), 'Recall@1': array([0.5])}

With all three tied, the hits stand at ranks 1 and 2, 1 and 3, or 2 and 3, each as often as the others.

    >>> ranks = rank_relevant(np.ones(3, dtype=np.float32), np.array([True, False, True]), np.array([0, 3]))
    >>> measure(ranks, ["MRR", "Recall@1"])  # (1 + 1 + 1/2) / 3, 1/3
    {'MRR': array([0.83333333]), 'Recall@1': array([0.33333333])}
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt64

from lgir.core.errors import BadInput
from lgir.rank.order import sortable


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Where the relevant candidates of every user stand, by user and then best first: all a metric needs to know.

    Attributes:
        n_users: number of users; each has at least one relevant candidate.
        user: for each relevant candidate the place of its user.
        above: candidates of that user with a higher score.
        tied: candidates of that user with the same score, itself included; ≥ 1.
        hits_above: relevant ones among `above`.
        hits_tied: relevant ones among `tied`, itself included; ≥ 1.
    """

    n_users: int
    user: Int64[np.ndarray, " n"]
    above: Int64[np.ndarray, " n"]
    tied: Int64[np.ndarray, " n"]
    hits_above: Int64[np.ndarray, " n"]
    hits_tied: Int64[np.ndarray, " n"]

    def per_user(self, values: np.ndarray) -> Float64[np.ndarray, " u"]:
        """Sums one value per relevant candidate within each user."""
        # bincount of nothing at all is whole numbers
        return np.bincount(self.user, weights=values, minlength=self.n_users).astype(np.float64)

    @property
    def relevant(self) -> Int64[np.ndarray, " u"]:
        """R: the number of relevant candidates of each user."""
        return np.bincount(self.user, minlength=self.n_users)


def rank_relevant(
    scores: Float32[np.ndarray, " n"], relevant: Bool[np.ndarray, " n"], offsets: Int64[np.ndarray, " u_plus_1"]
) -> Ranks:
    """Ranks every user's candidates by score, highest first.

    Shapes:
        User i's candidates are scores[offsets[i]:offsets[i + 1]].

    Raises:
        LgirError: a score is not finite.
        BadInput: a user has no relevant candidate.
    """
    user = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    # one number per candidate, the user above, the score below: one sort ranks everybody, best first, and what follows
    # is the same to the last bit in whichever order the candidates came
    keys = user.astype(np.uint64) << np.uint64(32) | ~sortable(scores)
    hits = np.sort(keys[relevant])
    above, tied = _stand(np.sort(keys), hits)
    hits_above, hits_tied = _stand(hits, hits)
    of_user = (hits >> np.uint64(32)).astype(np.int64)
    ranks = Ranks(len(offsets) - 1, of_user, above, tied, hits_above, hits_tied)
    check_relevant(ranks.relevant)
    return ranks


def check_relevant(counts: Int64[np.ndarray, " u"]) -> None:
    """Refuses users that have no value, given the number of relevant candidates of each.

    Raises:
        BadInput: a user has none.
    """
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        raise BadInput(
            f"{len(empty)} of {len(counts)} users have no relevant candidate (the first at place {empty[0]}), so no "
            "metric is defined for them; leave them out of the evaluation"
        )


def _stand(
    keys: UInt64[np.ndarray, " n"], hits: UInt64[np.ndarray, " h"]
) -> tuple[Int64[np.ndarray, " h"], Int64[np.ndarray, " h"]]:
    """For each hit, given ascending keys: how many of the same user come before it, and how many equal it."""
    start = np.searchsorted(keys, hits & ~np.uint64(0xFFFF_FFFF), side="left")
    first, end = np.searchsorted(keys, hits, side="left"), np.searchsorted(keys, hits, side="right")
    return first - start, end - first


def average_precision(ranks: Ranks, k: int) -> Float64[np.ndarray, " u"]:
    """MAP@k of each user. At the i-th of t tied places this candidate stands with probability 1 / t; the other
    `hits_tied` − 1 are then spread evenly over the other t − 1 places, i − 1 of them before it.
    """
    others = (ranks.hits_tied - 1) / np.maximum(ranks.tied - 1, 1)
    total = np.zeros(len(ranks.user))
    for rank, here in _places(ranks, k):
        total += here * (ranks.hits_above + 1 + (rank - ranks.above - 1) * others) / rank
    return ranks.per_user(total / ranks.relevant[ranks.user])


def ndcg(ranks: Ranks, k: int) -> Float64[np.ndarray, " u"]:
    """NDCG@k of each user: gain 1 for a relevant candidate, discount log2(rank + 1), ideal order cut at k as well."""
    gain = sum((here / np.log2(rank + 1) for rank, here in _places(ranks, k)), start=np.zeros(len(ranks.user)))
    ideal = np.cumsum(1 / np.log2(np.arange(1, k + 1) + 1))
    return ranks.per_user(gain / ideal[np.minimum(ranks.relevant, k) - 1][ranks.user])


def recall(ranks: Ranks, k: int) -> Float64[np.ndarray, " u"]:
    """Recall@k of each user."""
    within = np.clip(k - ranks.above, 0, ranks.tied) / ranks.tied
    return ranks.per_user(within / ranks.relevant[ranks.user])


def reciprocal_rank(ranks: Ranks) -> Float64[np.ndarray, " u"]:
    """MRR of each user. Only the best group of tied candidates that holds a hit matters: of its t places, the first
    hit stands at the i-th with probability (none before) × h / (t − i + 1), for h hits.
    """
    first = np.searchsorted(ranks.user, np.arange(ranks.n_users))
    above, tied, hits = ranks.above[first], ranks.tied[first], ranks.hits_tied[first]
    total, none_before = np.zeros(ranks.n_users), np.ones(ranks.n_users)
    for before in range(int((tied - hits).max(initial=-1)) + 1):
        # for a group already used up, none_before is exactly 0
        hit_here = hits / np.maximum(tied - before, 1)
        total += none_before * hit_here / (above + before + 1)
        none_before *= 1 - hit_here
    return total


def _places(ranks: Ranks, k: int) -> "list[tuple[int, Float64[np.ndarray, ' n']]]":
    """Each rank up to k with the probability of every relevant candidate to stand there."""
    return [
        (rank, ((ranks.above < rank) & (rank <= ranks.above + ranks.tied)) / ranks.tied) for rank in range(1, k + 1)
    ]


_CUT: Mapping[str, Callable[[Ranks, int], np.ndarray]] = {"MAP": average_precision, "NDCG": ndcg, "Recall": recall}

DEFINITIONS: Mapping[str, str] = {
    "MAP": "average precision within the cut-off, divided by all relevant candidates; expected value over ties",
    "NDCG": "binary gain, log2 discount, ideal order cut at the cut-off; expected value over ties",
    "MRR": "1 / rank of the first relevant candidate, no cut-off; expected value over ties",
    "Recall": "relevant candidates within the cut-off, divided by all relevant candidates; expected value over ties",
}
"""What each metric means, for reports."""


def measure(ranks: Ranks, names: Sequence[str]) -> dict[str, Float64[np.ndarray, " u"]]:
    """Per-user values of metrics named as "MRR" or "MAP@5", "NDCG@5", "Recall@10", with any cut-off ≥ 1.

    Raises:
        BadInput: there is no such metric.
    """
    return {name: _one(ranks, name) for name in names}


def _one(ranks: Ranks, name: str) -> Float64[np.ndarray, " u"]:
    kind, _, cut = name.partition("@")
    if name == "MRR":
        return reciprocal_rank(ranks)
    if kind not in _CUT or not cut.isdecimal() or int(cut) < 1:
        raise BadInput(f"there is no metric {name!r}; expected MRR, or MAP@k, NDCG@k, Recall@k with a whole k ≥ 1")
    return _CUT[kind](ranks, int(cut))
