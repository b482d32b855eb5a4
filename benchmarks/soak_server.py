"""A provider that fails now and then, by chance, for as long as it is asked.

`python -m benchmarks.soak_server SHARE LATENCY_S SEED` prints its port on 127.0.0.1 and serves
Chat Completions and Responses until its standard input ends. So large a share of all requests meets
one of `FAILING`, drawn by chance; `GET /met` tells how many met which.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import struct
import sys
from collections import Counter
from random import Random

from tests.models.faults import Answer, Asked, Wire, answer

FAILING = (
    *("429", "429 seconds", "500", "502", "503", "503 seconds", "hang"),
    *("reset at once", "reset after head", "reset in body", "end in body", "half json"),
)
"""What may become of a request; each is as likely as any other."""

PATHS: dict[str, Wire] = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}

RESET = struct.pack("ii", 1, 0)
"""The linger option by which closing a connection resets it."""


class Server:
    """Answers after the latency, or fails."""

    def __init__(self, share: float, latency_s: float, seed: int) -> None:
        self._share = share
        self._latency_s = latency_s
        self._rng = Random(seed)
        self._serials = itertools.count(1)
        self._met: Counter[str] = Counter()

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
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        path = head.split(" ", 2)[1]
        size = head.partition("content-length:")[2].partition("\r\n")[0]
        body = await reader.readexactly(int(size or 0))
        if path == "/met":
            writer.write(whole(Answer(body=json.dumps(self._met).encode())))
            return True
        fault = self._rng.choice(FAILING) if self._rng.random() < self._share else "ok"
        self._met[fault] += 1
        given = answer(fault, Asked(next(self._serials), PATHS[path], json.loads(body)))
        await asyncio.sleep(self._latency_s)
        return await put(given, reader, writer)


async def put(given: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Put an answer on the wire, or as much of it as is to be; whether the connection goes on."""
    if given.sent == "never":
        await reader.read()  # until whoever asked leaves
        return False
    content, body = whole(given), len(given.body)
    sent = {"nothing": 0, "head": len(content) - body}.get(given.sent, len(content) - body // 2)
    writer.write(content if given.sent == "whole" else content[:sent])
    await writer.drain()
    if given.sent in ("nothing", "head", "half"):
        await asyncio.sleep(0.01)  # let it arrive
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
    return given.sent == "whole"


def whole(given: Answer) -> bytes:
    """An answer with its head."""
    headers = {"content-length": str(len(given.body)), **given.headers}
    lines = [f"HTTP/1.1 {given.status} Something", *(f"{n}: {t}" for n, t in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + given.body


async def serve(share: float, latency_s: float, seed: int) -> None:
    """Serve until standard input ends."""
    serving = Server(share, latency_s, seed)
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # connections that hang need no farewell


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
