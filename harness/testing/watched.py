"""An agent whose player is watched: whether it changes what it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.agent import Agent, Player, Seat
from harness.game import Decision
from harness.space import Action
from harness.testing.walk import parting, spelled

__all__ = ["Watched"]


@dataclass
class Watched(Agent):
    """Acts as another agent does, and tells where that changes an observation.

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
        before = spelled(dict(decision.observation))
        action = self._player.act(decision)
        after = spelled(dict(decision.observation))
        if before != after:
            start = max(0, parting(before, after) - 30)
            self._tell(f"{before[start:][:60]} became {after[start:][:60]}")
        return action
