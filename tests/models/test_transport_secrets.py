"""Secrets that come back in replies and errors, and must not be written anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import (
    AuthError,
    BadRequest,
)
from harness.match import Entry
from harness.models import Message, Request
from harness.models.cache import Cache
from harness.models.transport import Transport
from harness.record.calls import CALLS
from harness.record.synced import SyncedLog
from tests.models.scripted import Scripted, call
from tests.models.test_transport import one_after_another


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CANARY_API_KEY", "sk-canary-0123456789")
    return "sk-canary-0123456789"


async def test_a_secret_that_a_provider_echoes_is_not_written(tmp_path: Path, canary: str) -> None:
    heard: list[str] = []
    body = json.dumps({"error": f"bad key {canary}"})
    model = Scripted(script=lambda sent: AuthError(f"bad key {canary}", body=body))
    agent = Entry("scripted/tiny", model)
    async with Transport(warn=heard.append) as transport:
        log = SyncedLog(tmp_path / CALLS)
        transport.attach(log)
        with pytest.raises(AuthError) as failed:
            await transport.preflight([agent])
        await log.close()
    written = (tmp_path / "calls.jsonl").read_text()
    assert "bad key" in written
    for text in (written, str(failed.value), *heard):
        assert canary not in text


async def test_a_secret_where_an_error_is_cut_leaves_nothing_of_itself(canary: str) -> None:
    for before in range(560, 600, 5):
        errors = iter([BadRequest("x" * before + canary)])
        agent = Entry("scripted/tiny", Scripted(script=one_after_another(*errors)))
        async with Transport() as transport:
            with pytest.raises(BadRequest) as failed:
                await transport.preflight([agent])
        assert canary[:6] not in str(failed.value)
        assert len(str(failed.value)) < 650


async def test_the_cache_keeps_no_secret(tmp_path: Path, canary: str) -> None:
    path = tmp_path / "cache"
    asked = Request((Message("user", f"Is it {canary}?"),))

    def told(body: Mapping[str, Any]) -> str:
        return f"It is {canary}."

    for cached in (0, 1):
        async with Transport(cache=Cache(path)) as transport:
            await call(transport, Scripted(script=told), asked)
            assert transport.tallies["scripted/tiny"].cached == cached
    for name in os.listdir(tmp_path):  # noqa: PTH208 - it is a look at what is there
        assert canary.encode() not in (tmp_path / name).read_bytes()
