"""Calls that had no reply in time, or were cut off: they may be billed all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.errors import TimedOut, Transient
from harness.models.transport import Limits, Transport
from harness.record.calls import CALLS, read_calls
from harness.record.synced import SyncedLog
from tests.models.scripted import Scripted, call
from tests.models.test_transport import QUICK, fill_disk, one_after_another


async def test_attempts_without_a_reply_in_time_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.models.line.backoff", lambda rng: lambda state: 0.0)
    async with Transport(QUICK) as transport:
        said = one_after_another(1.0, Transient("down"), "J")
        await call(transport, Scripted(script=said))
        with pytest.raises(TimedOut):
            await call(transport, Scripted(script=lambda body: 1.0), n=2)
        (tally,) = transport.tallies.values()
        assert (tally.unanswered, tally.retries, tally.calls, tally.failed) == (4, 4, 1, 1)


async def test_a_call_that_is_cut_off_has_its_line(tmp_path: Path) -> None:
    async with Transport(Limits(concurrency=1)) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        model = Scripted(script=lambda body: 5.0)
        sent, unsent = (asyncio.create_task(call(transport, model, n=n)) for n in (1, 2))
        await asyncio.sleep(0.01)
        for task in (unsent, sent):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await log.close()
        (line,) = read_calls(tmp_path)
        assert (line["call"], line["reply"], line["error"]["error"]) == (1, None, "CutOff")
        (tally,) = transport.tallies.values()
        assert (tally.unanswered, tally.failed, tally.calls, tally.unsent) == (1, 1, 0, 0)


async def test_a_disk_that_refuses_the_line_of_a_call_that_is_cut_off_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Transport() as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        task = asyncio.create_task(call(transport, Scripted(script=lambda body: 5.0)))
        await asyncio.sleep(0.01)
        fill_disk(monkeypatch)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await log.close()
        await asyncio.sleep(0.01)
        assert "No space left" in str(transport.gate.why)
