"""The mixed strategy of a scripted player, read in every information state."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.agent import Mixing, Player, Seat
from harness.crash import ignored
from harness.errors import PluginError, UsageError, plugin_call, shorten
from harness.exact.course import History, lead
from harness.exact.walk import SEED, Walked
from harness.game import Decision
from harness.match import Entry, Match
from harness.space import Action

__all__ = ["scripted_policy"]


class _Watched(Seat):
    """A seat that knows whether its player has taken a stream of chance."""

    asked_for_chance = False

    def seed(self, *names: Any) -> int:
        """The seed of a further stream of this player's own."""
        self.asked_for_chance = True
        return super().seed(*names)


def scripted_policy(walked: Walked, agent: Entry, player: int) -> dict[int, list[float]]:
    """What a scripted player does in each of its information states, as probabilities.

    In each a fresh player is led through the past, in which it is asked as it would be in a match
    and overruled. A player that draws lots has to tell its probabilities (`harness.agent.Mixing`).

    Args:
        walked: the game.
        agent: who plays.
        player: in which seat.

    Raises:
        UsageError: the player draws lots and does not tell its probabilities, or does what is not
            legal.
        PluginError: it fails.
    """
    return {
        state: _one(walked, agent, player, walked.places[state], walked.actions[state])
        for state in walked.tree.states(player)
    }


def _one(
    walked: Walked, agent: Entry, player: int, history: History, actions: Sequence[Action]
) -> list[float]:
    """The probabilities of a player's actions after a history."""
    seat = _seat(walked, agent, player)
    untouched = seat.rng.getstate()
    with plugin_call(agent.spec, "player()"):
        bot = agent.what.player(seat)

    def told(decision: Decision, _: Action) -> None:
        if decision.player == player:
            with ignored():  # it is not what is done
                _act(bot, decision)

    reached = lead(walked.game, history, SEED, told)
    decision = next(d for d in reached.asked if d.player == player)
    if isinstance(bot, Mixing) and not _set_aside(bot, decision):
        with plugin_call(agent.spec, "mixed()"):
            return _told_by(agent, bot.mixed(decision), actions)
    with plugin_call(agent.spec, "act()"):
        given = _act(bot, decision)
    if seat.asked_for_chance or seat.rng.getstate() != untouched:
        raise UsageError(
            f"{agent.spec} draws lots and does not tell by which probabilities, so that its exact"
            " value cannot be had; a bot tells them by mixed(decision)"
        )
    try:
        action = decision.space.canonical(given)
    except TypeError:  # a value that cannot be looked up is no action
        action = None
    if action is None:
        raise UsageError(
            f"{agent.spec} plays {shorten(given)} after {shorten(history)}, which is not legal:"
            f" legal is {decision.space}"
        )
    return [float(action == each) for each in actions]


def _seat(walked: Walked, agent: Entry, player: int) -> _Watched:
    """A seat of the game."""
    seat = Match(walked.game, (agent, agent)).seat(player)
    return _Watched(player, seat.n_players, seat.game, seat.facts, seat.seed)


def _set_aside(bot: Player, decision: Decision) -> bool:
    """Whether the engine answers for the player, who does not know the question."""
    return decision.aside is not None and not getattr(bot, "takes_asides", True)


def _act(bot: Player, decision: Decision) -> Action:
    return decision.aside if _set_aside(bot, decision) else bot.act(decision)


def _told_by(agent: Entry, mixed: Mapping[Action, float], actions: Sequence[Action]) -> list[float]:
    """The probabilities that a player tells, in the order of the actions."""
    chances = [float(mixed.get(action, 0.0)) for action in actions]
    total = math.fsum(chances)
    if min(chances) < 0 or abs(total - 1) > 1e-9 or len(mixed) > len(actions):
        raise PluginError(
            f"{agent.spec}: mixed() gave {shorten(dict(mixed))}; it must be a probability for each"
            f" of {', '.join(map(str, actions))}, which together make 1"
        )
    return [p / total for p in chances]
