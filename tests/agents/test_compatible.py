from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from harness import UsageError
from harness.agents.chat import chat_reply, chat_usage
from harness.agents.compatible import Compatible
from harness.agents.http import MOST_BYTES
from harness.models import (
    AuthError,
    BadRequest,
    Finish,
    Message,
    RateLimited,
    Reply,
    Request,
    Transient,
    Usage,
)
from tests.agents.answering import Answering, answering, http

ASK = Request((Message("system", "Play."), Message("user", "C or D?")))
SCHEMA = {"type": "object", "properties": {"n": {"type": "number", "maximum": 2}}}
URL = "http://127.0.0.1:9/v1"


def chat(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish}], **more}


def read(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> Reply:
    reply = chat_reply(chat(message, finish, **more), None, "")
    assert reply is not None
    return reply


async def ask(server: Answering, **settings: Any) -> Reply:
    model = Compatible(model="m", base_url=f"{server.url}/v1", **settings)
    client = model.connect()
    try:
        return await client.send(model.body(ASK))
    finally:
        await client.close()


# --- what is sent


def test_only_what_was_set_is_sent() -> None:
    assert Compatible(model="m", base_url=URL, max_tokens=9).body(ASK) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Play."},
            {"role": "user", "content": "C or D?"},
        ],
        "max_tokens": 9,
    }


def test_all_that_was_set_is_sent() -> None:
    model = Compatible(
        model="m",
        base_url=URL,
        temperature=0,
        top_p=0.5,
        thinking="low",
        seed=True,
        extra={"min_p": 0.1},
    )
    asked = Request(ASK.messages, schema=SCHEMA, grammar='root ::= "C"', seed=7, max_tokens=3)
    sent = model.body(asked)
    assert {key: sent[key] for key in ("temperature", "top_p", "seed", "max_tokens", "min_p")} == {
        "temperature": 0,
        "top_p": 0.5,
        "seed": 7,
        "max_tokens": 3,
        "min_p": 0.1,
    }
    assert sent["reasoning_effort"] == "low"
    assert sent["grammar"] == 'root ::= "C"'
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
    }


def test_a_router_is_asked_to_heed_all_parameters_and_sent_no_bounds() -> None:
    model = Compatible(model="a/b", service="openrouter", thinking=2000)
    sent = model.body(Request(ASK.messages, schema=SCHEMA))
    assert sent["provider"] == {"require_parameters": True}
    assert sent["reasoning"] == {"max_tokens": 2000}
    schema = sent["response_format"]["json_schema"]["schema"]
    assert schema == {"type": "object", "properties": {"n": {"type": "number"}}}
    own = Compatible(model="a/b", service="openrouter", extra={"provider": {"only": ["x"]}})
    assert own.body(ASK)["provider"] == {"only": ["x"]}


