"""The files and batches of a server: uploaded, created, watched, fetched, one request after the other."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, StringConstraints, ValidationError

from lgir.complete.openai.address import (
    BASE_URL_VARIABLE,
    KEY_VARIABLE,
    check_base_url,
    key_from_environment,
    proxy_from_environment,
    setting,
)
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.exchange import Exchange, require_aiohttp
from lgir.complete.openai.faults import MOST_BYTES, Fault, FaultKind
from lgir.complete.openai.reply import read_refusal
from lgir.core.errors import BackendError
from lgir.core.files import written_whole

OutT = TypeVar("OutT")
SaidT = TypeVar("SaidT", bound=BaseModel)
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,1000}$")]
MaybeId = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,1000}$")] | None

_SLOWEST_BYTES_PER_S = 100_000
"""An upload may take `timeout_s` and, at this speed, its bytes."""
_MOST_FETCHED_BYTES = 2**32
_LONGEST_PAUSE_S = 30.0
_MOST_PAGES = 100
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
"""What a batch is in the end."""


class _File(BaseModel):
    id: Id


class ServerBatch(BaseModel):
    """A batch as the server describes it; servers leave out much of this."""

    id: Id
    status: Annotated[str, StringConstraints(to_lower=True)] = ""
    input_file_id: MaybeId = None
    output_file_id: MaybeId = None
    error_file_id: MaybeId = None
    request_counts: Any = None
    errors: Any = None

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in OVER

    def count(self, what: str) -> int:
        """Requests that are "completed" or "failed", as far as the server counts."""
        value = self.request_counts.get(what) if isinstance(self.request_counts, dict) else None
        return value if isinstance(value, int) and value >= 0 else 0

    @property
    def problem(self) -> str:
        """The server's short name for why it refused the input file; "" where it gave none."""
        listed = self.errors.get("data") if isinstance(self.errors, dict) else None
        return read_refusal(0, json.dumps(listed[0]).encode(), {}).name if isinstance(listed, list) and listed else ""


class _Page(BaseModel):
    data: list[ServerBatch]
    has_more: bool | None = None


