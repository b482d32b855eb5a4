from __future__ import annotations

import json

import pytest

from harness.agents.chat import chat_reply
from harness.agents.failures import MOST_TEXT, failure, read_answer
from harness.models import (
    AuthError,
    BadRequest,
    ContextOverflow,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Transient,
    UnknownModel,
)

WHERE = "http://127.0.0.1:1/v1/chat/completions"


def kind(status: int, body: object) -> type[ProviderError]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return type(failure(status, {}, data, WHERE))


def openai(message: str, type_: str = "invalid_request_error", code: str | None = None) -> object:
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


def anthropic(type_: str, message: str) -> object:
    return {"type": "error", "error": {"type": type_, "message": message}, "request_id": "req_1"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, openai("Incorrect API key provided: sk-***", code="invalid_api_key"), AuthError),
        (401, anthropic("authentication_error", "invalid x-api-key"), AuthError),
        (403, anthropic("permission_error", "not allowed"), AuthError),
        (403, b"<html>Forbidden</html>", AuthError),
        (
            429,
            openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
            QuotaExceeded,
        ),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, QuotaExceeded),
        (402, {"error": {"message": "Insufficient Balance"}}, QuotaExceeded),
        (
            400,
            anthropic("invalid_request_error", "Your credit balance is too low to access the API"),
            QuotaExceeded,
        ),
        (
            403,
            {"error": {"message": "Key limit exceeded (daily limit)", "code": 403}},
            QuotaExceeded,
        ),
        (400, openai("Billing hard limit", code="billing_hard_limit_reached"), QuotaExceeded),
    ],
)
def test_no_key_and_no_money_end_all_calls(
    status: int, body: object, expected: type[ProviderError]
) -> None:
    assert kind(status, body) is expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, openai("The model `gpt-x` does not exist", code="model_not_found")),
        (403, openai("Project has no access to model `gpt-5`", code="model_not_found")),
        (404, anthropic("not_found_error", "model: claude-none")),
        (404, openai("The model `x` does not exist.", "NotFoundError")),
        (404, {"error": {"message": 'model "llama9" not found, try pulling it first'}}),
        (400, {"error": {"message": "foo/bar is not a valid model ID", "code": 400}}),
        (404, {"error": {"message": "No endpoints found for foo/bar.", "code": 404}}),
        (400, {"error": {"code": 400, "message": "model 'x' not found"}}),
    ],
)
def test_a_model_that_is_not_there_is_known_as_such(status: int, body: object) -> None:
    assert kind(status, body) is UnknownModel


@pytest.mark.parametrize(
    "body",
    [
        {"detail": "Not Found"},
        {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}},
        openai("Invalid URL (POST /chat/completions)"),
        b"404 page not found",
    ],
)
def test_a_wrong_path_is_no_missing_model_and_asks_for_the_base_url(body: object) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = failure(404, {}, data, WHERE)
    assert type(error) is BadRequest
    assert "base_url" in str(error)
    assert WHERE in str(error)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            400,
            openai(
                "This model's maximum context length is 8192 tokens. However, your messages"
                " resulted in 9000 tokens.",
                code="context_length_exceeded",
            ),
        ),
        (400, openai("Your input exceeds the context window of this model.")),
        (
            400,
            anthropic(
                "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"
            ),
        ),
        (
            400,
            anthropic(
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 199211 + 20000 > 200000",
            ),
        ),
        (413, anthropic("request_too_large", "Request exceeds the maximum size")),
        (
            400,
            openai(
                "This model's maximum context length is 2048 tokens. However, you requested 3000"
                " tokens (2500 in the messages, 500 in the completion).",
                "BadRequestError",
            ),
        ),
        (
            400,
            {
                "object": "error",
                "message": "The decoder prompt (length 3000) is longer than the maximum model"
                " length of 2048.",
                "code": 400,
            },
        ),
        (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "request (45008 tokens) exceeds the available context size (8192"
                    " tokens), try increasing it",
                    "type": "exceed_context_size_error",
                }
            },
        ),
        (
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {
                        "raw": '{"error":{"message":"prompt is too long: 9 tokens > 8"}}',
                        "provider_name": "Anthropic",
                    },
                }
            },
        ),
        (
            400,
            {
                "error": {
                    "message": "This endpoint's maximum context length is 131072 tokens. However,"
                    " you requested about 140000 tokens.",
                    "code": 400,
                }
            },
        ),
        (400, {"error": {"message": "the input length exceeds the context length"}}),
        (400, {"error": "prompt too long; exceeded max context length by 12 tokens"}),
        (
            400,
            {
                "error": "The number of tokens to keep from the initial prompt is greater than the"
                " context length."
            },
        ),
    ],
)
def test_a_conversation_that_is_too_long_is_known_in_all_wordings(
    status: int, body: object
) -> None:
    assert kind(status, body) is ContextOverflow


