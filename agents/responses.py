"""The wire format of OpenAI's Responses."""

from __future__ import annotations

from typing import Any

from harness.agents.chat import split_thinking
from harness.agents.wire import as_count, as_dict, as_list, as_text
from harness.models import Finish, Reply, Request, Usage

__all__ = ["responses_input", "responses_reply"]


def responses_input(request: Request) -> list[dict[str, str]]:
    """The conversation; some servers do not know a message that is not called one."""
    return [
        {"type": "message", "role": message.role, "content": message.text}
        for message in request.messages
    ]


def responses_reply(data: dict[str, Any], kept: Any, request_id: str) -> Reply | None:
    """The reply in an answer's data; None if there is none."""
    status = data.get("status")
    if data.get("error") or status not in ("completed", "incomplete"):
        return None
    items = [as_dict(item) for item in as_list(data.get("output"))]
    said = _parts(items, "message", "content")
    thoughts = _parts(items, "reasoning", "summary") + _parts(items, "reasoning", "content")
    text = "".join(as_text(part.get("text")) for part in said)
    thinking = "\n\n".join(as_text(part.get("text")) for part in thoughts)
    others = {item.get("type") for item in items} - {"message", "reasoning"}
    finish = Finish.OTHER if others else Finish.STOP
    if status == "incomplete":
        reason = as_dict(data.get("incomplete_details")).get("reason")
        finish = Finish.REFUSAL if reason == "content_filter" else Finish.LENGTH
    if not thinking:
        text, thinking, ended = split_thinking(text)
        finish = finish if ended else Finish.LENGTH
    if refusal := "".join(as_text(part.get("refusal")) for part in said):
        text, finish = text or refusal, Finish.REFUSAL
    return Reply(
        text=text,
        finish=finish,
        thinking=thinking,
        usage=_usage(as_dict(data.get("usage"))),
        model=as_text(data.get("model")),
        request_id=request_id or as_text(data.get("id")),
        raw=kept,
    )


def _parts(items: list[dict[str, Any]], kind: str, field: str) -> list[dict[str, Any]]:
    """The parts in one field of all items of one kind."""
    return [
        as_dict(part)
        for item in items
        if item.get("type") == kind
        for part in as_list(item.get(field))
    ]


def _usage(usage: dict[str, Any]) -> Usage:
    """The tokens that a call took."""
    of_read = as_dict(usage.get("input_tokens_details"))
    of_wrote = as_dict(usage.get("output_tokens_details"))
    return Usage(
        input=as_count(usage.get("input_tokens")),
        output=as_count(usage.get("output_tokens")),
        cached=as_count(of_read.get("cached_tokens")),
        written=as_count(of_read.get("cache_write_tokens")),
        thinking=as_count(of_wrote.get("reasoning_tokens")),
    )
