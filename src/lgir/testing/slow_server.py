"""An OpenAI-compatible server that answers every request after a fixed time, fast enough to measure a client by.

It runs in a process of its own, so that it takes nothing from the client's interpreter:

    python -m lgir.testing.slow_server --delay-s 0.2        # prints its address, and serves until it is ended
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

_ANSWER = json.dumps({"statements": ["Cook with five years of experience", "Newark"]})
_NUMBERS = count()


class _Connection(asyncio.Protocol):
    """One connection: requests come one after the other."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self._received = rest[length:]
        reply = _reply(json.loads(rest[:length]))
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._send, reply)
        else:
            self._send(reply)

    def _send(self, reply: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(reply)


def _reply(request: dict[str, object]) -> bytes:
    choice: dict[str, object] = {"index": 0, "finish_reason": "stop"}
    if "messages" in request:
        choice["message"] = {"role": "assistant", "content": _ANSWER}
    else:
        choice["text"] = _ANSWER
    usage = {"prompt_tokens": 100, "completion_tokens": 12, "total_tokens": 112}
    value = {"id": f"slow-{next(_NUMBERS)}", "model": request["model"], "choices": [choice], "usage": usage}
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _serve(port: int, delay_s: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(delay_s), "127.0.0.1", port, backlog=512
    )
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def slow_server(delay_s: float = 0.2) -> Iterator[str]:
    """Runs one in another process on a free port; gives its address."""
    command = [sys.executable, "-m", "lgir.testing.slow_server", "--delay-s", str(delay_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def main() -> None:
    """Serves until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-s", type=float, default=0.2)
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.delay_s))


if __name__ == "__main__":
    main()
