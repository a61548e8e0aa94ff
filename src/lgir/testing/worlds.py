"""Tiny worlds for models, as the batches a model is given. In each, one kind of input says who belongs to which job and
everything else is noise, so a model that recovers the signal has used that input.

People and jobs fall into groups; a person engages with jobs of the own group. What gives the group away:

- `text`: the résumé's vector and the job's vector;
- `history`: the job's vector, hence the engaged jobs; résumés say nothing;
- `fields`: a structured column of the job, hence the engaged jobs; no text says anything;
- `words`: the words of résumé and job; their vectors say nothing;
- `ids`: who engaged with what; several people share a job, and no text or column says anything.

In all but `ids` every job has exactly one training interaction, so that ids carry nothing from one job to another, and
a model that serves unseen people and jobs is asked about such: people of the same groups, with résumés of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64

from lgir.core.records import Jobs, Shape, TextBlock, TrainingData, Users
from lgir.core.seams import Feature, Recommender
from lgir.core.vocabulary import UNKNOWN

SIGNALS: tuple[Feature, ...] = ("text", "history", "fields", "words", "ids")
"""Every signal there is a world for."""

N_USERS, N_GROUPS = 64, 4
BLOCKS = (TextBlock("first", 12), TextBlock("second", 8))
DIM = sum(block.dim for block in BLOCKS)
FIELDS = (("place", N_GROUPS), ("company", 7))
NOISE = 0.5
"""Standard deviation of a text vector's column about its group's, whose columns vary by 1."""

N_TOPIC_WORDS, N_COMMON_WORDS, N_RESERVED_WORDS = 6, 12, 2
"""Words of each group, words of everybody, and codes that are no words; see `lgir.encode.words`."""
LENGTH = 10
"""Longest text in words."""

COUNTS = np.array([1, 2, 5, 6, 3])
"""Training interactions of a person, in turn: few-shot and many-shot people in every group."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One world.

    Attributes:
        signal: which input gives the groups away.
        data: the training part; its `validate` is the area under the curve of the first half of the users.
        users: all users, as in `data`.
        jobs: all jobs, as in `data`.
        related: who belongs to which job.
        seen: training interactions.
        strangers: people training has not seen, each with the group of the user at the same place, and with that user's
            history unless their text is to speak alone.
    """

    signal: Feature
    data: TrainingData
    users: Users
    jobs: Jobs
    related: Bool[np.ndarray, "u j"]
    seen: Bool[np.ndarray, "u j"]
    strangers: Users

    def auc(self, model: Recommender) -> float:
        """How well the second half of the users is served: 1 is perfect, 0.5 is chance."""
        return _auc(self, model, np.arange(N_USERS // 2, N_USERS))

    def new_jobs(self) -> Jobs:
        """The same jobs as if training had never seen them."""
        return replace(self.jobs, rows=np.full(len(self.jobs), UNKNOWN))


def make_world(signal: Feature, *, seed: int = 0) -> World:
    """The world of one signal; equal seeds give equal worlds."""
    rng = np.random.default_rng([seed, *signal.encode()])
    user_group = np.arange(N_USERS, dtype=np.int64) % N_GROUPS
    counts = COUNTS[rng.permutation(N_USERS) % len(COUNTS)]
    job_group, pairs = _shared(user_group, counts, rng) if signal == "ids" else _private(user_group, counts)
    told_by_users, told_by_jobs = signal == "text", signal in ("text", "history")
    topics = rng.normal(size=(N_GROUPS, DIM))
    user_text, own_text = (_texts(topics[user_group] * told_by_users, rng) for _ in range(2))
    job_text = _texts(topics[job_group] * told_by_jobs, rng)
    place = job_group if signal == "fields" else rng.integers(N_GROUPS, size=len(job_group))
    company = rng.integers(UNKNOWN, FIELDS[1][1], size=len(job_group))
    told = signal == "words"
    words = np.random.default_rng([seed, *b"words"])  # a stream of its own: worlds without words stay as they were
    user_words, other_words = (_words(user_group, words, told=told) for _ in range(2))
    posted = words.uniform(18_000, 18_100, len(job_group))
    job_words = _words(job_group, words, told=told)
    jobs = Jobs(np.arange(len(job_group)), job_text, np.stack([place, company], axis=1), job_words, posted)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    users = Users(np.arange(N_USERS), user_text, own_text, jobs, pairs[:, 1].copy(), offsets, user_words)
    seen = np.zeros((N_USERS, len(jobs)), dtype=bool)
    seen[pairs[:, 0], pairs[:, 1]] = True

    def validate(model: Recommender) -> float:
        return _auc(world, model, np.arange(N_USERS // 2))

    shape = Shape(N_USERS, len(jobs), BLOCKS, FIELDS, N_RESERVED_WORDS + N_COMMON_WORDS + N_GROUPS * N_TOPIC_WORDS)
    # texts here are not made from engaged jobs, so each pair may be trained on the user's own
    data = TrainingData(shape, users, jobs, pairs, user_text.copy(), pairs[:, 0].copy(), validate)
    related = user_group[:, None] == job_group[None]
    other_text, other_own = (_texts(topics[user_group] * told_by_users, rng) for _ in range(2))
    strangers = replace(users, rows=np.full(N_USERS, UNKNOWN), text=other_text, own_text=other_own, words=other_words)
    if signal in ("text", "words"):
        strangers = replace(strangers, history=np.zeros(0, dtype=np.int64), offsets=np.zeros_like(offsets))
    world = World(signal, data, users, jobs, related, seen, strangers)
    return world


def area_under_curve(scores: Iterable[np.ndarray], related: Iterable[np.ndarray], seen: Iterable[np.ndarray]) -> float:
    """The share of (related, other) job pairs in the right order, ties counting half, as a mean over users.

    Jobs already engaged with are left out.
    """
    values = []
    for row, wanted, known in zip(scores, related, seen, strict=True):
        difference = row[wanted & ~known][:, None] - row[~wanted][None]
        values.append(np.mean((difference > 0) + 0.5 * (difference == 0)))
    return float(np.mean(values))


def _auc(world: World, model: Recommender, places: Int64[np.ndarray, " n"]) -> float:
    known = world.signal == "ids"
    users = world.users if known or not model.serves_unseen_users else world.strangers
    jobs = world.jobs if known or not model.serves_unseen_jobs else world.new_jobs()
    scores = model.score(users.take(places), jobs)
    return area_under_curve(scores, world.related[places], world.seen[places])


def _private(
    user_group: Int64[np.ndarray, " u"], counts: Int64[np.ndarray, " u"]
) -> tuple[Int64[np.ndarray, " j"], Int64[np.ndarray, "n 2"]]:
    """Groups of jobs, and pairs: every job is engaged with once."""
    owner = np.repeat(np.arange(len(user_group)), counts)
    return user_group[owner], np.stack([owner, np.arange(len(owner))], axis=1)


def _shared(
    user_group: Int64[np.ndarray, " u"], counts: Int64[np.ndarray, " u"], rng: np.random.Generator
) -> tuple[Int64[np.ndarray, " j"], Int64[np.ndarray, "n 2"]]:
    """Groups of ten jobs each, and pairs: a job is engaged with by several people of its group."""
    job_group = np.arange(10 * N_GROUPS, dtype=np.int64) % N_GROUPS
    chosen = [
        (user, job)
        for user, (group, count) in enumerate(zip(user_group, counts, strict=True))
        for job in rng.choice(np.flatnonzero(job_group == group), size=count, replace=False)
    ]
    return job_group, np.array(chosen, dtype=np.int64)


def _texts(centre: np.ndarray, rng: np.random.Generator) -> Float32[np.ndarray, "n d"]:
    """Vectors about these centres, each block of length 1."""
    vectors = centre + NOISE * rng.normal(size=centre.shape)
    blocks = np.split(vectors, np.cumsum([block.dim for block in BLOCKS])[:-1], axis=1)
    scaled = np.concatenate([block / np.linalg.norm(block, axis=1, keepdims=True) for block in blocks], axis=1)
    return scaled.astype(np.float32)


def _words(group: Int64[np.ndarray, " n"], rng: np.random.Generator, *, told: bool) -> Int32[np.ndarray, "n w"]:
    """Texts of a few words, half of them of the group where it is told, the others anybody's."""
    codes = np.zeros((len(group), LENGTH), dtype=np.int32)
    for row, place in zip(codes, group, strict=True):
        length = int(rng.integers(LENGTH // 2, LENGTH, endpoint=True))
        common = N_RESERVED_WORDS + rng.integers(N_COMMON_WORDS, size=length)
        first = (
            N_RESERVED_WORDS + N_COMMON_WORDS + (int(place) if told else int(rng.integers(N_GROUPS))) * N_TOPIC_WORDS
        )
        topic = first + rng.integers(N_TOPIC_WORDS, size=length)
        row[:length] = np.where(rng.random(length) < 0.5, topic, common)
    return codes
