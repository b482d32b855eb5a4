"""Programs that are asked by HTTP, wherever they run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from harness import Outside, Seat, UsageError, shorten
from harness.agents.http import proxy_of
from harness.agents.program import MOST_BYTES, ProgramPlayer, as_line
from harness.models import ProviderError

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

__all__ = ["Http", "HttpPlayer"]

READY_S = 10.0
"""Seconds in which the server must take a connection before matches begin."""

MOST_SHOWN = 200
"""Characters of an answer that is none which a reason shows."""


@dataclass
class Http(Outside):
    """A program at the other end of HTTP: `http:URL`, by the protocol in docs/programs.md.

    Each question is one POST that holds all there is to know, so that the server need not remember
    anything. Nothing is sent twice, and no redirect is followed.

    Args:
        url: where questions are sent, beginning with http:// or https://.
        words: whether to send the rules and each decision in words as well.
    """

    name = "http"
    at_once: ClassVar[int | None] = 64

    url: str
    words: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.words, bool):
            raise UsageError(f"http: words is {shorten(self.words)}; it must be True or False")
        try:
            parts = urlsplit(self.url)
            port, secret = parts.port, parts.username or parts.password
        except (AttributeError, TypeError, ValueError) as error:
            raise UsageError(f"http: url is {shorten(self.url)}, which is no URL") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise UsageError(
                f"http: url is {shorten(self.url)}; it must begin with http:// or https:// and name"
                " a server"
            )
        if secret:
            raise UsageError("http: url holds a name or a password, which would be logged")

    async def ready(self) -> None:
        """Look whether the server takes connections; it is sent nothing.

        Raises:
            ProviderError: it does not.
        """
        parts = urlsplit(self.url)
        if proxy_of(self.url) is not None:
            return
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(READY_S):
                _, writer = await asyncio.open_connection(parts.hostname, port)
                writer.close()
        except OSError as error:  # TimeoutError is one
            why = error.strerror or f"no connection within {READY_S:g} s"
            raise ProviderError(f"no server at {parts.hostname}:{port}: {why}") from error

    def player(self, seat: Seat) -> HttpPlayer:
        """This program in a seat."""
        return HttpPlayer(self.url, seat, words=self.words)


class HttpPlayer(ProgramPlayer):
    """A server in a seat.

    Args:
        url: where questions are sent.
        seat: the seat.
        words: whether it is told everything in words as well.
    """

    def __init__(self, url: str, seat: Seat, *, words: bool) -> None:
        super().__init__(seat, words=words)
        self._url = url
        self._session: ClientSession | None = None

    async def _send(self, number: int, asked: Mapping[str, Any]) -> str:
        """Send a question with all that the greeting tells; whoever calls sets the deadline."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                proxy=proxy_of(self._url),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            )
        body = as_line({**self.greeting, **asked})
        try:
            async with self._session.post(self._url, data=body, allow_redirects=False) as answer:
                data = await _whole(answer)
        except (aiohttp.ClientError, OSError) as error:
            raise ProviderError(f"{type(error).__name__}: {error}") from error
        if answer.status != 200:
            shown = data.decode("utf-8", "replace").strip()[:MOST_SHOWN]
            to = answer.headers.get("location", "nowhere")
            hint = f" to {shorten(to)}, which is not followed" if answer.status // 100 == 3 else ""
            raise ProviderError(f"HTTP {answer.status}{hint}" + (f": {shown}" if shown else ""))
        return data.decode("utf-8", "surrogateescape")

    async def leave(self, status: str, payoff: float | None) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()


async def _whole(answer: ClientResponse) -> bytes:
    """The body of an answer.

    Raises:
        ProviderError: it is longer than any answer can be.
    """
    data = b""
    while part := await answer.content.readany():
        data += part
        if len(data) > MOST_BYTES:
            raise ProviderError(f"an answer of more than {MOST_BYTES} bytes")
    return data
