"""A real HTTP server on this machine that answers as a test tells it to, faults included."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lgir.testing.http_server import prompt_of


@dataclass(frozen=True)
class Reply:
    """One answer: a completion holding `content`, or any `body` with any status.

    Its id is another for every request, and its model the one that was asked for, unless they are given.
    """

    content: str | None = "Cook\nServer"
    status: int = 200
    finish_reason: str = "stop"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    id: str | None = None
    model: str | None = None

    def encoded(self, request: dict[str, Any], number: int) -> bytes:
        """The bytes to send."""
        if self.body is not None:
            return self.body
        choice: dict[str, Any] = {"index": 0, "finish_reason": self.finish_reason}
        if "messages" in request:
            choice["message"] = {"role": "assistant", "content": self.content}
        else:
            choice["text"] = self.content
        reply = {
            "id": f"x{number}" if self.id is None else self.id,
            "object": "chat.completion" if "messages" in request else "text_completion",
            "created": 0,
            "model": request["model"] if self.model is None else self.model,
            "choices": [choice],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }
        return json.dumps(reply).encode()


@dataclass
class ScriptedServer:
    """What the server has seen (names of headers in lower case, paths as they were asked for), and where it is."""

    base_url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def prompts(self) -> list[str]:
        """Everything that every request so far showed the model."""
        return [prompt_of(request) for request in self.requests]


@contextmanager
def scripted_server(answer: Callable[[str, int], Reply]) -> Iterator[ScriptedServer]:
    """Runs a server; `answer` gets a request's prompt and number (0, 1, …), in the request's own thread."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(seen.requests)
                seen.requests.append(request)
                seen.paths.append(self.path)
                seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = answer(prompt_of(request), number)
            body = reply.encoded(request, number)
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed in the middle of a request is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    seen = ScriptedServer(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
