from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness import UsageError
from harness.agents.anthropic import Anthropic, messages_reply
from harness.models import (
    AuthError,
    BadRequest,
    ContextOverflow,
    Finish,
    Message,
    RateLimited,
    Reply,
    Request,
    Transient,
    UnknownModel,
    Usage,
)
from tests.agents.answering import Answering, answering, http

ASK = Request((Message("system", "Play."), Message("user", "C or D?")))
MODEL = "claude-sonnet-4-5"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-1234")


def said(*blocks: Any, stop: str | None = "end_turn", **more: Any) -> dict[str, Any]:
    return {"type": "message", "content": list(blocks), "stop_reason": stop, **more}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


async def ask(server: Answering, **settings: Any) -> Reply:
    model = Anthropic(model=MODEL, base_url=server.url, **settings)
    client = model.connect()
    try:
        return await client.send(model.body(ASK))
    finally:
        await client.close()


# --- what is sent


def test_the_system_prompt_stands_apart_and_only_what_was_set_is_sent() -> None:
    model = Anthropic(model=MODEL, max_tokens=9)
    assert model.system_apart
    assert model.body(ASK) == {
        "model": MODEL,
        "max_tokens": 9,
        "system": "Play.",
        "messages": [{"role": "user", "content": "C or D?"}],
    }
    assert "system" not in model.body(Request(ASK.messages[1:]))


def test_a_schema_is_sent_without_the_bounds_that_the_api_refuses() -> None:
    schema = {
        "type": "object",
        "properties": {
            "maximum": {"type": "integer", "minimum": 0, "maximum": 9},
            "say": {"anyOf": [{"type": "string", "maxLength": 5}, {"enum": ["a"]}]},
        },
        "required": ["maximum"],
        "additionalProperties": False,
    }
    asked = Request(ASK.messages, schema=schema)
    assert Anthropic(model=MODEL).body(asked)["output_config"] == {
        "format": {
            "type": "json_schema",
            "schema": {
                "type": "object",
                "properties": {
                    "maximum": {"type": "integer"},
                    "say": {"anyOf": [{"type": "string"}, {"enum": ["a"]}]},
                },
                "required": ["maximum"],
                "additionalProperties": False,
            },
        }
    }
    elsewhere = Anthropic(model="m", base_url="http://127.0.0.1:9")
    assert elsewhere.body(asked)["output_config"]["format"]["schema"] == schema


def test_a_budget_for_thinking_is_sent_where_a_reply_has_room_for_it() -> None:
    model = Anthropic(model=MODEL, thinking=1024, max_tokens=2000)
    enabled = {"type": "enabled", "budget_tokens": 1024}
    assert model.body(ASK)["thinking"] == enabled
    assert "thinking" not in model.body(Request(ASK.messages, max_tokens=16))
    off = Anthropic(model=MODEL, thinking=0)
    assert off.body(ASK)["thinking"] == {"type": "disabled"}


def test_a_word_for_the_effort_lets_the_model_think_as_it_likes() -> None:
    sent = Anthropic(model="claude-opus-5", thinking="low").body(ASK)
    assert sent["thinking"] == {"type": "adaptive"}
    assert sent["output_config"] == {"effort": "low"}


def test_the_conversation_is_cached_on_demand_and_its_turns_stay_as_they_are() -> None:
    sent = Anthropic(model=MODEL, cache=True).body(ASK)
    assert sent["cache_control"] == {"type": "ephemeral"}
    assert sent["messages"] == [{"role": "user", "content": "C or D?"}]


@pytest.mark.parametrize(
    "name",
    [
        "claude-3-5-sonnet-20241022",
        "claude-3-opus-latest",
        "claude-2.1",
        "claude-opus-4-0",
        "claude-opus-4-1-20250805",
        "claude-opus-4-20250514",
        "claude-sonnet-4-20250514",
    ],
)
def test_models_without_schemas_say_so(name: str) -> None:
    model = Anthropic(model=name)
    assert not model.enforces_schema
    assert any("schema" in notice.lower() for notice in model.notices())


