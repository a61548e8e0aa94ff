"""An OpenAI-compatible server or proxy that does wrong on purpose, in every way a bad server does.

In a test:

    with faulty_proxy(faults=0.3, seed=1) as proxy:
        ...                              # ask proxy.base_url
        assert proxy.done_twice == 0

In a process of its own, with GET …/v1/counts for what it counted:

    python -m lgir.testing.faulty_proxy --faults 0.3        # prints its address, and serves until it is ended
"""

import argparse
import asyncio
import hashlib
import json
import random
import signal
import socket
import struct
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from lgir.testing.gullible_model import honest
from lgir.testing.http_server import Request, prompt_of, read_request, response, serving

Answer = Callable[[str], str]
"""What a prompt is answered with."""


def statements_of(prompt: str) -> str:
    """A résumé as JSON, made of the last lines of the sources in the prompt; of a prompt without any, of its own."""
    lines = honest(prompt) or [line.strip() for line in prompt.split("\n") if line.strip()]
    return json.dumps({"statements": [line[:200] for line in lines[-4:]]})


@dataclass
class FaultyProxy:
    """What a proxy does and what it has counted.

    Attributes:
        target: the address of a server to ask, or the answer to a prompt.
        faults: probability that a request meets one of `kinds`.
        kinds: faults to choose from, at equal odds.
        rng: chooses.
        retry_after: header of the kind "429 with Retry-After".
        drip_s: pause after each byte of the kind "drip".
        base_url: where it is.
        injected: how often each kind of fault was met.
        answered: how often each prompt was answered well, by its hash.
    """

    target: str | Answer
    faults: float
    kinds: Sequence[str]
    rng: random.Random
    retry_after: str
    drip_s: float
    base_url: str = ""
    injected: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    _earlier: deque[tuple[str, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=256))

    @property
    def requests(self) -> int:
        """Requests so far, whatever became of them."""
        return sum(self.injected.values()) + sum(self.answered.values())

    @property
    def done_twice(self) -> int:
        """Good answers that had been given before."""
        return sum(self.answered.values()) - len(self.answered)

    def counts(self) -> dict[str, Any]:
        """Everything counted, for another process."""
        return {"injected": dict(self.injected), "prompts": len(self.answered), "done_twice": self.done_twice}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(ConnectionError, asyncio.CancelledError):
            while (request := await read_request(reader)) is not None:
                if request.method == "GET":
                    writer.write(response(200, self.counts()))
                elif not await self._answer(request, _Wire(reader, writer)):
                    break
                await writer.drain()
        writer.close()

    async def _answer(self, request: Request, wire: "_Wire") -> bool:
        """Whether the connection goes on."""
        asked = json.loads(request.body)
        shown = prompt_of(asked)
        key = hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()
        kind = self.rng.choice(self.kinds) if self.rng.random() < self.faults else None
        if kind is not None and kind in _WITHOUT_ANSWER:
            self.injected[kind] += 1
            return await _WITHOUT_ANSWER[kind](self, wire)
        status, reply = await self._reply(request, asked, shown)
        if status != 200:
            wire.writer.write(response(status, reply))
        elif kind is None or not await self._spoilt(kind, key, reply, wire):
            wire.writer.write(response(200, reply))
            self.answered[key] += 1
            self._earlier.append((key, reply))
        return kind not in {"drip", "cut body"}

    async def _spoilt(self, kind: str, key: str, reply: dict[str, Any], wire: "_Wire") -> bool:
        """Whether something wrong was sent; the answer of somebody else cannot be before there is one."""
        others = [one for other, one in self._earlier if other != key]
        if kind == "duplicate" and not others:
            return False
        self.injected[kind] += 1
        if kind == "duplicate":
            reply = self.rng.choice(others)
        await _WITH_ANSWER[kind](self, wire, json.loads(json.dumps(reply)))
        return True

    async def _reply(self, request: Request, asked: dict[str, Any], shown: str) -> tuple[int, dict[str, Any]]:
        if isinstance(self.target, str):
            return await self._forwarded(self.target, request)
        text = self.target(shown)
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        choice |= {"message": {"role": "assistant", "content": text}} if "messages" in asked else {"text": text}
        usage = {"prompt_tokens": len(shown) // 4, "completion_tokens": len(text) // 4}
        number = f"proxy-{self.rng.getrandbits(64):016x}"
        return 200, {"id": number, "model": asked["model"], "choices": [choice], "usage": usage}

    async def _forwarded(self, upstream: str, request: Request) -> tuple[int, dict[str, Any]]:
        import aiohttp

        headers = {"Authorization": request.headers.get("authorization", ""), "Content-Type": "application/json"}
        path = request.path.removeprefix("/v1")
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.post(upstream + path, data=request.body, headers=headers) as reply,
        ):
            return reply.status, json.loads(await reply.read())


