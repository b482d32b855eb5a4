"""A game led through a history: the decisions that are due there, or what it brought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from harness.chance import streams
from harness.errors import UsageError
from harness.game import Decision, Join, Play, Result, Round
from harness.match import Entry
from harness.space import Action

__all__ = ["History", "Reached", "lead"]

History: TypeAlias = tuple[tuple[Action, ...], ...]
"""What was done so far: for each time that anybody was asked, the actions of all who were."""

Told: TypeAlias = Callable[[Decision, Action], None]


def _nobody(decision: Decision, action: Action) -> None:
    """Nobody is told."""


@dataclass
class Reached:
    """Where a history leads.

    Attributes:
        asked: the decisions that are due; none where the game is over.
        payoffs: both players' totals so far.
        rounds: how many rounds are over.
        drawn: whether the game has drawn lots since its first decision.
    """

    asked: tuple[Decision, ...] = ()
    payoffs: tuple[float, ...] = (0.0, 0.0)
    rounds: int = 0
    drawn: bool = False
    _streams: list[tuple[Random, Any]] | None = field(default=None, repr=False)

    def watch(self, script: Play) -> None:
        """Remember the streams of chance that the game holds at its first decision."""
        if self._streams is None:
            self._streams = [(stream, stream.getstate()) for stream in streams(script)]

    def look(self) -> None:
        """See whether any of them was drawn from since."""
        watched = self._streams or ()
        self.drawn = any(stream.getstate() != state for stream, state in watched)


def lead(
    game: Entry, history: History, seed: int, told: Told = _nobody, *, watch: bool = False
) -> Reached:
    """Lead a game through a history.

    Args:
        game: the game, of two players.
        history: what is done.
        seed: of the game's chance.
        told: called with each decision of the past and what is done there, before it is done.
        watch: whether to find out if lots are drawn, which takes a while.

    Raises:
        UsageError: a player joins on the way.
    """
    script = game.what.play(Random(seed))
    steps = iter(history)
    reached, reply = Reached(), None
    while True:
        try:
            item: Any = script.send(reply)
        except StopIteration as end:
            result: Result | None = end.value
            if result is not None and result.payoffs is not None:
                reached.payoffs = result.payoffs
            break
        reply = None
        if isinstance(item, Round):
            paid = zip(reached.payoffs, item.payoffs, strict=True)
            reached.payoffs = tuple(total + (u or 0) for total, u in paid)
            reached.rounds += 1
            continue
        if isinstance(item, Join):
            raise UsageError(f"{game.spec} lets players join, so that its histories are not walked")
        asked = item if isinstance(item, tuple) else (item,)
        if watch:
            reached.watch(script)
        step = next(steps, None)
        if step is None:
            reached.asked = asked
            break
        for decision, action in zip(asked, step, strict=True):
            told(decision, action)
        reply = step if isinstance(item, tuple) else step[0]
    reached.look()
    return reached
