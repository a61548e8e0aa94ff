"""One request and its response: in bounded time, of bounded size, and nothing else that a server may try."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from lgir.complete.openai.faults import MOST_BYTES, Fault, FaultKind
from lgir.core.errors import MissingExtra

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def require_aiohttp() -> None:
    """Raises:
    MissingExtra: the HTTP client is not installed.
    """
    try:
        import aiohttp  # noqa: F401
    except ImportError:
        raise MissingExtra("aiohttp", "llm") from None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The HTTP client of one event loop, set up for one address.

    No cookies, no redirects, no compression, and nothing of the environment: neither another key nor, unless it is
    given here, a proxy.
    """

    session: "ClientSession"
    url: str
    timeout_s: float
    proxy: str | None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, key: SecretStr, *, timeout_s: float, connections: int, proxy: str | None
    ) -> AsyncIterator["Exchange"]:
        """A client that is closed at the end of the block."""
        import aiohttp

        headers = {
            "Authorization": f"Bearer {key.get_secret_value()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            # a compressed answer could be far longer than its bytes
            "Accept-Encoding": "identity",
            "User-Agent": "lgir",
        }
        async with aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the one below is for everything
            auto_decompress=False,
            trust_env=False,
        ) as session:
            yield cls(session, url, timeout_s, proxy)

    async def post(self, body: bytes) -> Response | Fault:
        """Sends a request and reads its response, both within `timeout_s`."""
        import aiohttp

        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self.session.post(self.url, data=body, allow_redirects=False, proxy=self.proxy) as response,
            ):
                return await _read(response)
        except TimeoutError:
            return Fault(FaultKind.LATE)
        except aiohttp.ClientConnectorError:
            return Fault(FaultKind.UNREACHED)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError):
            return Fault(FaultKind.LOST)
        except (aiohttp.ClientError, ValueError):
            return Fault(FaultKind.UNREADABLE)


async def _read(response: "ClientResponse") -> Response | Fault:
    parts: list[bytes] = []
    length = 0
    chunks: Any = response.content.iter_any()
    async for chunk in chunks:
        parts.append(chunk)
        length += len(chunk)
        if length > MOST_BYTES:
            response.close()
            return Fault(FaultKind.TOO_LONG)
    return Response(response.status, response.headers, b"".join(parts))