@dataclass(frozen=True, slots=True)
class _Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def left(self, within_s: float | None) -> bool:
        """Whether the client goes away within so many seconds."""
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.reader.read(1), within_s) == b""
        return False

    def reset(self) -> None:
        """Ends the connection as a crash does, without a farewell."""
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _status(status: int) -> Callable[[FaultyProxy, _Wire], Awaitable[bool]]:
    async def send(proxy: FaultyProxy, wire: _Wire) -> bool:
        wire.writer.write(response(status, {"error": {"code": "busy"}}))
        return True

    return send


async def _wait(proxy: FaultyProxy, wire: _Wire) -> bool:
    headers = {"Retry-After": proxy.retry_after}
    wire.writer.write(response(429, {"error": {"code": "rate_limit"}}, headers))
    return True


async def _reset(proxy: FaultyProxy, wire: _Wire) -> bool:
    wire.reset()
    return False


async def _stall(proxy: FaultyProxy, wire: _Wire) -> bool:
    await wire.left(None)
    return False


async def _not_json(proxy: FaultyProxy, wire: _Wire) -> bool:
    wire.writer.write(response(200, b"<html>Service is well</html>"))
    return True


_WITHOUT_ANSWER: dict[str, Callable[[FaultyProxy, _Wire], Awaitable[bool]]] = {
    "429": _status(429),
    "429 with Retry-After": _wait,
    "500": _status(500),
    "503": _status(503),
    "reset": _reset,
    "stall": _stall,
    "not JSON": _not_json,
}


async def _drip(proxy: FaultyProxy, wire: _Wire, reply: dict[str, Any]) -> None:
    whole = response(200, reply)
    for place in range(len(whole)):
        wire.writer.write(whole[place : place + 1])
        if await wire.left(proxy.drip_s):
            return


async def _cut_body(proxy: FaultyProxy, wire: _Wire, reply: dict[str, Any]) -> None:
    whole = response(200, reply)
    wire.writer.write(whole[: len(whole) - 20])


def _changed(
    text: Callable[[str], str], **outside: Any
) -> Callable[[FaultyProxy, _Wire, dict[str, Any]], Awaitable[None]]:
    """Sends a reply whose text, and whatever else is named, is another."""

    async def send(proxy: FaultyProxy, wire: _Wire, reply: dict[str, Any]) -> None:
        choice = reply["choices"][0]
        said, name = (choice["message"], "content") if "message" in choice else (choice, "text")
        said[name] = text(said[name])
        if "finish_reason" in outside:
            choice["finish_reason"] = outside["finish_reason"]
        reply |= {name: value for name, value in outside.items() if name in reply}
        wire.writer.write(response(200, reply))

    return send


def _same(text: str) -> str:
    return text


_WITH_ANSWER: dict[str, Callable[[FaultyProxy, _Wire, dict[str, Any]], Awaitable[None]]] = {
    "drip": _drip,
    "cut body": _cut_body,
    "empty": _changed(lambda text: ""),
    "truncated": _changed(lambda text: text[: len(text) // 2], finish_reason="length"),
    "content not JSON": _changed(lambda text: "Certainly! Here is what I can say about this person"),
    "wrong model": _changed(_same, model="another-model"),
    "duplicate": _changed(_same),
}

KINDS: tuple[str, ...] = (*_WITHOUT_ANSWER, *_WITH_ANSWER)
"""Every fault."""

OF_THE_MODEL = ("empty", "truncated", "content not JSON")
"""Those that a model may be to blame for: a server handed them on as a good answer."""


@contextmanager
def faulty_proxy(
    target: str | Answer = statements_of,
    *,
    faults: float,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    retry_after: str = "1",
    drip_s: float = 1.0,
) -> Iterator[FaultyProxy]:
    """Runs one in a thread on a free port. `target` is the address of a server to ask, or the answer to a prompt."""
    proxy = FaultyProxy(target, faults, tuple(kinds), random.Random(seed), retry_after, drip_s)
    with serving(proxy.serve) as address:
        proxy.base_url = f"{address}/v1"
        yield proxy


@contextmanager
def faulty_process(*, faults: float, seed: int = 0, kinds: Sequence[str] = KINDS) -> Iterator[str]:
    """Runs one in another process; gives its address."""
    command = [sys.executable, "-m", "lgir.testing.faulty_proxy", "--faults", str(faults), "--seed", str(seed)]
    with subprocess.Popen([*command, "--kinds", *kinds], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--upstream", help="address of the server to ask; without one, it answers itself")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--retry-after", default="1")
    parser.add_argument("--drip-s", type=float, default=1.0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    target = given.upstream or statements_of
    proxy = FaultyProxy(target, given.faults, tuple(given.kinds), rng, given.retry_after, given.drip_s)

    async def serve() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", given.port, backlog=512)
        sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
        sys.stdout.flush()
        await server.serve_forever()

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(serve())


if __name__ == "__main__":
    main()
