"""OpenAI's models, by the official SDK: Chat Completions or Responses."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness import UsageError
from harness.agents.chat import chat_messages, chat_reply, chat_schema
from harness.agents.responses import responses_input, responses_reply
from harness.agents.schemas import LENGTHS, without
from harness.agents.sdk import SDKClient, sdk_settings
from harness.agents.settings import check_url, refuse_doubles, sampling, server_and_key
from harness.models import Client, Model, Request

__all__ = ["OpenAI"]

KEY = "OPENAI_API_KEY"
URL = "OPENAI_BASE_URL"
NO_KEY = "none"
"""Sent to servers other than OpenAI's where there is no key: most need none, the SDK needs one."""

PATHS = {"chat": "/chat/completions", "responses": "/responses"}

NO_SCHEMA = re.compile(r"gpt-3\.5|gpt-4(?:-|$)|chatgpt-4o|gpt-4o-2024-05-13|o1-(?:mini|preview)")
"""Models that keep to no JSON Schema."""

OURS = {
    "chat": {"max_completion_tokens", "max_tokens", "messages", "reasoning_effort"}
    | {"response_format", "seed", "n"},
    "responses": {"input", "instructions", "max_output_tokens", "reasoning", "text"},
}
"""Fields of what is sent that parameters of ours stand for."""


@dataclass(frozen=True, kw_only=True)
class OpenAI(Model):
    """A model of OpenAI, or of another server that the official SDK reaches.

    The key is read from OPENAI_API_KEY. `thinking` is a word for the effort, such as `low`.

    Args:
        api: `chat` for Chat Completions, `responses` for Responses, which takes no seed.
        base_url: the server's address; '' for OPENAI_BASE_URL, and without it OpenAI's own.
    """

    api: Literal["chat", "responses"] = "chat"
    base_url: str = ""

    name = "openai"
    key_from = (KEY, "OpenAI's own server")
    server_from = (URL, "/models")
    enforces_schema = True
    takes_seed = True

    def __post_init__(self) -> None:
        if self.api not in PATHS:
            raise UsageError(f"{self.name}: api is {self.api!r}; it must be chat or responses")
        if self.api == "responses":
            object.__setattr__(self, "conversation_key", "input")
            object.__setattr__(self, "takes_seed", False)
        if NO_SCHEMA.match(self.model):
            object.__setattr__(self, "enforces_schema", False)
        super().__post_init__()
        if self.base_url:
            check_url(self.base_url, self.name)
        if not isinstance(self.thinking, str | None):
            raise UsageError(f"{self.name}: thinking must be a word for the effort, such as low")
        refuse_doubles(self, OURS[self.api] | {"model", "stream", "temperature", "top_p"})

    @property
    def connection(self) -> Hashable:
        """The server and the API."""
        return self.name, self.api, self.base_url or os.environ.get(URL, "")

    def connect(self) -> Client:
        """A client of the SDK.

        Raises:
            AuthError: there is no key.
        """
        url, key = server_and_key(self.name, self.base_url, URL, KEY)
        import openai

        settings = sdk_settings(openai)
        client = openai.AsyncOpenAI(api_key=key or NO_KEY, base_url=url or None, **settings)
        read = chat_reply if self.api == "chat" else responses_reply
        return SDKClient(openai, client, PATHS[self.api], read)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request."""
        chat = self.api == "chat"
        most = request.max_tokens or self.max_tokens
        turns = chat_messages(request) if chat else responses_input(request)
        body: dict[str, Any] = {"model": self.model, self.conversation_key: turns}
        body["max_completion_tokens" if chat else "max_output_tokens"] = most
        body |= sampling(self, request)
        if self.thinking is not None:
            thinking = {"reasoning_effort": self.thinking}
            body |= thinking if chat else {"reasoning": {"effort": self.thinking}}
        if request.schema is not None:
            form = chat_schema(self._enforced(request.schema))
            body |= {"response_format": form} if chat else {"text": {"format": _flat(form)}}
        if not chat:
            body["store"] = False
        return {**body, **self.extra}

    def _enforced(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of a schema is sent: OpenAI may refuse lengths of texts, other servers take them."""
        return schema if self.base_url else without(schema, LENGTHS)


def _flat(form: Mapping[str, Any]) -> dict[str, Any]:
    """A response format as the Responses API takes it."""
    return {"type": form["type"], **form["json_schema"]}
