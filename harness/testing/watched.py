"""An agent whose player is watched: whether it changes what it is shown, or its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from harness.agent import Agent, Player, Seat
from harness.errors import shorten
from harness.game import Decision
from harness.space import Action
from harness.testing.walk import cut, parting, spelled

__all__ = ["Watched"]


@dataclass
class Watched(Agent):
    """Acts as another agent does, and tells where that changes an observation or a parameter.

    Args:
        inner: the agent.
        tell: is called with what was changed.
    """

    inner: Agent
    tell: Callable[[str], None]

    def __post_init__(self) -> None:
        self.name = self.inner.name

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the agent."""
        return self.inner.parameters

    def player(self, seat: Seat) -> Player:
        """A player of the agent, watched."""
        player = self.inner.player(seat)
        assert isinstance(player, Player)
        return _WatchedPlayer(player, self.tell)


class _WatchedPlayer:
    """A player, and somebody who looks at its observations before and after."""

    def __init__(self, player: Player, tell: Callable[[str], None]) -> None:
        self._player = player
        self._tell = tell
        self.takes_asides = getattr(player, "takes_asides", True)

    def act(self, decision: Decision) -> Action:
        """What the player does."""
        before, given = spelled(dict(decision.observation)), _parameters(self._player)
        action = self._player.act(decision)
        after = spelled(dict(decision.observation))
        if before != after:
            one, two = (cut(text, parting(before, after) - 30, 60) for text in (before, after))
            self._tell(
                f"the observation that it is shown: {one} became {two}; it may be the game's own"
                " list: copy what is to change"
            )
        for name, value in _parameters(self._player).items():
            if value != given.get(name, value):
                self._tell(
                    f"its parameter `{name}`: {shorten(given[name])} became {shorten(value)};"
                    " parameters are what it is identified by: keep what changes in a match under"
                    " another name, made in begin()"
                )
        return action


def _parameters(player: Player) -> dict[str, Any]:
    """What a player that is a copy of its agent has as parameters, but for what begin() makes."""
    if not isinstance(player, Agent) or not is_dataclass(player):
        return {}
    made = {field.name for field in fields(player) if not field.init}
    return {name: value for name, value in player.parameters.items() if name not in made}
