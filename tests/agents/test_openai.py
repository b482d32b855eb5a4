from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from harness import UsageError
from harness.agents.openai import OpenAI
from harness.agents.responses import responses_reply
from harness.models import (
    AuthError,
    BadRequest,
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
SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "maximum": 2}, "t": {"type": "string", "maxLength": 9}},
}
CHAT = {
    "id": "chatcmpl-1",
    "choices": [{"message": {"content": "C"}, "finish_reason": "stop"}],
    "model": "gpt-5-2026",
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "canary-1234")


async def ask(server: Answering, **settings: Any) -> Reply:
    model = OpenAI(model="gpt-5", base_url=f"{server.url}/v1", **settings)
    client = model.connect()
    try:
        return await client.send(model.body(ASK))
    finally:
        await client.close()


def said(*items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"status": "completed", "output": list(items), **more}


def message(*parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "message", "content": list(parts)}


# --- what is sent


def test_chats_are_sent_as_the_newer_models_take_them() -> None:
    model = OpenAI(model="gpt-5", thinking="low", seed=True, temperature=1, max_tokens=50)
    asked = Request(ASK.messages, schema=SCHEMA, seed=7)
    assert model.body(asked) == {
        "model": "gpt-5",
        "messages": [
            {"role": "system", "content": "Play."},
            {"role": "user", "content": "C or D?"},
        ],
        "max_completion_tokens": 50,
        "temperature": 1,
        "reasoning_effort": "low",
        "seed": 7,
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "answer",
                "strict": True,
                "schema": {
                    "type": "object",
                    "properties": {
                        "n": {"type": "integer", "maximum": 2},
                        "t": {"type": "string"},
                    },
                },
            },
        },
    }


def test_responses_are_asked_for_in_their_own_words() -> None:
    model = OpenAI(model="gpt-5", api="responses", thinking="high", extra={"truncation": "auto"})
    assert model.conversation_key == "input"
    assert model.body(Request(ASK.messages, schema={"type": "object"}, max_tokens=16)) == {
        "model": "gpt-5",
        "input": [
            {"type": "message", "role": "system", "content": "Play."},
            {"type": "message", "role": "user", "content": "C or D?"},
        ],
        "max_output_tokens": 16,
        "reasoning": {"effort": "high"},
        "text": {
            "format": {
                "type": "json_schema",
                "name": "answer",
                "strict": True,
                "schema": {"type": "object"},
            }
        },
        "store": False,
        "truncation": "auto",
    }


