"""Models: agents whose answers come from a language model.

A provider is one subclass of `Model`, which says what is sent (`body`), and one of `Client`, which
sends it. Everything else is the same for all: conversation, elicitation, reading, retries, limits,
deadlines, log, cache, money.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, Self, TypeAlias

from harness.agent import Agent, Reader, Seat
from harness.check import is_number, is_whole
from harness.errors import UsageError, shorten
from harness.game import plain
from harness.models.request import Reply, Request
from harness.models.style import Style
from harness.space import one_of

__all__ = ["Client", "Elicit", "Model"]

Elicit: TypeAlias = Literal["json", "text", "choice", "logits"]
"""How an answer is asked for; see `harness.models.elicit`."""

SYSTEM = "You are taking part in a game. Follow its rules, and give each answer in the form asked."


class Client(ABC):
    """The way to a provider: what is kept between calls, such as connections or loaded weights.

    One serves all models that have the same `Model.connection`. It is made, used and closed
    within one event loop.
    """

    async def ready(self) -> None:  # noqa: B027 - most need nothing
        """Wait until calls can be sent, which may take minutes: a server starts, weights load.

        Raises:
            ProviderError: they never can.
        """

    @abstractmethod
    async def send(self, body: Mapping[str, Any]) -> Reply:
        """One attempt at a call; whoever calls sets the deadline, by cancelling.

        Args:
            body: what `Model.body` made.

        Raises:
            ProviderError: there was no reply; the subclass says what follows.
        """

    async def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of whatever is held."""


@dataclass(frozen=True, kw_only=True)
class Model(Agent, ABC):
    """Base of all models.

    Args:
        model: the model's name at its provider; on the command line it stands after the slash.
        elicit: how answers are asked for: `json`, `text`, `choice` or `logits`.
        memory: `chat`, one conversation that grows, or `restate`, one prompt per decision that
            tells the whole course of the match again.
        system: the system prompt; '' for none.
        temperature: of sampling; None leaves it to the provider.
        top_p: share of probability sampled from; None leaves it to the provider.
        max_tokens: most tokens in a reply, thinking included.
        thinking: for models that think first: a number of tokens or a word for the effort,
            whichever the provider takes; None leaves it to the provider.
        seed: whether each call is sent a seed, derived from the match.
        extra: further parameters, passed on to the provider as they are.

    Attributes:
        elicits: the elicitations that the provider can serve.
        enforces_schema: whether the provider keeps replies to a JSON Schema.
        takes_seed: whether the provider takes a seed.
        conversation_key: the key of the conversation in what is sent.
        system_apart: whether the system prompt stands outside it.
        invents: whether it makes up its replies from the schema of the answer, which it is then
            sent with every request.
        key_from: the environment variable that holds the key, and in words what it is for.
        server_from: the environment variable that names another server than the usual one, and
            where below that address the models are listed.
        styles: how the model is prompted, outermost last.

    Raises:
        UsageError: a parameter is out of its range, or the provider cannot do what is asked.
    """

    model: str
    elicit: Elicit = "json"
    memory: Literal["chat", "restate"] = "chat"
    system: str = SYSTEM
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 2048
    thinking: int | str | None = None
    seed: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    elicits: ClassVar[frozenset[str]] = frozenset({"json", "text"})
    enforces_schema: ClassVar[bool] = False
    takes_seed: ClassVar[bool] = False
    invents: ClassVar[bool] = False
    key_from: ClassVar[tuple[str, str]] = ("", "")
    server_from: ClassVar[tuple[str, str]] = ("", "")
    conversation_key: ClassVar[str] = "messages"
    system_apart: ClassVar[bool] = False

    # Not a field: styles are written after the model, `provider/model+style`.
    styles: ClassVar[tuple[Style, ...]] = ()

    def __post_init__(self) -> None:
        def refuse(name: str, must: str) -> None:
            value = shorten(getattr(self, name))
            raise UsageError(f"{self.name}/{self.model}: {name} is {value}; it must be {must}")

        if not isinstance(self.model, str) or not self.model.strip():
            raise UsageError(f"{self.name} needs a model, as in {self.name}/MODEL")
        known = ("json", "text", "choice", "logits")
        if self.elicit not in known:
            refuse("elicit", one_of(known))
        if self.elicit not in self.elicits:
            refuse("elicit", f"{one_of(sorted(self.elicits))}: {self.name} cannot do more")
        if self.memory not in ("chat", "restate"):
            refuse("memory", "chat or restate")
        if not isinstance(self.system, str):
            refuse("system", "a text")
        if self.temperature is not None and not (
            is_number(self.temperature) and 0 <= self.temperature <= 10
        ):
            refuse("temperature", "a number from 0 to 10")
        if self.top_p is not None and not (is_number(self.top_p) and 0 < self.top_p <= 1):
            refuse("top_p", "a number above 0, up to 1")
        if not is_whole(self.max_tokens, 1):
            refuse("max_tokens", "a whole number, 1 or more")
        whole = is_whole(self.thinking, 0)
        if self.thinking is not None and not whole and not isinstance(self.thinking, str):
            refuse("thinking", "a number of tokens, or a word")
        if not isinstance(self.seed, bool):
            refuse("seed", "True or False")
        if self.seed and not self.takes_seed:
            refuse("seed", f"left out: {self.name} takes none")
        if not isinstance(self.extra, dict) or not all(isinstance(k, str) for k in self.extra):
            refuse("extra", "a dictionary by names")
        if not _finite(self.extra):
            refuse("extra", "JSON data, with finite numbers")

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name, as JSON data, and the styles."""
        own = {f.name: plain(getattr(self, f.name)) for f in fields(self)}
        styles = [{"name": s.name, "parameters": s.parameters} for s in self.styles]
        return own | ({"styles": styles} if styles else {})

    def with_style(self, style: Style) -> Self:
        """This model, prompted in a further style."""
        styled = copy.copy(self)
        object.__setattr__(styled, "styles", (*self.styles, style))
        return styled

    def player(self, seat: Seat) -> Reader:
        """This model in a seat."""
        from harness.models.player import ModelPlayer

        return ModelPlayer(self, seat)

    @property
    @abstractmethod
    def connection(self) -> Hashable:
        """What models must have in common to share a client."""

    @abstractmethod
    def connect(self) -> Client:
        """A client for this model, within the running event loop.

        Raises:
            ProviderError: there can be none: no key, no such file.
        """

    @abstractmethod
    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request, verbatim, as JSON data.

        The conversation stands under `conversation_key`, one entry per message.
        """

    @property
    def key_variables(self) -> tuple[str, ...]:
        """Environment variables that hold keys although their names may not say so."""
        return ()

    def notices(self) -> list[str]:
        """What the user should know before anything is sent: what this provider cannot do."""
        if self.elicit == "json" and not self.enforces_schema:
            return [f"{self.name} enforces no JSON Schema: what comes is read, and re-asked"]
        return []


def _finite(value: Any) -> bool:
    """Whether this is JSON data without numbers that are none."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and _finite(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_finite, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)
