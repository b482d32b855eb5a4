"""A server in this process that answers as a test says, and notes what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request as it came. Names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answering:
    """A server.

    Attributes:
        answer: the bytes that each request is answered with, before the connection is closed;
            None to say nothing until the client hangs up.
        url: its address, without a path.
        asked: the requests that came.
    """

    answer: bytes | None = b""
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def says(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """Answer with this status and body, JSON unless it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = http(status, data, headers)


def http(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, length: int | None = None
) -> bytes:
    """An HTTP answer; with a `length` that is not the body's, a broken one."""
    lines = [
        f"HTTP/1.1 {status} Word",
        f"content-length: {len(body) if length is None else length}",
    ]
    lines += ["content-type: application/json", "connection: close"]
    lines += [f"{name}: {text}" for name, text in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def answering() -> AsyncIterator[Answering]:
    """Such a server on a free port."""
    server = Answering()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (one.split(": ", 1) for one in lines if one)
            headers = {name.lower(): text for name, text in pairs}
            sent = await reader.readexactly(int(headers.get("content-length", "0")))
            server.asked.append(Asked(line, headers, json.loads(sent) if sent else None))
            if server.answer is None:
                await reader.read()
            else:
                writer.write(server.answer)
                await writer.drain()
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
