"""The little of HTTP that a misbehaving server needs: whole requests in, any bytes at all out."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its body; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None at its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None
    return Request(method, path, headers, body)


def response(status: int, value: Any, headers: dict[str, str] | None = None) -> bytes:
    """A whole response: `value` as JSON, or bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {field}\r\n" for name, field in fields.items())
    return f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode() + body


def prompt_of(asked: dict[str, Any]) -> str:
    """Everything a request shows a model."""
    if "messages" in asked:
        return "\n".join(message["content"] for message in asked["messages"])
    return str(asked["prompt"])


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """Serves on a free port of this machine, in a thread with an event loop of its own; gives the address."""
    loop = asyncio.new_event_loop()
    port: list[int] = []
    started, end = threading.Event(), asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        started.set()
        await end.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    started.wait()
    try:
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
