"""Résumé completion by a language model (paper eq. 1, 2): prompt, answer, check, sources of every statement."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from lgir.complete.copies import copied_share, copied_shares
from lgir.complete.grounding.ground import VERSION as GROUNDING_VERSION
from lgir.complete.grounding.ground import ground
from lgir.complete.llm.answer import BadAnswer, RepeatedInstructions, read_answer
from lgir.complete.llm.config import Language, LlmConfig, PromptMode
from lgir.complete.llm.prepare import Prepared, Preparer, prepared
from lgir.complete.llm.prompt import load_prompt
from lgir.complete.llm.show import Cuts
from lgir.complete.order import in_order
from lgir.complete.privacy.invented import without_invented
from lgir.complete.privacy.redact import Redactor, RuleRedactor
from lgir.core import instructions, sanitize
from lgir.core.fingerprint import fingerprint
from lgir.core.phrases import squeeze
from lgir.core.records import Answer, Completion, Failure, Prompt, Provenance, Query, written_by_model
from lgir.core.seams import LanguageModel

_VERSION = 2
"""Raised whenever some query would get another text."""

_AHEAD = 1024
"""Where results have to wait for their turn, rows that may be begun beyond the first unfinished one; and how many
rows that need no model may wait."""

_OWN_CHARS = 12
"""A statement of so many characters that stands in the prompt's own words is none of a résumé."""

_MOST_REPEATED = 0.5
"""An answer of which a larger share stands in the instructions has repeated them."""

_CUTS = tuple(part.name for part in fields(Cuts))


@dataclass(slots=True)
class _Asked:
    """A row under way."""

    place: int
    prepared: Prepared
    prompt: Prompt
    attempts: int = 0
    bad_answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class LlmCompleter:
    """Asks a language model; the completed résumé G_c is its answer, one statement per line.

    Each statement gets the origin that the sources support; what stands in none of them is inferred. A row that fails
    is a `Failure` and loses no other. An answer that is cut, repeats itself or is not in the form asked for is asked
    for again `bad_answer_retries` times, then it is a failure; one that repeats the instructions, without any job.

    Spans of statements point into the query's texts as `lgir.core.sanitize` leaves them, which changes nothing in
    texts that it has cleaned before.

    Args:
        model: who is asked.
        config: what it is shown and how its answer is read.
        mode: "src" (eq. 1) or "irc" (eq. 2).
        language: of the prompt.
        redactor: replaces personal data; None leaves them.
        backend: name of the back end, as provenance gives it.
        helper: whether another process makes a part of the prompts of a large run.
    """

    def __init__(
        self,
        model: LanguageModel,
        config: LlmConfig,
        mode: PromptMode = "irc",
        language: Language = "en",
        redactor: Redactor | None = None,
        *,
        backend: str,
        helper: bool = False,
    ) -> None:
        self._model, self._config, self._backend, self._helper = model, config, backend, helper
        self._template = load_prompt(mode, language, config.answer)
        # the same for every row
        self._prompt_fingerprint, self._own_words = self._template.fingerprint, self._template.own_words
        self._prepare = Preparer(self._template, config, redactor)
        self._redactor = redactor or RuleRedactor()
        self._parameters: dict[str, str | int | float | bool | None] = {
            "mode": mode,
            "language": language,
            **config.model_dump(exclude={"price_in", "price_out", "bad_answer_retries"}),
        }
        rules = None if redactor is None else redactor.fingerprint
        cleaning = (sanitize.VERSION, instructions.VERSION)
        self.fingerprint = fingerprint(
            "llm", _VERSION, cleaning, backend, model.fingerprint, self._prompt_fingerprint, self._parameters, rules
        )

    @property
    def model_name(self) -> str:
        """Of the language model, as provenance gives it."""
        return self._model.name

    @property
    def note(self) -> str:
        """How the text comes about."""
        return written_by_model(self._model.name)

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        """One result per query, in order, lazily.

        Raises:
            BackendError: no row can succeed: wrong key, unknown model, no server.
        """
        return in_order(self._ready(_Rows(self, queries, ahead=_AHEAD)))

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Completion | Failure]]:
        """(place of the query, its result), the moment each is ready. Raises as `complete`."""
        return self._ready(_Rows(self, queries, ahead=None))

    def _ready(self, rows: "_Rows") -> Iterator[tuple[int, Completion | Failure]]:
        while not rows.finished:
            for number, answer in self._model.answers(rows.prompts()):
                asked = rows.take(number)
                result = self._result(asked, answer)
                if result is None:
                    rows.again.append(asked)
                else:
                    yield asked.place, result
                yield from rows.without_model()
            yield from rows.without_model()
            yield from rows.unanswered()

    def prompt(self, query: Query) -> Prompt | None:
        """What a model is shown for a query; None where there is nothing to complete from."""
        return self._prepare(query).prompt

    def prepared(self, queries: Iterable[Query]) -> Iterator[tuple[int, Prepared]]:
        """(place of the query, what is ready to be asked), lazily; not quite in order where another process helps."""
        return prepared(self._prepare, enumerate(queries), helper=self._helper)

    def nothing(self) -> Completion:
        """The completion of somebody who wrote nothing and looked at nothing."""
        return Completion("", (), Provenance(self._backend, None, None, self._parameters, ()))

    def _result(self, asked: _Asked, answer: Answer | Failure) -> Completion | Failure | None:
        """What an answer gives; None asks again."""
        asked.attempts += answer.attempts
        if isinstance(answer, Failure):
            # a row that no time was left for counts as not asked for
            attempts = asked.attempts if answer.attempts else 0
            return replace(answer, attempts=attempts, tokens_in=asked.tokens_in, tokens_out=asked.tokens_out)
        asked.tokens_in += answer.tokens_in
        asked.tokens_out += answer.tokens_out
        asked.seconds += answer.seconds
        try:
            statements = read_answer(answer, self._config.answer, max_tokens=self._config.max_tokens)
            self._refuse_repeated(statements)
            return self._completion(asked, statements)
        except BadAnswer as bad:
            asked.bad_answers += 1
            if asked.bad_answers > self._config.bad_answer_retries:
                return Failure(str(bad), asked.attempts, tokens_in=asked.tokens_in, tokens_out=asked.tokens_out)
            if isinstance(bad, RepeatedInstructions):
                self._show_no_job(asked)
            return None

    def _show_no_job(self, asked: _Asked) -> None:
        """Leaves the jobs out of a row's prompt, any of which may be hostile, unless nothing would remain."""
        sources = asked.prepared.sources
        prepared = self._prepare(replace(sources, jobs=()))
        if sources.jobs and prepared.prompt is not None:
            # what speaks to a model is blank in the sources already
            shown = asked.prepared.cuts
            cuts = replace(shown, jobs_left_out=shown.jobs_left_out + len(sources.jobs), job_chars_cut=0)
            asked.prepared = replace(prepared, hidden=asked.prepared.hidden, cuts=cuts)
            asked.prompt = prepared.prompt

    def _refuse_repeated(self, statements: list[str]) -> None:
        own = self._own_words
        said = any(len(one) >= _OWN_CHARS and squeeze(one).casefold().rstrip(".。") in own for one in statements)
        if said or copied_share("\n".join(statements), own) > _MOST_REPEATED:
            raise RepeatedInstructions("the answer repeats the instructions")

    def _completion(self, asked: _Asked, statements: list[str]) -> Completion:
        prepared = asked.prepared
        sources, redaction = prepared.sources, prepared.redaction
        restored = statements if redaction is None else [redaction.restore(one) for one in statements]
        text = _whole_lines(restored, self._config.max_answer_chars)
        copied = copied_shares(text, (job.text for job in sources.jobs))
        # searched in full, so that a phrase beyond the cut of the prompt is not called inferred
        found = ground(text, sources)
        own, left_out = without_invented(text, found, sources, self._redactor)
        if left_out:
            found = ground(own, sources)
            if not found:
                raise BadAnswer("every statement of the answer holds personal data that no source has")
        told = {
            **{name: getattr(prepared.cuts, name) for name in _CUTS},
            "hidden_removed": prepared.hidden,
            "answer_chars_cut": len("\n".join(restored)) - len(text),
            "copied_from_one_job": round(max(copied, default=0.0), 4),
            "personal_left_out": left_out,
            "grounding": GROUNDING_VERSION,
        }
        provenance = Provenance(
            backend=self._backend,
            model=self._model.name,
            prompt=self._prompt_fingerprint,
            parameters={**self._parameters, **told},
            job_ids=tuple(job.job_id for job in sources.jobs),
            tokens_in=asked.tokens_in,
            tokens_out=asked.tokens_out,
            seconds=asked.seconds,
        )
        return Completion(own, found, provenance)


