"""Anthropic's models, by the official SDK: Messages."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from harness import UsageError
from harness.agents.schemas import BOUNDS, without
from harness.agents.sdk import SDKClient, sdk_settings
from harness.agents.settings import check_url, refuse_doubles, sampling, server_and_key
from harness.agents.wire import as_count, as_dict, as_text
from harness.models import Client, Finish, Model, Reply, Request, Usage

__all__ = ["Anthropic"]

KEY = "ANTHROPIC_API_KEY"
URL = "ANTHROPIC_BASE_URL"
NO_KEY = "none"
"""Sent to servers other than Anthropic's where there is no key."""

PATH = "/v1/messages"

LEAST_THINKING = 1024
"""Tokens of the smallest budget for thinking that the API takes."""

NO_SCHEMA = re.compile(
    r"claude-(?:[23]|instant|(?:opus|sonnet)-4(?:-0|-1|-2025\d+)?(?:-2025\d+)?$)"
)
"""Models that keep to no JSON Schema: all before Claude 4.5."""

OURS = {"cache_control", "max_tokens", "messages", "model", "output_config", "stream", "system"} | {
    "temperature",
    "thinking",
    "top_p",
}
"""Fields of what is sent that parameters of ours stand for."""

FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
}


@dataclass(frozen=True, kw_only=True)
class Anthropic(Model):
    """A model of Anthropic, or of another server that speaks Messages.

    The key is read from ANTHROPIC_API_KEY. `thinking` is a number of tokens (0 for none, or
    1024 or more and less than `max_tokens`), or for models that find it themselves a word for the
    effort, such as `low`.

    Args:
        base_url: the server's address, without `/v1`; '' for ANTHROPIC_BASE_URL, and without it
            Anthropic's own.
        cache: whether to have the conversation so far cached by the provider, which costs more
            when it is first read and less whenever it is read again.
    """

    base_url: str = ""
    cache: bool = False

    name = "anthropic"
    key_from = (KEY, "Anthropic's own server")
    server_from = (URL, "/v1/models")
    enforces_schema = True
    system_apart = True

    def __post_init__(self) -> None:
        if NO_SCHEMA.match(self.model):
            object.__setattr__(self, "enforces_schema", False)
        super().__post_init__()
        if self.base_url:
            check_url(self.base_url, self.name)
        if not isinstance(self.cache, bool):
            raise UsageError(f"{self.name}: cache is {self.cache!r}; it must be True or False")
        budget = self.thinking
        room = range(LEAST_THINKING, self.max_tokens)
        if isinstance(budget, int) and budget and budget not in room:
            raise UsageError(
                f"{self.name}: thinking is {budget}; it must be 0, or {LEAST_THINKING} or more and"
                f" less than max_tokens, which is {self.max_tokens}"
            )
        if budget and self.temperature not in (None, 1):
            raise UsageError(f"{self.name}: with thinking, temperature must be 1 or left out")
        refuse_doubles(self, OURS)

    @property
    def connection(self) -> Hashable:
        """The server."""
        return self.name, self.base_url or os.environ.get(URL, "")

    def connect(self) -> Client:
        """A client of the SDK.

        Raises:
            AuthError: there is no key.
        """
        url, key = server_and_key(self.name, self.base_url, URL, KEY)
        import anthropic

        client = anthropic.AsyncAnthropic(
            api_key=key or NO_KEY,
            base_url=url or None,
            open_telemetry=False,
            **sdk_settings(anthropic),
        )
        return SDKClient(anthropic, client, PATH, messages_reply)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request."""
        most = request.max_tokens or self.max_tokens
        body: dict[str, Any] = {"model": self.model, "max_tokens": most}
        turns = request.messages
        if turns[0].role == "system":
            body["system"] = turns[0].text
            turns = turns[1:]
        body["messages"] = [{"role": turn.role, "content": turn.text} for turn in turns]
        body |= sampling(self, request)
        if self.cache:  # without a place of its own, the mark moves along with the last turn
            body["cache_control"] = {"type": "ephemeral"}
        return {**body, **self._thinking(most), **self._output(request), **self.extra}

    def _thinking(self, most: int) -> dict[str, Any]:
        """How the model is to think; not at all where a reply has no room for it."""
        if isinstance(self.thinking, str):
            return {"thinking": {"type": "adaptive"}}
        if self.thinking == 0:
            return {"thinking": {"type": "disabled"}}
        if self.thinking is None or self.thinking >= most:
            return {}
        return {"thinking": {"type": "enabled", "budget_tokens": self.thinking}}

    def _output(self, request: Request) -> dict[str, Any]:
        """What the reply is to be like."""
        output: dict[str, Any] = {}
        if isinstance(self.thinking, str):
            output["effort"] = self.thinking
        if request.schema is not None:
            # Anthropic refuses bounds of all kinds; other servers that speak Messages take them.
            schema = request.schema if self.base_url else without(request.schema, BOUNDS)
            output["format"] = {"type": "json_schema", "schema": schema}
        return {"output_config": output} if output else {}


def messages_reply(data: dict[str, Any], kept: Any, request_id: str) -> Reply | None:
    """The reply in an answer's data; None if there is none."""
    if data.get("type") != "message" or not isinstance(data.get("content"), list):
        return None
    blocks = [as_dict(block) for block in data["content"]]
    return Reply(
        text="".join(as_text(b.get("text")) for b in blocks if b.get("type") == "text"),
        finish=FINISHES.get(str(data.get("stop_reason")), Finish.OTHER),
        thinking="\n\n".join(
            as_text(b.get("thinking")) for b in blocks if b.get("type") == "thinking"
        ),
        usage=_usage(as_dict(data.get("usage"))),
        model=as_text(data.get("model")),
        request_id=request_id or as_text(data.get("id")),
        raw=kept,
    )


def _usage(usage: dict[str, Any]) -> Usage:
    """The tokens that a call took; what was cached comes on top of what the API calls input."""
    fresh = as_count(usage.get("input_tokens"))
    cached = as_count(usage.get("cache_read_input_tokens"))
    written = as_count(usage.get("cache_creation_input_tokens"))
    return Usage(
        input=None if fresh is None else fresh + (cached or 0) + (written or 0),
        output=as_count(usage.get("output_tokens")),
        cached=cached,
        written=written,
        thinking=as_count(as_dict(usage.get("output_tokens_details")).get("thinking_tokens")),
    )