def test_other_servers_are_sent_the_whole_schema() -> None:
    model = OpenAI(model="m", base_url="http://127.0.0.1:9/v1")
    sent = model.body(Request(ASK.messages, schema=SCHEMA))
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    "name", ["gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "gpt-4o-2024-05-13", "o1-mini"]
)
def test_models_without_schemas_say_so_and_are_sent_none(name: str) -> None:
    model = OpenAI(model=name)
    assert not model.enforces_schema
    assert any("schema" in notice.lower() for notice in model.notices())


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-5-nano", "o3", "o1"])
def test_newer_models_are_held_to_schemas(name: str) -> None:
    assert OpenAI(model=name).enforces_schema


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"api": "completions"}, "api"),
        ({"thinking": 1000}, "thinking"),
        ({"api": "responses", "seed": True}, "seed"),
        ({"elicit": "choice"}, "elicit"),
        ({"elicit": "logits"}, "elicit"),
        ({"base_url": "localhost"}, "base_url"),
        ({"extra": {"max_tokens": 5}}, "max_tokens"),
        ({"extra": {"stream": True}}, "stream"),
        ({"api": "responses", "extra": {"text": {}}}, "text"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        OpenAI(model="gpt-5", **settings)


def test_without_a_key_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(AuthError, match="OPENAI_API_KEY"):
        OpenAI(model="gpt-5").connect()


async def test_another_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    async with answering() as server:
        server.says(200, CHAT)
        await ask(server)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        model = OpenAI(model="gpt-5")
        client = model.connect()
        assert (await client.send(model.body(ASK))).text == "C"
        await client.close()
    assert len(server.asked) == 2
    assert model.connection != OpenAI(model="gpt-5", api="responses").connection


# --- what comes back


async def test_a_chat_comes_over_the_wire_by_the_sdk() -> None:
    async with answering() as server:
        server.says(200, CHAT, {"x-request-id": "req_1"})
        reply = await ask(server)
    assert (reply.text, reply.finish, reply.model) == ("C", Finish.STOP, "gpt-5-2026")
    assert (reply.usage, reply.request_id) == (Usage(input=3, output=1), "req_1")
    (asked,) = server.asked
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.headers["authorization"] == "Bearer canary-1234"
    assert asked.headers["user-agent"].startswith("AsyncOpenAI")
    assert asked.headers["x-stainless-retry-count"] == "0"


async def test_a_response_comes_over_the_wire_by_the_sdk() -> None:
    async with answering() as server:
        server.says(200, said(message({"type": "output_text", "text": "C"})))
        reply = await ask(server, api="responses")
    assert reply.text == "C"
    assert server.asked[0].line == "POST /v1/responses HTTP/1.1"


def test_a_response_is_read_whole() -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
    data = said(
        thought,
        message({"type": "output_text", "text": "C"}, {"type": "output_text", "text": "!"}),
        id="resp_1",
        model="gpt-5-2026",
        usage={
            "input_tokens": 100,
            "output_tokens": 10,
            "input_tokens_details": {"cached_tokens": 64},
            "output_tokens_details": {"reasoning_tokens": 4},
        },
    )
    assert responses_reply(data, None, "") == Reply(
        text="C!",
        thinking="hm",
        usage=Usage(input=100, output=10, cached=64, thinking=4),
        model="gpt-5-2026",
        request_id="resp_1",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            said(message({"type": "refusal", "refusal": "I cannot."})),
            ("I cannot.", Finish.REFUSAL),
        ),
        (
            said(
                message({"type": "output_text", "text": "C"}),
                status="incomplete",
                incomplete_details={"reason": "max_output_tokens"},
            ),
            ("C", Finish.LENGTH),
        ),
        (
            said(
                {"type": "reasoning", "summary": []},
                status="incomplete",
                incomplete_details={"reason": "max_output_tokens"},
            ),
            ("", Finish.LENGTH),
        ),
        (
            said(status="incomplete", incomplete_details={"reason": "content_filter"}),
            ("", Finish.REFUSAL),
        ),
        (said({"type": "function_call", "name": "f"}), ("", Finish.OTHER)),
        (said(), ("", Finish.STOP)),
        (
            said(message({"type": "output_text", "text": "<think>D"})),
            ("", Finish.LENGTH),
        ),
    ],
)
def test_a_response_ends_as_it_says(data: dict[str, Any], expected: tuple[str, Finish]) -> None:
    reply = responses_reply(data, None, "")
    assert reply is not None
    assert (reply.text, reply.finish) == expected


# --- what goes wrong


async def test_failures_keep_their_meaning_through_the_sdk_and_show_no_key() -> None:
    for status, headers, kind in (
        (401, {}, AuthError),
        (404, {}, BadRequest),
        (408, {}, Transient),
        (409, {}, Transient),
        (413, {}, BadRequest),
        (429, {"retry-after": "3"}, RateLimited),
        (500, {"retry-after": "3"}, Transient),
        (529, {}, Transient),
    ):
        async with answering() as server:
            server.says(status, {"error": {"message": "no"}}, {"x-request-id": "r", **headers})
            with pytest.raises(kind) as caught:
                await ask(server)
            assert len(server.asked) == 1, "the SDK must not try again by itself"
        error = caught.value
        assert (error.status, error.request_id) == (status, "r")
        assert getattr(error, "retry_after_s", None) == (3.0 if headers else None)
        assert "canary" not in f"{error!r} {vars(error)} {error.__cause__!r}"


async def test_an_unknown_model_is_known_through_the_sdk() -> None:
    async with answering() as server:
        server.says(404, {"error": {"message": "no", "code": "model_not_found"}})
        with pytest.raises(UnknownModel):
            await ask(server)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http at all\r\n\r\n",
        http(200, b'{"choices": [{"mess', length=1000),
        http(200, b"no gzip", {"content-encoding": "gzip"}),
        http(200, b"<html>hello</html>"),
        http(200, b'{"status": "failed", "error": {"code": "server_error", "message": "no"}}'),
    ],
    ids=["hangs up", "no HTTP", "half a body", "no gzip", "no JSON", "failed"],
)
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_half_an_answer_may_pass(answer: bytes, api: str) -> None:
    async with answering() as server:
        server.answer = answer
        with pytest.raises(Transient, match=server.url):
            await ask(server, api=api)


async def test_a_server_that_is_not_there_may_come() -> None:
    async with answering() as server:
        url = server.url
    with pytest.raises(Transient, match=url):
        await ask(Answering(url=url))


async def test_a_call_can_be_cancelled_and_others_go_on() -> None:
    async with answering() as server:
        model = OpenAI(model="gpt-5", base_url=f"{server.url}/v1")
        client = model.connect()
        server.answer = None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.send(model.body(ASK)), 0.2)
        server.says(200, CHAT)
        assert (await client.send(model.body(ASK))).text == "C"
        await client.close()