def test_services_known_by_name_need_no_address() -> None:
    ollama = Compatible(model="qwen3", service="ollama")
    assert ollama.base_url == "http://127.0.0.1:11434/v1"
    elsewhere = Compatible(model="qwen3", service="ollama", base_url="http://10.0.0.1:1/v1")
    assert elsewhere.base_url == "http://10.0.0.1:1/v1"
    assert ollama.connection != elsewhere.connection


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "base_url"),
        ({"service": "olama"}, "ollama"),
        ({"base_url": "127.0.0.1:8000"}, "base_url"),
        ({"base_url": "http://:80/v1"}, "base_url"),
        ({"base_url": "http://host:99999999/v1"}, "base_url"),
        ({"base_url": URL + "?key=1"}, "base_url"),
        ({"base_url": URL, "key_env": "sk-1234"}, "key_env"),
        ({"base_url": URL, "thinking": 100}, "thinking"),
        ({"base_url": URL, "elicit": "logits"}, "elicit"),
        ({"service": "ollama", "elicit": "choice"}, "elicit"),
        ({"service": "openrouter", "elicit": "choice"}, "elicit"),
        ({"base_url": URL, "extra": {"temperature": 1}}, "temperature"),
        ({"base_url": URL, "extra": {"stream": True}}, "stream"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        Compatible(model="m", **settings)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        Compatible(model="m", base_url="http://me:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


async def test_a_key_is_read_from_the_environment_and_shown_to_the_server_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_KEY", "canary-1234")
    async with answering() as server:
        server.says(200, chat({"content": "C"}))
        await ask(server, key_env="MY_KEY")
        await ask(server)
        server.says(500, b"broken")
        with pytest.raises(Transient) as caught:
            await ask(server, key_env="MY_KEY")
    assert server.asked[0].headers["authorization"] == "Bearer canary-1234"
    assert "authorization" not in server.asked[1].headers
    model = Compatible(model="m", base_url=URL, key_env="MY_KEY")
    shown = f"{model} {model.parameters} {model.connection} {caught.value!r} {vars(caught.value)}"
    assert "canary" not in shown


@pytest.mark.parametrize("key", ["", "two words", "line\n", "clé"])
def test_without_a_usable_key_the_variable_is_named(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", key)
    with pytest.raises(AuthError, match="OPENROUTER_API_KEY"):
        Compatible(model="a/b", service="openrouter").connect()


# --- what comes back


def test_a_reply_is_read_whole() -> None:
    reply = read(
        {"role": "assistant", "content": "C", "reasoning_content": "hm"},
        id="chatcmpl-1",
        model="m-2",
        system_fingerprint="fp",
        usage={
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 110,
            "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 4},
        },
    )
    assert reply == Reply(
        text="C",
        thinking="hm",
        usage=Usage(input=100, output=10, cached=64, thinking=4),
        model="m-2",
        fingerprint="fp",
        request_id="chatcmpl-1",
    )


@pytest.mark.parametrize(
    ("message", "finish", "expected"),
    [
        ({"content": "C"}, "length", ("C", "", Finish.LENGTH)),
        ({"content": None}, "length", ("", "", Finish.LENGTH)),
        ({"content": None}, "stop", ("", "", Finish.STOP)),
        ({"content": ""}, "content_filter", ("", "", Finish.REFUSAL)),
        ({"content": None, "refusal": "I cannot."}, "stop", ("I cannot.", "", Finish.REFUSAL)),
        ({"content": None, "tool_calls": []}, "tool_calls", ("", "", Finish.OTHER)),
        ({"content": "C"}, None, ("C", "", Finish.STOP)),
        ({"content": "C", "tool_calls": [{"id": "a"}]}, "stop", ("C", "", Finish.OTHER)),
        ({"content": [{"type": "text", "text": "a"}, {"text": "b"}]}, "stop", ("ab", "", "stop")),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "C"},
                ]
            },
            "stop",
            ("C", "hm", Finish.STOP),
        ),
        ({"content": "C", "reasoning": "hm"}, "stop", ("C", "hm", Finish.STOP)),
        ({"content": "", "reasoning": "hm"}, "length", ("", "hm", Finish.LENGTH)),
        ({"content": "<think>D?</think>\n\nC"}, "stop", ("C", "D?", Finish.STOP)),
        ({"content": "\n<think>\nD</think>"}, "stop", ("", "D", Finish.STOP)),
        ({"content": "<think>D or C"}, "stop", ("", "D or C", Finish.LENGTH)),
        ({"content": "C <think>D</think>"}, "stop", ("C <think>D</think>", "", Finish.STOP)),
        ({"content": 'say "</think> D"'}, "stop", ('say "</think> D"', "", Finish.STOP)),
    ],
)
def test_text_thinking_and_end_are_told_apart(
    message: dict[str, Any], finish: str | None, expected: tuple[str, str, Finish]
) -> None:
    reply = read(message, finish)
    assert (reply.text, reply.thinking, reply.finish) == expected


