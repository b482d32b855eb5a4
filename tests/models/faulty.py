"""A provider that fails by a script: a server in a process of its own, for tests.

It speaks Chat Completions, Responses and Messages. Each model has a script: what becomes of its
first request, its second, and so on (`tests.models.faults.FAULTS`), and of all that follow. It
stops when whoever started it does.

    with faulty() as server:
        server.script("tiny", "ok", "500", then="ok")
        ...
        server.requests("tiny")
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.models.faults import Answer, Asked, Wire, answer

__all__ = ["Faulty", "Seen", "faulty"]

ROOT = Path(__file__).parents[2]
DRIP_S = 0.05

PATHS: dict[str, Wire] = {
    "/v1/chat/completions": "chat",
    "/v1/responses": "responses",
    "/v1/messages": "messages",
}

Script: TypeAlias = tuple[list[str], str]
"""What becomes of a model's first requests, one by one, and of all that follow."""


class Seen(NamedTuple):
    """A request that the server had.

    Attributes:
        serial: its number in the server's life.
        model: the model asked for.
        wire: the format.
        fault: what was to become of it.
        at_s: when it came, in seconds since the epoch.
        usage: tokens read and written, as the reply told them.
        text: what the reply said.
        end: what became of the answer: `reply` and `error` arrived; `gone`: whoever asked had
            left; `broken`: not all of it was sent; `held`: nothing was, so far.
    """

    serial: int
    model: str
    wire: str
    fault: str
    at_s: float
    usage: tuple[int, int]
    text: str | None
    end: str

    @property
    def request_id(self) -> str:
        return f"req-{self.serial}"


class Faulty:
    """A server under way, as a test sees it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def v1(self) -> str:
        """What clients of OpenAI's formats take for `base_url`."""
        return f"{self.url}/v1"

    def script(self, model: str, *faults: str, then: str = "ok") -> None:
        """Say what becomes of a model's next requests."""
        self.scripts({model: (list(faults), then)})

    def scripts(self, scripts: Mapping[str, Script]) -> None:
        """Say what becomes of the next requests of several models."""
        self._call("/script", json.dumps(scripts).encode())

    def requests(self, model: str | None = None) -> list[Seen]:
        """The requests so far, of one model or all."""
        seen = [Seen(**one) for one in json.loads(self._call("/log"))]
        return [one for one in seen if model is None or one.model == model]

    def health(self) -> int:
        """The status with which the server says how it is."""
        with urllib.request.urlopen(f"{self.url}/health", timeout=10) as answered:  # noqa: S310
            return int(answered.status)

    def _call(self, path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(self.url + path, data, timeout=30) as answered:  # noqa: S310
            content: bytes = answered.read()
            return content


@contextlib.contextmanager
def faulty() -> Iterator[Faulty]:
    """A server, for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.models.faulty"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline().decode().strip()
        assert port, "the server did not start"
        yield Faulty(f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


# ── the server's own process ─────────────────────────────────────────────────────────────────────


class Server:
    """Scripts, and what came of them."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._counts: Counter[str] = Counter()
        self._serials = itertools.count(1)
        self._log: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): text.strip() for name, _, text in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if path not in PATHS:
            await _send(writer, self._control(path, body))
            return True
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        asked = Asked(next(self._serials), PATHS[path], json.loads(body), key)
        faults, then = self._scripts.get(asked.model, ([], "ok"))
        number = self._counts[asked.model]
        self._counts[asked.model] += 1
        fault = faults[number] if number < len(faults) else then
        given = answer(fault, asked)
        seen = {
            "serial": asked.serial,
            "model": asked.model,
            "wire": asked.wire,
            "fault": fault,
            "at_s": time.time(),
            "usage": asked.usage,
            "text": given.text if given.text is None else given.text[:1000],
            "end": "held",
        }
        self._log.append(seen)
        seen["end"] = await _put(given, reader, writer)
        return seen["end"] in ("reply", "error")

    def _control(self, path: str, body: bytes) -> Answer:
        """What is asked by the test, or of the server itself."""
        if path == "/script":
            for model, (faults, then) in json.loads(body).items():
                self._scripts[model] = (faults, then)
                self._counts[model] = 0
            return Answer(body=b"{}")
        if path == "/log":
            return Answer(body=json.dumps(self._log).encode())
        if path == "/health":
            return Answer(body=b"{}")
        if path == "/v1/models":
            listed = [{"id": model, "object": "model"} for model in self._scripts]
            return Answer(body=json.dumps({"object": "list", "data": listed}).encode())
        return Answer(404, b'{"error": {"message": "no such path", "type": "invalid_request"}}')


async def _put(given: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Put an answer on the wire, in its way; what became of it."""
    if given.delay_s:
        await asyncio.sleep(given.delay_s)
        if reader.at_eof():
            return "gone"
    if given.sent == "whole":
        await _send(writer, given)
        return "reply" if given.is_reply else "error"
    if given.sent == "never":
        await reader.read()  # until whoever asked leaves
        return "held"
    head, half = _head(given), given.body[: len(given.body) // 2]
    if given.sent == "drip":
        writer.write(head)
        for byte in given.body:
            writer.write(bytes([byte]))
            await asyncio.sleep(DRIP_S)
            if reader.at_eof() or writer.transport.is_closing():
                break
        return "broken"
    if given.sent != "nothing":
        writer.write(head if given.sent == "head" else head + half)
        await writer.drain()
        await asyncio.sleep(0.01)  # let it arrive
    if given.sent != "cut":
        now = struct.pack("ii", 1, 0)  # closing resets the connection
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.transport.abort()
    return "broken"


def _head(given: Answer) -> bytes:
    headers = {"content-length": str(len(given.body)), **given.headers}
    lines = [f"HTTP/1.1 {given.status} Something", *(f"{n}: {t}" for n, t in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _send(writer: asyncio.StreamWriter, given: Answer) -> None:
    writer.write(_head(given) + given.body)
    await writer.drain()


async def _main() -> None:
    """Serve until standard input ends, which it does when the parent does."""
    server = await asyncio.start_server(Server().serve, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # connections that hang need no farewell


if __name__ == "__main__":
    asyncio.run(_main())