class _Failed(Exception):
    """A request that failed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


class BatchApi:
    """The Batch API of a server. Use as a context manager.

    Every method tries again, with growing pauses, while the server is busy or away.

    Raises:
        MissingExtra: the package aiohttp is not installed.
        BadConfig: there is no address, or address, key or proxy cannot be used.
        BackendError: by every method: the server refuses, or stays away.
    """

    def __init__(self, config: OpenAIConfig) -> None:
        self._config = config
        self.base_url = check_base_url(
            setting(config.base_url, "openai.base_url", BASE_URL_VARIABLE, "https://api.openai.com/v1")
        )
        self._key = key_from_environment()
        self._proxy = proxy_from_environment(self.base_url) if config.use_proxy else None
        require_aiohttp()
        self._runner, self._stack = asyncio.Runner(), AsyncExitStack()

    def __enter__(self) -> "BatchApi":
        timeout_s = self._config.timeout_s
        opened = Exchange.open(self.base_url, self._key, timeout_s=timeout_s, connections=1, proxy=self._proxy)
        self._session = self._runner.run(self._stack.enter_async_context(opened)).session
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def upload(self, file: Path, name: str) -> str:
        """Sends a request file; gives its id at the server."""
        return self._tried("the upload", lambda: _said(_File, self._runner.run(self._upload(file, name)))).id

    def create(self, file_id: str, endpoint: str, metadata: Mapping[str, str]) -> ServerBatch:
        """Starts a batch from an uploaded file; where an attempt ends in the dark, the server is asked what came of it,
        so that nothing is paid for twice."""
        value = {"input_file_id": file_id, "endpoint": endpoint, "completion_window": "24h", "metadata": dict(metadata)}
        return self._tried(
            "the creation of a batch",
            lambda: self._json(ServerBatch, "POST", "/batches", json.dumps(value).encode()),
            lambda: self.find(file_id),
        )

    def find(self, file_id: str) -> ServerBatch | None:
        """The newest batch that was made from a file; None where there is none."""
        path = "/batches?limit=100"
        for _ in range(_MOST_PAGES):
            page = self._tried("the list of batches", lambda: self._json(_Page, "GET", path))  # noqa: B023 (called at once)
            if found := next((batch for batch in page.data if batch.input_file_id == file_id), None):
                return found
            if not page.data or not page.has_more:
                return None
            path = f"/batches?limit=100&after={quote(page.data[-1].id, safe='')}"
        raise BackendError(f"the server {self.base_url} lists more batches than can be looked through")

    def get(self, batch_id: str) -> ServerBatch:
        """How a batch is."""
        path = f"/batches/{quote(batch_id, safe='')}"
        return self._tried("the look at a batch", lambda: self._json(ServerBatch, "GET", path))

    def cancel(self, batch_id: str) -> ServerBatch:
        """Ends a batch; what it has answered by then stays."""
        path = f"/batches/{quote(batch_id, safe='')}/cancel"
        return self._tried("the end of a batch", lambda: self._json(ServerBatch, "POST", path))

    def fetch(self, file_id: str, target: Path) -> None:
        """Saves a file; it appears whole or not at all."""

        def attempt() -> None:
            with written_whole(target) as stream:
                self._runner.run(self._request("GET", f"/files/{quote(file_id, safe='')}/content", into=stream))

        self._tried("the download", attempt)

    def _tried(
        self, what: str, attempt: Callable[[], OutT], happened: Callable[[], OutT | None] = lambda: None
    ) -> OutT:
        """Tries until it succeeds; `happened` tells, after an attempt that ended in the dark, what it has brought."""
        retries = 0
        while True:
            try:
                return attempt()
            except _Failed as failed:
                fault = failed.fault
            if retries == self._config.max_retries or fault.of_the_row or fault.kind is FaultKind.TOO_LONG:
                raise BackendError(self._sentence(what, fault))
            # the exponent is bounded before it is used: 2.0 ** 2000 is an error
            pause_s = min(_LONGEST_PAUSE_S, 0.5 * 2.0 ** min(retries, 16)) * random.uniform(0.5, 1.0)
            time.sleep(max(pause_s, min(fault.pause_s or 0.0, self._config.timeout_s)))
            retries += 1
            not_done = fault.kind is FaultKind.UNREACHED or 0 < fault.status < 500
            if not not_done and (found := happened()) is not None:
                return found

    def _json(self, kind: type[SaidT], method: str, path: str, body: bytes | None = None) -> SaidT:
        return _said(kind, self._runner.run(self._request(method, path, data=body)))

    async def _upload(self, file: Path, name: str) -> bytes:
        import aiohttp

        more_s = file.stat().st_size / _SLOWEST_BYTES_PER_S
        with file.open("rb") as stream:
            fields = aiohttp.FormData({"purpose": "batch"})
            fields.add_field("file", stream, filename=name, content_type="application/jsonl")
            form = fields()
            return await self._request("POST", "/files", data=form, kind=form.headers["Content-Type"], more_s=more_s)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        kind: str = "application/json",
        more_s: float = 0.0,
        into: BinaryIO | None = None,
    ) -> bytes:
        """The body of a successful response; nothing where it goes into a stream.

        Raises:
            _Failed: there is none.
        """
        import aiohttp

        url, told, memory = self.base_url + path, {"Content-Type": kind}, BytesIO()
        try:
            async with (
                asyncio.timeout(self._config.timeout_s + more_s) as limit,
                self._session.request(
                    method, url, data=data, headers=told, allow_redirects=False, proxy=self._proxy
                ) as response,
            ):
                good = 200 <= response.status < 300
                kept, most = (into, _MOST_FETCHED_BYTES) if into is not None and good else (memory, MOST_BYTES)
                length = 0
                async for chunk in response.content.iter_any():
                    length += kept.write(chunk)
                    if length > most:
                        raise _Failed(Fault(FaultKind.TOO_LONG))
                    if kept is into:  # a long file takes its time; a server that falls silent does not
                        limit.reschedule(asyncio.get_running_loop().time() + self._config.timeout_s)
                if not good:
                    raise _Failed(read_refusal(response.status, memory.getvalue(), response.headers))
                return memory.getvalue()
        except TimeoutError:
            raise _Failed(Fault(FaultKind.LATE)) from None
        except aiohttp.ClientConnectorError:
            raise _Failed(Fault(FaultKind.UNREACHED)) from None
        except (aiohttp.ClientError, ConnectionError):
            raise _Failed(Fault(FaultKind.LOST)) from None

    def _sentence(self, what: str, fault: Fault) -> str:
        if fault.kind is not FaultKind.REFUSED:
            return (
                f"{what} at {self.base_url} failed: {fault.kind}; run the same command again, it goes on where it was"
            )
        status = f"status {fault.status}" + (f", {fault.name}" if fault.name else "")
        if fault.status in {401, 403}:
            return f"the server {self.base_url} refused the key ({status}); set the environment variable {KEY_VARIABLE}"
        remedy = (
            "see whether openai.base_url is right and the Batch API is offered there" if fault.of_the_row else "wait"
        )
        return f"the server {self.base_url} refused {what} ({status}); {remedy}, then run the same command again"


def _said(kind: type[SaidT], body: bytes) -> SaidT:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        raise _Failed(Fault(FaultKind.UNREADABLE)) from None
