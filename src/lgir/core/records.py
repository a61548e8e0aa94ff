"""The records that travel along the line: a person asking, a completed résumé, batches of users and jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64

if TYPE_CHECKING:
    from lgir.core.seams import Recommender


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Origin(StrEnum):
    """Where a statement of a completed résumé comes from. An inferred statement is never the person's own word."""

    SAID = "said"
    """It stands in the person's résumé."""
    FROM_JOB = "from job"
    """It stands in a job the person engaged with."""
    INFERRED = "inferred"
    """It stands in neither: a language model wrote it."""


@dataclass(frozen=True, slots=True)
class EngagedJob:
    """A job somebody engaged with: its id and its text."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """One person asking: a known id or none, a résumé in their own words, the jobs they engaged with."""

    resume: str
    jobs: tuple[EngagedJob, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Where a source says something: characters start to end of a job's text; of the résumé where `job_id` is None."""

    job_id: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a completed résumé.

    Attributes:
        text: the statement.
        origin: where it comes from.
        spans: what supports it: for `SAID` a place in the résumé, for `FROM_JOB` one in every job that says it, for
            `INFERRED` nothing.
        weight: how much it stands for the person, in (0, 1].
        contradicted: a source says otherwise, such as another number of years; only ever with `INFERRED`.
    """

    text: str
    origin: Origin
    spans: tuple[Span, ...] = ()
    weight: float = 1.0
    contradicted: bool = False

    @property
    def job_ids(self) -> tuple[str, ...]:
        """For `FROM_JOB`, every job that says it; else empty."""
        return tuple(dict.fromkeys(span.job_id for span in self.spans if span.job_id is not None))


NO_MODEL = "no language model was used"


def written_by_model(name: str) -> str:
    """What every output says of a text that a language model wrote."""
    return f"written by the language model {name}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a completion came about.

    Attributes:
        backend: name of the completer, such as "extractive" or "openai".
        model: name of the language model; None says that no language model was used.
        prompt: fingerprint of the prompt text; None where there was no prompt.
        parameters: everything else that could change the text.
        job_ids: the jobs that were shown, in order.
        tokens_in: prompt tokens, as the server counted them; 0 without a language model.
        tokens_out: completion tokens, likewise.
        seconds: time spent.
    """

    backend: str
    model: str | None
    prompt: str | None
    parameters: Mapping[str, str | int | float | bool | None]
    job_ids: tuple[str, ...]
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    @property
    def note(self) -> str:
        """What every output says about the origin of the text."""
        return NO_MODEL if self.model is None else written_by_model(self.model)


