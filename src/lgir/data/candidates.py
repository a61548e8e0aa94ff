"""What every model has to rank: sampled lists (the paper's protocol), and the full catalogue.

Both are drawn from a split alone, before any model exists. They carry a hash: two results can be compared only if their
candidates were the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64

from lgir.core.errors import BadInput
from lgir.core.records import Candidates
from lgir.data.npz import load_record, record_hash, save_record
from lgir.data.split import Split, rng_for

HeldOut = Literal["validation", "test"]

NEGATIVES = 20
"""Sampled negatives per positive in the paper."""


@dataclass(frozen=True, slots=True, eq=False)
class FullCatalogue:
    """The full protocol, written by what is left out: a user's candidates are the catalogue without `excluded`.

    Attributes:
        users: user indices in the dataset, ascending.
        catalogue: job indices in the dataset, ascending.
        offsets: user i's held-out jobs are relevant[offsets[i]:offsets[i + 1]].
        relevant: job indices in the dataset, all in the catalogue.
        excluded_offsets: user i's excluded jobs are excluded[excluded_offsets[i]:excluded_offsets[i + 1]].
        excluded: job indices in the dataset, all in the catalogue, none of them relevant.
    """

    users: Int64[np.ndarray, " u"]
    catalogue: Int64[np.ndarray, " m"]
    offsets: Int64[np.ndarray, " u_plus_1"]
    relevant: Int64[np.ndarray, " n"]
    excluded_offsets: Int64[np.ndarray, " u_plus_1"]
    excluded: Int64[np.ndarray, " e"]

    def __len__(self) -> int:
        return len(self.users)


def draw_candidates(split: Split, part: HeldOut, *, negatives: int = NEGATIVES, seed: int) -> Candidates:
    """For each user with held-out jobs: those, and `negatives` times as many jobs the user never engaged with.

    Negatives come from the part's catalogue (`Split.catalogue_of`: under rule `time` the jobs open then) without any
    job of the user's, whichever part it is in, without replacement; where there are too few, all of them are taken
    (`short_lists` counts that). A user's draw depends on the seed, the part, the user's id and the catalogue, on no
    other user. Candidates stand in ascending order of job index, so that their
    order says nothing about relevance.

    Raises:
        BadInput: `negatives` is below 1.
    """
    if negatives < 1:
        raise BadInput(f"negatives={negatives}: a candidate list needs at least 1 sampled negative per positive")
    everything = np.concatenate([split.train, split.validation, split.test])
    users = np.unique(split.part(part)[:, 0])
    held_out, engaged = _per_user(split.part(part), users), _per_user(everything, users)
    lists = []
    for user, positives, seen in zip(users, held_out, engaged, strict=True):
        free = _without(split.catalogue_of(part), seen)
        rng = rng_for("candidates", part, seed, int(split.user_keys[user]))
        drawn = rng.choice(free, size=min(negatives * len(positives), len(free)), replace=False)
        lists.append(np.sort(np.concatenate([positives, drawn])))
    relevant = [np.isin(jobs, positives) for jobs, positives in zip(lists, held_out, strict=True)]
    return Candidates(users, _offsets(lists), _join(lists), np.concatenate([np.zeros(0, dtype=bool), *relevant]))


def full_catalogue(split: Split, part: HeldOut) -> FullCatalogue:
    """For each user with held-out jobs: the whole catalogue of the part (`Split.catalogue_of`) without the user's
    training jobs, and for the test part without the validation jobs too.
    """
    known = split.train if part == "validation" else np.concatenate([split.train, split.validation])
    users, catalogue = np.unique(split.part(part)[:, 0]), split.catalogue_of(part)
    relevant = _per_user(split.part(part), users)
    excluded = _per_user(known[np.isin(known[:, 1], catalogue)], users)
    return FullCatalogue(users, catalogue, _offsets(relevant), _join(relevant), _offsets(excluded), _join(excluded))


def cold_candidates(candidates: Candidates, seen: Bool[np.ndarray, " j"]) -> tuple[Candidates, Int64[np.ndarray, " n"]]:
    """The lists with only jobs that training has not seen as relevant ones, for users who have any; relevant jobs that
    it has seen are taken out.

    Args:
        candidates: sampled lists.
        seen: True for a job of the dataset with a training interaction.

    Returns:
        The lists, and the places in `candidates.jobs` that are left.
    """
    user = np.repeat(np.arange(len(candidates)), np.diff(candidates.offsets))
    cold = candidates.relevant & ~seen[candidates.jobs]
    has_cold = np.bincount(user, weights=cold, minlength=len(candidates)) > 0
    kept = np.flatnonzero(has_cold[user] & (cold | ~candidates.relevant))
    counts = np.bincount(user[kept], minlength=len(candidates))[has_cold]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lists = Candidates(candidates.users[has_cold], offsets, candidates.jobs[kept], candidates.relevant[kept])
    return lists, kept


def cold_catalogue(full: FullCatalogue, seen: Bool[np.ndarray, " j"]) -> FullCatalogue:
    """As `cold_candidates`, for the full protocol: relevant jobs that training has seen are excluded."""
    user = np.repeat(np.arange(len(full)), np.diff(full.offsets))
    cold = ~seen[full.relevant]
    users = np.flatnonzero(np.bincount(user, weights=cold, minlength=len(full)))
    excluded_by = np.repeat(np.arange(len(full)), np.diff(full.excluded_offsets))
    owner = np.concatenate([excluded_by, user[~cold]])
    out = np.concatenate([full.excluded, full.relevant[~cold]])
    order = np.lexsort((out, owner))
    by_user = np.split(out[order], np.cumsum(np.bincount(owner, minlength=len(full)))[:-1])
    wanted = np.split(full.relevant[cold], np.cumsum(np.bincount(user[cold], minlength=len(full)))[:-1])
    relevant, excluded = [wanted[one] for one in users], [by_user[one] for one in users]
    return FullCatalogue(
        full.users[users], full.catalogue, _offsets(relevant), _join(relevant), _offsets(excluded), _join(excluded)
    )


def short_lists(candidates: Candidates, *, negatives: int = NEGATIVES) -> int:
    """How many users have fewer than `negatives` sampled jobs per held-out job, because the catalogue ran out."""
    sizes = np.diff(candidates.offsets)
    ends = np.concatenate([[0], np.cumsum(candidates.relevant)])[candidates.offsets]
    return int((sizes < (1 + negatives) * np.diff(ends)).sum())


def candidates_hash(candidates: Candidates | FullCatalogue) -> str:
    """SHA-256 over users, jobs and relevance: equal for equal candidates, whoever drew them."""
    return record_hash(candidates)


def save_candidates(file: Path, candidates: Candidates) -> None:
    """Writes candidates and their hash to one npz file. The full catalogue follows from the split and is not kept."""
    save_record(file, candidates)


def load_candidates(file: Path) -> Candidates:
    """Reads sampled candidates.

    Raises:
        UnreadableRun: the file is missing, from a newer format, holds something else, or its hash does not fit.
    """
    return load_record(Candidates, file)


def _per_user(pairs: Int64[np.ndarray, "n 2"], users: Int64[np.ndarray, " u"]) -> list[Int64[np.ndarray, " _"]]:
    """The jobs of each of these users, ascending."""
    ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    starts = np.searchsorted(ordered[:, 0], users, side="left")
    ends = np.searchsorted(ordered[:, 0], users, side="right")
    return [ordered[start:end, 1] for start, end in zip(starts, ends, strict=True)]


def _without(catalogue: Int64[np.ndarray, " m"], jobs: Int64[np.ndarray, " h"]) -> Int64[np.ndarray, " rest"]:
    return catalogue[~np.isin(catalogue, jobs)]


def _offsets(lists: Sequence[np.ndarray]) -> Int64[np.ndarray, " u_plus_1"]:
    return np.concatenate([[0], np.cumsum([len(jobs) for jobs in lists])]).astype(np.int64)


def _join(lists: Sequence[np.ndarray]) -> Int64[np.ndarray, " n"]:
    return np.concatenate([np.zeros(0, dtype=np.int64), *lists])
