"""What a provider may answer, in each wire format: replies, and everything that goes wrong.

`FAULTS` names each way; `answer` says what is put on the wire. Only the standard library is used:
the server that sends this starts often.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, Literal, TypeAlias

__all__ = ["FAULTS", "HUGE", "Answer", "Asked", "Sent", "Wire", "answer", "other_model"]

Wire: TypeAlias = Literal["chat", "responses", "messages"]

Sent: TypeAlias = Literal["whole", "nothing", "head", "half", "cut", "never", "drip"]
"""How much is sent: all; nothing, the head, or half before a reset; half and an orderly end;
nothing at all, ever; or a byte at a time."""

HUGE = 10 * (1 << 20)
LATE_S = 1.2


@dataclass(frozen=True)
class Asked:
    """A request: its number in the server's life, its format, what was sent, and the key."""

    serial: int
    wire: Wire
    body: Mapping[str, Any]
    key: str = ""

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens read and written: no two requests' are the same."""
        return 1000 + self.serial, 5


@dataclass(frozen=True)
class Answer:
    """What is put on the wire.

    `is_reply` says that whoever gets the whole of it has got, and pays for, a reply; `text` is
    what that reply says.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Sent = "whole"
    delay_s: float = 0.0
    is_reply: bool = False
    text: str | None = None


def answer(fault: str, asked: Asked) -> Answer:
    """What is answered to a request."""
    given = FAULTS[fault](asked)
    name = "request-id" if asked.wire == "messages" else "x-request-id"
    kind = {"content-type": "application/json", name: f"req-{asked.serial}"}
    return replace(given, headers=kind | dict(given.headers))


# ── replies ──────────────────────────────────────────────────────────────────────────────────────


def reply(
    asked: Asked,
    text: str | None = None,
    *,
    ended: str = "stop",
    model: str = "",
    absent: bool = False,
) -> Answer:
    """A reply; by default one that fits the schema sent along, or a greeting."""
    said = compose(asked) if text is None else text
    make = {"chat": _chat, "responses": _responses, "messages": _messages}[asked.wire]
    data = make(asked, None if absent else said, ended) | {"model": model or asked.model}
    content = json.dumps(data).encode()
    return Answer(body=content, is_reply=True, text=None if absent else said)


def other_model(fault: str, asked: str) -> str:
    """The name of the model that replies in place of the one asked."""
    ending = {"smaller model": f"{asked}-mini", "dated model": f"{asked}-2025-08-07"}
    return ending.get(fault, "something-cheaper")


def _chat(asked: Asked, text: str | None, ended: str) -> dict[str, Any]:
    read, wrote = asked.usage
    reason = {"refusal": "content_filter"}.get(ended, ended)
    return {
        "id": f"chatcmpl-{asked.serial}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": reason,
            }
        ],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": wrote,
            "total_tokens": read + wrote,
            "prompt_tokens_details": {"cached_tokens": 1000},
        },
        "system_fingerprint": "fp_1",
    }


def _responses(asked: Asked, text: str | None, ended: str) -> dict[str, Any]:
    read, wrote = asked.usage
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    why = {"refusal": "content_filter", "length": "max_output_tokens"}.get(ended)
    return {
        "id": f"resp_{asked.serial}",
        "object": "response",
        "status": "completed" if ended == "stop" else "incomplete",
        "error": None,
        "incomplete_details": {"reason": why} if why else None,
        "output": [] if text is None else [message],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 1000},
            "output_tokens": wrote,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + wrote,
        },
    }


def _messages(asked: Asked, text: str | None, ended: str) -> dict[str, Any]:
    read, wrote = asked.usage
    reason = {"stop": "end_turn", "length": "max_tokens"}.get(ended, ended)
    return {
        "id": f"msg_{asked.serial}",
        "type": "message",
        "role": "assistant",
        "content": [] if text is None else [{"type": "text", "text": text}],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": read - 1000,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 1000,
            "output_tokens": wrote,
        },
    }


def compose(asked: Asked) -> str:
    """A text that fits the schema sent along; without one, the word that greetings ask for."""
    body = asked.body
    try:
        if asked.wire == "chat":
            schema = body["response_format"]["json_schema"]["schema"]
        elif asked.wire == "responses":
            schema = body["text"]["format"]["schema"]
        else:
            schema = body["output_config"]["format"]["schema"]
    except KeyError:
        return "ready"
    return json.dumps(_fitting(schema, Random(asked.serial)))


def _fitting(schema: Mapping[str, Any], rng: Random) -> Any:
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if schema["type"] == "object":
        return {name: _fitting(part, rng) for name, part in schema["properties"].items()}
    return {"string": "…", "integer": schema.get("minimum", 0), "number": 0.5}[schema["type"]]


# ── errors ───────────────────────────────────────────────────────────────────────────────────────

Told: TypeAlias = tuple[int, str, str | None, str]
"""Status, type, code (OpenAI only), message."""


def error(
    openai: Told, anthropic: Told, headers: Callable[[Asked], Mapping[str, str]] = lambda _: {}
) -> Callable[[Asked], Answer]:
    """An error in the shape of the format spoken; its message may hold `{model}` and `{key}`."""

    def make(asked: Asked) -> Answer:
        status, kind, code, message = anthropic if asked.wire == "messages" else openai
        message = message.format(model=asked.model, key=asked.key)
        data: dict[str, Any] = {
            "error": {"message": message, "type": kind, "param": None, "code": code}
        }
        if asked.wire == "messages":
            inner = {"type": kind, "message": message}
            data = {"type": "error", "error": inner, "request_id": f"req-{asked.serial}"}
        return Answer(status, json.dumps(data).encode(), headers(asked))

    return make


SLOW = (
    (429, "requests", "rate_limit_exceeded", "Rate limit reached for {model} on requests per min."),
    (429, "rate_limit_error", None, "This request would exceed your rate limit; try again later."),
)


def slow_down(**headers: str) -> Callable[[Asked], Answer]:
    """429 with these headers, `_` for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return error(*SLOW, headers=lambda _: named)


