"""One side of `calls.py`, in a process of its own: the whole harness, or a bare client.

Reads one JSON object from standard input, runs it once for the imports and once to be measured,
and prints one JSON object: processor seconds of this process with all its threads, wall seconds,
calls. Keys that are read: `side` (`harness`, `openai`, `anthropic` or `aiohttp`), `concurrency`,
and `bodies`, a file of request bodies, one JSON object a line. The harness writes it, as it logged
them; a bare client sends what it finds there, in that order. The harness reads `model` (the
agent), `repeats` and `log` (the folder for its runs) besides, a bare client `url`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[Any]]
ROUNDS = 10


def harness(task: dict[str, Any], name: str, repeats: int) -> int:
    """Play matches of a prisoner's dilemma against tit for tat, all logged; how many calls."""
    from harness.config import RunConfig, resolve
    from harness.runner.run import run

    plan = resolve(
        RunConfig(
            games=(f"prisoners_dilemma(rounds={ROUNDS})",),
            agents=(task["model"], "tit_for_tat"),
            repeats=repeats,
            concurrency=task["concurrency"],
        )
    )
    result = run(plan, Path(task["log"], name))
    assert (result.matches["status"] == "ok").all()
    return ROUNDS * len(plan.matches)


def keep_bodies(task: dict[str, Any], name: str) -> None:
    """Write down the body of every call of a run, with what its log leaves out put back in."""
    from harness.record.calls import read_calls

    before: dict[tuple[str, int], list[Any]] = {}
    with Path(task["bodies"]).open("wb") as file:
        for call in read_calls(Path(task["log"], name)):
            if call["match"] is None:
                continue
            body = call["request"]
            key = "input" if "input" in body else "messages"
            seat = (call["match"], call["player"])
            body[key] = before[seat] = before.get(seat, [])[: call["kept"]] + body[key]
            file.write(orjson.dumps(body) + b"\n")


async def bare(task: dict[str, Any], bodies: list[dict[str, Any]]) -> None:
    """Send all bodies by a bare client, as many at once as the task says."""
    send, close = CLIENTS[task["side"]](task["url"], bodies[0])
    left = iter(bodies)

    async def work() -> None:
        for body in left:
            await send(body)

    await asyncio.gather(*(work() for _ in range(task["concurrency"])))
    await close()


def openai(url: str, example: dict[str, Any]) -> tuple[Send, Callable[[], Awaitable[Any]]]:
    """The official OpenAI client with its aiohttp backend."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    client = AsyncOpenAI(
        base_url=f"{url}/v1", api_key="none", max_retries=0, http_client=DefaultAioHttpClient()
    )
    create: Any = client.responses.create if "input" in example else client.chat.completions.create
    return (lambda body: create(**body)), client.close


def anthropic(url: str, _: dict[str, Any]) -> tuple[Send, Callable[[], Awaitable[Any]]]:
    """The official Anthropic client with its aiohttp backend."""
    from anthropic import AsyncAnthropic, DefaultAioHttpClient

    client = AsyncAnthropic(
        base_url=url, api_key="none", max_retries=0, http_client=DefaultAioHttpClient()
    )
    create: Any = client.messages.create
    return (lambda body: create(**body)), client.close


def aiohttp(url: str, _: dict[str, Any]) -> tuple[Send, Callable[[], Awaitable[Any]]]:
    """A loop over aiohttp, and no more than that."""
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector

    session = ClientSession(connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar())
    headers = {"Content-Type": "application/json"}

    async def send(body: dict[str, Any]) -> Any:
        data = orjson.dumps(body)
        path = f"{url}/v1/chat/completions"
        async with session.post(path, data=data, headers=headers) as answer:
            return orjson.loads(await answer.read())

    return send, session.close


CLIENTS = {"openai": openai, "anthropic": anthropic, "aiohttp": aiohttp}


def measured(work: Callable[[], Any]) -> dict[str, Any]:
    """What a piece of work takes."""
    begun, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    return {"cpu_s": cpu_s, "wall_s": wall_s, "calls": result}


def main() -> None:
    """Run the side that standard input names."""
    task = json.load(sys.stdin)
    if task["side"] == "harness":
        harness(task, "warm", 1)
        told = measured(lambda: harness(task, "measured", task["repeats"]))
        keep_bodies(task, "measured")
    else:
        bodies = [orjson.loads(line) for line in Path(task["bodies"]).read_bytes().splitlines()]
        asyncio.run(bare(task, bodies[:20]))
        told = measured(lambda: asyncio.run(bare(task, bodies)))
        told["calls"] = len(bodies)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