def test_thinking_that_is_counted_apart_is_added_to_the_output() -> None:
    told = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 17}
    apart = chat_usage(told | {"completion_tokens_details": {"reasoning_tokens": 10}})
    assert apart == Usage(input=5, output=12, thinking=10)
    within = chat_usage(told | {"total_tokens": 7, "completion_tokens_details": None})
    assert within == Usage(input=5, output=2)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "9"}, {"prompt_tokens": -1}])
def test_odd_counts_are_unknown_and_lose_no_reply(usage: object) -> None:
    reply = read({"content": "C"}, usage=usage)
    assert (reply.text, reply.usage) == ("C", Usage())


async def test_half_a_surrogate_pair_is_read_and_can_be_sent_on() -> None:
    async with answering() as server:
        server.says(200, b'{"choices":[{"message":{"content":"\\ud83d!"},"finish_reason":"stop"}]}')
        reply = await ask(server)
    assert reply.text == "\ufffd!"
    assert reply.raw["choices"][0]["message"]["content"] == "\ud83d!"


# --- what goes wrong on the way


async def test_a_reply_comes_over_the_wire_with_its_bytes() -> None:
    async with answering() as server:
        server.says(200, chat({"content": "grün"}), {"X-Request-Id": "req_1"})
        reply = await ask(server)
    assert (reply.text, reply.request_id) == ("grün", "req_1")
    assert json.loads(reply.raw) == chat({"content": "grün"})
    (asked,) = server.asked
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body["messages"][-1] == {"role": "user", "content": "C or D?"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        http(200, b'{"choices": [{"mess', length=1000),
        http(200, b"no gzip", {"content-encoding": "gzip"}),
        http(200, b"<html>hello</html>"),
    ],
    ids=["hangs up", "no HTTP", "half a head", "half a body", "no gzip", "no JSON"],
)
async def test_half_an_answer_may_pass(answer: bytes) -> None:
    async with answering() as server:
        server.answer = answer
        with pytest.raises(Transient, match="/v1/chat/completions"):
            await ask(server)


async def test_a_server_that_is_not_there_may_come() -> None:
    async with answering() as server:
        url = server.url
    with pytest.raises(Transient, match=url):
        await ask(Answering(url=url))


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with answering() as server:
        server.answer = http(200, b" " * (MOST_BYTES + 1))
        with pytest.raises(Transient, match=str(MOST_BYTES)):
            await ask(server)


async def test_a_rate_limit_is_told_with_its_wait() -> None:
    async with answering() as server:
        server.says(429, {"error": {"message": "slow down"}}, {"Retry-After": "3"})
        with pytest.raises(RateLimited) as caught:
            await ask(server)
    assert caught.value.retry_after_s == 3.0


async def test_nobody_is_followed_elsewhere() -> None:
    async with answering() as server, answering() as other:
        server.says(307, b"", {"Location": f"{other.url}/v1/chat/completions"})
        with pytest.raises(BadRequest, match="points to"):
            await ask(server)
    assert other.asked == []


async def test_a_call_can_be_cancelled_and_others_go_on() -> None:
    async with answering() as server:
        model = Compatible(model="m", base_url=server.url)
        client = model.connect()
        server.answer = None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.send(model.body(ASK)), 0.05)
        server.says(200, chat({"content": "C"}))
        assert (await client.send(model.body(ASK))).text == "C"
        await client.close()


async def test_what_is_no_json_is_not_sent() -> None:
    async with answering() as server:
        client = Compatible(model="m", base_url=server.url).connect()
        with pytest.raises(BadRequest):
            await client.send({"messages": [{"content": "\ud83d"}]})
        await client.close()
    assert server.asked == []


async def test_proxies_are_for_servers_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering() as server:
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        server.says(200, chat({"content": "C"}))
        far = Compatible(model="m", base_url="http://models.invalid/v1")
        client = far.connect()
        assert (await client.send(far.body(ASK))).text == "C"
        await client.close()
        assert (await ask(server)).text == "C"
    lines = [asked.line for asked in server.asked]
    assert lines[0].startswith("POST http://models.invalid/v1/chat/completions")
    assert lines[1].startswith("POST /v1/chat/completions")
