from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from harness.errors import Interrupted, Stopped
from harness.models import Reply, Transient
from harness.models.gate import Gate
from harness.models.limit import Limits
from harness.models.transport import Transport
from tests.models.scripted import Scripted, call


def test_an_open_gate_lets_everybody_through() -> None:
    gate = Gate()
    gate.check()
    assert gate.why is None


def test_a_gate_is_closed_for_the_first_reason_only() -> None:
    gate, told = Gate(), list[Stopped]()
    gate.on_close(told.append)
    gate.close(Interrupted("enough"))
    gate.close(Stopped("too late"))
    gate.on_close(told.append)
    assert [str(why) for why in told] == ["enough", "enough"]
    with pytest.raises(Interrupted, match="enough"):
        gate.check()


async def test_a_pause_lasts_as_long_as_it_should() -> None:
    begun = time.monotonic()
    await Gate().pause(0.02)
    assert time.monotonic() - begun >= 0.02


async def test_a_pause_ends_when_the_gate_closes() -> None:
    gate = Gate()
    asyncio.get_running_loop().call_later(0.01, gate.close, Stopped("enough"))
    with pytest.raises(Stopped, match="enough"):
        await gate.pause(60)


def called(transport: Transport, model: Scripted, n: int = 1) -> asyncio.Task[Reply]:
    return asyncio.create_task(call(transport, model, n=n))


async def test_what_is_on_the_way_comes_to_its_end_and_what_waits_is_sent_away() -> None:
    release = asyncio.Event()
    model = Scripted()
    async with Transport(Limits(concurrency=2)) as transport:
        client = model.connect()
        send = client.send

        async def slowly(body: Mapping[str, Any]) -> Any:
            await release.wait()
            return await send(body)

        client.send = slowly  # type: ignore[method-assign]
        transport._clients[model.connection] = client
        calls = [called(transport, model, n) for n in range(1, 6)]
        await asyncio.sleep(0.01)
        transport.gate.close(Stopped("enough"))
        await asyncio.sleep(0.01)
        assert [call.done() for call in calls] == [False, False, True, True, True]
        release.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(r).__name__ for r in results] == ["Reply", "Reply", *["Stopped"] * 3]
        assert transport.tallies["scripted/tiny"].calls == 2
        with pytest.raises(Stopped):
            await called(transport, model, 9)


async def test_a_call_that_waits_to_be_tried_again_is_sent_away_at_once() -> None:
    model = Scripted(script=lambda body: Transient("later", retry_after_s=60))
    async with Transport() as transport:
        call = called(transport, model)
        await asyncio.sleep(0.01)
        assert not call.done()
        transport.gate.close(Stopped("enough"))
        with pytest.raises(Stopped, match="enough"):
            await asyncio.wait_for(call, 1)
