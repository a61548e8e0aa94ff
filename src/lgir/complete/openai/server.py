"""A language model behind any OpenAI-compatible server."""

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import chain

from lgir.complete.openai.address import (
    BASE_URL_VARIABLE,
    MODEL_VARIABLE,
    check_base_url,
    key_from_environment,
    proxy_from_environment,
    setting,
)
from lgir.complete.openai.ask import NOT_ASKED, Asker, Learned
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.exchange import Exchange, require_aiohttp
from lgir.complete.openai.faults import Faults
from lgir.complete.openai.line import Line
from lgir.complete.openai.pace import Gate, Pace
from lgir.complete.openai.recent import RecentAnswers
from lgir.complete.openai.request import Requests
from lgir.complete.openai.schema import SchemaUse
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Answer, Failure, Prompt

_VERSION = 2
"""Raised whenever some prompt would get another answer."""


class OpenAIServer:
    """Asks a server, up to `concurrency` prompts at once and fewer while it is busy.

    Making one needs neither the server nor its address or key: they are looked for when the first prompt is asked, so
    that work whose every answer is known needs none of them.

    Args:
        config: where the server is and how it is asked.
        max_tokens: longest answer.
        temperature: of sampling; None: not sent.
        seed: of sampling; None: not sent.
        deadline: monotonic seconds; what has no answer by then is a passing failure, and nothing more is asked.

    Raises:
        BadConfig: no model is named.
    """

    def __init__(
        self,
        config: OpenAIConfig,
        *,
        max_tokens: int,
        temperature: float | None,
        seed: int | None,
        deadline: float | None = None,
    ) -> None:
        self._config, self._deadline = config, deadline
        self.name = setting(config.model, "openai.model", MODEL_VARIABLE, "qwen3-8b")
        parameters = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        self._requests = Requests(config, self.name, max_tokens=max_tokens, temperature=temperature, seed=seed)
        with_schema = config.endpoint == "chat" and config.json_schema != "off"
        self.fingerprint = fingerprint(
            "openai", _VERSION, self.name, config.endpoint, config.system_role, with_schema, parameters
        )
        self._lock = threading.Lock()
        self._learned: Learned | None = None

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, its answer), the moment each is ready.

        Raises:
            MissingExtra: the package aiohttp is not installed.
            BadConfig: there is no address, or address, key or proxy cannot be used.
            BackendError: no prompt can succeed: wrong key, unknown model, no server.
        """
        numbered = enumerate(prompts)
        if (first := next(numbered, None)) is None:
            return
        left = chain([first], numbered)
        if not self._too_late():
            yield from self._asked(left)
        # nobody is asked these any more, and each has its result all the same
        for place, _ in left:
            yield place, NOT_ASKED

    def _asked(self, left: Iterator[tuple[int, Prompt]]) -> Iterator[tuple[int, Answer | Failure]]:
        """Asks until there is no prompt left, or no time."""
        lanes = self._config.concurrency
        with closing(Line[Prompt, Answer | Failure]()) as line:
            learned = self._start(line)
            # as many as are asked at once may rest before they are tried again, and as many are read ahead
            yield from line.results(
                self._in_time(left), at_once=lambda: learned.pace.limit, most=2 * lanes, ahead=lanes
            )

    def _start(self, line: Line[Prompt, Answer | Failure]) -> Learned:
        config = self._config
        base_url = check_base_url(
            setting(config.base_url, "openai.base_url", BASE_URL_VARIABLE, "http://localhost:8000/v1")
        )
        key = key_from_environment()
        proxy = proxy_from_environment(base_url) if config.use_proxy else None
        require_aiohttp()
        learned = self._learn(base_url)

        @asynccontextmanager
        async def open_work() -> AsyncIterator[Callable[[Prompt], Awaitable[Answer | Failure]]]:
            url = base_url + self._requests.path
            async with Exchange.open(
                url, key, timeout_s=config.timeout_s, connections=config.concurrency, proxy=proxy
            ) as exchange:
                yield Asker(
                    config=config,
                    model=self.name,
                    requests=self._requests,
                    learned=learned,
                    exchange=exchange,
                    gate=Gate(learned.pace),
                    rest=line.rest,
                    deadline=self._deadline,
                ).ask

        line.start(open_work)
        return learned

    def _learn(self, base_url: str) -> Learned:
        """What earlier calls have learned of the server, or nothing yet."""
        with self._lock:
            if self._learned is None:
                self._learned = Learned(
                    Pace(self._config.concurrency),
                    Faults(base_url, self.name, self._config),
                    SchemaUse(self._config.json_schema),
                    RecentAnswers(),
                )
            return self._learned

    def _in_time(self, left: Iterator[tuple[int, Prompt]]) -> Iterator[tuple[int, Prompt]]:
        while not self._too_late() and (item := next(left, None)) is not None:
            yield item

    def _too_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline
