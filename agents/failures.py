"""What an HTTP answer that is no reply means: which `ProviderError` it is, and so what follows.

Providers word the same failure in many ways: OpenAI's and Anthropic's own shapes, those of servers
that imitate them (vLLM, llama.cpp, Ollama, LM Studio), and of routers that quote another's
(OpenRouter). Only what the provider says about itself is judged, never what it quotes of a request:
that holds other players' words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from harness.agents.wire import as_dict, as_list, as_text, decode
from harness.models import (
    AuthError,
    BadRequest,
    ContextOverflow,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Reply,
    Transient,
    UnknownModel,
    retry_after,
)

__all__ = ["ReadReply", "failure", "read_answer"]

MOST_TEXT = 1 << 16
"""Characters of a provider's answer that are kept in an error.

The transport cuts it shorter, after it has taken secrets out: cut before, half of one might stay.
"""

ReadReply: TypeAlias = Callable[[dict[str, Any], Any, str], Reply | None]
"""Makes a reply of an answer's data, of what to keep of it, and of the request's name; or None."""

TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|request_too_large"
    r"|maximum context length|exceeds? the (?:available )?context|exceed context limit"
    r"|(?:prompt|input|request) (?:is )?too long|exceeded max context length"
    r"|longer than the maximum model length|model's context (?:length|window)"
    r"|greater than the context length|with context length of only|exceeds max_model_len"
    r"|(?:input|prompt) (?:token count|length)\b.{0,80}\b(?:exceeds|too (?:large|long))"
    r"|reduce the length of the (?:messages|input|prompt)"
)
USED_UP = re.compile(
    r"insufficient_quota|billing_\w+|credit balance is too low|key limit exceeded"
    r"|insufficient (?:credits|funds|balance)|used all available credits|api usage limits"
)
NO_MODEL = re.compile(
    r"model_not_found|not a valid model|no endpoints found|^model: .*not_found_error"
    r"|\bmodel\b.{0,200}\b(?:not found|not exist|no longer available)"
    r"|(?:unknown|no such|invalid|find|load) model"
)
OVER_THE_LIMIT = re.compile(r"request too large for")
ONE_REQUEST = re.compile(r"moderation|flagged|content[ _](?:filter|policy)")

CODES = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "context_length_exceeded": 400,
    "invalid_prompt": 400,
}
"""The statuses of failures that are told by name in an answer with status 200."""


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, where: str, read: ReadReply
) -> Reply:
    """The reply in an HTTP answer.

    Args:
        status: the HTTP status.
        headers: the answer's, whose names may be asked for in lower case.
        body: the answer's.
        where: what was asked, as a message may show it.
        read: makes a reply of the answer's data, or None if there is none in it.

    Raises:
        ProviderError: there is none; the subclass says what follows.
    """
    if not 200 <= status < 300:
        raise failure(status, headers, body, where)
    try:
        data, kept = decode(body)
    except ValueError:
        data = kept = None
    data = as_dict(data)
    reply = read(data, kept, _request_id(headers)) if data else None
    if reply is None:
        raise _no_reply(status, headers, data, body, where)
    return reply


def failure(status: int, headers: Mapping[str, str], body: bytes, where: str) -> ProviderError:
    """What an answer means whose status is no success; the arguments are `read_answer`'s."""
    return _failed(status, _told(body), headers, body, f"{where}: HTTP {status}")


def _failed(
    status: int, words: str, headers: Mapping[str, str], body: bytes, where: str
) -> ProviderError:
    """What a status means, with what the provider says."""
    kind = _kind(status, words.lower())
    hint = ""
    if 300 <= status < 400:
        hint = f" (it points to {headers.get('location', 'nowhere')}: is base_url right?)"
    elif kind is BadRequest and status in (404, 405):
        hint = " (is base_url right?)"
    details: dict[str, Any] = {
        "status": status,
        "body": _start(body, MOST_TEXT),
        "request_id": _request_id(headers),
    }
    if kind is RateLimited or kind is Transient:
        details["retry_after_s"] = retry_after(headers)
    return kind(f"{where}: {words or 'no further word'}{hint}", **details)


def _kind(status: int, words: str) -> type[ProviderError]:
    """Which error a status is, given what the provider says in lower case."""
    kind: type[ProviderError] = BadRequest
    if status == 402 or (status in (400, 403, 429) and USED_UP.search(words)):
        kind = QuotaExceeded
    elif status == 429:
        kind = BadRequest if OVER_THE_LIMIT.search(words) else RateLimited
    elif status in (400, 403, 404) and NO_MODEL.search(words):
        kind = UnknownModel
    elif status == 401 or (status == 403 and not ONE_REQUEST.search(words)):
        kind = AuthError
    elif status == 413 or (status in (400, 422) and TOO_LONG.search(words)):
        kind = ContextOverflow
    elif status in (408, 409, 425) or (status >= 500 and status not in (501, 505)):
        kind = Transient
    return kind


def _no_reply(
    status: int, headers: Mapping[str, str], data: dict[str, Any], body: bytes, where: str
) -> ProviderError:
    """What a successful answer means in which there is no reply.

    Some servers tell of failures with status 200; then the failure's own code counts, and where
    there is none, it may pass.
    """
    choices = as_list(data.get("choices"))
    error = data.get("error") or (as_dict(choices[0]).get("error") if choices else None)
    if error:
        words = _words(error)
        code = as_dict(error).get("code")
        meant = code if isinstance(code, int) and 400 <= code < 600 else CODES.get(str(code), 0)
        meant = meant or (400 if TOO_LONG.search(words.lower()) else 500)
        return _failed(meant, words, headers, body, f"{where}: HTTP {status} with an error in it")
    begins = _start(body, MOST_TEXT)
    return Transient(
        f"{where}: HTTP {status}, but in its {len(body)} bytes is no reply: {begins!r}",
        status=status,
        body=begins,
        request_id=_request_id(headers),
    )


def _told(body: bytes) -> str:
    """What a provider says went wrong, as far as it says it in a known shape; else the body."""
    try:
        data, _ = decode(body)
    except ValueError:
        return _start(body, MOST_TEXT).strip()
    told = as_dict(data)
    return _words(told.get("error") or told.get("detail") or data)


def _words(error: Any) -> str:
    """The words in an error of any shape."""
    if isinstance(error, dict):
        error = _of_object(error)
    elif isinstance(error, list):  # one entry for each field that is wrong
        error = "; ".join(as_text(as_dict(e).get("msg")) for e in error)
    return as_text(str(error))[:MOST_TEXT]


def _of_object(error: Mapping[str, Any]) -> str:
    """What an error object says: its message and codes, and what it passes on from elsewhere."""
    words = [as_text(error.get("message"))]
    codes = [error[key] for key in ("type", "code") if isinstance(error.get(key), str)]
    if codes:
        words.append(f"({', '.join(codes)})")
    passed_on = as_dict(error.get("metadata"))
    if passed_on.get("raw"):
        words.append(f"[{passed_on.get('provider_name', 'provider')}: {passed_on['raw']}]")
    return " ".join(filter(None, words))


def _start(body: bytes, n_characters: int) -> str:
    return body[: 4 * n_characters].decode("utf-8", "replace")[:n_characters]


def _request_id(headers: Mapping[str, str]) -> str:
    """The provider's own name for a request, as its support asks for it."""
    return headers.get("x-request-id") or headers.get("request-id") or ""
