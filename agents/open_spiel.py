"""Bots of OpenSpiel for its games, written `open_spiel/BOT`, such as `open_spiel/mcts`.

OpenSpiel's bots are handed the whole state of a game, so that only those are here that can be had
from what a player sees. Its RoShamBo bots are not: they draw from one stream of chance that the
whole process shares, and keep their memory there, so that no match of theirs could be repeated.
Source: Lanctot et al., "OpenSpiel" (2019), arXiv:1908.09453.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness import (
    Action,
    Agent,
    Bot,
    Choice,
    Decision,
    Library,
    Seat,
    UsageError,
    did_you_mean,
    is_number,
    is_whole,
    shorten,
)

__all__ = ["MCTS", "OpenSpielBots", "UniformRandom"]

SEEDS = 2**31


class OpenSpielBots(Library):
    """Bots of OpenSpiel, for its own games (open_spiel/…)."""

    name = "open_spiel"
    install = "folkbench[open_spiel]"

    def titles(self) -> Mapping[str, str]:
        """The bots that can be had from what a player sees."""
        self._check_installed()
        return {title: str(bot.__doc__).partition("\n")[0] for title, bot in BOTS.items()}

    def make(self, title: str, parameters: Mapping[str, Any]) -> Agent:
        """The bot of this name."""
        self._check_installed()
        if title not in BOTS:
            raise UsageError(f"there is no bot open_spiel/{title}{did_you_mean(title, BOTS)}")
        known = BOTS[title].__dataclass_fields__
        for key in parameters:
            if key not in known:
                hint = did_you_mean(key, known) if known else "; it has none"
                raise UsageError(f"open_spiel/{title} has no parameter {key!r}{hint}")
        made: Agent = BOTS[title](**parameters)
        return made

    def _check_installed(self) -> None:
        from importlib.util import find_spec

        if find_spec("pyspiel") is None:
            raise self.missing("open_spiel")


@dataclass
class UniformRandom(Bot):
    """Plays a legal action uniformly at random, in any game of OpenSpiel."""

    def __post_init__(self) -> None:
        self.name = "open_spiel/uniform_random"

    def begin(self, seat: Seat) -> None:
        """Refuse what is no game of OpenSpiel."""
        _check_game(self.name, seat)

    def act(self, decision: Decision) -> Action:
        """A legal action by chance."""
        return decision.space.sample(self.seat.rng)


@dataclass
class MCTS(Bot):
    """Monte Carlo tree search with random rollouts, for games in which nothing is hidden.

    The state is built anew from the history that the player sees.

    Args:
        simulations: how many times each move is thought through.
        uct_c: the weight of exploration.
        rollouts: random games that value a leaf.
    """

    simulations: int = 100
    uct_c: float = 2.0
    rollouts: int = 1

    def __post_init__(self) -> None:
        self.name = "open_spiel/mcts"
        for key in ("simulations", "rollouts"):
            value = getattr(self, key)
            if not is_whole(value) or value < 1:
                raise UsageError(f"{self.name}: {key} is {shorten(value)}; it must be 1 or more")
        if not is_number(self.uct_c) or self.uct_c < 0:
            raise UsageError(f"{self.name}: uct_c is {shorten(self.uct_c)}; it must be 0 or more")

    def begin(self, seat: Seat) -> None:
        """Set up the search with the match's own chance.

        Raises:
            UsageError: it is no game of OpenSpiel, or something in it is hidden.
        """
        _check_game(self.name, seat)
        if not seat.facts["open"]:
            raise UsageError(
                f"{self.name} cannot play {seat.game}, where players do not see everything: it"
                " searches from the true state; let it play such as open_spiel/tic_tac_toe"
            )
        import pyspiel

        game = pyspiel.load_game(seat.facts["open_spiel"])
        rollouts, search = (seat.seed(part) % SEEDS for part in ("rollouts", "search"))
        evaluator = pyspiel.RandomRolloutEvaluator(self.rollouts, rollouts)
        megabytes, solve, verbose = 1000, True, False
        self._game = game
        self._bot = pyspiel.MCTSBot(
            game, evaluator, self.uct_c, self.simulations, megabytes, solve, search, verbose
        )

    def act(self, decision: Decision) -> Action:
        """What the search finds best."""
        state = self._game.new_initial_state()
        for action in decision.observation["history"]:
            state.apply_action(action)
        space, best = decision.space, self._bot.step(state)
        assert isinstance(space, Choice)
        return space.actions[state.legal_actions().index(best)]


BOTS: dict[str, Any] = {"mcts": MCTS, "uniform_random": UniformRandom}


def _check_game(name: str, seat: Seat) -> None:
    """Refuse what is no game of OpenSpiel.

    Raises:
        UsageError: it is none.
    """
    if "open_spiel" not in seat.facts:
        raise UsageError(
            f"{name} cannot play {seat.game}, which is no game of OpenSpiel; let it play such as"
            " open_spiel/tic_tac_toe"
        )
