"""Asks an engine in this process, says in JSON what it replied, and waits: run with vLLM's python.

    python in_process.py MODEL REQUESTS ARGUMENT…

REQUESTS is a file with JSON: for each request the fields of `Request`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from harness.agents.vllm import VLLM
from harness.agents.vllm_warden import descendants
from harness.models import Message, ProviderError, Reply, Request


def request(fields: dict[str, Any]) -> Request:
    messages = tuple(Message(*message) for message in fields["messages"])
    scored = tuple(fields.get("scored", ()))
    others: dict[str, Any] = {name: fields.get(name) for name in ("schema", "grammar", "seed")}
    return Request(messages, scored=scored, **others)


def as_data(reply: Reply | BaseException) -> dict[str, Any]:
    if isinstance(reply, ProviderError):
        return {"error": type(reply).__name__, "message": str(reply)}
    if isinstance(reply, BaseException):
        raise reply
    return {
        "text": reply.text,
        "finish": reply.finish.value,
        "scores": reply.scores,
        "usage": reply.usage._asdict(),
    }


async def main(asked: list[Request], model: str, *arguments: str) -> None:
    agent = VLLM(
        model=model, mode="process", server_args=arguments, temperature=1, max_tokens=64, seed=True
    )
    client = agent.connect()
    calls = (client.send(agent.body(one)) for one in asked)
    replies = await asyncio.gather(*calls, return_exceptions=True)
    told = {"replies": [*map(as_data, replies)], "processes": descendants(os.getpid())}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()
    await asyncio.sleep(120)


if __name__ == "__main__":
    given, file, *further = sys.argv[1:]
    asked_for = json.loads(Path(file).read_text("utf-8"))
    asyncio.run(main([*map(request, asked_for)], given, *further))
