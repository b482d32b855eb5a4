"""HTTP as clients need it: one POST, its answer whole, and an error of ours where there is none.

It is aiohttp with nothing between: an official SDK takes up to ten times the processor time per
call, and a local server that answers a thousand times a second would wait for it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from harness.models import BadRequest, Client, Transient

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

__all__ = ["KEEP_ALIVE_S", "HTTPAnswer", "HTTPClient", "encode", "proxy_of"]

MOST_BYTES = 16 << 20
"""Bytes of an answer that are read; what is longer is no reply to a question of ours."""

MOST_AT_ONCE = 1 << 20

KEEP_ALIVE_S = 4.0
"""Idle seconds after which a connection is not used again: servers often hang up after five."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

HTTPAnswer: TypeAlias = tuple[int, Mapping[str, str], bytes]
"""Status, headers (whose names may be asked for in any case), body."""


class HTTPClient(Client):
    """Connections to one server, kept open between calls; as many at once as there are calls.

    A subclass writes `send`, by `post`. There is no deadline but the caller's.

    Args:
        base_url: what all paths are put after, such as `http://127.0.0.1:8000/v1`.
        headers: sent with every request.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        import aiohttp

        self._base_url = base_url.rstrip("/")
        self._errors = (aiohttp.ClientError, OSError)
        self._session: ClientSession = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=0, ttl_dns_cache=300, keepalive_timeout=KEEP_ALIVE_S
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json"} | dict(headers or {}),
            proxy=proxy_of(self._base_url),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> HTTPAnswer:
        """Send JSON to a path; whatever the server answers is returned, errors included.

        Raises:
            Transient: there was no answer, or not the whole of it.
            BadRequest: this is no JSON data.
        """
        return await self.exchange("POST", path, body)

    async def exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> HTTPAnswer:
        """One request by any method, with JSON or without."""
        url = self._base_url + path
        data = None if body is None else _fed(encode(body))
        try:
            async with self._session.request(
                method, url, data=data, allow_redirects=False
            ) as answer:
                return answer.status, answer.headers, await _whole(answer, url)
        except self._errors as error:
            raise Transient(f"{url}: {type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()


def _fed(data: bytes) -> bytes | io.BytesIO:
    """Bytes as aiohttp wants them: it sends no more than a mebibyte in one piece."""
    return data if len(data) <= MOST_AT_ONCE else io.BytesIO(data)


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON as bytes.

    Raises:
        BadRequest: this is no JSON data, or holds half of a surrogate pair.
    """
    import orjson

    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise BadRequest(f"the request cannot be sent as JSON: {error}") from error


async def _whole(answer: ClientResponse, url: str) -> bytes:
    """The body of an answer, unless it is far too long."""
    parts, size = [], 0
    while part := await answer.content.readany():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            told = answer.content_length
            raise Transient(
                f"{url}: the answer is {'' if told is None else f'{told} bytes long, '}longer than"
                f" {MOST_BYTES} bytes, which is the most that is read",
                status=answer.status,
            )
    return parts[0] if len(parts) == 1 else b"".join(parts)


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a server, unless it is on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