@dataclass(frozen=True, slots=True)
class Completion:
    """A completed résumé G_c (eq. 1, 2): the text that is encoded, its statements with sources, its provenance."""

    text: str
    statements: tuple[Statement, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Failure:
    """A completion that did not come about.

    Attributes:
        reason: one sentence that quotes no personal text.
        attempts: how often it was asked for.
        passing: nothing is wrong with the row itself, such as when time ran out; the next run asks again unbidden.
        tokens_in: prompt tokens of answers that could not be used.
        tokens_out: tokens of such answers.
    """

    reason: str
    attempts: int = 1
    passing: bool = False
    tokens_in: int = 0
    tokens_out: int = 0


# ── language models ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is given.

    Attributes:
        instructions: what to do; the same for everybody, so that a server may keep what it has read of it.
        sources: the person's own texts, fenced, and what has to be said after them.
        schema: JSON schema of the answer; None where plain text is asked for.
    """

    instructions: str
    sources: str
    schema: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a language model said, unchecked.

    Attributes:
        text: the answer.
        finished: False where the model was cut off before its end.
        tokens_in: prompt tokens, as the model's own tokenizer counts them; 0 where nobody counted.
        tokens_out: tokens of the answer, likewise.
        seconds: from the asking to the answer.
        attempts: how often it was asked for.
    """

    text: str
    finished: bool = True
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    attempts: int = 1


# ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """A batch of jobs.

    Attributes:
        rows: row in the training vocabulary, −1 for a job not seen in training.
        text: text vectors W_T; blocks of several encoders stand side by side.
        fields: one code per structured column, −1 where the value is absent or unseen in training.
        words: the text as word codes in order, filled up with 0; 1 is a word that training has not seen. None where the
            run's model asked for none.
        posted: days since 1970 when the job appeared, nan where unknown; None where the model asked for none.
    """

    rows: Int64[np.ndarray, " j"]
    text: Float32[np.ndarray, "j d"]
    fields: Int64[np.ndarray, "j f"]
    words: Int32[np.ndarray, "j w"] | None = None
    posted: Float64[np.ndarray, " j"] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: Int64[np.ndarray, " n"]) -> "Jobs":
        """The jobs at these places."""
        words = None if self.words is None else self.words[index]
        posted = None if self.posted is None else self.posted[index]
        return Jobs(self.rows[index], self.text[index], self.fields[index], words, posted)


@dataclass(frozen=True, slots=True, eq=False)
class Users:
    """A batch of users.

    Attributes:
        rows: row in the training vocabulary, −1 for a user not seen in training.
        text: vectors W_G of the completed résumés, same blocks as the jobs'.
        own_text: vectors of the résumés in the users' own words, likewise; zero without a résumé.
        bank: the jobs that histories point into.
        history: places in `bank`, the users' histories one after another.
        offsets: user i's history is history[offsets[i]:offsets[i + 1]].
        words: the completed résumés as word codes, like the jobs'.
    """

    rows: Int64[np.ndarray, " u"]
    text: Float32[np.ndarray, "u d"]
    own_text: Float32[np.ndarray, "u d"]
    bank: Jobs
    history: Int64[np.ndarray, " h"]
    offsets: Int64[np.ndarray, " u_plus_1"]
    words: Int32[np.ndarray, "u w"] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: Int64[np.ndarray, " n"]) -> "Users":
        """The users at these places, over the same bank."""
        lengths = np.diff(self.offsets)[index]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        # places of every kept history entry: start of its user, plus its position within the user
        within = np.arange(offsets[-1], dtype=np.int64) - np.repeat(offsets[:-1], lengths)
        history = self.history[np.repeat(self.offsets[:-1][index], lengths) + within]
        words = None if self.words is None else self.words[index]
        return Users(self.rows[index], self.text[index], self.own_text[index], self.bank, history, offsets, words)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A run of columns of a text vector that one encoder made."""

    name: str
    dim: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model must know before it sees data: sizes and names, no values.

    Attributes:
        n_users: users seen in training.
        n_jobs: jobs seen in training.
        blocks: the encoders' blocks within a text vector, in order.
        fields: structured columns with their number of values seen in training, in order.
        n_words: word codes there are, those for filling up and for unseen words included; 0 where none were asked for.
    """

    n_users: int
    n_jobs: int
    blocks: tuple[TextBlock, ...]
    fields: tuple[tuple[str, int], ...] = ()
    n_words: int = 0

    @property
    def dim(self) -> int:
        """Width d of a text vector."""
        return sum(block.dim for block in self.blocks)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Everything a model may learn from. Nothing of the validation or test part is reachable, except the number that
    `validate` returns, which decides when to stop.

    Attributes:
        shape: sizes.
        users: every training user, row i at place i; histories are their training jobs, and point into `jobs`.
        jobs: every training job, row i at place i.
        pairs: training interactions as (user row, job row).
        fold_text: completed résumés made from a part of the person's jobs.
        fold_of_pair: for each pair, the place in `fold_text` of a completion that has not seen that pair's job.
        validate: scores a model on the validation part; higher is better.
    """

    shape: Shape
    users: Users
    jobs: Jobs
    pairs: Int64[np.ndarray, "n 2"]
    fold_text: Float32[np.ndarray, "m d"]
    fold_of_pair: Int64[np.ndarray, " n"]
    validate: "Callable[[Recommender], float]" = field(repr=False)


# ── results ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What every model has to rank, drawn once: per user a list of jobs and which of them are relevant.

    Attributes:
        users: user indices in the dataset.
        offsets: user i's candidates are jobs[offsets[i]:offsets[i + 1]].
        jobs: job indices in the dataset.
        relevant: True for a held-out interaction.
    """

    users: Int64[np.ndarray, " u"]
    offsets: Int64[np.ndarray, " u_plus_1"]
    jobs: Int64[np.ndarray, " n"]
    relevant: Bool[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True, slots=True, eq=False)
class TopK:
    """The best k per query, best first; places −1 and scores −inf fill a short list."""

    places: Int64[np.ndarray, "u k"]
    scores: Float32[np.ndarray, "u k"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason for one recommended job.

    Attributes:
        phrase: the words on the person's side.
        job_phrase: the words of the job that they met; "" where none stands out.
        origin: where `phrase` comes from.
        job_ids: for `FROM_JOB`, the jobs the person engaged with that contain it.
        weight: how much the score falls without it, in score units; > 0.
    """

    phrase: str
    job_phrase: str
    origin: Origin
    job_ids: tuple[str, ...]
    weight: float
