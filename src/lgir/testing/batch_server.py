"""A real Batch API on this machine: files, batches, and everything that can go wrong with them."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from lgir.testing.http_server import Request, prompt_of, read_request, response, serving

_FENCED = re.compile(r"^~~~[^\n]*\n(.*?)\n~~~$", re.DOTALL | re.MULTILINE)


def answer_to(prompt: str) -> dict[str, Any]:
    """Statements out of the prompt itself: the first two lines of the résumé, and what anybody could say."""
    fenced = _FENCED.search(prompt)
    lines = [line.strip() for line in (fenced[1] if fenced else prompt).splitlines() if line.strip()]
    return {"statements": [*lines[:2], "Looking for new work"]}


@dataclass
class BatchServer:
    """What the server has seen and what it does; the switches may be turned at any time.

    Attributes:
        base_url: where it is.
        polls: so often a batch is "in_progress" before it is over.
        refuse_file: a batch ends as "failed", with this code, and none of its requests is run.
        fail_every: every so manieth request ends with status 400 in the error file.
        leave_out_every: every so manieth request is in neither file.
        repeat_every: every so manieth request is answered twice.
        contradict: an answer that comes twice comes differently.
        shuffle: answers come in another order.
        expire_after: the batch expires after so many answers.
        model: who says to have answered; None: whoever was asked for.
        cut_bytes: so much is missing at the end of a download, which looks whole.
        busy: so many of the next requests are told to wait.
        dark: the next request to such a path, say "POST /batches", is done, and its connection ends without an answer.
        held: like `dark`, but the connection stays open.
        lists: whether it lists its batches.
    """

    base_url: str = ""
    polls: int = 0
    refuse_file: str = ""
    fail_every: int = 0
    leave_out_every: int = 0
    repeat_every: int = 0
    contradict: bool = False
    shuffle: bool = False
    expire_after: int | None = None
    model: str | None = None
    cut_bytes: int = 0
    busy: int = 0
    dark: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    lists: bool = True
    requests: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, call: str) -> int:
        """How often a method and path was called, such as "POST /batches"."""
        return self.requests.count(call)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(ConnectionError):
            while (request := await read_request(reader)) is not None:
                call = f"{request.method} {request.path.removeprefix('/v1').partition('?')[0]}"
                self.requests.append(call)
                self.keys.add(request.headers.get("authorization", ""))
                reply = self._reply(call, request)
                if call in self.held:
                    await asyncio.Event().wait()
                if call in self.dark:
                    self.dark.discard(call)
                    break
                writer.write(reply)
                await writer.drain()
        writer.close()

    def _reply(self, call: str, request: Request) -> bytes:
        if self.busy > 0:
            self.busy -= 1
            return response(429, {"error": {"code": "rate_limit_exceeded"}}, {"Retry-After": "0.1"})
        method, _, *place = re.split("[ /]", call)
        match method, *place:
            case "POST", "files":
                return response(200, {"id": self._keep(_file_in(request)), "object": "file", "purpose": "batch"})
            case "POST", "chat", "completions":  # the same answer at once, and at the full price
                body = json.loads(request.body)
                return response(200, self._response(len(self.requests), body, answer_to(prompt_of(body)))["body"])
            case "POST", "batches":
                return response(200, self._create(json.loads(request.body)))
            case "GET", "batches" if self.lists:
                return response(200, self._page(request.path))
            case "GET", "batches", name if name in self.batches:
                return response(200, self._look(name))
            case "POST", "batches", name, "cancel" if name in self.batches:
                self.batches[name]["status"] = "cancelled"
                return response(200, self.batches[name])
            case "GET", "files", name, "content" if name in self.files:
                kept = self.files[name]
                return response(200, kept[: len(kept) - self.cut_bytes])
        return response(404, {"error": {"code": "not_found"}})

    def _keep(self, body: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = body
        return name

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = f"batch_{len(self.batches)}"
        batch = {**asked, "id": name, "object": "batch", "status": "validating", "left": self.polls, "errors": None}
        assert asked["input_file_id"] in self.files
        assert asked["completion_window"] == "24h"
        assert all(isinstance(value, str) for value in asked["metadata"].values())
        self.batches[name] = {**batch, "output_file_id": None, "error_file_id": None}
        return self.batches[name]

    def _page(self, path: str) -> dict[str, Any]:
        """Two at a time, newest first."""
        listed = list(reversed(self.batches.values()))
        after = re.search("after=([^&]*)", path)
        names = [batch["id"] for batch in listed]
        start = names.index(after[1]) + 1 if after else 0
        return {"object": "list", "data": listed[start : start + 2], "has_more": start + 2 < len(listed)}

    def _look(self, name: str) -> dict[str, Any]:
        batch = self.batches[name]
        if batch["status"] in ("validating", "in_progress"):
            batch["status"] = "in_progress"
            batch["left"] -= 1
            if batch["left"] < 0:
                self._run(batch)
        return batch

    def _run(self, batch: dict[str, Any]) -> None:
        if self.refuse_file:
            error = {"code": self.refuse_file, "message": "a long sentence", "line": 1}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            return
        asked = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        assert len({one["custom_id"] for one in asked}) == len(asked), "the real one refuses ids that stand twice"
        assert {one["url"] for one in asked} == {batch["endpoint"]}
        done = [line for number, one in enumerate(asked, start=1) for line in self._lines(number, one)]
        if self.shuffle:
            random.Random(0).shuffle(done)
        for kind, good in (("output_file_id", True), ("error_file_id", False)):
            lines = [json.dumps(line).encode() + b"\n" for line in done if _answered(line) is good]
            batch[kind] = self._keep(b"".join(lines)) if lines else None
        failed = sum(not _answered(line) for line in done)
        counts = {"total": len(asked), "completed": len(done) - failed, "failed": failed}
        batch |= {"status": "completed" if self.expire_after is None else "expired", "request_counts": counts}

    def _lines(self, number: int, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """What is written about one request."""
        line = {"id": f"batch_req_{number}", "custom_id": asked["custom_id"], "response": None, "error": None}
        if self.expire_after is not None and number > self.expire_after:
            return [{**line, "error": {"code": "batch_expired", "message": "not in time"}}]
        if _hit(number, self.leave_out_every):
            return []
        if _hit(number, self.fail_every):
            body: dict[str, Any] = {"error": {"code": "context_length_exceeded", "message": "quotes a résumé"}}
            return [{**line, "response": {"status_code": 400, "request_id": "r", "body": body}}]
        answer = answer_to(prompt_of(asked["body"]))
        found = [{**line, "response": self._response(number, asked["body"], answer)}]
        if _hit(number, self.repeat_every):
            again = {"statements": ["Something else"]} if self.contradict else answer
            found.append({**line, "response": self._response(number, asked["body"], again)})
        return found

    def _response(self, number: int, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(answer, ensure_ascii=False)
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        choice |= {"message": {"role": "assistant", "content": text}} if "messages" in body else {"text": text}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        model = self.model or body["model"]
        reply = {"id": f"chatcmpl-{number}", "model": model, "choices": [choice], "usage": usage}
        return {"status_code": 200, "request_id": f"req-{number}", "body": reply}


def _hit(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def _answered(line: dict[str, Any]) -> bool:
    return line["response"] is not None and line["response"]["status_code"] == 200


def _file_in(request: Request) -> bytes:
    """The file of a form; the form must be as the real one wants it."""
    boundary = re.fullmatch(r"multipart/form-data; boundary=\"?([^\"]+)\"?", request.headers["content-type"])
    assert boundary, request.headers["content-type"]
    parts = request.body.split(b"--" + boundary[1].encode())[1:-1]
    fields = dict(part.removeprefix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n\r\n", 1) for part in parts)
    assert any(b'name="purpose"' in head and body == b"batch" for head, body in fields.items())
    return next(body for head, body in fields.items() if b'name="file"' in head and b"filename=" in head)


@contextmanager
def batch_server() -> Iterator[BatchServer]:
    """Runs the server until the block ends."""
    server = BatchServer()
    with serving(server.handle) as url:
        server.base_url = f"{url}/v1"
        yield server
