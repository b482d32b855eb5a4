"""What is known of a game beside its moves: actions, payoffs, which action is cooperation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.errors import PluginError, UsageError, did_you_mean, plugin_call, shorten
from harness.game import Game
from harness.metrics.seats import action_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StageGame", "stage_game", "with_cooperation"]

Floats: TypeAlias = NDArray[np.float64]

VIEW = ("actions", "other_actions", "payoffs", "other_payoffs")
"""What games in normal form between two players tell programs."""

NEAR = 1e-9


@dataclass(frozen=True)
class StageGame:
    """The stage game of a study, as far as it is known.

    Attributes:
        name: where it is from, for messages.
        actions: as in `harness.metrics.study.Study`.
        payoffs: likewise.
        cooperative: likewise.
        facts: likewise.
    """

    name: str = ""
    actions: tuple[tuple[Any, ...], ...] | None = None
    payoffs: Floats | None = None
    cooperative: tuple[Any, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def conflict(self, moves: pd.DataFrame) -> str | None:
        """How a table of moves contradicts this game, if it does: by an action or by a payoff."""
        if self.actions is None:
            return None
        players = moves["player"].to_numpy(np.int64)
        if int(players.max(initial=0)) >= len(self.actions):
            n = int(players.max()) + 1
            return f"{self.name} has {len(self.actions)} players, and the table has {n}"
        import pandas as pd

        codes, found = pd.factorize(moves["action"])
        texts = [action_text(action) for action in found]
        legal = [[action_text(action) for action in mine] for mine in self.actions]
        place = np.array(
            [[mine.index(t) if t in mine else -2 for t in texts] + [-1] for mine in legal], np.int64
        )
        index = place[players, codes]
        if (index == -2).any():
            at = int(np.flatnonzero(index == -2)[0])
            text, mine = texts[codes[at]], legal[players[at]]
            return (
                f"{shorten(text)} in the table (match {_told(moves, at)}) is no action of player"
                f" {players[at]} of {self.name}{did_you_mean(text, mine)}"
            )
        return None if self.payoffs is None else self._wrong_payoff(moves, index)

    def _wrong_payoff(self, moves: pd.DataFrame, index: NDArray[np.int64]) -> str | None:
        """The first payoff that is not what the game pays, where all players' moves are told."""
        assert self.payoffs is not None
        n = len(self.payoffs)
        match = moves["match"].cat.codes.to_numpy().astype(np.int64)
        rounds, player = (moves[c].to_numpy(np.int64) for c in ("round", "player"))
        starts = np.flatnonzero(
            (np.diff(match, prepend=-1) != 0) | (np.diff(rounds, prepend=-1) != 0)
        )
        full = np.diff(np.r_[starts, len(moves)]) == n
        rows = starts[full][:, None] + np.arange(n)
        rows = rows[(player[rows] == np.arange(n)).all(axis=1) & (index[rows] >= 0).all(axis=1)]
        due = np.stack([mine[tuple(index[rows].T)] for mine in self.payoffs], axis=1)
        paid = moves["payoff"].to_numpy(float)[rows]
        size = max(float(np.abs(self.payoffs).max()), 1.0)
        wrong = np.argwhere(np.abs(due - paid) > NEAR * size)
        if not wrong.size:
            return None
        row, who = wrong[0]
        at = int(rows[row, who])
        played = ", ".join(str(moves["action"].iloc[int(k)]) for k in rows[row])
        return (
            f"player {who} was paid {paid[row, who]:g} for ({played}) in the table (match"
            f" {_told(moves, at)}), and is paid {due[row, who]:g} in {self.name}"
        )


def _told(moves: pd.DataFrame, at: int) -> str:
    """Match and round of a row, for a message."""
    return f"{shorten(str(moves['match'].iloc[at]))}, round {moves['round'].iloc[at]}"


def stage_game(spec: str, game: Game) -> StageGame:
    """What an installed game tells of itself.

    Raises:
        PluginError: the game raises an exception.
    """
    with plugin_call(spec, "facts() or cooperative()"):
        facts = dict(game.facts(0))
        cooperative = tuple(game.cooperative(player) for player in range(game.n_players))
    told = {**game.parameters, **facts}
    if game.n_players != 2 or not all(name in facts for name in VIEW):
        return StageGame(spec, None, None, cooperative, told)
    actions = tuple(tuple(facts[name]) for name in ("actions", "other_actions"))
    try:
        payoffs = np.array([facts["payoffs"], facts["other_payoffs"]], float)
    except (TypeError, ValueError):
        payoffs = np.zeros(0)
    if payoffs.shape != (2, *map(len, actions)):
        raise PluginError(f"{spec}: facts() tells payoffs that do not fit its actions")
    return StageGame(spec, actions, payoffs, cooperative, told)


def with_cooperation(game: StageGame, action: str, moves: pd.DataFrame) -> StageGame:
    """The same game with an action named as cooperation, for all players who have it.

    Raises:
        UsageError: no player has it, or the game itself names another one.
    """
    import pandas as pd

    wanted = action_text(action).strip()
    if not wanted:
        raise UsageError("--cooperate '': name the action that is cooperation")
    named = [c for c in game.cooperative if c is not None]
    if named and wanted not in map(action_text, named):
        raise UsageError(
            f"--cooperate {wanted}: cooperation in {game.name} is {shorten(named[0])}; leave"
            " --cooperate out"
        )
    if game.actions is None:
        found = [action_text(a) for a in pd.factorize(moves["action"])[1]]
        if wanted not in found:
            raise UsageError(
                f"--cooperate {wanted}: nobody plays that in {moves['game'].iloc[0]}"
                f"{did_you_mean(wanted, found)}"
            )
        n_players = int(moves["player"].max()) + 1
        cooperative: tuple[Any, ...] = (wanted,) * n_players
    else:
        texts = [[action_text(a) for a in mine] for mine in game.actions]
        cooperative = tuple(wanted if wanted in mine else None for mine in texts)
        if not any(cooperative):
            known = sorted({text for mine in texts for text in mine})
            raise UsageError(
                f"--cooperate {wanted} is no action of {game.name}{did_you_mean(wanted, known)}"
            )
    if named:
        cooperative = game.cooperative
    return StageGame(game.name, game.actions, game.payoffs, cooperative, game.facts)