@pytest.mark.parametrize(
    "name",
    [
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
        "claude-haiku-4-5",
        "claude-opus-4-6",
        "claude-opus-5",
        "claude-mythos-preview",
        "tiny",
    ],
)
def test_newer_models_are_held_to_schemas(name: str) -> None:
    assert Anthropic(model=name).enforces_schema


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"thinking": 100}, "thinking"),
        ({"thinking": 4000, "max_tokens": 4000}, "max_tokens"),
        ({"thinking": 1024, "temperature": 0}, "temperature"),
        ({"seed": True}, "seed"),
        ({"elicit": "choice"}, "elicit"),
        ({"elicit": "logits"}, "elicit"),
        ({"cache": "yes"}, "cache"),
        ({"base_url": "ftp://host"}, "base_url"),
        ({"extra": {"system": "x"}}, "system"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        Anthropic(model=MODEL, **settings)


def test_without_a_key_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(AuthError, match="ANTHROPIC_API_KEY"):
        Anthropic(model=MODEL).connect()


# --- what comes back


def test_a_reply_is_read_whole() -> None:
    data = said(
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "redacted_thinking", "data": "x"},
        text("C"),
        text("!"),
        id="msg_1",
        model="claude-sonnet-4-5-20250929",
        usage={
            "input_tokens": 10,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 5,
            "output_tokens": 7,
            "output_tokens_details": {"thinking_tokens": 4},
        },
    )
    assert messages_reply(data, None, "") == Reply(
        text="C!",
        thinking="hm",
        usage=Usage(input=115, output=7, cached=100, written=5, thinking=4),
        model="claude-sonnet-4-5-20250929",
        request_id="msg_1",
    )


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("refusal", Finish.REFUSAL),
        ("tool_use", Finish.OTHER),
        (None, Finish.OTHER),
    ],
)
def test_a_reply_ends_as_it_says(stop: str | None, finish: Finish) -> None:
    reply = messages_reply(said(stop=stop), None, "")
    assert reply is not None
    assert (reply.text, reply.finish) == ("", finish)


async def test_a_reply_comes_over_the_wire_by_the_sdk() -> None:
    async with answering() as server:
        server.says(200, said(text("C")), {"request-id": "req_1"})
        reply = await ask(server)
    assert (reply.text, reply.request_id) == ("C", "req_1")
    (asked,) = server.asked
    assert asked.line == "POST /v1/messages HTTP/1.1"
    assert asked.headers.get("x-api-key") or asked.headers["authorization"]
    assert asked.headers["anthropic-version"]
    assert asked.headers["user-agent"].startswith("AsyncAnthropic")


async def test_very_long_replies_can_be_asked_for() -> None:
    async with answering() as server:
        server.says(200, said(text("C")))
        assert (await ask(server, max_tokens=64_000)).text == "C"
    assert server.asked[0].body["max_tokens"] == 64_000


# --- what goes wrong


async def test_failures_keep_their_meaning_through_the_sdk_and_show_no_key() -> None:
    for status, type_, kind in (
        (401, "authentication_error", AuthError),
        (404, "not_found_error", UnknownModel),
        (400, "invalid_request_error", BadRequest),
        (413, "request_too_large", ContextOverflow),
        (429, "rate_limit_error", RateLimited),
        (500, "api_error", Transient),
        (529, "overloaded_error", Transient),
    ):
        async with answering() as server:
            told = {"type": "error", "error": {"type": type_, "message": "model: x"}}
            server.says(status, told, {"request-id": "r"})
            with pytest.raises(kind) as caught:
                await ask(server)
            assert len(server.asked) == 1, "the SDK must not try again by itself"
        error = caught.value
        assert (error.status, error.request_id) == (status, "r")
        assert "canary" not in f"{error!r} {vars(error)} {error.__cause__!r}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http(200, b'{"content": [{"te', length=1000),
        http(200, b"no gzip", {"content-encoding": "gzip"}),
        http(200, b"<html>hello</html>"),
        http(200, b'{"type": "message", "content": null}'),
        http(200, b'{"type": "error", "error": {"type": "api_error", "message": "no"}}'),
    ],
    ids=["hangs up", "half a body", "no gzip", "no JSON", "no content", "an error"],
)
async def test_half_an_answer_may_pass(answer: bytes) -> None:
    async with answering() as server:
        server.answer = answer
        with pytest.raises(Transient, match=server.url):
            await ask(server)


async def test_a_server_that_is_not_there_may_come() -> None:
    async with answering() as server:
        url = server.url
    with pytest.raises(Transient, match=url):
        await ask(Answering(url=url))


async def test_a_call_can_be_cancelled_and_others_go_on() -> None:
    async with answering() as server:
        model = Anthropic(model=MODEL, base_url=server.url)
        client = model.connect()
        server.answer = None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.send(model.body(ASK)), 0.2)
        server.says(200, said(text("C")))
        assert (await client.send(model.body(ASK))).text == "C"
        await client.close()
