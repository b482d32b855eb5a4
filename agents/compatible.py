"""Models of any server that speaks OpenAI's Chat Completions, over HTTP without an SDK.

OpenRouter, Ollama, LM Studio and llama.cpp's server are known by name; any other by its address.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from harness import UsageError, did_you_mean
from harness.agents.chat import chat_messages, chat_reply, chat_schema
from harness.agents.failures import read_answer
from harness.agents.http import HTTPClient
from harness.agents.schemas import BOUNDS, without
from harness.agents.settings import check_url, key_in, refuse_doubles, sampling
from harness.models import AuthError, Client, Model, Reply, Request

__all__ = ["Compatible"]

PATH = "/chat/completions"


class Service(NamedTuple):
    """A service known by name.

    Attributes:
        base_url: its address.
        key_env: the environment variable that holds its key; '' if it needs none.
        takes_grammar: whether it constrains replies to a grammar.
    """

    base_url: str
    key_env: str = ""
    takes_grammar: bool = False


SERVICES = {
    "openrouter": Service("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "ollama": Service("http://127.0.0.1:11434/v1"),
    "lmstudio": Service("http://127.0.0.1:1234/v1"),
    "llamacpp": Service("http://127.0.0.1:8080/v1", takes_grammar=True),
}

OURS = {"grammar", "max_tokens", "messages", "model", "n", "reasoning", "reasoning_effort"} | {
    "response_format",
    "seed",
    "stream",
    "temperature",
    "top_p",
}
"""Fields of what is sent that parameters of ours stand for."""


@dataclass(frozen=True, kw_only=True)
class Compatible(Model):
    """A model of any server that speaks Chat Completions.

    `choice` constrains replies by a grammar in the field `grammar`, which llama.cpp's server takes
    and the others by name do not; servers that do not know the field often ignore it without a
    word. So they do with a JSON Schema: whatever comes is read as strictly. `thinking` is a word
    for the effort, such as `low`; for OpenRouter it may be a number of tokens. OpenRouter is asked
    to pass calls only to providers that support every parameter sent, unless `extra` has
    `provider`.

    Args:
        service: `openrouter`, `ollama`, `lmstudio` or `llamacpp`; '' for any other.
        base_url: the server's address up to what stands before `/chat/completions`; may be left
            out for a service known by name.
        key_env: the environment variable that holds the key (never the key itself); '' for the
            service's own, if it needs one.
    """

    service: Literal["", "openrouter", "ollama", "lmstudio", "llamacpp"] = ""
    base_url: str = ""
    key_env: str = ""

    name = "compatible"
    key_from = (SERVICES["openrouter"].key_env, "service='openrouter'")
    elicits = frozenset({"json", "text", "choice"})
    enforces_schema = True
    takes_seed = True

    def __post_init__(self) -> None:
        if self.service not in ("", *SERVICES):
            hint = did_you_mean(str(self.service), SERVICES)
            raise UsageError(f"{self.name}: there is no service {self.service!r}{hint}")
        known = SERVICES.get(self.service, Service("", takes_grammar=True))
        if not known.takes_grammar:
            object.__setattr__(self, "elicits", self.elicits - {"choice"})
        super().__post_init__()
        object.__setattr__(self, "base_url", self.base_url or known.base_url)
        object.__setattr__(self, "key_env", self.key_env or known.key_env)
        if not self.base_url:
            raise UsageError(
                f"{self.name}/{self.model} needs base_url, the server's address, or service: one"
                f" of {', '.join(SERVICES)}"
            )
        check_url(self.base_url, self.name)
        if not isinstance(self.key_env, str) or not f"_{self.key_env}".isidentifier():
            raise UsageError(
                f"{self.name}: key_env must be the name of an environment variable; the key itself"
                " does not belong here"
            )
        if isinstance(self.thinking, int) and self.service != "openrouter":
            raise UsageError(f"{self.name}: thinking must be a word for the effort, such as low")
        refuse_doubles(self, OURS)

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The variable that was named."""
        return (self.key_env,) if self.key_env else ()

    @property
    def connection(self) -> Hashable:
        """The server, and whose key is shown to it."""
        return self.name, self.base_url, self.key_env

    def connect(self) -> Client:
        """Connections to the server.

        Raises:
            AuthError: there is no key where there has to be one.
        """
        key = key_in(self.key_env) if self.key_env else ""
        if self.key_env and not key:
            raise AuthError(f"{self.name}: set {self.key_env} in the environment or .env")
        return CompatibleClient(self.base_url, key)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": chat_messages(request),
            "max_tokens": request.max_tokens or self.max_tokens,
        }
        body |= sampling(self, request)
        if request.schema is not None:
            # Who is behind a router may refuse bounds; servers of one make take or ignore them.
            routed = self.service == "openrouter"
            schema = without(request.schema, BOUNDS) if routed else request.schema
            body["response_format"] = chat_schema(schema)
        if request.grammar is not None:
            body["grammar"] = request.grammar
        if self.service == "openrouter":
            body["provider"] = {"require_parameters": True}
        return {**body, **self._thinking(), **self.extra}

    def _thinking(self) -> dict[str, Any]:
        """How much the model is to think."""
        if self.thinking is None:
            return {}
        if self.service != "openrouter":
            return {"reasoning_effort": self.thinking}
        unit = "max_tokens" if isinstance(self.thinking, int) else "effort"
        return {"reasoning": {unit: self.thinking}}


class CompatibleClient(HTTPClient):
    """Connections to a server, for chats."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(base_url, {"Authorization": f"Bearer {key}"} if key else {})
        self._where = self._base_url + PATH

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """One attempt at a call."""
        status, headers, answer = await self.post(PATH, body)
        return read_answer(status, headers, answer, self._where, chat_reply)
