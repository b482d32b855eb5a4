"""A model whose client does what a test's script says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from harness.match import Entry
from harness.models import Client, Message, Model, Reply, Request, Usage
from harness.models.transport import Transport

ASKED = Request((Message("system", "Play."), Message("user", "J or F?")))

Script: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""Given what is sent: a reply, its text, an exception to raise, or seconds to wait for it."""


@dataclass(frozen=True, kw_only=True)
class Scripted(Model):
    """A model that replies by a script."""

    model: str = "tiny"
    script: Script = field(default=lambda body: "J", compare=False)
    sent: list[Mapping[str, Any]] = field(default_factory=list, compare=False)

    name = "scripted"
    elicits: ClassVar[frozenset[str]] = frozenset({"json", "text", "choice", "logits"})
    takes_seed: ClassVar[bool] = True
    enforces_schema: ClassVar[bool] = True

    @property
    def parameters(self) -> dict[str, Any]:
        return {"model": self.model, "styles": [style.name for style in self.styles]}

    @property
    def connection(self) -> Hashable:
        return self.name, self.model, id(self.script)

    def connect(self) -> Client:
        return ScriptedClient(self)

    def body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.text} for m in request.messages],
            "schema": request.schema,
            "grammar": request.grammar,
            "scored": list(request.scored),
        }
        return body | ({} if request.seed is None else {"seed": request.seed})


class ScriptedClient(Client):
    def __init__(self, model: Scripted) -> None:
        self.model = model

    async def send(self, body: Mapping[str, Any]) -> Reply:
        self.model.sent.append(body)
        said = self.model.script(body)
        if isinstance(said, float):
            await asyncio.sleep(said)
            said = "J"
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, Reply):
            return said
        return Reply(str(said), usage=Usage(10, 2), model=self.model.model, raw={"said": said})


async def call(
    transport: Transport, model: Scripted, request: Request = ASKED, n: int = 1
) -> Reply:
    """One call of a player of match m1."""
    carry = transport.for_player("m1", 0, Entry("scripted/tiny", model))
    assert carry is not None
    reply: Reply = await carry(n, model, request)
    return reply
