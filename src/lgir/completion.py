"""Completing every résumé of a dataset ahead of training: planned, bounded, resumed, accounted for."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path

from lgir.complete.budget import Limits, cost
from lgir.complete.cached import Asking, CachedCompleter, Outcome
from lgir.complete.factory import build_cached_completer, build_completer, written_by
from lgir.complete.folds import folds_of_user
from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.llm.tokens import estimated_tokens
from lgir.core.errors import BadInput, LgirError
from lgir.core.files import written_whole
from lgir.core.rate import Rate
from lgir.core.records import Completion, Failure, Provenance, Query
from lgir.core.run import Progress
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.store.completions import CompletionStore

DEAD_LETTERS = "dead-letters.jsonl"
"""In DATA/derived/: every row of the configuration that failed, and why. Whatever ends a run, it agrees with the
store."""

SAMPLE = 200
"""Rows whose prompts a plan looks at, drawn by chance among those to be asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One completion that a configuration asks for.

    Attributes:
        query: the person and the jobs that are shown.
        part: "whole", or the fold whose jobs are left out, such as "without fold 2".
    """

    query: Query
    part: str


@dataclass(slots=True)
class CompletionSummary:
    """What completing a dataset's résumés gave.

    Attributes:
        rows: completions that the configuration asks for; the five counts that follow add up to it.
        completed: asked for and completed.
        kept: completed in an earlier run.
        failed: asked for in vain.
        failed_before: failed in an earlier run and not asked for again.
        open: not asked for: a limit was reached, the run was interrupted, or only the failed ones were wanted.
        reasons: why rows failed in this run, with their numbers.
        personal_left_out: statements of this run's answers that held personal data which no source of the person has.
        tokens_in: read by the language model in this run.
        tokens_out: written by it in this run.
        seconds: of this run.
        cost: of this run; None where a price is unknown.
        stopped: why rows are open; "" where none is.
        note: how the text came about.
        dead_letters: the file with every failed row; None where none failed.
    """

    rows: int = 0
    completed: int = 0
    kept: int = 0
    failed: int = 0
    failed_before: int = 0
    open: int = 0
    reasons: "Counter[str]" = field(default_factory=Counter)
    personal_left_out: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float | None = None
    stopped: str = ""
    note: str = ""
    dead_letters: Path | None = None

    @property
    def tokens_per_s(self) -> float:
        """Read and written per second of this run."""
        return (self.tokens_in + self.tokens_out) / self.seconds if self.seconds else 0.0


class Interrupted(KeyboardInterrupt):
    """A run was interrupted; what it did until then is kept.

    Attributes:
        summary: of it.
    """

    def __init__(self, summary: CompletionSummary) -> None:
        super().__init__("interrupted")
        self.summary = summary


@dataclass(frozen=True, slots=True)
class CompletionPlan:
    """What a run would ask for.

    Attributes:
        rows: completions that the configuration asks for.
        kept: of these, completed already.
        failed_before: of these, failed and not asked for again unless that is wanted.
        to_ask: of these, to be asked for.
        sampled: rows to be asked for whose prompts were looked at.
        tokens_in: estimated from them.
        tokens_out: estimated from earlier answers, else the most there can be.
        answers: earlier answers of this model in this mode that the estimates of `tokens_out` and `seconds` rest on.
        seconds: estimated from them; None where there are none, or none that was timed.
        cost: of the estimated tokens; None where a price is unknown.
        note: who would be asked.
    """

    rows: int
    kept: int
    failed_before: int
    to_ask: int
    sampled: int
    tokens_in: int
    tokens_out: int
    answers: int
    seconds: float | None
    cost: float | None
    note: str


def completion_rows(material: Material, config: ExperimentConfig) -> Iterator[Row]:
    """Every completion that `fit` with this configuration asks for: first the whole résumé of a person, then the one
    without each fold, so that prompts that begin alike follow each other."""
    for index in material.people():
        query = material.query(int(index))
        yield Row(query, "whole")
        row = material.view.users.row(query.user_id or "") if _shows_folds(config) else -1
        if row >= 0:
            _, folded = folds_of_user(material.view, row, config.complete.folds)
            for number, without in enumerate(folded, start=1):
                yield Row(without, f"without fold {number}")


def complete_dataset(
    data: Path,
    config: ExperimentConfig,
    progress: Progress,
    limits: Limits | None = None,
    *,
    retry_failed: bool = False,
    helper: bool = False,
) -> CompletionSummary:
    """Completes what is missing and keeps each result the moment it is ready; called again, it goes on where it was.

    Args:
        data: the dataset's folder.
        config: what to build.
        progress: where this reports itself.
        limits: what the run may use.
        retry_failed: asks for nothing but the rows that have failed before.
        helper: see `build_completer`.

    Raises:
        BadInput: the data or configuration is wrong, or a cost is limited and no price is known.
        BackendError: no row can succeed.
        Interrupted: by Ctrl-C or SIGTERM.
    """
    limits = limits or Limits()
    _check_price(config, limits)

    def make(store: CompletionStore) -> CachedCompleter:
        asking: Asking = "failed" if retry_failed else "new"
        return build_cached_completer(config.complete, store, asking=asking, limits=limits, helper=helper)

    return complete_with(data, config, progress, make, most=limits.rows, in_vain=True)


def complete_with(
    data: Path,
    config: ExperimentConfig,
    progress: Progress,
    make: Callable[[CompletionStore], CachedCompleter],
    *,
    what: str = "completing résumés",
    most: int | None = None,
    in_vain: bool = False,
) -> CompletionSummary:
    """As `complete_dataset`, with a completer that `make` builds over the dataset's store.

    Args:
        data: the dataset's folder.
        config: what to build.
        progress: where this reports itself.
        make: the completer.
        what: how progress calls it.
        most: rows that the completer asks for at most; None: no limit.
        in_vain: a row that was asked for in vain has failed, even for a reason that passes: another row has been
            answered since, so it is not that the server is gone.
    """
    material = open_material(data, config)
    total = sum(1 for _ in _places(material, config))
    summary, began = CompletionSummary(note=written_by(config.complete)), time.monotonic()
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        completer = make(store)

        def end() -> None:
            summary.seconds = time.monotonic() - began
            summary.cost = cost(summary.tokens_in, summary.tokens_out, config.complete.llm)
            summary.dead_letters = _list_failures(data, store, completer, material, config)

        try:
            missing, distinct = _missing(completer, material, config, progress, summary, total)
            # looked through once more only for those to be asked for
            wanted = compress(completion_rows(material, config), missing) if any(missing) else ()
            rows = _outcomes(completer, wanted)
            to_ask = distinct if most is None else min(most, distinct)
            _ask(_given_up(completer, rows) if in_vain else rows, progress, summary, what, to_ask)
        except KeyboardInterrupt:
            summary.open += total - summary.rows
            summary.rows, summary.stopped = total, "interrupted"
            end()
            raise Interrupted(summary) from None
        except BaseException:
            with suppress(LgirError, OSError):  # what went wrong first is what is said
                end()
            raise
        end()
    return summary


def plan_completion(data: Path, config: ExperimentConfig, progress: Progress) -> CompletionPlan:
    """Counts what `complete_dataset` would ask for, and estimates tokens, time and price; nobody is asked.

    Raises:
        BadInput: the data or configuration is wrong.
    """
    material = open_material(data, config)
    states: Counter[str] = Counter()
    sample, rng = list[Query](), random.Random(0)
    progress.start("looking up what is there", None)
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        completer = build_cached_completer(config.complete, store, asking="nothing")
        for row, outcome in _outcomes(completer, completion_rows(material, config)):
            states[outcome.state] += 1
            progress.advance()
            if outcome.state == "open":  # reservoir sampling: every open row is equally likely to be kept
                place = rng.randrange(states["open"])
                if len(sample) < SAMPLE:
                    sample.append(row.query)
                elif place < SAMPLE:
                    sample[place] = row.query
        inner = build_completer(config.complete)
        asks = isinstance(inner, LlmCompleter)
        name = inner.model_name if isinstance(inner, LlmCompleter) else ""
        tokens_out, seconds, answers = store.means(name, config.complete.mode)
    progress.finish()
    to_ask, llm = states["open"], config.complete.llm
    prompts = [inner.prompt(query) for query in sample] if isinstance(inner, LlmCompleter) else []
    read = [0 if one is None else estimated_tokens(one.instructions + one.sources) for one in prompts]
    tokens_in = round(to_ask * sum(read) / len(read)) if read else 0
    written = round(to_ask * (tokens_out if answers else llm.max_tokens)) if asks else 0
    lanes = config.complete.openai.concurrency if config.complete.backend == "openai" else 1
    return CompletionPlan(
        rows=sum(states.values()),
        kept=states["kept"],
        failed_before=states["failed before"],
        to_ask=to_ask,
        sampled=len(read),
        tokens_in=tokens_in,
        tokens_out=written,
        answers=answers,
        seconds=to_ask * seconds / lanes if asks and seconds is not None else None,
        cost=cost(tokens_in, written, llm) if asks else 0.0,
        note=written_by(config.complete),
    )


def _check_price(config: ExperimentConfig, limits: Limits) -> None:
    if limits.cost is not None and cost(0, 0, config.complete.llm) is None:
        raise BadInput(
            "a most cost needs prices; set llm.price_in and llm.price_out under [complete], per million tokens"
        )


def _places(material: Material, config: ExperimentConfig) -> Iterator[int]:
    """One for each row, without making its texts."""
    for index in material.people():
        yield int(index)
        row = material.view.users.row(material.user_ids[int(index)]) if _shows_folds(config) else -1
        if row >= 0:
            yield from range(min(len(material.view.job_rows(row)), config.complete.folds))


def _shows_folds(config: ExperimentConfig) -> bool:
    """Whether leaving jobs out changes what is asked for."""
    return config.folded and config.complete.mode == "irc"


def _missing(
    completer: CachedCompleter,
    material: Material,
    config: ExperimentConfig,
    progress: Progress,
    summary: CompletionSummary,
    total: int,
) -> tuple[bytearray, int]:
    """1 for each row that is to be asked for, else 0, and how many of these are distinct; what is known of the others
    is counted.

    Looked up ahead, so that the time left is that of the rows that are asked for.
    """
    found, keys = bytearray(), set[str]()
    progress.start("looking up what is there", total)
    for outcome in completer.known(row.query for row in completion_rows(material, config)):
        found.append(isinstance(outcome, str))
        if isinstance(outcome, str):
            keys.add(outcome)
        else:
            _count(summary, outcome)
        progress.advance()
    progress.finish()
    return found, len(keys)


def _ask(
    outcomes: Iterable[tuple[Row, Outcome]], progress: Progress, summary: CompletionSummary, what: str, to_ask: int
) -> None:
    """Counts what becomes of the rows that are asked for."""
    tokens = Rate(time.monotonic())
    progress.start(what, to_ask)
    for _, outcome in outcomes:
        before = summary.tokens_in + summary.tokens_out
        _count(summary, outcome)
        if outcome.state in ("completed", "failed"):  # rows that equal one of these come for nothing
            tokens.add(summary.tokens_in + summary.tokens_out - before, time.monotonic())
            progress.advance(note=_speed(tokens))
    progress.finish(f"{summary.failed} failed" if summary.failed else "")


def _outcomes(completer: CachedCompleter, rows: Iterable[Row]) -> Iterator[tuple[Row, Outcome]]:
    """Rows with what became of them; only rows under way are held."""
    under_way: dict[int, Row] = {}

    def queries() -> Iterator[Query]:
        for place, row in enumerate(rows):
            under_way[place] = row
            yield row.query

    for outcome in completer.outcomes(queries(), results=False):
        yield under_way.pop(outcome.place), outcome


def _list_failures(
    data: Path, store: CompletionStore, completer: CachedCompleter, material: Material, config: ExperimentConfig
) -> Path | None:
    """Writes the list of failed rows anew, whole, from what the store holds; None where no row has failed."""
    file, failed = data / "derived" / DEAD_LETTERS, 0
    if store.any_failure():
        with written_whole(file) as letters:
            for row, outcome in _outcomes(completer.asking_nothing(), completion_rows(material, config)):
                if isinstance(outcome.result, Failure):
                    letters.write(_dead_letter(row, outcome.result))
                    failed += 1
    if not failed:
        file.unlink(missing_ok=True)
    return file if failed else None


def _given_up(completer: CachedCompleter, outcomes: Iterable[tuple[Row, Outcome]]) -> Iterator[tuple[Row, Outcome]]:
    """The outcomes, with rows that were asked for in vain as failed ones.

    They are held until the server has answered somebody else, or the run comes to its end. Where it turns out to be
    gone, an error ends the run, and they stay open: nothing is wrong with them.
    """
    held: list[tuple[Row, Outcome]] = []
    for row, outcome in outcomes:
        result = outcome.result
        if isinstance(result, Failure) and result.passing and result.attempts:
            held.append((row, outcome))
            continue
        if outcome.state == "completed" and held:
            yield from _failed(completer, held)
            held = []
        yield row, outcome
    yield from _failed(completer, held)


def _failed(completer: CachedCompleter, rows: Iterable[tuple[Row, Outcome]]) -> Iterator[tuple[Row, Outcome]]:
    for row, outcome in rows:
        if isinstance(outcome.result, Failure):
            yield row, Outcome(outcome.place, "failed", completer.give_up(row.query, outcome.result))


def _count(summary: CompletionSummary, outcome: Outcome) -> None:
    name = outcome.state.replace(" ", "_")
    summary.rows += 1
    setattr(summary, name, getattr(summary, name) + 1)
    result = outcome.result
    if isinstance(result, Failure):
        if result.passing:
            summary.stopped = result.reason
        elif outcome.state == "failed":
            summary.reasons[result.reason] += 1
    if outcome.state not in ("completed", "failed", "open"):
        return
    told: Provenance | Failure | None = result.provenance if isinstance(result, Completion) else result
    if told is not None:
        summary.tokens_in += told.tokens_in
        summary.tokens_out += told.tokens_out
    if isinstance(told, Provenance):
        summary.personal_left_out += int(told.parameters.get("personal_left_out") or 0)


def _dead_letter(row: Row, failure: Failure) -> bytes:
    told = {"user_id": row.query.user_id, "part": row.part, "reason": failure.reason, "attempts": failure.attempts}
    return (json.dumps(told, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _speed(tokens: Rate) -> str:
    rate = tokens.per_s()
    return "" if rate is None else f"{rate:,.0f} tokens/s"
