"""One prompt from its asking to its answer: attempts, pauses between them, and the check of what comes back."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.exchange import Exchange, Response
from lgir.complete.openai.faults import Fault, FaultKind, Faults
from lgir.complete.openai.pace import Gate, Pace
from lgir.complete.openai.recent import RecentAnswers
from lgir.complete.openai.reply import Reply, read_refusal, read_reply, same_model
from lgir.complete.openai.request import Requests
from lgir.complete.openai.schema import SchemaUse
from lgir.core.records import Answer, Failure, Prompt

_FIRST_PAUSE_S = 0.5
"""Before the second attempt; it doubles from one to the next, and a random half of it is left out."""
_LONGEST_PAUSE_S = 30.0
NOT_ASKED = Failure(
    "the deadline of the run came before this row was asked for; run the same command again", attempts=0, passing=True
)
_TOO_LATE = "the deadline of the run came before the answer; run the same command again"


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of a server, whoever asks: it outlives a call."""

    pace: Pace
    faults: Faults
    schema: SchemaUse
    recent: RecentAnswers


@dataclass(slots=True)
class _Asked:
    """A prompt under way."""

    prompt: Prompt
    attempts: int = 0
    retries: int = 0
    without_schema: bool = False


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one prompt after the other, or for many at once, on one event loop."""

    config: OpenAIConfig
    model: str
    requests: Requests
    learned: Learned
    exchange: Exchange
    gate: Gate
    rest: Callable[[float], Awaitable[None]]
    deadline: float | None

    async def ask(self, prompt: Prompt) -> Answer | Failure:
        """The answer, or why there is none.

        Raises:
            BackendError: no prompt can succeed.
        """
        asked = _Asked(prompt)
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return NOT_ASKED
        try:
            async with asyncio.timeout_at(self.deadline):  # loops tell the time by time.monotonic
                return await self._until_answered(asked)
        except TimeoutError:
            return Failure(_TOO_LATE, attempts=0, passing=True)

    async def _until_answered(self, asked: _Asked) -> Answer | Failure:
        begun = time.monotonic()
        while True:
            found = await self._attempt(asked)
            if isinstance(found, Reply):
                return Answer(
                    text=found.text,
                    finished=found.finished,
                    tokens_in=found.tokens_in,
                    tokens_out=found.tokens_out,
                    seconds=time.monotonic() - begun,
                    attempts=asked.attempts,
                )
            if found.of_the_schema and not asked.without_schema and self._with_schema(asked):
                asked.without_schema = self.learned.schema.may_do_without
                if asked.without_schema:
                    continue
            if found.of_the_row or asked.retries == self.config.max_retries:
                return self.learned.faults.explain(found, asked.attempts)
            await self.rest(self._pause_s(asked.retries))
            asked.retries += 1

    async def _attempt(self, asked: _Asked) -> Reply | Fault:
        with_schema = self._with_schema(asked)
        body = self.requests.body(asked.prompt, with_schema=with_schema)
        async with self.gate:
            begun = time.monotonic()
            asked.attempts += 1
            response = await self.exchange.post(body)
            found = self._read(response, asked.prompt) if isinstance(response, Response) else response
            self._learn(found, begun)
        if isinstance(found, Reply) and with_schema:
            self.learned.schema.answered_with()
        elif isinstance(found, Reply) and asked.without_schema:
            self.learned.schema.answered_without()
        return found

    def _with_schema(self, asked: _Asked) -> bool:
        wanted = self.requests.may_ask_schema(asked.prompt) and not asked.without_schema
        return wanted and self.learned.schema.asks

    def _read(self, response: Response, prompt: Prompt) -> Reply | Fault:
        if not 200 <= response.status < 300:
            return read_refusal(response.status, response.body, response.headers)
        reply = read_reply(response.body, self.config.endpoint)
        if isinstance(reply, Fault):
            return reply
        if reply.model is not None and not same_model(self.config.served_as or self.model, reply.model):
            return Fault(FaultKind.WRONG_MODEL, name=reply.model)
        if self.learned.recent.somebody_elses(reply.id, reply.text, (prompt.instructions, prompt.sources)):
            return Fault(FaultKind.SOMEBODY_ELSES)
        return reply

    def _learn(self, found: Reply | Fault, begun: float) -> None:
        """Before the gate lets another through."""
        if isinstance(found, Reply):
            self.learned.pace.answered()
            self.learned.faults.answered()
            return
        if found.too_fast:
            self.learned.pace.too_fast(begun)
        if found.pause_s is not None and not found.of_the_row:
            self.learned.pace.pause(min(found.pause_s, self.config.timeout_s))

    @staticmethod
    def _pause_s(retries: int) -> float:
        # the exponent is bounded before it is used: 2.0 ** 2000 is an error
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(retries, 16))
        return longest * random.uniform(0.5, 1.0)
