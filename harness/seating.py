"""Who sits at a match that is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from harness.agent import AnyPlayer, Seat
from harness.crash import described
from harness.errors import FolkError, PluginError, plugin_call, shorten
from harness.game import Game, Join, Play

if TYPE_CHECKING:  # a match makes its own seating
    from harness.match import Entry, MatchRecord

__all__ = ["Caller", "Seating", "dismiss", "generator", "sit_down"]


class Caller(Protocol):
    """What carries the calls of models to their providers."""

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Any]] | None:
        """What one player of a match calls its provider by (`Seat.call`)."""


class Seating:
    """A match being played: its script, and its players.

    Args:
        record: of the match; it is told who plays.
        caller: what carries the calls of models, if any play.

    Attributes:
        players: by number; None for one that has not joined.
    """

    def __init__(self, record: MatchRecord, caller: Caller | None) -> None:
        self._record = record
        self._caller = caller
        game, seats = record.match.game.what, record.match.seats
        later = [None] * (game.n_players - len(seats))
        record.agents = [*seats, *later]
        self.players: list[Any] = [self._seated(i, agent) for i, agent in enumerate(seats)]
        self.players += later

    def script(self) -> Play:
        """The game's generator."""
        match = self._record.match
        game: Game = match.game.what
        with plugin_call(match.game.spec, "play()"):
            return generator(game.play(Random(match.stream("game"))), match.game.spec)

    def join(self, join: Join) -> None:
        """Let a player join, of the agent that it is to be like.

        Raises:
            PluginError: it cannot.
        """
        (player, like), agents = join, self._record.agents
        known = range(len(agents))
        agent = agents[like] if like in known else None
        if agent is None or player not in known or agents[player] is not None:
            spec = self._record.match.game.spec
            raise PluginError(
                f"{spec}: player {player} cannot join like player {like}; it must be a new one of"
                f" the players up to {len(known) - 1}, like one who is there"
            )
        agents[player] = agent
        self.players[player] = self._seated(player, agent)

    def _seated(self, player: int, agent: Entry) -> AnyPlayer:
        """A player of this agent, in its seat."""
        return sit_down(agent, self._record.match.seat(player, self._call(player, agent)))

    def _call(self, player: int, agent: Entry) -> Callable[..., Awaitable[Any]] | None:
        """What a player calls its provider by."""
        if self._caller is None:
            return None
        return self._caller.for_player(self._record.match.id, player, agent)


def sit_down(agent: Entry, seat: Seat) -> AnyPlayer:
    """A player of an agent, in a seat.

    Raises:
        PluginError: the agent fails.
        UsageError: it cannot play this game.
    """
    try:
        player: AnyPlayer = agent.what.player(seat)
    except (FolkError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"{agent.spec}: player() raised {described(error)}") from error
    return player


def generator(made: Any, spec: str) -> Play:
    """What play() gave, if it is a generator.

    Raises:
        PluginError: it is none.
    """
    if not hasattr(made, "send"):
        raise PluginError(
            f"{spec}: play() gave {shorten(made)} and no generator; it must yield decisions and"
            " rounds"
        )
    return made  # type: ignore[no-any-return]


async def dismiss(seating: Seating, record: MatchRecord, *, over: bool) -> None:
    """Let all players go who hold something for the length of the match.

    Raises:
        PluginError: one of them cannot.
    """
    leaving = [(i, player) for i, player in enumerate(seating.players) if _leaves(player)]
    if not leaving:
        return
    status = record.status.value if over else "unfinished"
    payoffs = record.payoffs if over else None
    ends = (p.leave(status, None if payoffs is None else payoffs[i]) for i, p in leaving)
    for (i, _), error in zip(
        leaving, await asyncio.gather(*ends, return_exceptions=True), strict=True
    ):
        if isinstance(error, Exception):
            agent = record.agents[i]
            named = "an agent" if agent is None else agent.spec
            raise PluginError(f"{named}: leave() raised {described(error)}") from error


def _leaves(player: Any) -> bool:
    return getattr(player, "leave", None) is not None
