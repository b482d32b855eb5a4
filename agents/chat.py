"""The wire format of Chat Completions, which OpenAI made and most servers speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.agents.wire import as_count, as_dict, as_list, as_text
from harness.models import Finish, Reply, Request, Usage

__all__ = ["chat_messages", "chat_reply", "chat_schema", "chat_usage", "split_thinking"]

FINISHES = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "safety": Finish.REFUSAL,
    "refusal": Finish.REFUSAL,
}
BROKEN_OFF = ("error", "abort")
"""Finish reasons of replies that the server gave up: they are none."""


def chat_messages(request: Request) -> list[dict[str, str]]:
    """The conversation."""
    return [{"role": message.role, "content": message.text} for message in request.messages]


def chat_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The field `response_format`: a JSON Schema to be kept to."""
    json_schema = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": json_schema}


def chat_reply(data: dict[str, Any], kept: Any, request_id: str) -> Reply | None:
    """The reply in an answer's data; None if there is none.

    Some servers say nothing of how a reply ended; it is then taken for whole. One that calls a tool
    beside its words is not.

    What a model thought comes in a field of its own, `reasoning_content` or `reasoning`, or before
    the reply in the same text: `<think>…</think>`. Where such thinking does not end, there is no
    reply yet, whatever the server says.
    """
    choices = as_list(data.get("choices"))
    choice = as_dict(choices[0]) if choices else {}
    message = as_dict(choice.get("message"))
    reason = choice.get("finish_reason")
    if not message or reason in BROKEN_OFF:
        return None
    text, thinking = _content(message.get("content"))
    thinking = thinking or as_text(message.get("reasoning_content") or message.get("reasoning"))
    finish = FINISHES.get(str(reason), Finish.OTHER) if reason else Finish.STOP
    if message.get("tool_calls") or message.get("function_call"):  # nothing was to be called
        finish = Finish.OTHER
    if not thinking:
        text, thinking, ended = split_thinking(text)
        finish = finish if ended else Finish.LENGTH
    if refusal := as_text(message.get("refusal")):
        text, finish = text or refusal, Finish.REFUSAL
    return Reply(
        text=text,
        finish=finish,
        thinking=thinking,
        usage=chat_usage(as_dict(data.get("usage"))),
        model=as_text(data.get("model")),
        fingerprint=as_text(data.get("system_fingerprint")),
        request_id=request_id or as_text(data.get("id")),
        raw=kept,
    )


def _content(content: Any) -> tuple[str, str]:
    """The text of a message and the thinking in it, where it comes in parts."""
    if not isinstance(content, list):
        return as_text(content), ""
    texts, thoughts = [], []
    for part in map(as_dict, content):
        if part.get("type") == "thinking":
            inner = part.get("thinking")
            thoughts.append(_content(inner)[0])
        else:
            texts.append(as_text(part.get("text")))
    return "".join(texts), "".join(thoughts)


def split_thinking(text: str) -> tuple[str, str, bool]:
    """A text without the thinking at its beginning; that thinking; whether it ended.

    >>> split_thinking("<think>C or D?</think> D")
    ('D', 'C or D?', True)
    >>> split_thinking("<think>C or"), split_thinking("D </think>")
    (('', 'C or', False), ('D </think>', '', True))
    """
    if "<think>" not in text or not (start := text.lstrip()).startswith("<think>"):
        return text, "", True
    thinking, end, rest = start.removeprefix("<think>").partition("</think>")
    return rest.lstrip(), thinking.strip(), bool(end)


def chat_usage(usage: dict[str, Any]) -> Usage:
    """The tokens that a call took.

    Most servers count thinking among the completion's tokens; where the total says that it was
    not, it is added.
    """
    if not usage:
        return Usage()
    read, wrote = as_count(usage.get("prompt_tokens")), as_count(usage.get("completion_tokens"))
    of_read = as_dict(usage.get("prompt_tokens_details"))
    thinking = as_count(as_dict(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    if thinking and read is not None and wrote is not None:
        apart = usage.get("total_tokens") == read + wrote + thinking
        wrote += thinking if apart else 0
    return Usage(
        input=read,
        output=wrote,
        cached=as_count(of_read.get("cached_tokens")),
        written=as_count(of_read.get("cache_write_tokens")),
        thinking=thinking,
    )