def test_words_of_players_that_are_quoted_do_not_decide_what_a_failure_is() -> None:
    quoted = [
        {"loc": ["body", "messages"], "msg": "Input should be valid", "input": "prompt is too long"}
    ]
    assert kind(422, {"detail": quoted}) is BadRequest
    echoed = {"error": {"message": "bad", "request": "insufficient_quota, model not found"}}
    assert kind(400, echoed) is BadRequest


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 520, 529])
def test_what_may_pass_is_transient(status: int) -> None:
    assert kind(status, anthropic("overloaded_error", "Overloaded")) is Transient
    assert kind(status, b"<html>busy</html>") is Transient
    assert kind(status, b"") is Transient


@pytest.mark.parametrize("status", [400, 405, 422, 451, 501])
def test_what_will_not_pass_is_a_bad_request(status: int) -> None:
    assert kind(status, openai("Unsupported parameter: 'max_tokens'")) is BadRequest


def test_one_flagged_request_does_not_end_all_calls() -> None:
    body = {"error": {"message": "Your input was flagged: moderation", "code": 403}}
    assert kind(403, body) is BadRequest


def test_a_request_above_the_limit_per_minute_is_not_waited_for() -> None:
    body = openai("Request too large for gpt-x on tokens per min (TPM): Limit 1, Requested 2")
    assert kind(429, body) is BadRequest


def test_a_rate_limit_carries_its_wait_its_name_and_its_body() -> None:
    headers = {"retry-after": "7", "x-request-id": "req_9"}
    error = failure(429, headers, json.dumps(openai("slow down")).encode(), WHERE)
    assert isinstance(error, RateLimited)
    assert (error.retry_after_s, error.status, error.request_id) == (7.0, 429, "req_9")
    assert "slow down" in error.body
    assert isinstance(failure(503, headers, b"", WHERE), Transient)
    assert failure(503, headers, b"", WHERE).retry_after_s == 7.0  # type: ignore[attr-defined]


def test_long_bodies_are_cut() -> None:
    error = failure(500, {}, "grün".encode() * 100_000, WHERE)
    assert len(error.body) == MOST_TEXT
    assert len(str(error)) < MOST_TEXT + 200


def test_a_redirection_is_refused_and_tells_where_it_leads() -> None:
    error = failure(301, {"location": "https://elsewhere/v1"}, b"", WHERE)
    assert type(error) is BadRequest
    assert "https://elsewhere/v1" in str(error)


NO_REPLIES = [
    b"",
    b"<html>hello</html>",
    b"[]",
    b'"text"',
    b"null",
    b"{}",
    b"[" * 100_000,
    b"\xff\xfe{",
    b'{"choices": [{"mess',
    b'{"choices": []}',
    b'{"choices": null}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": NaN}}]}',
    b'{"choices": [{"message": {"content": "x"}, "finish_reason": "abort"}]}',
]


@pytest.mark.parametrize("body", NO_REPLIES)
def test_success_without_a_reply_may_pass(body: bytes) -> None:
    with pytest.raises(Transient) as caught:
        read_answer(200, {}, body, WHERE, chat_reply)
    assert caught.value.status == 200
    assert str(len(body)) in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "Provider returned error", "code": 502}, Transient),
        ({"message": "upstream is busy", "code": 429}, RateLimited),
        ({"message": "slow", "code": "rate_limit_exceeded"}, RateLimited),
        ({"message": "who knows"}, Transient),
        ("Trying to keep the first 9 tokens; with context length of only 8", ContextOverflow),
    ],
)
def test_a_failure_told_with_status_200_counts_as_what_it_is(
    error: object, expected: type[ProviderError]
) -> None:
    for body in ({"error": error}, {"choices": [{"error": error, "finish_reason": "error"}]}):
        with pytest.raises(ProviderError) as caught:
            read_answer(200, {}, json.dumps(body).encode(), WHERE, chat_reply)
        assert type(caught.value) is expected