def _dated(asked: Asked) -> Mapping[str, str]:
    when = datetime.now(UTC) + timedelta(seconds=2)
    return {"retry-after": format_datetime(when, usegmt=True)}


def _reset(asked: Asked) -> Mapping[str, str]:
    """The headers of a limit that is used up, beside one that is not."""
    if asked.wire == "messages":
        soon, later = (datetime.now(UTC) + timedelta(seconds=s) for s in (1, 500))
        return {
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": soon.isoformat(),
            "anthropic-ratelimit-tokens-remaining": "9000",
            "anthropic-ratelimit-tokens-reset": later.isoformat(),
        }
    return {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "950ms",
        "x-ratelimit-remaining-tokens": "9000",
        "x-ratelimit-reset-tokens": "6m0s",
    }


def page(status: int) -> Callable[[Asked], Answer]:
    """A page for people, as proxies show it."""
    html = b"<html><body><h1>Bad gateway</h1></body></html>"
    return lambda _: Answer(status, html, {"content-type": "text/html"})


def sent(how: Sent) -> Callable[[Asked], Answer]:
    """A reply of which not all arrives."""
    return lambda asked: replace(reply(asked), sent=how, is_reply=False)


def _half_json(asked: Asked) -> Answer:
    whole = reply(asked).body
    return Answer(body=whole[: len(whole) // 2])


def _error_in_200(asked: Asked) -> Answer:
    data = {"error": {"message": "Provider returned error", "code": 502}}
    return Answer(body=json.dumps(data).encode())


INVALID = "invalid_request_error"

FAULTS: dict[str, Callable[[Asked], Answer]] = {
    "ok": reply,
    # row 23: asked to slow down
    "429": error(*SLOW),
    "429 seconds": slow_down(retry_after="1"),
    "429 ms": slow_down(retry_after_ms="900"),
    "429 date": error(*SLOW, headers=_dated),
    "429 reset": error(*SLOW, headers=_reset),
    "429 huge": slow_down(retry_after="86400"),
    "429 absurd": slow_down(retry_after="99999999999999"),
    "429 negative": slow_down(retry_after="-30"),
    "429 garbage": slow_down(retry_after="soon", x_ratelimit_reset_requests="NaN"),
    # row 24: nothing left of what was paid for
    "quota": error(
        (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
        (402, "billing_error", None, "There is a problem with your billing information."),
    ),
    "credit": error(
        (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
        (400, INVALID, None, "Your credit balance is too low to access the Anthropic API."),
    ),
    # row 25: no key, no right, no such model
    "401": error(
        (401, INVALID, "invalid_api_key", "Incorrect API key provided."),
        (401, "authentication_error", None, "invalid x-api-key"),
    ),
    "401 echo": error(
        (401, INVALID, "invalid_api_key", "Incorrect API key provided: {key}. See {key}."),
        (401, "authentication_error", None, "invalid x-api-key: {key}"),
    ),
    "403": error(
        (403, "request_forbidden", "unsupported_country", "Country or region not supported"),
        (403, "permission_error", None, "Your API key does not have permission for this."),
    ),
    "404": error(
        (404, INVALID, "model_not_found", "The model `{model}` does not exist."),
        (404, "not_found_error", None, "model: {model}"),
    ),
    # row 26: failures that may pass
    "500": error(
        (500, "server_error", None, "The server had an error while processing your request."),
        (500, "api_error", None, "Internal server error"),
    ),
    "502": page(502),
    "503": error(
        (503, "server_error", "service_unavailable", "The engine is currently overloaded."),
        (503, "api_error", None, "Service unavailable"),
    ),
    "503 seconds": error(
        (503, "server_error", "service_unavailable", "The engine is currently overloaded."),
        (503, "api_error", None, "Service unavailable"),
        headers=lambda _: {"retry-after": "1"},
    ),
    "504": page(504),
    "529": error(
        (529, "server_error", "overloaded", "Overloaded"),
        (529, "overloaded_error", None, "Overloaded"),
    ),
    "reset at once": sent("nothing"),
    "reset after head": sent("head"),
    "reset in body": sent("half"),
    "end in body": sent("cut"),
    "half json": _half_json,
    "page": page(200),
    "empty": lambda _: Answer(),
    "error in 200": _error_in_200,
    # rows 27 to 29: nothing, too slow, too late
    "hang": lambda _: Answer(sent="never"),
    "drip": sent("drip"),
    "late": lambda asked: replace(reply(asked), delay_s=LATE_S),
    # row 30: longer than the model reads; and what is refused for another reason
    "context": error(
        (
            *(400, INVALID, "context_length_exceeded"),
            "This model's maximum context length is 8192 tokens. Please reduce the length.",
        ),
        (400, INVALID, None, "prompt is too long: 208310 tokens > 200000 maximum"),
    ),
    "refused request": error(
        (400, INVALID, "unsupported_parameter", "Unsupported parameter: 'temperature'."),
        (400, INVALID, None, "temperature: range: 0..1"),
    ),
    # row 31: somebody else
    "other model": lambda asked: reply(asked, model=other_model("other model", asked.model)),
    "smaller model": lambda asked: reply(asked, model=other_model("smaller model", asked.model)),
    "dated model": lambda asked: reply(asked, model=other_model("dated model", asked.model)),
    # replies that are no answers
    "10 MB": lambda asked: reply(asked, "x" * HUGE),
    "null": lambda asked: reply(asked, absent=True),
    "refusal": lambda asked: reply(asked, absent=True, ended="refusal"),
    "truncated": lambda asked: reply(asked, compose(asked)[:-3], ended="length"),
    "in words": lambda asked: reply(asked, "Well, J or F. I might choose J."),
}
