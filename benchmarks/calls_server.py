"""A model's server that answers every call after the same time, with the same words.

`python -m benchmarks.calls_server LATENCY_S ANSWER` prints its port on 127.0.0.1 and serves until
its standard input ends. It speaks both wire formats, by path: Chat Completions and Responses, and
Messages. HTTP/1.1 is written by hand, on bare sockets, so that it is never what is measured:
`GET /cpu` gives the processor seconds that it has taken, and the calls that it has answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

USAGE = {"prompt_tokens": 420, "completion_tokens": 9, "total_tokens": 429}


def replies(answer: str) -> dict[bytes, bytes]:
    """The HTTP replies that say `answer`, by the last word of the path."""
    message = {"role": "assistant", "content": answer, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    completion = {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1741569952,
        "model": "bench",
        "choices": [choice],
        "usage": USAGE
        | {
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    }
    said = {"type": "output_text", "text": answer, "annotations": []}
    written = {"type": "message", "id": "msg_67ccd3acc8d48190a77525dc6de64b4104becb25c45c1d41"}
    response = {
        "id": "resp_67ccd3a9da748190baa7f1570fe91ac604becb25c45c1d41",
        "object": "response",
        "created_at": 1741476777,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": "bench",
        "output": [written | {"status": "completed", "role": "assistant", "content": [said]}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 420,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 429,
        },
    }
    anthropic = {
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": "bench",
        "content": [{"type": "text", "text": answer}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 420,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 9,
            "service_tier": "standard",
        },
    }
    models = {"object": "list", "data": [{"id": "bench", "object": "model", "owned_by": "us"}]}
    bodies: dict[bytes, dict[str, Any]] = {
        b"completions": completion,
        b"responses": response,
        b"messages": anthropic,
        b"models": models,
    }
    return {path: http(body) for path, body in bodies.items()}


def http(body: Any, status: str = "200 OK") -> bytes:
    """A whole HTTP reply with JSON."""
    data = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\nrequest-id: req_018EeWyXxfu5pfWkrYcMdjWG\r\n\r\n"
    )
    return head.encode() + data


class Server(asyncio.Protocol):
    """One connection: reads request after request, and answers each after the latency."""

    answered = 0

    def __init__(self, latency_s: float, known: dict[bytes, bytes]) -> None:
        self._latency_s = latency_s
        self._known = known
        self._later = asyncio.get_running_loop().call_later
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there as a whole."""
        unread = self._unread + data if self._unread else data
        while (end := unread.find(b"\r\n\r\n")) >= 0:
            size = end + 4 + length(unread, end)
            if len(unread) < size:
                break
            self._answer(unread[: unread.index(b"\r\n")])
            unread = unread[size:]
        self._unread = unread

    def _answer(self, line: bytes) -> None:
        path = line.split(b" ")[1].partition(b"?")[0]
        name = path.rpartition(b"/")[2]
        if name == b"cpu":
            told = {"cpu_s": time.process_time(), "answered": Server.answered}
            self._transport.write(http(told))
        elif name in self._known:
            Server.answered += 1
            self._later(self._latency_s, self._write, self._known[name])
        else:
            self._transport.write(http({"error": {"message": "not here"}}, "404 Not Found"))

    def _write(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)


def length(request: bytes, end: int) -> int:
    """The bytes of the body of a request whose head ends at `end`."""
    head = request[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    return int(head[at + 17 :].split(b"\r\n", 1)[0])


async def serve(latency_s: float, answer: str) -> None:
    """Serve until standard input ends."""
    known = replies(answer)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(latency_s, known), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), sys.argv[2]))
