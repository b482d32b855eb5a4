from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import (
    AuthError,
    BadRequest,
    Fatal,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    RecordError,
    Stopped,
    TimedOut,
    Transient,
)
from harness.match import Entry
from harness.models import Message, Reply, Request, Usage
from harness.models.cache import Cache
from harness.models.line import FROZEN_AFTER
from harness.models.prices import Prices
from harness.models.transport import Limits, Transport
from harness.record.calls import CALLS, read_calls
from harness.record.synced import SyncedLog
from tests.models.scripted import ASKED, Script, Scripted, ScriptedClient, call

QUICK = Limits(timeout_s=0.05, attempts=3, max_wait_s=5)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing between attempts."""
    monkeypatch.setattr("harness.models.line.backoff", lambda rng: lambda state: 0.0)


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, let no sync succeed."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)


def one_after_another(*said: Any) -> Script:
    script = iter(said)
    return lambda body: next(script)


async def test_a_reply_is_on_disk_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def syncing(handle: int) -> None:
        fsync(handle)
        synced.append(handle)

    monkeypatch.setattr(os, "fsync", syncing)
    async with Transport() as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        before = len(synced)
        await call(transport, Scripted())
        assert len(synced) > before
        (line,) = read_calls(tmp_path)
        assert line["reply"]["text"] == "J"
        await log.close()


async def test_a_disk_that_refuses_stops_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Transport() as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        fill_disk(monkeypatch)
        with pytest.raises(RecordError, match="No space left"):
            await call(transport, Scripted())
        await log.close()


async def test_the_log_holds_everything_sent_and_received_once(tmp_path: Path) -> None:
    model = Scripted(
        script=lambda body: Reply(
            "J",
            thinking="Hm.",
            usage=Usage(7, 3),
            model="tiny-1",
            fingerprint="fp",
            request_id="r1",
            raw=b'{"x": 1}',
        )
    )
    async with Transport(
        prices=Prices({"scripted/tiny": {"input": 1.0, "output": 2.0}})
    ) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        await call(transport, model)
        longer = (*ASKED.messages, Message("assistant", "J"), Message("user", "Again?"))
        await call(transport, model, Request(longer, kept=2), n=2)
        await log.close()
    first, second = read_calls(tmp_path)
    assert (first["match"], first["player"], first["call"], first["agent"]) == (
        "m1",
        0,
        1,
        "scripted/tiny",
    )
    assert first["request"]["messages"] == [
        {"role": "system", "content": "Play."},
        {"role": "user", "content": "J or F?"},
    ]
    assert first["reply"] == {"text": "J", "finish": "stop", "thinking": "Hm."}
    assert (first["model"], first["fingerprint"], first["request_id"]) == ("tiny-1", "fp", "r1")
    assert (first["usage"], first["usd"]) == ({"input": 7, "output": 3}, pytest.approx(13e-6))
    assert first["raw"] == {"x": 1}
    assert second["kept"] == 2
    assert second["request"]["messages"] == [
        {"role": "assistant", "content": "J"},
        {"role": "user", "content": "Again?"},
    ]


async def test_what_may_pass_is_tried_again_and_every_attempt_is_logged(tmp_path: Path) -> None:
    model = Scripted(
        script=one_after_another(RateLimited("slow", status=429), Transient("oh"), "F")
    )
    async with Transport(QUICK) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        assert (await call(transport, model)).text == "F"
        await log.close()
        tally = transport.tallies["scripted/tiny"]
    (line,) = read_calls(tmp_path)
    assert [a.get("error") for a in line["attempts"]] == ["RateLimited", "Transient", None]
    assert line["attempts"][0]["status"] == 429
    assert len({a["attempt"] for a in line["attempts"]}) == 3
    assert (tally.calls, tally.retries, tally.input, tally.output) == (1, 2, 10, 2)


@pytest.mark.parametrize("error", [RateLimited, Transient])
async def test_attempts_are_bounded_and_the_failure_is_logged(
    tmp_path: Path, error: type[ProviderError]
) -> None:
    model = Scripted(script=lambda body: error("never"))
    async with Transport(QUICK) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        with pytest.raises(error, match="never"):
            await call(transport, model)
        await log.close()
    (line,) = read_calls(tmp_path)
    assert (len(line["attempts"]), line["reply"]) == (3, None)
    assert line["error"]["error"] == error.__name__
    assert len(model.sent) == 3


async def test_a_request_that_is_refused_is_sent_once() -> None:
    model = Scripted(script=one_after_another(BadRequest("no"), "J"))
    async with Transport(QUICK) as transport:
        with pytest.raises(BadRequest):
            await call(transport, model)
        assert (await call(transport, model)).text == "J"
    assert len(model.sent) == 2


@pytest.mark.parametrize("error", [AuthError, QuotaExceeded])
async def test_after_a_fatal_error_nothing_more_is_sent_to_that_model(
    tmp_path: Path, error: type[Fatal]
) -> None:
    heard: list[str] = []
    model = Scripted(script=lambda body: error("no more"))
    other = Scripted(model="other")
    async with Transport(QUICK, warn=heard.append) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        for _ in range(3):
            with pytest.raises(Stopped, match="no more") as stopped:
                await call(transport, model)
            assert isinstance(stopped.value.__cause__, error)
        assert (await call(transport, other)).text == "J"
        await log.close()
    assert len(model.sent) == 1
    assert len(heard) == 1


async def test_an_attempt_has_a_deadline_and_its_late_reply_is_thrown_away() -> None:
    late = asyncio.Event()
    spoken = iter(["slow", "quick"])

    class Stubborn(Scripted):
        pass

    async def send(self: Any, body: Mapping[str, Any]) -> Reply:
        if next(spoken) == "slow":
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:  # a client that will not be stopped
                await asyncio.sleep(0.01)
                late.set()
                return Reply("F", usage=Usage(1000, 1000))
        return Reply("J", usage=Usage(1, 1))

    model = Stubborn()
    async with Transport(QUICK) as transport:
        client = model.connect()
        client.__class__ = type("C", (client.__class__,), {"send": send})
        transport._clients[model.connection] = client
        reply = await call(transport, model)
        await late.wait()
        await asyncio.sleep(0)
        (line,) = transport._lines.values()
        assert (reply.text, line.late) == ("J", 1)
        assert transport.tallies["scripted/tiny"].input == 1


async def test_a_model_that_only_ever_times_out_is_given_up() -> None:
    heard: list[str] = []
    model = Scripted(script=lambda body: 10.0)
    quick = Limits(timeout_s=0.01, attempts=2, max_wait_s=5)
    async with Transport(quick, warn=heard.append) as transport:
        seen = []
        for _ in range(FROZEN_AFTER):
            with pytest.raises((ProviderError, Stopped)) as failed:
                await call(transport, model)
            seen.append(failed.type)
        assert seen[0] is TimedOut
        assert seen[-1] is Stopped
        n_sent = len(model.sent)
        with pytest.raises(Stopped, match="nor had a request for a single word"):
            await call(transport, model)
        assert len(model.sent) == n_sent == FROZEN_AFTER + 1
    assert len(heard) == 1


async def test_a_model_that_is_slow_but_there_is_not_given_up() -> None:
    def slow(body: Mapping[str, Any]) -> Any:
        return "ready" if "ready" in body["messages"][-1]["content"] else 10.0

    model = Scripted(script=slow)
    quick = Limits(timeout_s=0.01, attempts=1)
    async with Transport(quick) as transport:
        for _ in range(2 * FROZEN_AFTER):
            with pytest.raises(TimedOut):
                await call(transport, model)


async def test_no_more_calls_are_on_the_way_than_the_limit() -> None:
    now = most = 0

    async def send(self: Any, body: Mapping[str, Any]) -> Reply:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return Reply("J")

    model = Scripted()
    async with Transport(Limits(concurrency=3)) as transport:
        client = model.connect()
        client.__class__ = type("C", (client.__class__,), {"send": send})
        transport._clients[model.connection] = client
        await asyncio.gather(*(call(transport, model) for _ in range(20)))
    assert most == 3


async def test_the_cache_replays_whole_replies_and_pays_once(tmp_path: Path) -> None:
    prices = Prices({"scripted/tiny": {"input": 1.0, "output": 1.0}})
    for run in range(2):
        model = Scripted()
        async with Transport(cache=Cache(tmp_path / "cache"), prices=prices) as transport:
            folder = tmp_path / str(run)
            folder.mkdir()
            log = SyncedLog(folder / CALLS)
            transport.attach(log)
            await call(transport, model)
            await log.close()
            tally = transport.tallies["scripted/tiny"]
        (line,) = read_calls(folder)
        assert line["usage"] == {"input": 10, "output": 2}
        assert line.get("cached", False) is bool(run)
        assert (len(model.sent), tally.calls, tally.cached) == ((1, 1, 0) if not run else (0, 0, 1))
        assert tally.total_usd == pytest.approx(0 if run else 12e-6)


async def test_another_sample_of_the_same_request_is_not_taken_from_the_cache(
    tmp_path: Path,
) -> None:
    model = Scripted()
    async with Transport(cache=Cache(tmp_path / "cache")) as transport:
        await call(transport, model, n=1)
        await call(transport, model, n=2)
    assert len(model.sent) == 2


async def test_an_unknown_price_is_unknown_and_not_nothing() -> None:
    async with Transport() as transport:
        await call(transport, Scripted())
        tally = transport.tallies["scripted/tiny"]
    assert tally.total_usd is None
    assert tally.as_dict()["usd"] is None


async def test_a_preflight_that_fails_names_the_agent() -> None:
    agent = Entry("scripted/tiny(x=1)", Scripted(script=lambda body: AuthError("wrong key")))
    async with Transport(QUICK) as transport:
        with pytest.raises(AuthError, match=r"scripted/tiny\(x=1\): wrong key"):
            await transport.preflight([agent])


async def test_another_model_than_asked_is_said_once(tmp_path: Path) -> None:
    heard: list[str] = []
    model = Scripted(script=lambda body: Reply("J", model="cheap"))
    async with Transport(warn=heard.append) as transport:
        await call(transport, model)
        await call(transport, model)
    assert heard == ["scripted/tiny: the provider says that cheap replied"]


async def test_what_takes_long_to_get_ready_is_no_late_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ready(self: ScriptedClient) -> None:
        await asyncio.sleep(3 * QUICK.timeout_s)

    monkeypatch.setattr(ScriptedClient, "ready", ready)
    model = Scripted(script=lambda body: "ready")
    async with Transport(QUICK) as transport:
        await transport.preflight([Entry("scripted/tiny", model)])
    assert len(model.sent) == 1


async def test_what_never_gets_ready_names_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ready(self: ScriptedClient) -> None:
        raise Fatal("no weights")

    monkeypatch.setattr(ScriptedClient, "ready", ready)
    async with Transport(QUICK) as transport:
        with pytest.raises(Fatal, match="scripted/tiny: no weights"):
            await transport.preflight([Entry("scripted/tiny", Scripted())])


async def test_a_disk_that_refuses_stops_all_callers_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Transport() as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        fill_disk(monkeypatch)
        model = Scripted(script=lambda body: 0.001)
        calls = (call(transport, model, n=n) for n in range(5))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [RecordError] * 5
        await log.close()
