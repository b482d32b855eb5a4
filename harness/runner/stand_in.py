"""Who plays in place of the models where a match is only rehearsed: nothing is sent anywhere.

The prompts are those of the model itself; only the replies are made up, by the scripted model.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from harness import registry
from harness.agent import Agent, Player, Seat
from harness.game import Decision
from harness.identity import derived_seed
from harness.match import Entry, Match
from harness.models.model import Client, Model
from harness.models.request import Reply, Request
from harness.space import Action

__all__ = ["Cast", "StandIn"]

MADE_UP_BY = "mock/random"
"""What makes up the replies: any legal answer, whatever is asked."""

AT_ONCE = {
    "latency_s": 0.0,
    "latency_sd": 0.0,
    "tokens_per_s": None,
    "error": 0.0,
    "status": None,
    "retry_after_s": None,
    "stall": 0.0,
}
"""Parameters of a scripted model that never fails and takes no time."""


class Cast:
    """Who sits where in rehearsals: bots for themselves, and nobody who reads.

    Args:
        models: the models that play, as agents of the run.
        readers: the keys of the agents that read.

    Attributes:
        models: their stand-ins, by agent as specified.
    """

    def __init__(self, models: Iterable[Entry], readers: Collection[str]) -> None:
        self.models = {agent.spec: StandIn(agent) for agent in models}
        self._readers = readers

    def of(self, match: Match) -> Match:
        """The match, with its identity and its streams of chance, for rehearsal."""
        return match.for_rehearsal(tuple(map(self._sitting_for, match.seats)))

    def _sitting_for(self, agent: Entry) -> Entry:
        if agent.spec in self.models:
            return self.models[agent.spec].entry
        return Entry(agent.spec, Anybody(agent.what)) if agent.key in self._readers else agent


class StandIn:
    """A model in rehearsals: who is asked in its place, and what it would reply.

    Args:
        agent: the model, as an agent of the run.

    Attributes:
        model: the model.
        scripted: whether it is a scripted one, whose replies are its very own.
        entry: the agent that takes its seat, with its identity and its prompts.
    """

    def __init__(self, agent: Entry) -> None:
        self.model: Model = agent.what
        maker: Any = registry.build("agent", MADE_UP_BY, _form(self.model)).what
        self.scripted = isinstance(self.model, type(maker))
        self._maker: Model = replace(self.model, **AT_ONCE) if self.scripted else maker
        self._client: Client = self._maker.connect()
        self.entry = Entry(agent.spec, _told_the_schema(self.model))

    async def reply(self, match: str, player: int, number: int, request: Request) -> Reply:
        """A reply to the request that is the player's call of this number.

        Raises:
            ContextOverflow: the conversation is too long for a scripted model.
        """
        if not self.scripted:  # chance comes from the call; reading the whole would only take time
            seed = derived_seed("rehearsal", match, player, number) % 2**31
            request = replace(request, messages=request.messages[-1:], kept=0, seed=seed)
        return await self._client.send(self._maker.body(request))

    def seconds_a_call(self, output_tokens: float) -> float | None:
        """How long a scripted model is set to take for a reply; None for other models."""
        if not self.scripted:
            return None
        settings: Any = self.model
        pace = settings.tokens_per_s
        return float(settings.latency_s + (output_tokens / pace if pace else 0.0))


def _form(model: Model) -> dict[str, Any]:
    """What bears on the form of a model's replies."""
    return {"elicit": model.elicit, "max_tokens": model.max_tokens}


def _told_the_schema(model: Model) -> Model:
    """This model, with the schema of the answer in every request, as who makes it up needs it."""
    told = copy.copy(model)
    object.__setattr__(told, "invents", True)
    return told


class Anybody(Agent):
    """Takes the seat of somebody who reads and is no model, with any legal action.

    Args:
        agent: whose seat, and whose identity.
    """

    def __init__(self, agent: Agent) -> None:
        self.name = agent.name
        self._agent = agent

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of whom it sits for: the match stays the same."""
        return self._agent.parameters

    def player(self, seat: Seat) -> Player:
        """A player that answers at once."""
        return AnybodySeated(seat)


class AnybodySeated:
    """Acts by chance."""

    takes_asides: ClassVar[bool] = True

    def __init__(self, seat: Seat) -> None:
        self._rng = seat.rng

    def act(self, decision: Decision) -> Action:
        """Any legal action."""
        return decision.space.sample(self._rng)
