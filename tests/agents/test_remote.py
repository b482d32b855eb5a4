"""Programs behind HTTP: what they are sent, and what becomes of what they say."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from harness import UsageError, registry
from harness.agents.remote import Http
from harness.match import Entry, Match, MatchRecord, Status
from harness.models import ProviderError
from harness.play import play_async
from tests.agents.answering import Answering, answering, http

GAME = registry.build("game", "prisoners_dilemma(rounds=1)")
OTHER = registry.build("agent", "tit_for_tat")


async def play(server: Answering, **parameters: Any) -> MatchRecord:
    """A match of a server with a bot, which is given up after a second if the server is silent."""
    agent = registry.build("agent", f"{server.url.replace('http:', 'http:http:', 1)}/move")
    if parameters:
        agent = Entry("http", Http(f"{server.url}/move", **parameters))
    patience_s = 1 if server.answer is None else 60
    return await play_async(Match(GAME, (agent, OTHER)), timeout_s=patience_s)


async def test_a_question_holds_all_there_is_to_know() -> None:
    async with answering() as server:
        server.says(200, {"id": 1, "action": "defect"})
        record = await play(server, words=True)
    assert record.status is Status.OK, record.reason
    assert [list(r.actions) for r in record.rounds] == [["defect", "cooperate"]]
    (asked,) = server.asked
    assert asked.line == "POST /move HTTP/1.1"
    assert asked.headers["content-type"] == "application/json"
    told = asked.body
    assert (told["type"], told["protocol"], told["id"]) == ("ask", 1, 1)
    assert told["match"] == record.match.id
    assert told["facts"]["rounds"] == 1
    assert told["space"] == {"enum": ["cooperate", "defect"]}
    assert told["observation"]["own"] == []
    assert "Which option do you choose" in told["question"]


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (http(500, b"broken"), Status.ERROR, "provider_error: HTTP 500: broken"),
        (http(204, b""), Status.ERROR, "HTTP 204"),
        (http(302, b"", {"location": "/x"}), Status.ERROR, "302 to '/x', which is not followed"),
        (http(200, b"<html>"), Status.VOID, "unparsed: not a JSON object"),
        (http(200, b'{"id": 1, "action": "\xff"}'), Status.VOID, "unparsed"),
        (http(200, b""), Status.VOID, "empty"),
        (http(200, b'{"id": 7, "action": "defect"}'), Status.VOID, "unparsed"),
        (http(200, b" " * (1 << 21)), Status.ERROR, "more than 1048576 bytes"),
        (http(200, b"{}", length=50), Status.ERROR, "ClientPayloadError"),
        (b"no HTTP at all\r\n\r\n", Status.ERROR, "provider_error"),
        (None, Status.ERROR, "timeout"),
    ],
)
async def test_what_is_no_answer_ends_the_match(
    answer: bytes | None, status: Status, reason: str
) -> None:
    async with answering() as server:
        server.answer = answer
        record = await play(server)
    assert record.status is status, record.reason
    assert reason in record.reason
    assert record.player == 0


async def test_whether_a_server_is_there_is_found_out_first() -> None:
    async with answering() as server:
        await Http(f"{server.url}/move").ready()
        assert not server.asked
    with pytest.raises(ProviderError, match="no server at"):
        await Http(f"{server.url}/move").ready()


@pytest.mark.parametrize(
    "url", ["ftp://host/", "http://", "http://host:0/", "http://host:99999/", "host", 3]
)
def test_what_is_no_url_is_refused(url: Any) -> None:
    with pytest.raises(UsageError, match="url is"):
        Http(url)


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="would be logged") as refusal:
        Http("http://me:secret@host/")
    assert "secret" not in str(refusal.value)


async def test_several_servers_can_be_asked_at_once() -> None:
    async with answering() as server:
        server.says(200, {"id": 1, "action": "cooperate"})
        records = await asyncio.gather(*(play(server) for _ in range(5)))
    assert [record.status for record in records] == [Status.OK] * 5
    assert all(json.dumps(asked.body) for asked in server.asked)