def _whole_lines(lines: list[str], most: int) -> str:
    """The first lines that together have at most so many characters."""
    text = "\n".join(lines)
    return text if len(text) <= most else text[: most + 1].rpartition("\n")[0]


class _Rows:
    """The rows of one call: feeds prompts to a model, and knows which row an answer belongs to."""

    def __init__(self, completer: LlmCompleter, queries: Iterable[Query], *, ahead: int | None) -> None:
        self._completer, self._ahead = completer, ahead
        self._prepared = completer.prepared(queries)
        self._exhausted = False
        self._begun = 0
        self._under_way: dict[int, _Asked] = {}
        self._empty: deque[tuple[int, Completion]] = deque()
        self.again: deque[_Asked] = deque()

    @property
    def finished(self) -> bool:
        """Whether every row has its result."""
        return self._exhausted and not self.again and not self._empty

    def prompts(self) -> Iterator[Prompt]:
        """Prompts for one round of the model; it ends where too much would have to wait, and another round follows."""
        number = 0
        while (asked := self._next()) is not None:
            self._under_way[number] = asked
            number += 1
            yield asked.prompt

    def _next(self) -> _Asked | None:
        if self.again:
            return self.again.popleft()
        while len(self._empty) < _AHEAD and not self._too_far():
            row = next(self._prepared, None)
            if row is None:
                self._exhausted = True
                return None
            place, ready = row
            self._begun = max(self._begun, place)
            if ready.prompt is not None:
                return _Asked(place, ready, ready.prompt)
            self._empty.append((place, self._completer.nothing()))
        return None

    def _too_far(self) -> bool:
        oldest = next(iter(self._under_way.values()), None)  # rows are begun about in order
        return self._ahead is not None and oldest is not None and self._begun - oldest.place >= self._ahead

    def take(self, number: int) -> _Asked:
        """The row of an answer."""
        return self._under_way.pop(number)

    def without_model(self) -> Iterator[tuple[int, Completion]]:
        """Results that needed no model."""
        while self._empty:
            yield self._empty.popleft()

    def unanswered(self) -> Iterator[tuple[int, Failure]]:
        """Rows that a model lost; no row ends without a result."""
        for asked in self._under_way.values():
            yield asked.place, Failure("the back end gave no answer", asked.attempts + 1)
        self._under_way.clear()
